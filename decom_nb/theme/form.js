// What ipywidgets leave out for people who use the keyboard or listen to the page. Loaded by decom_nb/form/companion.py.
// It adds attributes and moves the keyboard; everything that is kept goes through the kernel.

const TEXT = 'textarea, input[type="text"], input[type="date"], input[type="datetime-local"]';
const CONTROL = "input, select, textarea, button";
const WRITING_PAUSE = 1500;
const PATIENCE = 3000;
let serial = 0;

const named = (element) => (element.id ||= `decom-form-${++serial}`);
const set = (element, name, value) => {
  if (value) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  } else if (element.hasAttribute(name)) {
    element.removeAttribute(name);
  }
};
const viewId = (box) => [...box.classList].find((name) => name.startsWith("decom-at-")).slice("decom-at-".length);
const commit = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

function dressField(field) {
  const notes = [...field.querySelectorAll(":scope > .decom-note .decom-error, :scope > .decom-note .decom-needed, :scope > .decom-note .decom-unit, :scope > .decom-note .decom-help")];
  const about = notes.map(named).join(" ");
  const wrong = notes.some((note) => note.classList.contains("decom-error")) ? "true" : "";
  const label = field.querySelector(":scope > .decom-note .decom-label");
  const boxes = field.querySelector(":scope > .decom-boxes");
  if (label && boxes) {
    set(boxes, "role", "group");
    set(boxes, "aria-labelledby", named(label));
    set(boxes, "aria-describedby", about);
  }
  const radios = field.querySelector(".widget-radio-box");
  if (radios) {
    set(radios, "role", "radiogroup");
    set(radios, "aria-labelledby", named(field.querySelector(".widget-label")));
    set(radios, "aria-describedby", about);
    for (const radio of radios.querySelectorAll("input")) set(radio, "name", named(radios));
    return;
  }
  for (const control of field.querySelectorAll("input, select, textarea")) {
    if (!boxes) set(control, "aria-describedby", about);
    set(control, "aria-invalid", wrong);
    set(control, "autocomplete", "off");
    if (control.type === "checkbox") control.removeAttribute("title");
  }
  if (field.matches(".decom-int, .decom-float, .decom-decimal")) {
    set(field.querySelector("input"), "inputmode", field.matches(".decom-int") ? "numeric" : "decimal");
  }
}

function dressPair(pair) {
  for (const control of pair.querySelectorAll("input")) {
    const label = control.parentElement.querySelector("label");
    if (label) set(control, "aria-label", label.textContent);
  }
}

function dress(root) {
  // JupyterLab looks for this on the element that has the keyboard: without it, "d d" on a radio button deletes the cell.
  for (const control of root.querySelectorAll(CONTROL)) control.dataset.lmSuppressShortcuts = "true";
  for (const field of root.querySelectorAll(".decom-field")) dressField(field);
  for (const pair of root.querySelectorAll(".decom-pair")) dressPair(pair);
  for (const box of root.querySelectorAll(".decom-group, .decom-items")) {
    const heading = box.querySelector(":scope > .decom-note .decom-heading");
    if (!heading) continue;
    let depth = 0;
    for (let each = box.parentElement; each && each !== root; each = each.parentElement) {
      depth += each.matches(".decom-group, .decom-items") ? 1 : 0;
    }
    set(heading, "role", "heading");
    set(heading, "aria-level", String(Math.min(3 + depth, 6)));
    set(box, "role", "group");
    set(box, "aria-labelledby", named(heading));
  }
  for (const turn of root.querySelectorAll(".decom-turn")) {
    set(turn, "aria-expanded", String(turn.closest(".decom-row").classList.contains("decom-open")));
  }
  for (const more of root.querySelectorAll(".decom-more")) {
    set(more, "aria-expanded", String(more.classList.contains("decom-open")));
  }
}

function attach(root, model, el) {
  const voice = document.createElement("div");
  voice.className = "decom-voice";
  voice.setAttribute("aria-live", "polite");
  el.append(voice);

  // ipywidgets draw radio buttons and notes anew when the kernel changes them; the keyboard must not fall off the page.
  let held = null;
  const hold = (event) => {
    const field = event.target.closest(".decom-field");
    held = field && { field, element: event.target, kind: event.target.matches("[data-add]") ? "[data-add]" : "input:checked" };
  };
  const catchKeyboard = () => {
    if (!held || held.element.isConnected || document.activeElement !== document.body) return;
    (held.field.querySelector(held.kind) ?? held.field.querySelector(CONTROL))?.focus({ preventScroll: true });
  };

  let waiting = 0;
  const update = () => {
    waiting = 0;
    dress(root);
    catchKeyboard();
    const said = root.querySelector("[data-say]")?.textContent ?? "";
    if (voice.textContent !== said) voice.textContent = said;
  };
  const observer = new MutationObserver(() => (waiting ||= requestAnimationFrame(update)));
  observer.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
  update();

  const stop = new AbortController();
  const listen = (target, kind, act) => target.addEventListener(kind, act, { signal: stop.signal });
  let request = 0;

  listen(root, "focusin", hold);
  listen(root, "focusout", ({ target }) => {
    if (!target.matches('input[type="date"], input[type="datetime-local"]')) return;
    const unfinished = () => target.validity.badInput || (target.value && Number(target.value.split("-")[0]) < 1000);
    setTimeout(() => unfinished() && model.send({ do: "left", which: viewId(target.closest(".decom-field")) }));
  });
  listen(root, "pointerdown", () => (request += 1));
  listen(root, "click", (event) => {
    const add = event.target.closest("[data-add]");
    const go = event.target.closest("[data-go]");
    if (add) {
      model.send({ do: "add", which: viewId(add.closest(".decom-field")), text: add.dataset.add });
    } else if (go) {
      model.send({ do: "go", which: Number(go.dataset.go) });
    }
  });
  listen(root, "keydown", (event) => {
    request += 1;
    const key = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    if (command && key === "enter" && event.target.matches("textarea")) {
      commit(event.target);
    } else if (command && key === "s") {
      event.preventDefault(); // It is saved; the browser's offer to save the page would only stand in the way.
      if (event.target.matches(TEXT)) commit(event.target);
    } else if (command && (key === "z" || key === "y") && !event.target.matches(TEXT)) {
      event.preventDefault();
      model.send({ do: key === "y" || event.shiftKey ? "redo" : "undo" });
    }
  });

  const pauses = new WeakMap();
  listen(root, "input", (event) => {
    if (!event.target.matches("textarea")) return;
    clearTimeout(pauses.get(event.target));
    pauses.set(event.target, setTimeout(() => commit(event.target), WRITING_PAUSE));
  });
  const leave = () => {
    const active = document.activeElement;
    if (active && root.contains(active) && active.matches(TEXT)) commit(active);
  };
  listen(window, "pagehide", leave);
  listen(document, "visibilitychange", () => document.visibilityState === "hidden" && leave());

  const focus = ({ focus: id, part }) => {
    const mine = ++request;
    const until = performance.now() + PATIENCE;
    const attempt = () => {
      if (mine !== request) return;
      const view = root.querySelector(`.decom-at-${CSS.escape(id)}`);
      const place = part ? view?.querySelector(`.${CSS.escape(part)}`) : view;
      const found = place && [place, ...place.querySelectorAll(CONTROL)].find(
        (each) => each.matches(CONTROL) && !each.disabled && each.getClientRects().length,
      );
      if (found) {
        found.focus({ preventScroll: true });
        found.scrollIntoView({ block: "nearest" });
      } else if (performance.now() < until) {
        setTimeout(attempt, 30);
      }
    };
    // Wait one frame: what was moved or switched on with this message is drawn by then.
    requestAnimationFrame(attempt);
  };
  const heard = (message) => message?.focus && focus(message);
  model.on("msg:custom", heard);

  return () => {
    observer.disconnect();
    stop.abort();
    model.off("msg:custom", heard);
  };
}

function render({ model, el }) {
  let detach = null;
  let gone = false;
  const wait = () => {
    if (gone) return;
    const root = el.closest(".decom-form");
    if (root) detach = attach(root, model, el);
    else requestAnimationFrame(wait);
  };
  wait();
  return () => {
    gone = true;
    detach?.();
  };
}

export default { render };
