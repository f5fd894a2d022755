// Expressions and timelines as text, both ways; the server alone reads and writes the language.

import * as api from "./api.js";
import { $, later } from "./dom.js";
import * as frames from "./keyframes.js";
import * as pad from "./pad.js";
import * as shaping from "./shaping.js";
import { change, listen, now, settle } from "./state.js";

const TIMED = /^\s*[\d.]|;|mien\.performance/;
let written = ""; // what stands for the expression shown now

/** The text of the expression shown now, as a request carries it. */
export async function expression() {
  return shaping.named() ?? (await api.expression({ expression: shaping.plain(now().expression) })).text;
}

const refresh = later(150, async () => {
  const { expression: shown } = now();
  const told = await api.expression({ expression: shaping.plain(shown) }).catch(() => null);
  if (!told || now().expression !== shown) return;
  pad.follow(told, shown.units);
  written = shaping.named() ?? told.text;
  if (document.activeElement !== $("words") || !$("words").dataset.own) $("words").value = written;
  fault("words", "");
});

function fault(field, message) {
  $(`${field}-error`).textContent = message;
  $(`${field}-error`).hidden = !message;
  $(field).setAttribute("aria-invalid", String(Boolean(message)));
}

/** Reads text, an expression's or a timeline's; returns mien's own message if it cannot be read. */
export async function read(text) {
  try {
    if (TIMED.test(text)) {
      const { keyframes } = await api.performance(text, 1);
      change({ keyframes: frames.fromTold(keyframes), chosen: null, time: 0 });
    } else {
      shaping.whole((await api.expression({ text })).expression);
      settle();
    }
    return "";
  } catch (error) {
    return error.message;
  }
}

/** The timeline's own field is written where it is not being written in. */
export function timeline(text, message) {
  if (text !== null && document.activeElement !== $("lines")) $("lines").value = text.replaceAll("; ", ";\n");
  fault("lines", message);
}

export function start() {
  for (const field of ["words", "lines"]) {
    const enter = async () => {
      const text = $(field).value.trim();
      if (!$(field).dataset.own || !text) return;
      delete $(field).dataset.own;
      fault(field, await read(text));
    };
    $(field).addEventListener("input", () => ($(field).dataset.own = "yes"));
    $(field).addEventListener("change", enter);
    $(field).addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (field === "words" || event.ctrlKey || event.metaKey)) enter();
      if (event.key === "Escape") {
        delete $(field).dataset.own;
        if (field === "words") $(field).value = written;
        fault(field, "");
      }
    });
  }
  listen((state, before) => {
    if (state.photo && (state.expression !== before.expression || state.photo !== before.photo)) refresh();
  });
}
