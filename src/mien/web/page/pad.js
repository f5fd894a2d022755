// The plane of valence and arousal: a dot to be moved, which also follows what the sliders show.

import * as api from "./api.js";
import { $, capital, clamp, drag, latest, make, round } from "./dom.js";
import { announce } from "./notices.js";
import * as shaping from "./shaping.js";
import { listen, now, settle } from "./state.js";

const dot = $("dot");
let at = [0, 0];
let moving = false;
let asked = null; // the expression that the plane made: it stays where it was put

function put(valence, arousal) {
  at = [clamp(round(valence), -1, 1), clamp(round(arousal), -1, 1)];
  dot.style.left = `${50 + 50 * at[0]}%`;
  dot.style.top = `${50 - 50 * at[1]}%`;
  dot.setAttribute("aria-valuenow", String(at[0]));
  dot.setAttribute("aria-valuetext", `valence ${at[0]}, arousal ${at[1]}`);
}

const wish = latest(async (valence, arousal) => {
  const { expression } = await api.expression({ valence, arousal }).catch(() => ({}));
  if (!expression) return;
  const { gaze, head } = now().expression;
  shaping.whole({ units: expression.units, gaze, head });
  asked = now().expression.units;
  if (!moving) settle();
});

function to(valence, arousal) {
  put(valence, arousal);
  wish(...at);
}

/** Where the server reads the expression to be, unless it was put there by hand. */
export function follow({ valence, arousal }, units) {
  if (valence !== undefined && !moving && units !== asked) put(valence, arousal);
}

/** A point with its name for each label; the name stands on the side where it meets no other. */
function marks(places) {
  const points = Object.entries(places).filter(([, place]) => place.some(Boolean));
  return points.map(([label, [valence, arousal]]) => {
    const crowded = points.some(([, [x, y]]) => x > valence && x < valence + 0.6 && Math.abs(y - arousal) < 0.12);
    const name = make("b", { textContent: capital(label) });
    const mark = make("span", { className: crowded || valence > 0.5 ? "before" : "" }, name);
    mark.style.left = `${50 + 50 * valence}%`;
    mark.style.top = `${50 - 50 * arousal}%`;
    return mark;
  });
}

export function start(about) {
  $("places").append(...marks(about.places ?? {}));
  drag($("pad"), (x, y) => {
    moving = true;
    to(2 * x - 1, 1 - 2 * y);
  }, () => {
    moving = false;
    dot.focus();
    wish(...at); // the last one settles
    announce(dot.getAttribute("aria-valuetext"));
  });
  dot.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.2 : 0.05;
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [];
    if (event.key === "Home") to(0, 0);
    else if (x !== undefined) to(at[0] + step * x, at[1] + step * y);
    else return;
    event.preventDefault();
    announce(dot.getAttribute("aria-valuetext"));
  });
  put(0, 0);
  listen((state, before) => state.photo !== before.photo && (asked = null));
}
