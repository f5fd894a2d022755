// Playing and scrubbing: the server says what each moment shows, the live picture shows it.

import * as api from "./api.js";
import { $, later } from "./dom.js";
import * as frames from "./keyframes.js";
import { listen, move, now } from "./state.js";

const RATE = 25; // moments a second that are asked for
let acted = null; // {times, expressions, text} of the keyframes as they stand
let asked = 0;
let started = 0;

/** `show` puts an expression on the stage; `told` hears the performance's text, or what is wrong with it. */
export function start(show, told) {
  const ask = later(120, async () => {
    const mine = (asked += 1);
    const to = JSON.stringify(frames.performanceOf(now()));
    try {
      const answer = await api.performance(to, RATE);
      if (mine !== asked) return;
      acted = answer;
      told(answer.text, "");
      if (now().playing) step();
    } catch (error) {
      if (mine === asked) told(null, error.message);
    }
  });

  /** The moment nearest to a time; times are even, but for the last. */
  const at = (time) => acted.expressions[Math.min(acted.expressions.length - 1, Math.round(time * RATE))];

  function step() {
    const { playing, keyframes, loop } = now();
    if (!playing || !acted) return;
    const long = frames.duration({ keyframes });
    let time = (performance.now() - started) / 1000;
    if (time >= long && loop && long > 0) {
      started = performance.now();
      time = 0;
    }
    move({ time: Math.min(time, long), playing: time < long });
    show(at(now().time));
    if (time < long) requestAnimationFrame(step);
  }

  $("play").addEventListener("click", () => move({ playing: !now().playing, chosen: null }));
  $("loop").addEventListener("click", () => move({ loop: !now().loop }));
  $("playhead").addEventListener("input", ({ target }) => {
    move({ playing: false, chosen: null, time: target.valueAsNumber });
    if (acted) show(at(target.valueAsNumber));
  });
  listen((state, before) => {
    if (state.keyframes !== before.keyframes) {
      if (state.keyframes.length) ask();
      else told("", "");
      acted = null;
    }
    if (state.playing && !before.playing) {
      const from = state.time >= frames.duration(state) ? 0 : state.time;
      started = performance.now() - from * 1000;
      requestAnimationFrame(step);
    }
    bar(state);
  });
  bar(now());
}

function bar({ playing, time, keyframes, loop }) {
  $("play").disabled = keyframes.length < 2;
  $("play").setAttribute("aria-pressed", String(playing));
  $("play").lastElementChild.textContent = playing ? "Pause" : "Play";
  $("loop").setAttribute("aria-pressed", String(loop));
  $("clock").textContent = keyframes.length ? `${time.toFixed(2)} s` : "";
  $("playhead").value = time;
  $("playhead").setAttribute("aria-valuetext", `${time.toFixed(2)} seconds`);
}
