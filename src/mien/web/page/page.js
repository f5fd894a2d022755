// The studio: asks the server what there is, builds the controls of it, and ties them to the one store.

import * as api from "./api.js";
import { $, later } from "./dom.js";
import * as exporting from "./exports.js";
import * as labels from "./labels.js";
import * as live from "./live.js";
import { announce, tell } from "./notices.js";
import * as pad from "./pad.js";
import * as playback from "./playback.js";
import * as presets from "./presets.js";
import * as session from "./session.js";
import * as shaping from "./shaping.js";
import * as sliders from "./sliders.js";
import * as stage from "./stage.js";
import { canRedo, canUndo, keep, listen, now, redo, undo } from "./state.js";
import * as tabs from "./tabs.js";
import * as timeline from "./timeline.js";
import * as upload from "./upload.js";
import * as words from "./words.js";

const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const WRITING = "input:not([type=range]), textarea, select";

/** Undo and redo, and the original while B is held. */
function keys() {
  const back = () => canUndo() && (undo(), announce("Undone."));
  const forth = () => canRedo() && (redo(), announce("Done again."));
  $("undo").addEventListener("click", back);
  $("redo").addEventListener("click", forth);
  document.addEventListener("keydown", (event) => {
    if (event.target.matches(WRITING)) return;
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) forth();
      else back();
    } else if (key === "b") stage.peek(true);
  });
  document.addEventListener("keyup", ({ key }) => key.toLowerCase() === "b" && stage.peek(false));
  listen(() => {
    $("undo").disabled = !canUndo();
    $("redo").disabled = !canRedo();
  });
}

async function start() {
  const query = new URLSearchParams(location.search);
  if (query.has("token")) history.replaceState(null, "", location.pathname);
  $("where").textContent = LOCAL.test(location.hostname)
    ? "Nothing leaves this machine."
    : `The photo goes to ${location.hostname}, and nowhere else.`;
  const about = await api.about();
  shaping.know(about);
  stage.start();
  labels.start(about, session.asInPhoto);
  pad.start(about);
  sliders.start(about);
  timeline.start(about, session.ownExpression);
  playback.start(live.wish, words.timeline);
  words.start();
  presets.start();
  exporting.start(about);
  tabs.start();
  keys();
  const stored = later(200, keep);
  listen((state, before) => {
    if (state.face && state.expression !== before.expression) live.wish(shaping.plain(state.expression));
    if (!state.playing) stored();
  });
  $("another").addEventListener("click", session.leave);
  $("change-face").addEventListener("click", session.askFace);
  upload.start(session.take);
  await session.resume(about.limits ?? {});
  document.body.dataset.ready = now().photo ? "desk" : "welcome";
}

start().catch((error) => tell(error.message));
