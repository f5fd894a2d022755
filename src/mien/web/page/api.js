// The server's HTTP door, and its errors as this page tells them.

export class Refused extends Error {
  constructor(status, error) {
    super(error.hint ? `${error.message} ${error.hint}` : error.message);
    this.status = status;
    this.kind = error.kind;
  }
}

export class Away extends Error {
  constructor() {
    super("mien does not answer. Is the window with “mien serve” still open?");
  }
}

async function ask(method, path, body, signal) {
  const options = { method, signal, headers: {} };
  if (body instanceof Blob) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(`api/${path}`, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Away();
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401) {
    const message = "This page needs the address with its token, as “mien serve” printed it.";
    throw new Refused(401, { kind: "Token", message });
  }
  throw new Refused(answer.status, told.error ?? { kind: "Unknown", message: `mien answered ${answer.status}.` });
}

const json = async (...wish) => (await ask(...wish)).json();

const named = (told) => ({ ...told, id: told.photo });

export const about = () => json("GET", "about");
export const upload = async (blob) => named(await json("POST", "photos", blob));
export const photo = async (id) => named(await json("GET", `photos/${id}`));
export const forget = (id) => ask("DELETE", `photos/${id}`);
export const portrait = (id, face) => json("POST", `photos/${id}/portrait`, { face });
export const expression = (wish) => json("POST", "expression", wish);
export const performance = (to, fps) => json("POST", "performance", { to, fps });
export const start = (wish) => json("POST", "jobs", wish);
export const job = (id) => json("GET", `jobs/${id}`);
export const cancel = (id) => ask("DELETE", `jobs/${id}`);
export const say = (wish) => json("POST", "say", wish);
export const fileOf = (id, name) => `api/jobs/${id}/files/${encodeURIComponent(name)}`;

/** The original as a bitmap: the whole photo, or the crop round a face. */
export async function picture(id, side, face) {
  const which = face ? `face=${face}&` : "";
  return createImageBitmap(await (await ask("GET", `photos/${id}/picture?${which}side=${side}`)).blob());
}

export function socket(photoId, face, side) {
  const address = new URL(`api/live?photo=${photoId}&face=${face}&side=${side}`, document.baseURI);
  address.protocol = address.protocol.replace("http", "ws");
  return new WebSocket(address);
}
