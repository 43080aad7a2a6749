"use strict";

// The key travels in a header only: an address would end up in logs and in the browser's history.
const keyHeader = document.body.dataset.keyHeader;
const KEY = "hourmeter.key";
const LOOK_MILLIS = 2000;
const SHOWN_CHARACTERS = 4000;
const MEGABYTE = 1000000;

const element = (id) => document.getElementById(id);

/** What the page knows: the balance as of a moment, and how many of its own requests are running. */
const account = { key: "", remaining: null, purchased: 0, at: 0, running: 0, refusal: "" };

const CALLS = {
  status: () => ({ path: "api/status" }),
  slow: () => ({ path: "api/slow?seconds=3" }),
  stream: () => ({ path: "api/stream?seconds=10" }),
  upload: () => ({ path: "api/upload", method: "POST", body: new Blob([new Uint8Array(MEGABYTE)]) }),
  download: () => ({ path: "api/download?megabytes=5" }),
};

/** A header carries bytes, and a pasted key may carry typographic dashes; the server forgives them. */
function headers() {
  if (!account.key) {
    return {};
  }
  const key = String.fromCharCode(...new TextEncoder().encode(account.key));
  return keyHeader ? { [keyHeader]: key } : { Authorization: `Bearer ${key}` };
}

/** Short pauses count, so that calling once a second is use without a gap. */
function inUse() {
  return account.running > 0 || element("repeat").checked;
}

/** Seconds left now: what was told, less what this page has been using since. */
function secondsLeft() {
  if (account.remaining === null) {
    return null;
  }
  const since = inUse() ? (performance.now() - account.at) / 1000 : 0;
  return Math.max(0, account.remaining * 3600 - since);
}

/** Begins to count from here, at the start and at the end of use. */
function mark(secondsNow) {
  account.remaining = secondsNow === null ? null : secondsNow / 3600;
  account.at = performance.now();
}

function told(hours) {
  account.remaining = hours;
  account.at = performance.now();
}

function pad(number) {
  return String(number).padStart(2, "0");
}

function clock(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`;
}

function hours(number) {
  if (number < 1) {
    return clock(number * 3600);
  }
  const text = number.toLocaleString(undefined, { maximumFractionDigits: 4 });
  return `${text} ${number === 1 ? "hour" : "hours"}`;
}

function draw() {
  const left = secondsLeft();
  element("clock").dataset.known = String(left !== null);
  element("clock").textContent = left === null ? "–:––:––" : clock(left);
  const share = left === null || account.purchased <= 0 ? 0 : Math.min(1, left / 3600 / account.purchased);
  element("bar").style.transform = `scaleX(${share})`;
  if (left !== null) {
    element("figures").textContent = `of ${hours(account.purchased)} bought`;
  }
  const state = element("state");
  const [name, text] = account.refusal
    ? ["refused", account.refusal]
    : account.remaining === null
      ? ["none", account.key ? "looking …" : "no key yet"]
      : inUse()
        ? ["running", "in use"]
        : ["resting", "not in use"];
  if (state.textContent !== text) {
    state.dataset.state = name;
    state.textContent = text;
  }
}

/** Asks for the balance; the answer counts use to the last second, and asking is no use. */
async function look() {
  const key = account.key;
  if (!key || document.hidden) {
    return;
  }
  try {
    const response = await fetch("payments/balance", { headers: headers(), cache: "no-store" });
    const body = await response.json();
    if (key !== account.key) {
      return;
    }
    if (response.ok) {
      account.purchased = body.purchased_hours;
      account.refusal = body.hours_remaining > 0 ? "" : "used up";
      told(Math.max(0, body.hours_remaining));
    } else {
      account.remaining = null;
      account.refusal = response.status === 404 ? "unknown key" : response.status === 403 ? "not active" : "no answer";
      element("figures").textContent = body.detail || "";
    }
  } catch (failure) {
    account.refusal = "no answer";
    element("figures").textContent = "The application does not answer.";
  }
  draw();
}

function useKey(key) {
  account.key = key;
  account.remaining = null;
  account.refusal = "";
  try {
    sessionStorage.setItem(KEY, key);
  } catch (failure) {
    // A browser that keeps nothing asks again after a reload.
  }
  draw();
  return look();
}

function showHeaders(response) {
  const list = element("headers");
  list.replaceChildren();
  for (const [name, value] of response.headers) {
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = name;
    text.textContent = value;
    list.append(term, text);
  }
}

function readable(text, type) {
  if (type.includes("json")) {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch (failure) {
      return text;
    }
  }
  return text;
}

/** Shows a body while it arrives; of a large one only how large it is. */
async function showBody(response) {
  const body = element("body");
  const type = response.headers.get("content-type") || "";
  const binary = type.includes("octet-stream");
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.length;
    if (binary) {
      body.textContent = `${(bytes / MEGABYTE).toFixed(1)} MB`;
    } else {
      text = (text + decoder.decode(part.value, { stream: true })).slice(-SHOWN_CHARACTERS);
      body.textContent = text;
      body.scrollTop = body.scrollHeight;
    }
  }
  if (!binary) {
    body.textContent = readable(text, type) || "(empty)";
  }
}

function showAnswer(call, response, millis) {
  const status = element("status");
  status.textContent = `${response.status}`;
  status.classList.toggle("bad", !response.ok);
  element("request").textContent = `${call.method || "GET"} /${call.path}`;
  element("took").textContent = `${Math.round(millis)} ms`;
  element("advice").hidden = response.status !== 402;
  element("answer").hidden = false;
  showHeaders(response);
}

function learn(response) {
  const remaining = response.headers.get("x-hours-remaining");
  if (remaining !== null) {
    account.refusal = "";
    told(Number(remaining));
  } else if (response.status === 402) {
    account.refusal = "used up";
    told(0);
  } else if (response.status === 401 && account.key) {
    account.refusal = "unknown key";
    account.remaining = null;
  }
}

async function send() {
  const name = new FormData(element("call-form")).get("call");
  const call = CALLS[name]();
  const begun = performance.now();
  if (!inUse()) {
    mark(secondsLeft());
  }
  account.running++;
  element("body").textContent = "";
  try {
    const response = await fetch(call.path, {
      method: call.method || "GET",
      body: call.body,
      headers: { Accept: "*/*", ...headers() },
      cache: "no-store",
    });
    learn(response);
    showAnswer(call, response, performance.now() - begun);
    draw();
    await showBody(response);
    element("took").textContent = `${Math.round(performance.now() - begun)} ms`;
    if (!element("repeat").checked) {
      element("announce").textContent = `Answered ${response.status}`;
    }
  } catch (failure) {
    element("announce").textContent = "The application does not answer.";
    element("repeat").checked = false;
  } finally {
    mark(secondsLeft());
    account.running--;
    draw();
  }
}

let sending = false;

async function sendOnce() {
  if (sending) {
    return;
  }
  sending = true;
  element("send").disabled = !element("repeat").checked;
  await send();
  sending = false;
  element("send").disabled = false;
  if (!element("repeat").checked) {
    look();
  }
}

element("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey(element("key").value.trim());
});

element("call-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = element("key").value.trim();
  if (typed !== account.key) {
    useKey(typed);
  }
  sendOnce();
});

element("repeat").addEventListener("change", () => {
  if (element("repeat").checked) {
    account.at = performance.now();
    sendOnce();
  } else {
    look();
  }
});

setInterval(() => {
  if (element("repeat").checked) {
    sendOnce();
  }
}, 1000);
setInterval(draw, 200);
setInterval(look, LOOK_MILLIS);
document.addEventListener("visibilitychange", look);

try {
  const known = sessionStorage.getItem(KEY);
  if (known) {
    element("key").value = known;
    useKey(known);
  }
} catch (failure) {
  // Without storage the key is typed in again.
}
