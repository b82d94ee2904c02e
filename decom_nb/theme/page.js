// The report's page: draws its figures, marks the section being read, and opens what paper should show.

const decomWaiting = new Set();

async function decomDrawFigure(figure, load, settings) {
  const host = figure.querySelector(".decom-chart-canvas");
  const source = figure.querySelector('script[type="application/json"]');
  if (!host || !source) return;
  figure.decomTakeAway?.();
  figure.decomDrawAgain = () => decomDrawFigure(figure, load, settings);
  figure.toggleAttribute("data-folded", host.clientWidth === 0);
  try {
    figure.decomTakeAway = await decomDraw(await decomVega(load), host, await decomSpec(source), settings);
    figure.dataset.drawn = "yes";
  } catch (error) {
    console.warn("decom: a chart could not be drawn:", error.message);
    figure.dataset.drawn = "no";
    figure.querySelector(".decom-chart-missing")?.removeAttribute("hidden");
    figure.querySelector(".decom-data")?.setAttribute("open", "");
  }
}

// One after the other, so that the page answers while it draws.
async function decomDrawAll(root, load, settings, again = false) {
  for (const figure of root.querySelectorAll("figure.decom-chart")) {
    if (!again && (figure.dataset.drawn || decomWaiting.has(figure))) continue;
    decomWaiting.add(figure);
    await decomDrawFigure(figure, load, settings);
    decomWaiting.delete(figure);
    await new Promise((next) => setTimeout(next));
  }
}

// Bytes that page.py has packed: five letters of 85 for four bytes, a fifteenth less to carry than base64.
function decomPacked(id) {
  const text = document.getElementById(id).textContent;
  const digits = new Map([..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~"].map((letter, at) => [letter, at]));
  const bytes = new DataView(new ArrayBuffer(Math.ceil(text.length / 5) * 4));
  for (let at = 0; at < text.length; at += 5) {
    let number = 0;
    for (let each = at; each < at + 5; each++) number = number * 85 + (digits.get(text[each]) ?? 84);
    bytes.setUint32((at / 5) * 4, number);
  }
  return new Uint8Array(bytes.buffer, 0, Math.floor((text.length * 4) / 5));
}

// The report keeps the specs of all its figures together, where they pack well; elsewhere each figure holds its own.
let decomSpecs;
async function decomSpec(source) {
  if (!source.dataset.packed) return JSON.parse(source.textContent);
  decomSpecs ??= decomInflate(decomPacked("decom-specs")).then(JSON.parse);
  return (await decomSpecs)[source.dataset.packed];
}

function decomFollowReading() {
  const links = new Map([...document.querySelectorAll(".decom-side a[href^='#']")].map((link) => [link.hash.slice(1), link]));
  const marks = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const side = document.querySelector(".decom-side");
  const update = () => {
    const line = innerHeight * 0.25;
    const bottom = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    const passed = marks.filter((mark) => mark.getBoundingClientRect().top <= line);
    const current = bottom ? marks.at(-1) : passed.at(-1) ?? marks[0];
    const link = current && links.get(current.id);
    if (!link || link.dataset.current) return;
    for (const each of links.values()) { delete each.dataset.current; each.removeAttribute("aria-current"); delete each.parentElement.dataset.open; }
    link.dataset.current = "yes";
    for (let item = link.parentElement; item?.matches("li"); item = item.parentElement.closest("li")) {
      item.dataset.open = "";
      item.querySelector("a").setAttribute("aria-current", "true");
    }
    const top = side.querySelector("a[aria-current]");
    if (side.scrollWidth > side.clientWidth) side.scrollTo({ left: top.offsetLeft - side.clientWidth / 3 });
  };
  let asked = false;
  const ask = () => { if (!asked) { asked = true; requestAnimationFrame(() => { asked = false; update(); }); } };
  addEventListener("scroll", ask, { passive: true });
  addEventListener("resize", ask);
  update();
}

function decomOpenForPrint() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:is(.decom-dimension, [data-print='open']):not([open])")];
    opened.forEach((each) => { each.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((each) => { each.open = false; }));
}

// A chart in something folded had no width to fit when it was drawn; it is drawn again when somebody unfolds it.
function decomMeasureWhenOpened() {
  document.addEventListener("toggle", async (event) => {
    if (!event.target.open) return;
    for (const figure of event.target.querySelectorAll("figure[data-folded]")) await figure.decomDrawAgain?.();
  }, true);
}

function decomPage() {
  const settings = JSON.parse(document.getElementById("decom-settings").textContent);
  const load = () => decomPacked("decom-vega");
  decomFollowReading();
  decomOpenForPrint();
  decomMeasureWhenOpened();
  decomDrawAll(document, load, settings);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => decomDrawAll(document, load, settings, true));
}
