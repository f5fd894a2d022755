// What the page says: a message to be read, a line in the bar, and results for who listens to the page.

import { $ } from "./dom.js";

const box = $("notice");
const close = box.querySelector("button");

/** A message that stays until it is closed or replaced. */
export function tell(text) {
  box.firstElementChild.textContent = text;
  box.hidden = !text;
}

close.addEventListener("click", () => tell(""));

/** How it stands, in the bar: empty when all is well. */
export function line(text) {
  $("line").textContent = text;
}

/** A result for screen readers; frames of a drag are never announced. */
export function announce(text) {
  $("news").textContent = text;
}
