// The receipt: what was asked and what was measured, as bars with numbers, and what is to be known of the result.

import { capital, make } from "./dom.js";

const ROWS = 8; // the strongest units; the file has them all
const APART = "0 is the same picture; photos of two people lie more than about 0.6 apart";
const ALIKE = 0.05; // two sides whose measured strengths are this close are told as one

function bar(value, spread, kind) {
  const track = make("span", { className: `bar ${kind}`, "aria-hidden": "true" });
  const fill = make("i");
  fill.style.width = `${100 * Math.min(1, value)}%`;
  track.append(fill);
  if (spread) {
    const whisker = make("u");
    const low = Math.max(0, value - spread);
    whisker.style.left = `${100 * low}%`;
    whisker.style.width = `${100 * (Math.min(1, value + spread) - low)}%`;
    track.append(whisker);
  }
  return track;
}

function row(name, code, asked, found, spread) {
  const number = (value) => value.toFixed(2);
  return make("tr", {},
    make("th", { scope: "row" }, capital(name), " ", make("small", { textContent: code })),
    make("td", {}, bar(asked, 0, "asked"), bar(found, spread, "found")),
    make("td", { textContent: number(asked) }),
    make("td", {}, number(found), make("small", { textContent: spread ? ` ±${number(spread)}` : "" })));
}

/** What was asked of each unit and what came of it; two sides that agree are one row. */
function measured({ requested, achieved, uncertainty }) {
  const rows = new Map();
  for (const [unit, asked] of Object.entries(requested)) {
    const one = { asked, found: achieved[unit] ?? 0, spread: uncertainty[unit] ?? 0 };
    const both = unit.slice(0, -1);
    const left = rows.get(`${both}L`);
    if (unit.endsWith("R") && left && left.asked === asked && Math.abs(left.found - one.found) < ALIKE) {
      rows.delete(`${both}L`);
      rows.set(both, { asked, found: (left.found + one.found) / 2, spread: Math.max(left.spread, one.spread) });
    } else rows.set(unit, one);
  }
  return [...rows].sort(([, a], [, b]) => b.asked - a.asked).slice(0, ROWS);
}

function table(face, wordsOf) {
  const rows = face.named && face.label !== "neutral"
    ? [row(face.label, "", face.label_requested, face.label_achieved, face.label_uncertainty)] : [];
  for (const [unit, { asked, found, spread }] of measured(face)) {
    rows.push(row(wordsOf(unit), unit, asked, found, spread));
  }
  const unseen = (textContent) => make("span", { className: "sr", textContent });
  const head = [unseen("what"), unseen("bars"), "asked", "measured"].map((said) => make("th", { scope: "col" }, said));
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

function fact(name, value, note) {
  const said = make("dd", {}, value, " ", make("small", { textContent: note }));
  return make("div", {}, make("dt", { textContent: name }), said);
}

function faceOf(face, several, wordsOf) {
  const facts = make("dl", {},
    fact("Identity distance", face.identity_distance.toFixed(2), APART),
    fact("Pixels changed", `${(100 * face.changed).toFixed(1)} %`, "of the photo; every other pixel is its own"),
  );
  const warnings = face.warnings.map((textContent) => make("li", { textContent }));
  return make("section", {},
    ...(several ? [make("h3", { textContent: capital(face.label) })] : []),
    table(face, wordsOf),
    ...(warnings.length ? [make("ul", { className: "warnings" }, ...warnings)] : []),
    facts);
}

/** Puts a receipt into its place; `units` names the units in words. */
export function show(place, receipt, units) {
  const words = new Map(units.map(({ name, words: said }) => [name, said]));
  const side = (unit) => (unit.endsWith("L") ? "left" : "right");
  const wordsOf = (unit) => words.get(unit) ?? `${words.get(unit.slice(0, -1))}, ${side(unit)}`;
  const seconds = Object.values(receipt.seconds).reduce((a, b) => a + b, 0);
  const several = receipt.faces.length > 1;
  const measuredBy = `${seconds.toFixed(1)} s. Measured by ${receipt.faces[0]?.estimator ?? "nobody"}.`;
  place.replaceChildren(
    make("h2", { textContent: "Receipt" }),
    ...receipt.faces.map((face) => faceOf(face, several, wordsOf)),
    make("p", { className: "soft" }, measuredBy));
  place.hidden = false;
}
