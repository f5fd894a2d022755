// Presets: mien's own JSON of an expression, or of the timeline if there is one, to a file and from one.

import { $, saveAs } from "./dom.js";
import * as frames from "./keyframes.js";
import { announce, tell } from "./notices.js";
import * as shaping from "./shaping.js";
import { now } from "./state.js";
import * as words from "./words.js";

const LARGEST = 4_000_000; // bytes of a preset that is read; an expression has 2 kB

export function start() {
  $("save-preset").addEventListener("click", () => {
    const state = now();
    if (state.keyframes.length) saveAs("performance.json", JSON.stringify(frames.performanceOf(state), null, 1));
    else {
      const { expression, label } = state;
      const record = { schema: "mien.expression/1", ...shaping.plain(expression) };
      saveAs(`${label ?? "expression"}.json`, JSON.stringify(record, null, 1));
    }
    announce("Preset saved.");
  });
  $("load-preset").addEventListener("click", () => $("preset").click());
  $("preset").addEventListener("change", async () => {
    const [file] = $("preset").files;
    $("preset").value = "";
    if (!file) return;
    if (file.size > LARGEST) return tell("A preset has a few kilobytes; this file is no preset.");
    const problem = await words.read((await file.text()).trim());
    tell(problem && `This preset cannot be read: ${problem}`);
    if (!problem) announce("Preset loaded.");
  });
}
