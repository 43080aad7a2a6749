// How time, money and moments are written, and how elements are made. Text only ever becomes text, never markup.

const SECONDS_PER_HOUR = 3600;

export const element = (id) => document.getElementById(id);

export function node(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) {
    made.className = className;
  }
  return made;
}

/** Shows a text in an element, or hides it when there is none. Unchanged text is left alone: it would be read out again. */
export function say(target, text) {
  if (target.textContent !== text) {
    target.textContent = text;
  }
  target.hidden = text === "";
}

/** Whole seconds of decimal hours, rounded towards zero: never shows time that is not there. */
export function seconds(hours) {
  return Math.trunc(hours * SECONDS_PER_HOUR + Math.sign(hours) * 1e-6);
}

/** Hours and minutes; below an hour also seconds. A number and its unit stay on one line. */
export function duration(hours) {
  const all = Math.abs(seconds(hours));
  const parts = [
    [Math.floor(all / SECONDS_PER_HOUR), "h"],
    [Math.floor(all / 60) % 60, "min"],
  ];
  if (all < SECONDS_PER_HOUR) {
    parts.push([all % 60, "s"]);
  }
  const last = parts.at(-1)[1];
  const shown = parts.filter(([count]) => count > 0);
  const text = (shown.length ? shown : [[0, last]]).map(([count, unit]) => `${count.toLocaleString()}\u00a0${unit}`).join(" ");
  return hours < 0 && all > 0 ? `−${text}` : text;
}

/** As people say a number of hours that is for sale: "7.5 hours". */
export function hoursForSale(hours) {
  return `${hours.toLocaleString(undefined, { maximumFractionDigits: 4 })} ${hours === 1 ? "hour" : "hours"}`;
}

export function signed(hours) {
  return hours > 0 ? `+${duration(hours)}` : duration(hours);
}

/** Whole amounts without decimals. For show: what is charged is computed by the server. */
export function money(amount, currency) {
  const whole = Number.isInteger(amount) ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {};
  return new Intl.NumberFormat(undefined, { style: "currency", currency: currency.toUpperCase(), ...whole }).format(amount);
}

export function moment(instant) {
  return new Date(instant).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** The time of today, with the day when it is another one. */
export function soon(date) {
  const clock = date.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" });
  return date.toDateString() === new Date().toDateString()
    ? clock
    : `${date.toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short" })}, ${clock}`;
}

/** A day like 2026-01-31, which belongs to no time zone. */
export function day(text, options = { day: "numeric", month: "short" }) {
  return new Date(`${text}T00:00:00Z`).toLocaleDateString(undefined, { ...options, timeZone: "UTC" });
}
