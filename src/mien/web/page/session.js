// One photo's way through the page: up, choose a face, show it live, and again after mien was restarted.

import * as api from "./api.js";
import { $ } from "./dom.js";
import * as faces from "./faces.js";
import * as live from "./live.js";
import { announce, line, tell } from "./notices.js";
import * as shaping from "./shaping.js";
import * as stage from "./stage.js";
import { CALM, begin, change, kept, move, now } from "./state.js";

const SIDE = 512; // pixels of a live frame
const UNTIMED = { keyframes: [], chosen: null, time: 0, playing: false };
const SHARP = [768, 1024]; // of one at rest, where that many can be seen
const WHOLE = 1600; // pixels of the whole photo's longer side, where mien gives so many
let copy = null; // the photo's own bytes, to be given again to a mien that was restarted
let own = CALM; // what the photo shows by itself
let turn = 0; // counts photos and faces: what comes for an earlier one comes too late
let limits = {};
let finest = 0; // the side of the original that stands on the stage

export const ownExpression = () => own;

export function asInPhoto() {
  shaping.whole({ ...own, gaze: [0, 0], head: [0, 0, 0] });
  change({});
  announce("As in the photo.");
}

function busy(text) {
  $("busy").textContent = text;
  $("busy").hidden = !text;
  $("drop").setAttribute("aria-busy", String(Boolean(text)));
  if (now().photo) line(text);
}

/** While there is no face to be shaped, the controls take nothing. */
function rest(on) {
  $("panel").inert = $("time").inert = on;
}

export async function take(blob) {
  tell("");
  if (limits.bytes && blob.size > limits.bytes) {
    const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
    return tell(`This file has ${megabytes(blob.size)}; at most ${megabytes(limits.bytes)} are taken.`);
  }
  const mine = (turn += 1);
  busy("Looking for faces…");
  try {
    const photo = await api.upload(blob);
    if (mine !== turn) return;
    if (!photo.faces.length) throw new Error(photo.warning ?? "No face was found in this photo.");
    if (now().photo) api.forget(now().photo.id).catch(() => {});
    copy = blob;
    await enter(photo, mine, null);
  } catch (error) {
    if (mine === turn) tell(error.message);
  }
  if (mine === turn) busy("");
}

/** The photo stands on the stage; then its only face, or the one that is chosen. */
async function enter(photo, mine, before) {
  const whole = await api.picture(photo.id, Math.min(WHOLE, limits.side ?? WHOLE));
  if (mine !== turn) return whole.close();
  live.close();
  faces.done();
  stage.clear(photo.width, photo.height);
  begin({ photo, face: null, ...shaping.held(CALM), ...UNTIMED });
  $("welcome").hidden = true;
  for (const id of ["desk", "another", "history"]) $(id).hidden = false;
  $("change-face").hidden = photo.faces.length < 2;
  rest(true);
  stage.hold({ whole });
  const face = before?.face ?? photo.chosen;
  if (face) await choose(face, before);
  else askFace();
}

export function askFace() {
  const { photo, face } = now();
  move({ extent: "photo", compare: "result" });
  faces.ask(photo, face, (number) => (number === face ? stay() : choose(number, null)));
  announce(`${photo.faces.length} faces. Choose one.`);
}

/** The same face after all: what was shaped stays. */
function stay() {
  faces.done();
  move({ extent: "face" });
  $("change-face").focus();
}

async function choose(face, before) {
  const mine = (turn += 1);
  const { photo } = now();
  rest(true);
  busy("Reading the face…");
  try {
    const [portrait, crop] = await Promise.all([api.portrait(photo.id, face), api.picture(photo.id, SIDE, face)]);
    if (mine !== turn) return crop.close();
    faces.done();
    own = { ...CALM, units: shaping.sided(portrait.expression.units) };
    stage.hold({ before: crop, crop: portrait.crop });
    finest = SIDE;
    stage.show(await createImageBitmap(crop), 0);
    begin({ face, extent: "face", ...shaping.held(own), ...UNTIMED, ...before });
    rest(false);
    const onCrop = ({ crop: place }) => stage.hold({ crop: place });
    const heard = { onFrame: stage.show, onCrop, onState: line, onLost };
    live.open({ photo: photo.id, face, side: SIDE, sharper, revive, ...heard });
    live.wish(shaping.plain(now().expression));
    document.querySelector("[role=tab][aria-selected=true]").focus({ preventScroll: true });
    announce("The face is ready to be shaped.");
  } catch (error) {
    if (mine !== turn) return;
    if (photo.faces.length === 1) leave();
    else rest(!now().face); // the face that was there before can still be shaped
    tell(error.message);
  }
  if (mine === turn) busy("");
}

/** The side of a picture at rest, or 0 where a live one has all that is seen; the original keeps up with it. */
function sharper() {
  const seen = stage.seen();
  if (seen < SIDE * 1.1) return 0;
  const side = SHARP.find((one) => one >= seen) ?? SHARP.at(-1);
  if (side > finest) refine(side);
  return side;
}

async function refine(side) {
  const mine = turn;
  finest = side;
  const crop = await api.picture(now().photo.id, side, now().face).catch(() => null);
  if (crop && mine === turn) stage.hold({ before: crop });
}

/** After a break: the photo's id, given again if mien no longer has it. */
async function revive() {
  const { photo, face } = now();
  try {
    return (await api.photo(photo.id)).id;
  } catch (error) {
    if (error.status !== 404 || !copy) throw error;
  }
  const again = await api.upload(copy);
  await api.portrait(again.id, face);
  move({ photo: again });
  tell("mien was started again. Your photo was given to it once more; nothing you shaped is lost.");
  return again.id;
}

function onLost(error) {
  line("");
  leave();
  tell(error.status === 404 ? "mien no longer holds the photo. Please give it again." : error.message);
}

/** Back to the beginning; the server forgets the photo. */
export function leave() {
  turn += 1;
  live.close();
  const { photo } = now();
  if (photo) api.forget(photo.id).catch(() => {});
  copy = null;
  begin({ photo: null, face: null, ...UNTIMED });
  $("welcome").hidden = false;
  for (const id of ["desk", "another", "history"]) $(id).hidden = true;
  busy("");
  $("browse").focus();
}

/** After a reload of the tab: the server may still hold the photo. */
export async function resume(told) {
  limits = told;
  const before = kept();
  if (!before?.photo) return;
  const { photo: id, ...rest } = before;
  try {
    await enter(await api.photo(id), (turn += 1), rest);
  } catch (error) {
    if (error.status === 404) tell("mien no longer holds the photo. Please give it again.");
    else tell(error.message);
  }
}
