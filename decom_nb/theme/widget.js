// The notebook's widget: draws the spec it is given and draws again when it changes. Vega is asked for once per page.

function decomAsk(model) {
  return () => new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the kernel did not answer")), 30000);
    const answer = (message, buffers) => {
      if (message?.vega !== "gzip") return;
      clearTimeout(timer);
      model.off("msg:custom", answer);
      resolve(buffers[0]);
    };
    model.on("msg:custom", answer);
    model.send({ want: "vega" });
  });
}

async function render({ model, el }) {
  el.classList.add("decom", "decom-chart");
  const caption = el.appendChild(document.createElement("p"));
  const host = el.appendChild(document.createElement("div"));
  host.className = "decom-chart-canvas";
  host.setAttribute("role", "img");
  let takeAway = () => {};
  let turn = 0;
  const draw = async () => {
    const mine = ++turn;
    caption.textContent = model.get("title");
    caption.className = "decom-widget-title";
    host.setAttribute("aria-label", model.get("alt"));
    try {
      const vega = await decomVega(decomAsk(model));
      if (mine !== turn) return; // a newer spec came while this one waited
      takeAway();
      takeAway = await decomDraw(vega, host, model.get("spec"), model.get("_settings"));
      el.dataset.drawn = String(mine);
    } catch (error) {
      host.textContent = `This chart could not be drawn here (${error.message}). ${model.get("alt")}`;
    }
  };
  const theme = new MutationObserver(draw);
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  model.on("change:spec", draw);
  await draw();
  return () => { theme.disconnect(); model.off("change:spec", draw); takeAway(); };
}

export default { render };
