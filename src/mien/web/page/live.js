// The live picture's wire: the latest wish wins, frames come back, and a lost server is waited for.

import * as api from "./api.js";
import { later } from "./dom.js";

const FULL = 32768; // bytes not yet on their way: more wishes would only grow old there
const REST = 300; // milliseconds without a wish after which the picture may be sharper
const PAUSES = [300, 600, 1200, 2400, 5000];

let wire = null;
let count = 0;
let waiting = null; // the latest wish that is not sent
let seen = 0;
let tries = 0;
let last = null; // the last wish, to be made again after a break
let place = null; // {photo, face, side, sharper, onFrame, onCrop, onState, onLost, revive}
const wishedAt = new Map();

/** Opens the wire of a face; `revive` gives the photo's id after a break, or throws. */
export function open(next) {
  close();
  place = next;
  connect();
}

export function close() {
  place = null;
  wire?.close();
  wire = null;
}

/** Of the wishes that reach the server while it draws, it takes the latest. */
export function wish(expression, at = performance.now()) {
  last = waiting = { expression, at };
  if (wire?.readyState === WebSocket.OPEN && wire.bufferedAmount < FULL) send(last);
}

function send({ expression, at, side }) {
  count += 1;
  wishedAt.set(count, at);
  waiting = null;
  wire.send(JSON.stringify({ n: count, expression, side }));
  if (!side) rest(last);
}

/** Where nothing moves any more, the same once more as large as the stage shows it. */
const rest = later(REST, (wished) => {
  const side = place?.sharper();
  if (side && wished === last && wire?.readyState === WebSocket.OPEN) send({ ...wished, at: undefined, side });
});

function connect() {
  const mine = (wire = api.socket(place.photo, place.face, place.side));
  [count, seen] = [0, 0];
  wishedAt.clear();
  mine.binaryType = "arraybuffer";
  mine.onmessage = ({ data }) => {
    if (mine !== wire) return;
    if (typeof data === "string") heard(JSON.parse(data));
    else frame(data, mine);
  };
  mine.onclose = () => mine === wire && lost();
  mine.onopen = () => {
    if (mine !== wire) return;
    waiting ??= last;
    if (waiting) send(waiting);
  };
}

function heard(message) {
  if (message.error) {
    place.onState(message.error.message ?? String(message.error));
    return;
  }
  tries = 0;
  place.onState("");
  place.onCrop(message);
}

async function frame(data, mine) {
  const number = new DataView(data).getUint32(0);
  if (waiting) send(waiting);
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(data, 4)], { type: "image/jpeg" }));
  if (mine !== wire || number <= seen) return bitmap.close();
  seen = number;
  const at = wishedAt.get(number);
  for (const one of wishedAt.keys()) if (one <= number) wishedAt.delete(one);
  place.onFrame(bitmap, number, at);
}

/** The server has gone or let go: wait, ask, give the photo again, and go on. */
async function lost() {
  const mine = wire;
  place.onState("Waiting for mien…");
  await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(tries++, PAUSES.length - 1)]));
  if (mine !== wire || !place) return;
  try {
    const photo = await place.revive();
    if (mine !== wire || !place) return;
    place.photo = photo;
    connect();
  } catch (error) {
    if (mine !== wire) return;
    if (error instanceof api.Away || error.status === 429 || error.status >= 500) lost();
    else place.onLost(error);
  }
}
