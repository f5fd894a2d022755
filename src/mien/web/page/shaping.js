// What a hand can do to an expression: labels, strength, single units, turns; the chosen keyframe goes with it.

import { clamp, round } from "./dom.js";
import { CALM, move, now } from "./state.js";

let about = null; // what the server says of units and labels

export function know(told) {
  about = told;
}

/** Units as each side shows them: AU12 becomes AU12L and AU12R. */
export function sided(units) {
  const split = new Set(about.units.filter((unit) => unit.sided).map((unit) => unit.name));
  const sides = {};
  for (const [name, value] of Object.entries(units)) {
    const both = split.has(name) ? [`${name}L`, `${name}R`] : [name];
    for (const side of both) sides[side] = clamp((sides[side] ?? 0) + value, 0, 1);
  }
  return sides;
}

const scaled = (given, factor) => (
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, round(clamp(value * factor, 0, 1), 4)]))
);

/** By which label and strength an expression was shaped: it goes with a keyframe, but into no file. */
export const by = ({ label, whole, strength }) => ({ label, whole, strength });

/** The patch that makes an expression the current one, in the chosen keyframe too. */
function shown(expression, rest) {
  const { chosen, keyframes } = now();
  const patch = { expression, playing: false, ...rest };
  if (chosen !== null) {
    const key = { ...keyframes[chosen], expression, by: by({ ...now(), ...patch }) };
    patch.keyframes = keyframes.with(chosen, key);
  }
  return patch;
}

export function label(name) {
  const { expression } = now();
  const whole = sided(about.prototypes[name]?.units ?? about.prototypes[name] ?? {});
  const strength = now().label === null ? 0.8 : now().strength;
  move(shown({ ...expression, units: scaled(whole, strength) }, { label: name, whole, strength }));
}

export function strength(value) {
  const { expression, whole } = now();
  move(shown({ ...expression, units: scaled(whole, value) }, { strength: value }));
}

/** Units set by hand are no label's any more; they are the whole from which strength counts. */
export function units(changes) {
  const { expression } = now();
  const whole = { ...expression.units, ...changes };
  move(shown({ ...expression, units: whole }, { label: null, whole, strength: 1 }));
}

export function turn(kind, axis, degrees) {
  const { expression } = now();
  const angles = expression[kind].map((value, index) => (index === axis ? degrees : value));
  move(shown({ ...expression, [kind]: angles }, {}));
}

/** What the server told, with sides. */
export const full = (told) => ({ ...CALM, ...told, units: sided(told.units ?? {}) });

/** An expression that came whole: from text, a preset, the photo or the plane. */
export function whole(told) {
  const expression = full(told);
  move(shown(expression, { label: null, whole: expression.units, strength: 1 }));
}

/** What becomes of the controls when a keyframe is chosen. */
export function held(expression) {
  return { expression, label: null, whole: expression.units, strength: 1 };
}

/** For the server, which drops zeros itself. */
export const plain = ({ units: given, gaze, head }) => ({ units: given, gaze, head });

/** In mien's words where a label says it all; else null, and the server writes it. */
export function named() {
  const { label: name, strength: much, expression } = now();
  if (!name) return null;
  const turned = ["gaze", "head"].filter((kind) => expression[kind].some(Boolean));
  const turns = turned.map((kind) => `${kind}(${expression[kind].join(",")})`);
  return [name === "neutral" ? name : `${name}:${round(much)}`, ...turns].join(",");
}
