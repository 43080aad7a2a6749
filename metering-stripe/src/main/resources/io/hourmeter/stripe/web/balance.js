// The gauge: what is left now, counted down between two answers of the server while the license is in use.
import { call } from "./account.js";
import { duration, element, moment, say, seconds, soon } from "./format.js";

const LOW_HOURS = 5;
const CRITICAL_HOURS = 1;

/** How often is asked while the page is seen: more often while time is running. */
const RESTING_MILLIS = 15000;
const RUNNING_MILLIS = 5000;

/** After this the balance is called old. */
const STALE_MILLIS = 60000;

/** Use that another machine reports in larger steps still counts as running until twice the step is over. */
const STEPS = 2;

/** What can be said of the use: some of the balance is held for it, or is not, or a server does not tell. */
const USE = {
  running: { pill: "In use", told: "In use." },
  held: { pill: "In use lately", told: "In use lately." },
  resting: { pill: "Not in use", told: "Not in use." },
  unknown: { pill: "", told: "" },
};

const MILLIS_PER_HOUR = 3600000;

/** `at` is when the answer came; `grew` when use was last seen to grow; `rate` is hours used per hour. */
const state = { balance: null, at: 0, grew: 0, step: 0, running: false, rate: 1, full: 0, failed: "", announced: "" };
let timer = 0;

/** Counts the accounts that were shown: an answer for an earlier one is dropped. */
let era = 0;
let listener = () => {};

/** `answered` is called with every balance, `refused` with what stops the asking. */
export function onAnswer(answered) {
  listener = answered;
}

export function clear() {
  clearTimeout(timer);
  era += 1;
  Object.assign(state, { balance: null, at: 0, grew: 0, step: 0, running: false, rate: 1, full: 0, failed: "", announced: "" });
}

/** What the full circle stands for: what there was after the newest purchase. */
export function fullAt(hours) {
  state.full = hours;
  draw();
}

/** Asks and shows; a failure leaves what was known, and its age tells. */
export async function look(withKey) {
  clearTimeout(timer);
  const asked = era;
  try {
    const balance = await call("balance", { withKey });
    if (asked === era) {
      told(balance);
    }
    return balance;
  } catch (failure) {
    if (asked === era) {
      state.failed = failure.message;
    }
    throw failure;
  } finally {
    if (asked === era && state.balance) {
      later();
      draw();
    }
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    if (document.hidden) {
      later();
      return;
    }
    await look().catch(() => {});
  }, use() === "resting" ? RESTING_MILLIS : RUNNING_MILLIS);
}

function told(balance) {
  const now = Date.now();
  const before = state.balance;
  const used = before ? (balance.used_hours - before.used_hours) * MILLIS_PER_HOUR : 0;
  if (used > 0) {
    state.step = now - (state.grew || state.at);
    // A first large step is a report that was due, not a faster clock.
    state.rate = state.grew ? Math.max(1, Math.round(used / state.step)) : 1;
    state.grew = now;
  }
  state.running = state.grew > 0 && balance.held_hours !== 0 && now - state.grew < Math.max(STEPS * state.step, RUNNING_MILLIS / 2);
  state.balance = balance;
  state.at = now;
  state.failed = "";
  listener(balance);
}

/**
 * Whether the license is in use. Time that is held and does not run may be running elsewhere, on a machine whose next
 * report is minutes away, so it is never called "not in use".
 */
function use() {
  if (state.running) {
    return "running";
  }
  if (state.balance.held_hours === undefined) {
    return "unknown";
  }
  return state.balance.held_hours > 0 ? "held" : "resting";
}

function remainingNow() {
  const told = state.balance.hours_remaining;
  if (!state.running || told <= 0) {
    return told;
  }
  return Math.max(0, told - ((Date.now() - state.at) * state.rate) / MILLIS_PER_HOUR);
}

function level(hours) {
  if (seconds(hours) <= 0) {
    return "none";
  }
  return hours < CRITICAL_HOURS ? "critical" : hours < LOW_HOURS ? "low" : "good";
}

function levelText(name, hours) {
  switch (name) {
    case "none":
      if (seconds(hours) < 0) {
        return "A refund took back hours that were already used. Your next purchase settles them first.";
      }
      if (seconds(state.balance.owed_hours ?? 0) > 0) {
        return `Used up, and ${duration(state.balance.owed_hours)} more were used. Your next purchase pays them first.`;
      }
      return state.balance.used_hours > 0 ? "Used up. Add hours below to go on." : "No hours yet. Add some below to begin.";
    case "critical":
      return "Less than an hour left.";
    case "low":
      return "Running low: less than 5 hours left.";
    default:
      return "";
  }
}

function age() {
  const elapsed = Math.floor((Date.now() - state.at) / 1000);
  if (state.failed) {
    return `${state.failed} As of ${moment(state.at)}.`;
  }
  return elapsed < 5 ? "Up to date" : elapsed < 60 ? `${elapsed} seconds old` : `${Math.floor(elapsed / 60)} min old`;
}

function ends(hours) {
  if (hours <= 0) {
    return "";
  }
  return state.running
    ? `At this pace your time ends ${soon(new Date(Date.now() + (hours * MILLIS_PER_HOUR) / state.rate))}.`
    : use() === "resting"
      ? "The clock stands still while you do not use the service."
      : "The clock runs only while you use the service.";
}

/** Read out when the level or the use changes, not every second. */
function announce(name, hours) {
  const now = `${name} ${use()}`;
  if (state.announced !== now) {
    state.announced = now;
    element("announce").textContent = `${duration(hours)} remaining. ${USE[use()].told}`.trim();
  }
}

export function draw() {
  if (!state.balance) {
    return;
  }
  const hours = remainingNow();
  const name = level(hours);
  element("balance").dataset.level = name;
  const left = seconds(hours);
  element("remaining").textContent = duration(hours);
  element("seconds").textContent = state.running && Math.abs(left) >= 3600 ? `${Math.abs(left) % 60} s` : "remaining";
  const full = Math.max(state.full, state.balance.hours_remaining, CRITICAL_HOURS / MILLIS_PER_HOUR);
  const share = Math.min(100, Math.max(0, (hours / full) * 100));
  element("arc").setAttribute("stroke-dasharray", `${share.toFixed(2)} 100`);
  say(element("level"), levelText(name, hours));
  say(element("ends"), ends(hours));
  const pill = element("use");
  pill.dataset.use = use();
  say(pill, USE[use()].pill);
  const ending = state.balance.expires;
  say(element("expires"), ending ? `Valid until ${moment(ending)}.` : "");
  element("purchased").textContent = duration(state.balance.purchased_hours);
  element("used").textContent = duration(state.balance.used_hours);
  say(element("age"), age());
  element("age").parentElement.dataset.stale = String(state.failed !== "" || Date.now() - state.at > STALE_MILLIS);
  announce(name, hours);
}

/** Every second while it is seen; at once when it is seen again. */
export function start() {
  setInterval(() => document.hidden || draw(), 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && state.balance) {
      look().catch(() => {});
    }
  });
}
