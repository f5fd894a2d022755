// Playing and scrubbing: the server says what each moment shows. While it plays only the picture moves; where it
// stands still, the controls show that moment too.

import * as api from "./api.js";
import { $, later } from "./dom.js";
import * as frames from "./keyframes.js";
import * as shaping from "./shaping.js";
import { change, listen, move, now, settle } from "./state.js";

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
    move({ time: Math.min(time, long) });
    show(at(now().time));
    if (time < long) requestAnimationFrame(step);
    else rest();
  }

  /** The controls take the moment that the picture shows. */
  function rest() {
    change({ playing: false, ...(acted && shaping.held(shaping.full(at(now().time)))) });
  }

  $("play").addEventListener("click", () => (now().playing ? rest() : move({ playing: true, chosen: null })));
  $("loop").addEventListener("click", () => move({ loop: !now().loop }));
  $("playhead").addEventListener("input", ({ target }) => {
    const time = target.valueAsNumber;
    move({ playing: false, chosen: null, time, ...(acted && shaping.held(shaping.full(at(time)))) });
  });
  $("playhead").addEventListener("change", settle);
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
    if (["playing", "time", "keyframes", "loop"].some((key) => state[key] !== before[key])) bar(state);
  });
  bar(now());
}

function bar({ playing, time, keyframes, loop }) {
  for (const id of ["play", "loop", "clock"]) $(id).hidden = keyframes.length === 0;
  $("play").disabled = keyframes.length < 2;
  $("play").setAttribute("aria-pressed", String(playing));
  $("play").lastElementChild.textContent = playing ? "Pause" : "Play";
  $("loop").setAttribute("aria-pressed", String(loop));
  $("clock").textContent = `${time.toFixed(2)} s`;
  $("playhead").value = time;
  $("playhead").setAttribute("aria-valuetext", `${time.toFixed(2)} seconds`);
}
