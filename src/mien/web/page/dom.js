// Short words for what every other file does with the page's elements.

export const $ = (id) => document.getElementById(id);

/** An element: names with a dash and `role` become attributes, all else properties. */
export function make(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children);
  return node;
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
export const round = (value, digits = 2) => Number(value.toFixed(digits));
export const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/** Calls at most once in so many milliseconds of quiet. */
export function later(wait, call) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), wait);
  };
}

/** Runs one call at a time; of those that come meanwhile only the latest is kept. */
export function latest(call) {
  let running = false;
  let waiting = null;
  return async function wish(...values) {
    if (running) {
      waiting = values;
      return;
    }
    running = true;
    try {
      await call(...values);
    } finally {
      running = false;
      const next = waiting;
      waiting = null;
      if (next) wish(...next);
    }
  };
}

/** Follows a pointer that goes down on a node: `move(x, y, event)` in 0..1 of its box, `end()` when it lets go. */
export function drag(node, move, end = () => {}, within = node) {
  const tell = (event) => {
    const box = within.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, event);
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    node.setPointerCapture(event.pointerId);
    tell(event);
    node.addEventListener("pointermove", tell);
    const stop = () => {
      node.removeEventListener("pointermove", tell);
      end();
    };
    node.addEventListener("lostpointercapture", stop, { once: true });
  });
}

/** One of a group of buttons is pressed. */
export function press(group, key, value) {
  for (const button of group.querySelectorAll("button")) {
    if (!(key in button.dataset)) continue;
    const pressed = String(button.dataset[key] === value);
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  }
}

/** Writes a file of the page's own making. */
export function saveAs(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
