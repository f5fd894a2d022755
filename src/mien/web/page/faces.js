// The faces of a photo as buttons over it, where there are several to choose from.

import { $, make } from "./dom.js";

/** Asks whose expression is meant: by pointer, by Tab and Enter, or by the face's number. */
export function ask(photo, chosen, choose) {
  const percent = (value, of) => `${(100 * value) / of}%`;
  $("boxes").replaceChildren(...photo.faces.map(({ number, box: [x, y, width, height] }) => {
    const mark = make("span", { textContent: number });
    const button = make("button", { type: "button", "aria-label": `Face ${number}` }, mark);
    button.setAttribute("aria-pressed", String(number === chosen));
    button.style.left = percent(x, photo.width);
    button.style.top = percent(y, photo.height);
    button.style.width = percent(width, photo.width);
    button.style.height = percent(height, photo.height);
    button.addEventListener("click", () => choose(number));
    return button;
  }));
  $("boxes").onkeydown = ({ key }) => photo.faces.some(({ number }) => String(number) === key) && choose(Number(key));
  $("which").hidden = false;
  $("boxes").querySelector("button")?.focus();
}

export function done() {
  $("boxes").replaceChildren();
  $("which").hidden = true;
}
