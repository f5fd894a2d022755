// The one store: what is being shaped (with undo and redo), and where the person stands (without).

const SHAPED = ["expression", "whole", "label", "strength", "keyframes", "chosen"];
const DEPTH = 200;

const shaped = (state) => Object.fromEntries(SHAPED.map((key) => [key, state[key]]));
const same = (one, other) => SHAPED.every((key) => one[key] === other[key]);

export const CALM = { units: {}, gaze: [0, 0], head: [0, 0, 0] };

// expression: units with sides, gaze, head. whole: the units at strength 1. label: whose prototype they are, or null.
// keyframes: [{time, expression, easing}]. chosen: the keyframe being shaped, or null.
let state = {
  expression: CALM, whole: {}, label: null, strength: 1, keyframes: [], chosen: null,
  photo: null, face: null, extent: "face", compare: "result", tab: "shape", linked: true,
  time: 0, playing: false, loop: true,
};
let settled = shaped(state);
let past = [];
let future = [];
const listeners = [];

export const now = () => state;
export const listen = (listener) => listeners.push(listener);

function become(next) {
  const before = state;
  state = next;
  for (const listener of listeners) listener(state, before);
}

/** A change that is still going on, as in a drag; `settle` makes one step of history of it. */
export function move(patch) {
  become({ ...state, ...patch });
}

export function settle() {
  const present = shaped(state);
  if (same(present, settled)) return;
  past = [...past.slice(1 - DEPTH), settled];
  future = [];
  settled = present;
  become({ ...state });
}

export function change(patch) {
  move(patch);
  settle();
}

/** Begin anew, as with another photo: what was before cannot be undone. */
export function begin(patch) {
  past = future = [];
  settled = shaped({ ...state, ...patch });
  become({ ...state, ...patch });
}

function travel(from, to) {
  if (!from.length) return [from, to];
  const [target] = from.slice(-1);
  const kept = [...to, settled];
  settled = target;
  become({ ...state, ...target, playing: false });
  return [from.slice(0, -1), kept];
}

export function undo() {
  settle();
  [past, future] = travel(past, future);
  become({ ...state });
}

export function redo() {
  settle();
  [future, past] = travel(future, past);
  become({ ...state });
}

export const canUndo = () => past.length > 0;
export const canRedo = () => future.length > 0;

// A reload of the tab finds what was shaped; the photo itself is kept by the server only.

const PLACE = "mien-studio";

export function keep() {
  try {
    if (!state.photo) sessionStorage.removeItem(PLACE);
    else sessionStorage.setItem(PLACE, JSON.stringify({ ...shaped(state), photo: state.photo.id, face: state.face }));
  } catch {
    // A browser that keeps nothing still shapes.
  }
}

export function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE));
  } catch {
    return null;
  }
}
