// The dashboard's page: cells arrive one after the other, and the charts of each are drawn when it is there as a whole.
// The functions of charts.js and page.js, and decomSettings, stand before this in the same file.

const decomVegaAddress = document.currentScript.dataset.vega;

// Here Vega is a file of this server, which the browser keeps compiled, and not a part of the page to be inflated.
function decomFetchVega() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = decomVegaAddress;
    script.onload = () => (globalThis.decomVegaBundle ? resolve(globalThis.decomVegaBundle) : reject(new Error("the Vega bundle did not run")));
    script.onerror = () => reject(new Error("the Vega bundle did not arrive"));
    document.head.append(script);
  });
}

function decomDashboard() {
  const draw = (root, again) => {
    if (!root.querySelector("figure.decom-chart")) return;
    globalThis.__decomVega ??= decomFetchVega();
    decomDrawAll(root, null, decomSettings, again);
  };
  const arrived = () => {
    for (const end of document.querySelectorAll(".decom-dashboard-end:not([data-seen])")) {
      end.dataset.seen = "";
      if (end.previousElementSibling) draw(end.previousElementSibling);
    }
  };
  const watch = new MutationObserver(arrived);
  watch.observe(document, { childList: true, subtree: true });
  const over = () => {
    watch.disconnect();
    arrived();
    const wait = document.querySelector(".decom-dashboard-wait");
    if (!document.querySelector(".decom-dashboard-done")) {
      wait.textContent = "The page broke off before its end. Load it again.";
      wait.dataset.broken = "";
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", over);
  else over();
  arrived();
  decomOpenForPrint();
  decomMeasureWhenOpened();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(document, true));
}

decomDashboard();
