// The expressions by name, and the one strength.

import { $, capital, make, press, round } from "./dom.js";
import { announce } from "./notices.js";
import * as shaping from "./shaping.js";
import { listen, now, settle } from "./state.js";

/** `own` gives back what the photo shows. */
export function start(about, own) {
  const buttons = about.labels.map((name) => (
    make("button", { type: "button", textContent: capital(name), "data-label": name })
  ));
  const photo = make("button", { type: "button", textContent: "As in the photo", id: "own" });
  $("labels").append(...buttons, photo);
  $("labels").addEventListener("click", ({ target }) => {
    if (target === photo) own();
    else if (target.dataset.label) {
      shaping.label(target.dataset.label);
      settle();
      announce(`${capital(target.dataset.label)}, strength ${Math.round(now().strength * 100)} %`);
    }
  });
  $("strength").addEventListener("input", ({ target }) => shaping.strength(round(target.valueAsNumber)));
  $("strength").addEventListener("change", () => {
    settle();
    announce(`Strength ${Math.round(now().strength * 100)} %`);
  });
  listen((state, before) => {
    if (["label", "strength", "whole"].some((key) => state[key] !== before[key])) show(state);
  });
  show(now());
}

function show({ label, strength, whole }) {
  press($("labels"), "label", label);
  const any = Object.values(whole).some(Boolean);
  $("strength").disabled = !any;
  $("strength").value = strength;
  $("strength").style.setProperty("--filled", `${strength * 100}%`);
  $("strength-name").textContent = label && any ? `Strength of ${label}` : "Strength of the whole";
  $("strength-value").textContent = any ? strength.toFixed(2) : "–";
  $("strength").setAttribute("aria-valuetext", `${Math.round(strength * 100)} %`);
}
