"use strict";
// One person's way through the page: consent, pairs, the file of answers. Nothing leaves the browser but that file.

const payload = JSON.parse(document.getElementById("payload").textContent);
const { page, columns, systems, items, questions, orders } = payload;
const $ = (id) => document.getElementById(id);
const PLACE = `mien-rate-${page}`; // of the answers in the browser's storage
const SIDES = ["left", "right"];

// code, seed: who, and which of the orders. given: [side, milliseconds] of each answer, in order. saved: in a file.
let state = null;
let showing = -1; // number of the trial whose media stand on the page
let view = 0; // counts what has been turned to: what loads for an earlier view comes too late
let since = null; // when the question could be answered; null while it cannot
let addresses = []; // of the media on the page, to be freed

// What is kept against a lost tab. A browser may refuse: then the person is told.

function stored() {
  try {
    return JSON.parse(localStorage.getItem(PLACE));
  } catch {
    return null;
  }
}

function keep() {
  try {
    if (state) localStorage.setItem(PLACE, JSON.stringify(state));
    else localStorage.removeItem(PLACE);
  } catch {
    tell("This browser keeps nothing when the tab is closed: leave it open until you have saved your answers.");
    window.onbeforeunload = state ? (event) => event.preventDefault() : null;
  }
}

function tell(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

// Where the person is: step counts answers, a trial has one step for each question.

const order = () => orders[state.seed];
const steps = () => order().length * questions.length;
const trialOf = (step) => order()[Math.floor(step / questions.length)];
const questionOf = (step) => questions[step % questions.length];

function below(bound) {
  return crypto.getRandomValues(new Uint32Array(1))[0] % bound;
}

function drawnCode() {
  const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  return Array.from({ length: 6 }, () => letters[below(letters.length)]).join("");
}

function turnTo(name) {
  view += 1;
  for (const section of ["welcome", "trial", "end"]) $(section).hidden = section !== name;
  if (name !== "trial") clear();
  window.scrollTo(0, 0);
}

function welcome() {
  state = stored();
  $("consent").replaceChildren(...payload.consent.map((text) => element("p", { textContent: text })));
  $("unfinished").hidden = !state;
  $("whose").textContent = state ? state.code : "";
  $("start").hidden = Boolean(state);
  $("code").value = drawnCode();
  $("agreed").checked = false;
  turnTo("welcome");
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

// Media.

function address(uri) {
  const [head, body] = uri.split(",", 2);
  const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  // Films do not play from data addresses everywhere; from these they do.
  addresses.push(URL.createObjectURL(new Blob([bytes], { type: head.slice(5, head.indexOf(";")) })));
  return addresses[addresses.length - 1];
}

function medium(uri, label) {
  const source = address(uri);
  if (!uri.startsWith("data:video/")) {
    const image = element("img", { src: source, alt: label });
    return { node: image, ready: image.decode() };
  }
  const film = element("video", { muted: true, loop: true, playsInline: true, preload: "auto" });
  if (label) film.setAttribute("aria-label", label);
  const ready = new Promise((resolve, reject) => {
    film.onloadedmetadata = resolve; // a phone that saves power goes no further before a touch
    film.onerror = reject;
  });
  film.src = source;
  return { node: film, ready };
}

function clear() {
  for (const place of document.querySelectorAll(".media")) place.replaceChildren();
  addresses.forEach((one) => URL.revokeObjectURL(one));
  addresses = [];
  showing = -1;
  since = null;
}

async function put(trial) {
  clear();
  const [item, left, right] = trial;
  const row = payload.shown[item];
  const media = [medium(row[left], ""), medium(row[right], "")];
  $("left").firstElementChild.replaceChildren(media[0].node);
  $("right").firstElementChild.replaceChildren(media[1].node);
  if (payload.persons.length) {
    media.push(medium(payload.persons[item], "the person to compare with"));
    $("person").firstElementChild.replaceChildren(media[2].node);
  }
  $("again").hidden = !row.some((uri) => uri.startsWith("data:video/"));
  await Promise.all(media.map((one) => one.ready));
  playAgain();
}

function playAgain() {
  for (const film of document.querySelectorAll("video")) {
    film.currentTime = 0;
    film.play().catch(() => {}); // such a phone plays at a touch of "Play again"
  }
}

// Questions.

async function ask() {
  tell("");
  keep();
  const step = state.given.length;
  if (step === steps()) return finish();
  turnTo("trial");
  const mine = view;
  const question = questionOf(step);
  $("question").replaceChildren(element("span", { textContent: question.text, className: "fresh" }));
  $("help").textContent = question.help;
  $("person").hidden = !question.person;
  $("count").textContent = `${step + 1} of ${steps()}`;
  $("progress").max = steps();
  $("progress").value = step;
  $("back").disabled = step === 0;
  $("question").focus({ preventScroll: true });
  ready(false);
  const number = Math.floor(step / questions.length);
  if (number !== showing) {
    try {
      await put(trialOf(step));
    } catch {
      if (mine === view) tell("This browser cannot show one of the two. Stop lets you save what you have.");
      return;
    }
    if (mine !== view) return;
    showing = number;
  }
  ready(true);
}

function ready(now) {
  for (const side of SIDES) {
    $(side).disabled = !now;
    $(side).classList.remove("taken");
  }
  since = now ? performance.now() : null;
}

function choose(side) {
  if (since === null) return;
  state.given.push([side, Math.round(performance.now() - since)]);
  since = null;
  state.saved = false;
  keep();
  $(side).classList.add("taken");
  const mine = view;
  // A moment to see what was chosen, in which the second half of a double click answers nothing.
  setTimeout(() => mine === view && ask(), 250);
}

function back() {
  if ($("trial").hidden || !state.given.length) return;
  dropLast();
  ask();
}

function dropLast() {
  state.given.pop();
  state.saved = false;
}

// The end.

function finish() {
  const done = state.given.length;
  $("thanks").textContent = done === steps() ? "Thank you" : "Stopped";
  $("given").textContent =
    done === steps()
      ? "That was the last pair. Please save your answers and pass the file on to whoever asked you."
      : `You gave ${done} of ${steps()} answers. You can save them and pass the file on, go back, or delete them.`;
  $("comment").value = state.comment;
  $("save").disabled = done === 0;
  $("saved").textContent = "";
  $("text").value = csv();
  turnTo("end");
  $("thanks").focus({ preventScroll: true });
}

function csv() {
  const rows = state.given.map(([side, milliseconds], step) => {
    const [item, left, right, repeated] = trialOf(step);
    const last = step === state.given.length - 1;
    const row = {
      participant: state.code, page, seed: state.seed, question: questionOf(step).name, item: items[item],
      left: systems[left], right: systems[right], chosen: systems[side === "left" ? left : right],
      milliseconds, repeated, comment: last ? plain(state.comment) : "",
    };
    return columns.map((column) => quoted(String(row[column]))).join(",");
  });
  return [columns.join(","), ...rows, ""].join("\r\n");
}

// One line, and nothing that a spreadsheet would take for a formula.
const plain = (text) => text.replace(/[\s\u0085]+/g, " ").trim().replace(/^[=+\-@]/, "'$&");
const quoted = (text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function save() {
  const address = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
  const name = `answers-${page}-${state.code}.csv`;
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  state.saved = true;
  keep();
  window.onbeforeunload = null;
  $("saved").textContent = `Saved as ${name}, where this browser keeps downloads. Please pass that file on.`;
}

// What the person does.

$("start").onsubmit = (event) => {
  event.preventDefault();
  state = { code: $("code").value, seed: below(orders.length), given: [], comment: "", saved: false };
  ask();
};
$("code").onchange = () => ($("code").value = $("code").value.trim());
$("resume").onclick = ask;
$("discard").onclick = $("delete").onclick = () => {
  const unsaved = state.saved ? "" : " They have not been saved in a file.";
  if (!confirm(`Delete the answers of ${state.code} from this browser?${unsaved}`)) return;
  state = null;
  keep();
  welcome();
};
for (const side of SIDES) $(side).onclick = () => choose(side);
$("back").onclick = back;
$("again").onclick = playAgain;
$("stop").onclick = finish;
$("return").onclick = () => {
  if (state.given.length === steps()) dropLast();
  ask();
};
$("save").onclick = save;
$("comment").oninput = () => {
  state.comment = $("comment").value;
  state.saved = false;
  $("saved").textContent = "";
  $("text").value = csv();
  keep();
};
document.onkeydown = (event) => {
  if ($("trial").hidden || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  const does = { ArrowLeft: () => choose("left"), ArrowRight: () => choose("right"), Backspace: back, r: playAgain, R: playAgain };
  if (!(event.key in does)) return;
  event.preventDefault();
  does[event.key]();
};

welcome();
