// The panel's tabs, by pointer and by arrow keys; on a wide page the timeline stands under the picture instead.

import { $ } from "./dom.js";
import { listen, move, now } from "./state.js";

const tabs = [...document.querySelectorAll("[role=tab]")];
const name = (tab) => tab.getAttribute("aria-controls");
const wide = window.matchMedia("(min-width: 60rem)");

export function start() {
  for (const tab of tabs) tab.addEventListener("click", () => move({ tab: name(tab) }));
  $("tabs").addEventListener("keydown", ({ key }) => {
    const shown = tabs.filter((tab) => tab.offsetParent);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!by) return;
    const next = shown[(shown.indexOf(document.activeElement) + by + shown.length) % shown.length];
    next.focus();
    move({ tab: name(next) });
  });
  wide.addEventListener("change", () => show(now()));
  listen((state, before) => {
    if (state.tab === before.tab) return;
    show(state);
    $("panel").scrollTop = 0;
    window.scrollTo(0, 0);
  });
  show(now());
}

function show({ tab }) {
  const open = wide.matches && tab === "time" ? "shape" : tab;
  for (const one of tabs) {
    const chosen = name(one) === open;
    one.setAttribute("aria-selected", String(chosen));
    one.tabIndex = chosen ? 0 : -1;
    if (name(one) !== "time") $(name(one)).hidden = !chosen;
  }
  $("desk").dataset.tab = open;
}
