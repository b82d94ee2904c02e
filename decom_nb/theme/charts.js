// Draws figures. Three faces share these functions: the report's page (page.js), the dashboard (page.js over a MutationObserver)
// and the notebook's widget (widget.js). Every name begins with `decom`, so that the parts can be put into one scope.

function decomIsDark() {
  const jupyter = document.querySelector("[data-jp-theme-light]");
  if (jupyter) return jupyter.dataset.jpThemeLight === "false";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// Vega is one big script, gzipped: inflated and run once per page, whoever asks first and however many ask.
function decomVega(load) {
  globalThis.__decomVega ??= Promise.resolve().then(load).then(decomRun).catch((error) => {
    globalThis.__decomVega = undefined;
    throw error;
  });
  return globalThis.__decomVega;
}

async function decomInflate(gzipped) {
  if (typeof DecompressionStream === "undefined") throw new Error("this browser cannot inflate what the page has packed");
  return new Response(new Blob([gzipped]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

async function decomRun(gzipped) {
  const script = document.createElement("script");
  script.textContent = await decomInflate(gzipped); // the page's Content-Security-Policy knows this text by its hash
  document.head.append(script);
  script.remove();
  if (!globalThis.decomVegaBundle) throw new Error("the Vega bundle did not run");
  return globalThis.decomVegaBundle;
}

// Every light colour of the palette becomes its dark twin, wherever a spec names it; data stay as they are.
function decomTwin(value, twins) {
  if (typeof value === "string") return twins[value.toLowerCase()] ?? value;
  if (Array.isArray(value)) return value.map((each) => decomTwin(each, twins));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, key === "data" || key === "datasets" ? each : decomTwin(each, twins)]));
  return value;
}

// How much of a canvas the names beside a chart may take, and how its axes stand where there is little room.
function decomFitted(config, width) {
  const axisY = { ...config.axisY, labelLimit: Math.max(90, Math.min(320, Math.round(width * 0.38))) };
  if (width >= 520) return { ...config, axisY };
  return { ...config, axisY, axisX: { ...config.axisX, titleAnchor: "end", titleLimit: width } };
}

// Names that lean over their columns would lie on each other where columns are narrow: there they stand steeper.
function decomSteeper(value) {
  if (Array.isArray(value)) return value.map(decomSteeper);
  if (!value || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => {
    if (key === "data" || key === "datasets") return [key, each];
    return [key, key === "labelAngle" && each ? Math.sign(each) * 65 : decomSteeper(each)];
  }));
}

async function decomPaint(vega, host, spec, settings, dark, width) {
  const room = width || host.clientWidth || settings.width;
  const coloured = structuredClone(dark ? decomTwin(spec, settings.twins) : spec);
  const themed = room < 520 ? decomSteeper(coloured) : coloured;
  if (width && themed.width === "container") themed.width = width;
  const inner = document.createElement("div");
  inner.setAttribute("aria-hidden", "true"); // the host says it all with its alt text; Vega's own words are for this element
  host.replaceChildren(inner);
  return vega.vegaEmbed(inner, themed, {
    mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, config: decomFitted(dark ? settings.dark : settings.light, room),
    tooltip: { disableDefaultStyle: true, theme: "decom" },
  });
}

// Draws into `host`; gives a function that takes the drawing away. In the dark, paper gets its own light copy.
async function decomDraw(vega, host, spec, settings) {
  const dark = decomIsDark();
  const width = host.clientWidth > 0 ? 0 : settings.width;
  const drawings = [await decomPaint(vega, host, spec, settings, dark, width)];
  host.nextElementSibling?.matches(".decom-chart-paper") && host.nextElementSibling.remove();
  delete host.dataset.paper;
  if (dark) {
    const paper = document.createElement("div");
    paper.className = "decom-chart-paper";
    paper.setAttribute("aria-hidden", "true");
    drawings.push(await decomPaint(vega, paper, spec, settings, false, settings.width));
    host.after(paper);
    host.dataset.paper = "own";
  }
  return () => drawings.forEach((drawing) => drawing.finalize());
}
