// The picture: the photo, the face as it is now over it, and the ways to compare the two.

import { $, clamp, drag, press } from "./dom.js";
import { listen, move, now } from "./state.js";

const STEPS = {
  ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1,
};
const canvas = $("canvas");
const frame = $("frame");
const sheet = $("sheet");
const wipe = $("wipe");
const context = canvas.getContext("2d", { alpha: false });
const empty = () => ({ whole: null, before: null, after: null, crop: null, width: 1, height: 1 });

let held = empty(); // bitmaps: the photo, its crop, the crop as it is now; the crop's place in the photo
let share = 0.5;
let peeking = false;

/** Another photo, or none of it yet. */
export function clear(width, height) {
  for (const key of ["whole", "before", "after"]) held[key]?.close();
  held = { ...empty(), width, height };
}

export function hold(patch) {
  for (const key of ["whole", "before"]) if (key in patch && held[key] !== patch[key]) held[key]?.close();
  Object.assign(held, patch);
  controls(now());
  fit();
}

/** A new frame of the face; who measures hears of it when it stands on the canvas. */
export function show(bitmap, number, wishedAt) {
  held.after?.close();
  held.after = bitmap;
  draw();
  canvas.dataset.shown = number;
  requestAnimationFrame(() => {
    document.dispatchEvent(new CustomEvent("shown", { detail: { number, wishedAt, paintedAt: performance.now() } }));
  });
}

/** Pixels of the crop's longer side that would be seen, on the screen and in the photo. */
export function seen() {
  if (!held.crop) return 0;
  const [x0, y0, x1, y1] = view();
  const [a, b, c, d] = held.crop;
  const shown = canvas.height / (y1 - y0);
  return Math.max(c - a, d - b) * Math.min(1, shown);
}

/** The rectangle of the photo that is in view. */
function view() {
  const { crop, width, height } = held;
  return crop && now().extent === "face" ? crop : [0, 0, width, height];
}

/** As large as its room allows, the one picture or both. */
function fit() {
  const [x0, y0, x1, y1] = view();
  const ratio = (x1 - x0) / (y1 - y0);
  const room = frame.getBoundingClientRect();
  const beside = now().compare === "beside" && held.crop;
  const across = beside ? 2 : 1;
  const height = Math.max(80, Math.min(room.height, room.width / (ratio * across)));
  const scale = Math.min(window.devicePixelRatio || 1, 2);
  sheet.style.width = `${height * ratio * across}px`;
  sheet.style.height = `${height}px`;
  const wide = Math.round(height * ratio * across * scale);
  const tall = Math.round(height * scale);
  if (canvas.width !== wide || canvas.height !== tall) [canvas.width, canvas.height] = [wide, tall];
  draw();
}

function paint(face, left, width) {
  const [x0, y0, x1, y1] = view();
  const scale = width / (x1 - x0);
  const { whole, crop } = held;
  const put = (bitmap, a, b, c, d) => {
    if (bitmap) context.drawImage(bitmap, left + (a - x0) * scale, (b - y0) * scale, (c - a) * scale, (d - b) * scale);
  };
  if (now().extent === "photo" || !crop) put(whole, 0, 0, held.width, held.height);
  if (crop) put(face, ...crop);
}

function draw() {
  context.imageSmoothingQuality = "medium";
  const { width, height } = canvas;
  const { before } = held;
  const after = held.after ?? before;
  const how = held.crop ? now().compare : "result";
  if (how === "beside") {
    paint(before, 0, width / 2);
    clipped(width / 2, width, () => paint(after, width / 2, width / 2));
  } else if (how === "wipe") {
    paint(before, 0, width);
    clipped(width * share, width, () => paint(after, 0, width));
  } else {
    paint(peeking ? before : after, 0, width);
  }
  function clipped(from, to, call) {
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, height);
    context.clip();
    call();
    context.restore();
  }
}

function wipeTo(value) {
  share = clamp(value, 0, 1);
  wipe.style.left = `${share * 100}%`;
  wipe.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  wipe.setAttribute("aria-valuetext", `${Math.round(share * 100)} % original`);
  draw();
}

export function peek(on) {
  if (peeking === on || !held.crop) return;
  peeking = on;
  $("hold").setAttribute("aria-pressed", String(on));
  draw();
}

export function start() {
  new ResizeObserver(fit).observe(frame);
  drag(canvas, (x) => (now().compare === "wipe" ? wipeTo(x) : peek(now().compare === "result")), () => peek(false));
  drag(wipe, (x) => wipeTo(x), () => {}, canvas);
  wipe.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    wipeTo(share + step);
  });
  for (const key of ["compare", "extent"]) {
    $(key).addEventListener("click", ({ target }) => key in target.dataset && move({ [key]: target.dataset[key] }));
  }
  drag($("hold"), () => peek(true), () => peek(false));
  $("hold").addEventListener("keydown", ({ key }) => (key === " " || key === "Enter") && peek(true));
  for (const event of ["keyup", "blur"]) $("hold").addEventListener(event, () => peek(false));
  listen((state, before) => {
    if (state.compare === before.compare && state.extent === before.extent && state.photo === before.photo) return;
    controls(state);
    fit();
  });
  wipeTo(share);
  controls(now());
}

function controls({ compare, extent }) {
  press($("compare"), "compare", compare);
  press($("extent"), "extent", extent);
  wipe.hidden = compare !== "wipe" || !held.crop;
  $("hold").disabled = compare !== "result" || !held.crop;
  for (const button of $("views").querySelectorAll("[data-compare], [data-extent]")) button.disabled = !held.crop;
}
