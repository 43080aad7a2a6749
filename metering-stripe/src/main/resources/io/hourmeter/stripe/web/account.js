// Whose account this page shows, where the key is kept, and the calls that need it.

// The key travels in a header or a body only: an address would end up in logs and in the browser's history.
const HEADER = document.body.dataset.keyHeader;
const KEY = "hourmeter.key";
const RETURN = "hourmeter.return";

/** A server that takes longer than this is reported as not answering; the page stays usable. */
const TIMEOUT_MILLIS = 20000;

/** What a customer reads when an answer has no sentence for customers, as that of a proxy. */
const NOT_AVAILABLE = "This is not available now. Please try again later.";

let current = "";

/** Whether the server knows by itself whose calls these are: by the cookie of this device, or by a log-in. */
let recognised = false;

/** An answer other than success, or none: `status` is 0 then. The message is a sentence for the customer. */
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

function stored(storage, name) {
  try {
    return window[storage].getItem(name) ?? "";
  } catch (forbidden) {
    return "";
  }
}

/** A browser may forbid storage; what is not kept is typed in again. */
function store(storage, name, value) {
  try {
    if (value) {
      window[storage].setItem(name, value);
    } else {
      window[storage].removeItem(name);
    }
  } catch (forbidden) {
    // Nothing is kept.
  }
}

/** Empty also when the server knows the customer by itself. */
export const key = () => current;

/** Whose account is shown, for telling one from the next. */
export const account = () => (current ? `key ${current}` : recognised ? "recognised" : "");

/** For this tab always, so that the way back from Stripe finds it; on this device only when asked. */
export function use(text, onThisDevice) {
  current = text;
  recognised = false;
  store("sessionStorage", KEY, text);
  store("localStorage", KEY, onThisDevice ? text : "");
}

/** From now on the server knows by itself, and no script keeps the key. */
export function recognise() {
  use("", false);
  recognised = true;
}

export function forget() {
  use("", false);
}

export function known() {
  const kept = stored("localStorage", KEY);
  return { key: stored("sessionStorage", KEY) || kept, onThisDevice: kept !== "" };
}

/** Has this device carry the key in a cookie that no script can read. */
export async function rememberHere() {
  await call("remember", { body: { license_key: current } });
  recognise();
}

export async function forgetHere() {
  await call("forget", { body: {}, withKey: "" });
}

/** Only a path of this origin is followed, or one relative to this page; anything else is as if it were not there. */
function ownReference(text) {
  if (!text || !/^(\/|\.{1,2}\/)(?!\/)/.test(text) || /[\\\u0000-\u0020\u007f-\uffff]|^[^?#]*\/\//.test(text)) {
    return "";
  }
  return new URL(text, location.href).origin === location.origin ? text : "";
}

/** Where the customer came from: given once in the address, then known to this tab. */
export function wayBack() {
  const given = ownReference(new URLSearchParams(location.search).get("return"));
  if (given) {
    store("sessionStorage", RETURN, given);
  }
  return given || ownReference(stored("sessionStorage", RETURN));
}

export async function call(path, { body, withKey = current } = {}) {
  const headers = { Accept: "application/json" };
  if (withKey) {
    headers[HEADER] = asBytes(withKey);
  }
  const request = { headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MILLIS) };
  if (body) {
    headers["Content-Type"] = "application/json";
    request.method = "POST";
    request.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch (failure) {
    throw new Refused(0, "NO_ANSWER", "The service does not answer. Check your connection and try again.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Refused(response.status, answer.code ?? "", answer.message ?? NOT_AVAILABLE);
  }
  return answer;
}

/**
 * A header carries bytes, and a pasted key may carry anything: typographic dashes and quotation marks, blanks of all
 * kinds. It is sent as it was pasted, since the one place that knows what is forgiven is the server.
 */
function asBytes(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** Whether a text can be a key with what pasting adds to it; more is not worth a question. */
export function sendable(text) {
  return text !== "" && text.length <= 140 && !/[\u0000-\u001f\u007f]/.test(text);
}
