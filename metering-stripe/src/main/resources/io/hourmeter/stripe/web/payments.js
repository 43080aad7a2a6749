"use strict";

// The key travels in a header only: an address would end up in logs and in the browser's history.
const keyHeader = document.body.dataset.keyHeader;
const KEY = "hourmeter.key";
const LINES = 10;

const element = (id) => document.getElementById(id);

function duration(hours) {
  const seconds = Math.floor(Math.abs(hours) * 3600 + 1e-6);
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  // A number and its unit stay on one line; what is zero is left out.
  const text = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}\u00a0${unit}`).join(" ") || "0\u00a0s";
  return hours < 0 && seconds > 0 ? `−${text}` : text;
}

function money(amount, currency) {
  const whole = Number.isInteger(amount) ? { minimumFractionDigits: 0 } : {};
  return new Intl.NumberFormat(undefined, { style: "currency", currency: currency.toUpperCase(), ...whole }).format(amount);
}

function node(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) {
    made.className = className;
  }
  return made;
}

/** Coming from the application in the same tab, the key need not be typed again. A browser may forbid to keep it. */
function remember(key) {
  try {
    sessionStorage.setItem(KEY, key);
  } catch (failure) {
    // It is typed in again.
  }
}

function remembered() {
  try {
    return sessionStorage.getItem(KEY);
  } catch (failure) {
    return null;
  }
}

async function read(path, key) {
  const headers = { Accept: "application/json" };
  if (key) {
    headers[keyHeader] = key;
  }
  const response = await fetch(path, { headers, cache: "no-store", credentials: "same-origin" });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(body.detail || `The server answered ${response.status}.`);
  }
  return body;
}

async function showPackages() {
  try {
    const catalogue = await read("packages");
    element("packages").replaceChildren(
      ...catalogue.packages.map((offer) => {
        const item = document.createElement("li");
        item.append(
          node("span", offer.name, "name"),
          node("span", money(offer.price, offer.currency), "price"),
          node("span", `${money(offer.price_per_hour, offer.currency)} an hour`, "each"),
        );
        return item;
      }),
    );
  } catch (failure) {
    element("packages-message").textContent = `Packages cannot be shown: ${failure.message}`;
  }
}

const KINDS = {
  PURCHASE: "Bought",
  GRANT: "Given",
  DEBIT: "Deducted",
  USAGE: "Used",
  REVERSAL: "Taken back",
  REINSTATEMENT: "Given back",
  ADJUSTMENT: "Corrected",
  EXPIRY: "Expired",
};

function line(entry) {
  const row = document.createElement("tr");
  const at = new Date(entry.at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  row.append(
    node("td", at),
    node("td", entry.description || KINDS[entry.kind] || entry.kind),
    node("td", (entry.hours > 0 ? "+" : "") + duration(entry.hours), "number"),
  );
  return row;
}

async function showAccount(key) {
  const message = element("message");
  message.className = "";
  message.textContent = "Looking …";
  try {
    const balance = await read("balance", key);
    element("remaining").textContent = duration(balance.hours_remaining);
    element("purchased").textContent = duration(balance.purchased_hours);
    element("used").textContent = duration(balance.used_hours);
    element("account").hidden = false;
    message.textContent = "";
    remember(key);
    const history = await read(`history?limit=${LINES}`, key).catch(() => ({ entries: [] }));
    element("history").hidden = history.entries.length === 0;
    element("lines").replaceChildren(...history.entries.map(line));
  } catch (failure) {
    element("account").hidden = true;
    message.className = "alarm";
    message.textContent = failure.message;
  }
}

element("look-up").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  await showAccount(element("key").value.trim());
  button.disabled = false;
});

const known = remembered();
if (known) {
  element("key").value = known;
  showAccount(known);
}
showPackages();
