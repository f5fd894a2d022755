// Long work: a picture, a film or a sheet at the photo's own resolution, with progress, its file and its receipt.

import * as api from "./api.js";
import { $, capital, later, make, press } from "./dom.js";
import * as frames from "./keyframes.js";
import { announce, tell } from "./notices.js";
import * as receipts from "./receipt.js";
import { listen, now } from "./state.js";
import * as words from "./words.js";

const LOST = "mien was started again in the meantime, and the work was lost. Please export again.";
const PAUSE = 400; // milliseconds between questions
let about = null;
let running = null;
let tongue = "command";
let said = {};

const format = () => $("format").value.split(" ");
const long = (seconds) => (seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`);
const megabytes = (bytes) => (bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** The request of what the panel says, as jobs and `say` take it. */
async function wish(task, ending) {
  const { photo, face, keyframes } = now();
  const request = { task, photo: photo.id, face, format: ending };
  if (task === "sheet") return request;
  if ($("system").value) request.system = $("system").value;
  if (task === "animate" && keyframes.length > 1) {
    request.to = (await api.performance(JSON.stringify(frames.performanceOf(now())), 1)).text;
  } else request.to = await words.expression();
  return request;
}

async function work(task, ending, save) {
  if (running) return;
  running = "asking";
  $("cancel").disabled = true;
  state("Waiting…", 0);
  tell("");
  try {
    running = (await api.start(await wish(task, ending))).job;
    $("cancel").disabled = false;
    const done = await followed(running);
    if (done.state === "done") finish(done, save);
    else if (done.state === "failed") tell(done.error.message);
    announce({ done: "Done.", failed: "That did not work." }[done.state] ?? "Cancelled.");
  } catch (error) {
    if (!running) announce("Cancelled."); // who cancels lets go of the work at once
    else tell(error.status === 404 ? LOST : error.message);
  }
  running = null;
  state("", null);
}

async function followed(id) {
  for (;;) {
    const job = await api.job(id);
    if (!["waiting", "running"].includes(job.state)) return job;
    const left = job.eta > 1 ? `, about ${long(job.eta)} left` : "";
    state(job.line ?? (job.state === "waiting" ? "Waiting for other work…" : `Working${left}…`), job.progress);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function finish(job, save) {
  if (job.receipt?.faces) receipts.show($("receipt"), job.receipt, about.units);
  const receiptLast = (one, other) => (one.name === "receipt.json") - (other.name === "receipt.json");
  const links = job.files.toSorted(receiptLast).map(({ name, bytes }) => make("a", {
    href: api.fileOf(running, name), download: name, className: "button",
  }, `Save ${name} `, make("small", { textContent: megabytes(bytes) })));
  $("files").replaceChildren(...links);
  $("files").hidden = !links.length;
  if (save) links[0]?.click();
}

function state(line, progress) {
  $("job").hidden = progress === null;
  $("export").disabled = $("check").disabled = progress !== null;
  $("job-line").textContent = line;
  if (progress) $("progress").value = progress;
  else $("progress").removeAttribute("value");
}

/** Command and Python of what Export would do. */
const speak = later(250, async () => {
  if (now().tab !== "take" || !now().face) return;
  const [task, ending] = format();
  try {
    said = await api.say(await wish(task, ending));
  } catch (error) {
    said = { command: error.message, python: error.message };
  }
  $("said").textContent = said[tongue];
});

function options() {
  const option = (task, ending, said_) => make("option", { value: `${task} ${ending}`, textContent: said_ });
  const group = (label, task, endings) => make("optgroup", { label }, ...endings.map((ending) => (
    option(task, ending, `${ending.toUpperCase()} ${label.toLowerCase()}`)
  )));
  $("format").append(
    group("Picture", "edit", about.formats.picture),
    group("Film", "animate", about.formats.film),
    make("optgroup", { label: "Sheet" }, option("sheet", "png", "PNG sheet: six expressions, three strengths")));
  const systems = about.systems.map(({ name, ready }) => (
    make("option", { value: name, disabled: !ready, textContent: ready ? name : `${name} (not installed)` })
  ));
  $("system").append(make("option", { value: "", textContent: "Face engine" }), ...systems);
}

function system() {
  const told = about.systems.find(({ name }) => name === $("system").value);
  $("system-line").textContent = told
    ? `${told.line}. The live picture stays the face engine’s.`
    : "What the live picture shows, at the photo’s own resolution.";
  speak();
}

export function start(told) {
  about = told;
  options();
  system();
  $("system").addEventListener("change", system);
  $("format").addEventListener("change", speak);
  $("export").addEventListener("click", () => work(...format(), true));
  $("check").addEventListener("click", () => work("edit", "png", false));
  $("cancel").addEventListener("click", () => {
    api.cancel(running).catch(() => {});
    running = null;
  });
  press($("tongue"), "tongue", tongue);
  $("tongue").addEventListener("click", ({ target }) => {
    if (!target.dataset.tongue) return;
    tongue = target.dataset.tongue;
    press($("tongue"), "tongue", tongue);
    $("said").textContent = said[tongue] ?? "";
  });
  $("copy").addEventListener("click", copy);
  listen((state_, before) => {
    if (["expression", "keyframes", "tab", "photo", "face"].some((key) => state_[key] !== before[key])) speak();
    if (state_.photo !== before.photo) for (const id of ["receipt", "files"]) $(id).hidden = true;
  });
}

async function copy() {
  try {
    await navigator.clipboard.writeText($("said").textContent);
  } catch {
    getSelection().selectAllChildren($("said")); // a browser that refuses: it is selected, Ctrl-C copies
    if (!document.execCommand("copy")) return announce("Selected; copy it with Ctrl-C.");
  }
  $("copy").textContent = "Copied";
  announce(`${capital(tongue)} copied.`);
  setTimeout(() => ($("copy").textContent = "Copy"), 1500);
}
