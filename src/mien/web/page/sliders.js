// A slider for every action unit, by region, with its two sides apart or together; gaze and head below.

import { $, capital, make, round } from "./dom.js";
import { announce } from "./notices.js";
import * as shaping from "./shaping.js";
import { change, listen, now, settle } from "./state.js";

const SIDES = [["L", "left"], ["R", "right"]];
const rows = []; // what follows the store: functions of the state

/** A labelled slider; `read` takes its value from the state, `write` gives it back. */
function slider({ name, code = "", low, high, step, read, write, digits = 2, unit = "" }) {
  const id = `s-${(code || name).replace(/\W+/g, "-")}`;
  const input = make("input", { type: "range", id, min: low, max: high, step });
  const output = make("span", { className: "value" });
  const title = make("label", { htmlFor: id }, capital(name), " ");
  if (code) title.append(make("small", { textContent: code }));
  const row = make("div", { className: "slide" }, title, output, input);
  input.addEventListener("input", () => write(round(input.valueAsNumber)));
  input.addEventListener("change", () => {
    settle();
    announce(`${name} ${output.textContent}`);
  });
  const zero = (100 * (0 - low)) / (high - low);
  let told = null; // most rows stand still while one is dragged
  rows.push((state) => {
    const value = read(state);
    if (value === told) return;
    told = value;
    input.value = value;
    output.textContent = `${value.toFixed(digits)}${unit}`;
    input.setAttribute("aria-valuetext", output.textContent);
    const at = (100 * (value - low)) / (high - low);
    input.style.setProperty("--from", `${Math.min(zero, at)}%`);
    input.style.setProperty("--filled", `${Math.max(zero, at)}%`);
    row.classList.toggle("at-rest", value === 0);
  });
  return row;
}

function unitRow({ name, words, sided }) {
  const value = (side) => (state) => state.expression.units[side] ?? 0;
  const range = { low: 0, high: 1, step: 0.01 };
  if (!sided) {
    const write = (v) => shaping.units({ [name]: v });
    return slider({ ...range, name: words, code: name, read: value(name), write });
  }
  const [left, right] = SIDES.map(([letter, word]) => slider({
    ...range, name: `${words}, ${word}`, code: name + letter, read: value(name + letter),
    write: (v) => shaping.units({ [name + letter]: v }),
  }));
  const both = slider({
    ...range, name: words, code: name, read: (state) => Math.max(value(`${name}L`)(state), value(`${name}R`)(state)),
    write: (v) => shaping.units({ [`${name}L`]: v, [`${name}R`]: v }),
  });
  rows.push((state) => {
    // A face that is lopsided keeps its two sliders, or one of them would lie.
    const together = state.linked && Math.abs(value(`${name}L`)(state) - value(`${name}R`)(state)) < 0.005;
    const focused = document.activeElement?.closest(".slide");
    if (focused === left || focused === right) return;
    both.hidden = !together;
    left.hidden = right.hidden = together;
  });
  return make("div", { className: "unit" }, both, left, right);
}

function turns(kind, ranges) {
  return Object.entries(ranges).map(([axis, [low, high]], index) => slider({
    name: `${kind} ${axis}`, low, high, step: 0.5, digits: 1, unit: "°",
    read: (state) => state.expression[kind][index], write: (degrees) => shaping.turn(kind, index, degrees),
  }));
}

export function start(about) {
  const regions = Map.groupBy ? Map.groupBy(about.units, (unit) => unit.region ?? "face") : grouped(about.units);
  const group = (name, children) => make("fieldset", {}, make("legend", { textContent: capital(name) }), ...children);
  $("sliders").append(
    ...[...regions].map(([region, units]) => group(region, units.map(unitRow))),
    group("gaze", turns("gaze", about.gaze)),
    group("head", turns("head", about.head)),
  );
  $("link").addEventListener("click", () => {
    const { linked, expression } = now();
    const changes = levelled(about.units, expression.units);
    if (!linked && Object.keys(changes).length) shaping.units(changes);
    change({ linked: !linked });
  });
  const show = (state) => {
    $("link").setAttribute("aria-pressed", String(state.linked));
    for (const row of rows) row(state);
  };
  listen((state, before) => (state.expression !== before.expression || state.linked !== before.linked) && show(state));
  show(now());
}

/** Both sides at their mean, where they differ. */
function levelled(units, values) {
  const changes = {};
  for (const { name } of units.filter((unit) => unit.sided)) {
    const [left, right] = SIDES.map(([letter]) => values[name + letter] ?? 0);
    if (left !== right) changes[`${name}L`] = changes[`${name}R`] = round((left + right) / 2, 4);
  }
  return changes;
}

function grouped(units) {
  const groups = new Map();
  for (const unit of units) groups.set(unit.region ?? "face", [...(groups.get(unit.region ?? "face") ?? []), unit]);
  return groups;
}
