// The timeline: keyframes to be chosen, moved, eased and taken away, by hand or by keys.

import { $, clamp, make } from "./dom.js";
import * as frames from "./keyframes.js";
import { announce } from "./notices.js";
import { change, listen, move, now, settle } from "./state.js";

const keys = $("keys");
let span = 3; // seconds that the track shows
let dragging = false;

const seconds = (time) => `${time.toFixed(2)} s`;
const place = (time) => `${(100 * time) / span}%`;

export function start(about, own) {
  $("easing").append(...about.easings.map((name) => make("option", { value: name, textContent: name })));
  $("act").addEventListener("click", () => {
    change(frames.acted(own()));
    move({ playing: true });
    announce("Four keyframes: the photo’s own face, the expression, held, and back.");
  });
  $("add").addEventListener("click", () => {
    change(frames.added(now().time));
    announce(`Keyframe ${now().chosen + 1} at ${seconds(now().time)}. What you shape now goes into it.`);
  });
  $("key-time").addEventListener("change", ({ target }) => {
    if (target.validity.valid && target.value) change(frames.moved(now().chosen, target.valueAsNumber));
    show(now());
  });
  $("easing").addEventListener("change", ({ target }) => change(frames.eased(now().chosen, target.value)));
  $("delete-key").addEventListener("click", () => remove(now().chosen));
  $("copy-key").addEventListener("click", () => change(frames.added(now().time)));
  $("leave-key").addEventListener("click", leave);
  keys.addEventListener("keydown", keyed);
  listen((state, before) => {
    if (state.keyframes !== before.keyframes || state.chosen !== before.chosen) show(state);
  });
  show(now());
}

function leave() {
  change({ chosen: null });
  $("add").focus();
}

function remove(index) {
  change(frames.without(index));
  announce(`Keyframe ${index + 1} deleted.`);
  (keys.children[Math.min(index, keys.children.length - 1)] ?? $("add")).focus();
}

function choose(index) {
  change(frames.chosen(index));
  announce(`Keyframe ${index + 1} at ${seconds(now().time)}. What you shape now goes into it.`);
}

function keyed(event) {
  const index = [...keys.children].indexOf(event.target);
  const step = event.shiftKey ? 0.5 : 0.05;
  if (event.key === "Delete" || event.key === "Backspace") remove(index);
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const by = event.key === "ArrowLeft" ? -step : step;
    change(frames.moved(index, now().keyframes[index].time + by));
    announce(seconds(now().keyframes[index].time));
    keys.children[index].focus();
  } else if (event.key === "Escape") leave();
  else return;
  event.preventDefault();
}

function keyButton(index) {
  const button = make("button", { type: "button", className: "key" });
  let from = null; // where the pointer went down: a touch chooses, a drag moves
  let moved = false; // the click that ends a drag chooses nothing
  button.addEventListener("pointerdown", (event) => {
    from = event.clientX;
    moved = false;
    button.setPointerCapture(event.pointerId);
  });
  button.addEventListener("pointermove", (event) => {
    if (from === null || (!dragging && Math.abs(event.clientX - from) < 4)) return;
    dragging = true;
    const box = keys.getBoundingClientRect();
    move(frames.moved(index, (clamp((event.clientX - box.left) / box.width, 0, 1) * span)));
  });
  button.addEventListener("lostpointercapture", () => {
    from = null;
    if (!dragging) return;
    dragging = false;
    moved = true;
    settle();
    show(now());
  });
  button.addEventListener("click", () => moved || choose(index));
  return button;
}

function show(state) {
  const { keyframes, chosen } = state;
  if (!dragging) span = Math.max(3, Math.ceil(frames.duration(state) * 1.1 + 0.2));
  while (keys.children.length > keyframes.length) keys.lastElementChild.remove();
  while (keys.children.length < keyframes.length) keys.append(keyButton(keys.children.length));
  keyframes.forEach(({ time, easing }, index) => {
    const button = keys.children[index];
    button.style.left = place(time);
    button.setAttribute("aria-label", `Keyframe ${index + 1}, ${seconds(time)}, ${easing}`);
    button.setAttribute("aria-pressed", String(index === chosen));
  });
  $("playhead").max = span;
  $("playhead").value = state.time;
  ticks();
  $("untimed").hidden = keyframes.length > 0;
  $("track").hidden = keyframes.length === 0;
  $("keyframe").hidden = chosen === null;
  if (chosen === null) return;
  $("key-name").textContent = `Keyframe ${chosen + 1} of ${keyframes.length}`;
  if (document.activeElement !== $("key-time")) $("key-time").value = keyframes[chosen].time;
  $("easing").value = keyframes[chosen].easing;
  $("easing").disabled = chosen === 0;
}

function ticks() {
  const every = span > 20 ? 5 : span > 8 ? 2 : 1;
  if ($("ticks").dataset.span === String(span)) return;
  $("ticks").dataset.span = span;
  $("ticks").replaceChildren(...Array.from({ length: Math.floor(span / every) + 1 }, (_, i) => {
    const tick = make("span", { textContent: `${i * every}` });
    tick.style.left = place(i * every);
    return tick;
  }));
}
