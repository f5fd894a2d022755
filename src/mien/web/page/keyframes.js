// What can be done to a list of keyframes, as patches of the store: times always rise.

import { clamp, round } from "./dom.js";
import { now } from "./state.js";
import * as shaping from "./shaping.js";

const CLOSE = 0.05; // seconds between neighbours, at least
const STEP = 0.8; // seconds from one keyframe to the next that is added

export const duration = ({ keyframes }) => keyframes.at(-1)?.time ?? 0;

/** The keyframe is shaped from now on: its expression stands in all the controls. */
export function chosen(index, keyframes = now().keyframes) {
  const key = keyframes[index];
  return { keyframes, chosen: index, time: key.time, playing: false, ...shaping.held(key.expression), ...key.by };
}

/** The expression shown now, held at a time; where one stands already, behind the last. */
export function added(time) {
  const { keyframes, expression } = now();
  const by = shaping.by(now());
  const taken = keyframes.some((key) => Math.abs(key.time - time) < CLOSE);
  const at = round(taken ? duration(now()) + STEP : keyframes.length ? time : 0);
  const next = [...keyframes, { time: at, expression, by, easing: "ease" }].sort((a, b) => a.time - b.time);
  const index = next.findIndex((key) => key.time === at);
  return { keyframes: next, chosen: index, time: at, playing: false };
}

/** From what the photo shows to the expression shown now, held a while, and back. */
export function acted(own) {
  const { expression } = now();
  const rest = { expression: own, easing: "ease" };
  const most = { expression, by: shaping.by(now()), easing: "ease" };
  const times = [[0, rest], [0.8, most], [1.8, { ...most, easing: "hold" }], [2.6, rest]];
  return { keyframes: times.map(([time, key]) => ({ time, ...key })), chosen: null, time: 0 };
}

export function moved(index, time) {
  const { keyframes } = now();
  const low = index ? keyframes[index - 1].time + CLOSE : 0;
  const high = index < keyframes.length - 1 ? keyframes[index + 1].time - CLOSE : 3600;
  const at = round(clamp(time, low, high));
  return { keyframes: keyframes.with(index, { ...keyframes[index], time: at }), time: at };
}

export function eased(index, easing) {
  const { keyframes } = now();
  return { keyframes: keyframes.with(index, { ...keyframes[index], easing }) };
}

export function without(index) {
  return { keyframes: now().keyframes.toSpliced(index, 1), chosen: null };
}

/** The timeline as mien's own Performance JSON. */
export function performanceOf({ keyframes }) {
  const record = ({ time, expression, easing }) => ({ time, expression: shaping.plain(expression), easing });
  return { schema: "mien.performance/1", keyframes: keyframes.map(record) };
}

export const fromTold = (told) => told.map((key) => ({ ...key, expression: shaping.full(key.expression) }));
