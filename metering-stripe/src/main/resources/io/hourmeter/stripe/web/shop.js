// What can be bought: packages as cards, and any number of hours in steps of a half.
import { account, call, key, Refused, wayBack } from "./account.js";
import { element, hoursForSale, moment, money, node, say } from "./format.js";

const STEP = 0.5;
const FIRST_HOURS = 2;

/** Problems that a customer cannot mend; buying is off until the page is loaded again. */
const NOT_CONFIGURED = "PAYMENTS_NOT_CONFIGURED";

let catalogue = null;
let askForKey = () => {};

export function onKeyNeeded(ask) {
  askForKey = ask;
}

function perHour() {
  return 1 / catalogue.hours_per_dollar;
}

function card(offer, best) {
  const item = document.createElement("li");
  const currency = offer.currency;
  if (best) {
    item.className = "best";
    item.append(node("span", "Best value", "badge"));
  }
  const saved = Math.floor((1 - offer.price_per_hour / perHour()) * 100 + 1e-6);
  const button = node("button", `Buy ${hoursForSale(offer.hours)}`);
  button.type = "button";
  button.dataset.buy = offer.id;
  button.setAttribute("aria-label", `Buy ${offer.name}, ${hoursForSale(offer.hours)} for ${money(offer.price, currency)}`);
  button.addEventListener("click", () => buy({ package_id: offer.id }, button, element("shop-message")));
  item.append(
    node("h3", offer.name),
    node("p", money(offer.price, currency), "price"),
    node("p", `${money(offer.price_per_hour, currency)} an hour`, "hint"),
    saved > 0 ? node("p", `Save ${saved}%`, "save") : node("p", hoursForSale(offer.hours), "hint"),
    button,
  );
  return item;
}

/** Told before anything is bought: what is left when the license ends is lost. */
export function endsAt(instant) {
  say(
    element("shop-ends"),
    instant ? `Your license ends on ${moment(instant)}. Hours that are left then cannot be used any more.` : "",
  );
}

export async function show() {
  const shop = element("shop");
  try {
    catalogue = await call("packages", { withKey: "" });
  } catch (failure) {
    element("packages").replaceChildren();
    note(`Prices cannot be shown at the moment. ${failure.message}`);
    return null;
  } finally {
    shop.setAttribute("aria-busy", "false");
  }
  const offers = catalogue.packages;
  const cheapest = Math.min(...offers.map((offer) => offer.price_per_hour));
  const best = offers.length > 1 && cheapest < perHour() ? offers.find((offer) => offer.price_per_hour === cheapest) : null;
  element("packages").replaceChildren(...offers.map((offer) => card(offer, offer === best)));
  showCustom();
  if (catalogue.buying?.available === false) {
    off(catalogue.buying.message);
  }
  return catalogue;
}

function showCustom() {
  const { minimum, maximum } = catalogue.custom;
  const input = element("hours");
  input.min = String(Math.ceil(minimum / STEP) * STEP);
  input.max = String(Math.floor(maximum / STEP) * STEP);
  input.value = String(Math.min(Number(input.max), Math.max(Number(input.min), FIRST_HOURS)));
  element("custom-hint").textContent = `From ${hoursForSale(Number(input.min))} to ${Number(input.max).toLocaleString()}, in steps of half an hour.`;
  element("custom").hidden = Number(input.min) > Number(input.max);
  price();
}

/** The hours that were typed, or null when they cannot be bought. */
function customHours() {
  const input = element("hours");
  const hours = input.valueAsNumber;
  const fits = Number.isFinite(hours) && hours >= Number(input.min) && hours <= Number(input.max) && Number.isInteger(hours / STEP);
  return fits ? hours : null;
}

function price() {
  const hours = customHours();
  const known = hours !== null;
  element("custom-price").textContent = known ? money(roundMoney(hours * perHour()), catalogue.currency) : "–";
  element("custom-each").textContent = known ? `${money(perHour(), catalogue.currency)} an hour` : "";
  element("buy-custom").textContent = known ? `Buy ${hoursForSale(hours)}` : "Buy";
  element("hours").setAttribute("aria-invalid", String(!known));
  element("custom-error").textContent = known ? "" : `${element("custom-hint").textContent}`;
  return hours;
}

function roundMoney(amount) {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency: catalogue.currency.toUpperCase() }).resolvedOptions().maximumFractionDigits;
  return Number(amount.toFixed(digits));
}

function step(by) {
  const input = element("hours");
  const now = Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : Number(input.min);
  const next = by > 0 ? Math.floor(now / STEP) * STEP + STEP : Math.ceil(now / STEP) * STEP - STEP;
  input.value = String(Math.min(Number(input.max), Math.max(Number(input.min), next)));
  price();
}

function note(text) {
  const target = element("shop-message");
  target.className = "note warning";
  target.setAttribute("role", "status");
  say(target, text);
}

function off(text) {
  note(text);
  buyButtons().forEach((button) => {
    button.disabled = true;
  });
}

function buyButtons() {
  return document.querySelectorAll("[data-buy]");
}

/** Only a web address is followed; plain HTTP only on this machine, where a stand-in may run. */
function payPage(text) {
  const target = new URL(text, location.href);
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(target.hostname);
  if (target.protocol === "https:" || (target.protocol === "http:" && local)) {
    return target.href;
  }
  throw new Refused(0, "NO_PAGE", "The payment page could not be opened.");
}

async function buy(order, button, error) {
  say(element("shop-message"), "");
  if (!account()) {
    askForKey();
    return;
  }
  buyButtons().forEach((each) => {
    each.disabled = true;
  });
  button.setAttribute("aria-busy", "true");
  const label = button.textContent;
  button.textContent = "Opening payment …";
  try {
    const body = key() ? { license_key: key(), ...order } : { ...order };
    const path = wayBack();
    if (path) {
      body.return = path;
    }
    const answer = await call("create-checkout", { body });
    location.assign(payPage(answer.checkout_url));
    return;
  } catch (failure) {
    button.textContent = label;
    if (failure.code === NOT_CONFIGURED) {
      off(failure.message);
    } else {
      buyButtons().forEach((each) => {
        each.disabled = false;
      });
      if (error === element("shop-message")) {
        note(failure.message);
      } else {
        error.textContent = failure.message;
      }
      button.focus();
    }
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** Coming back by the browser's own button shows the page as it was left: with every button busy. */
function restored(event) {
  if (event.persisted) {
    location.reload();
  }
}

export function start() {
  element("hours").addEventListener("input", price);
  element("less").addEventListener("click", () => step(-STEP));
  element("more").addEventListener("click", () => step(STEP));
  element("custom").addEventListener("submit", (event) => {
    event.preventDefault();
    const hours = price();
    if (hours === null) {
      element("hours").focus();
    } else {
      buy({ hours }, element("buy-custom"), element("custom-error"));
    }
  });
  window.addEventListener("pageshow", restored);
}
