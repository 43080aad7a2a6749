// The license key of this page, where it is kept, and the calls that need it.

// The key travels in a header or a body only: an address would end up in logs and in the browser's history.
const HEADER = document.body.dataset.keyHeader;
const KEY = "hourmeter.key";
const RETURN = "hourmeter.return";

/** A server that takes longer than this is reported as not answering; the page stays usable. */
const TIMEOUT_MILLIS = 20000;

let current = "";

/** An answer other than success, or none: `status` is 0 then. */
export class Refused extends Error {
  constructor(status, code, detail) {
    super(detail);
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

export const key = () => current;

/** For this tab always, so that the way back from Stripe finds it; on this device only when asked. */
export function use(text, onThisDevice) {
  current = text;
  store("sessionStorage", KEY, text);
  store("localStorage", KEY, onThisDevice ? text : "");
}

export function forget() {
  use("", false);
}

export function known() {
  const kept = stored("localStorage", KEY);
  return { key: stored("sessionStorage", KEY) || kept, onThisDevice: kept !== "" };
}

/** Only a path of this origin is followed; anything else is as if it were not there. */
function ownPath(text) {
  if (!text || !/^\/(?![/\\])/.test(text) || /[\\\u0000-\u0020]/.test(text)) {
    return "";
  }
  const target = new URL(text, location.origin);
  return target.origin === location.origin ? target.pathname + target.search + target.hash : "";
}

/** Where the customer came from: given once in the address, then known to this tab. */
export function wayBack() {
  const given = ownPath(new URLSearchParams(location.search).get("return"));
  if (given) {
    store("sessionStorage", RETURN, given);
  }
  return given || ownPath(stored("sessionStorage", RETURN));
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
    throw new Refused(response.status, answer.code ?? "", sentence(answer.detail ?? `The service answered ${response.status}`));
  }
  return answer;
}

function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
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
