// The payment page: which of its parts are seen, and what the customer does with them.
import * as account from "./account.js";
import * as balance from "./balance.js";
import { element, say } from "./format.js";
import * as history from "./history.js";
import * as shop from "./shop.js";

/** Use that ended since is worth a new history; more often nobody reads it. */
const HISTORY_MILLIS = 30000;

let historyAt = 0;
let purchased = null;

/** Whether a device can carry the key in a cookie, so that pages of the application open with it. */
let cookies = false;

/** Whether this device carries the key of the account that is shown. */
let remembered = false;

/** Whether the application itself knows who has logged in: then nothing here is about keys. */
let loggedIn = false;

function alarm(text) {
  say(element("alert"), text);
}

async function showHistory() {
  historyAt = Date.now();
  try {
    balance.fullAt(await history.show());
  } catch (failure) {
    history.clear();
    alarm(`The history cannot be shown. ${failure.message}`);
  }
}

function seen(hasAccount) {
  element("account").hidden = !hasAccount;
  element("entry").hidden = hasAccount || loggedIn;
  element("forget").hidden = !hasAccount || loggedIn;
  element("message").hidden = true;
  element("way").hidden = true;
  shop.endsAt(null);
}

/** Where a page needs the cookie, a customer without one would be refused there and led back here. */
function offerLink() {
  const path = account.wayBack();
  element("back").hidden = path === "" || (cookies && !remembered && !loggedIn);
  if (path) {
    element("back").href = path;
  }
}

/** A page of the application needs the cookie, so who has typed a key is asked before being led there. */
function offerWayBack(hours) {
  const path = account.wayBack();
  element("way").hidden = !path || hours <= 0 || !(cookies || remembered);
  element("remember-and-go").hidden = remembered;
  element("go").hidden = !remembered;
  if (path) {
    element("go").href = path;
  }
}

function leadBack() {
  location.assign(new URL(account.wayBack(), location.href));
}

/** A key that cannot be opened says so beside its field, and nothing of an account is shown. */
async function open(key, onThisDevice) {
  const error = element("key-error");
  const field = element("key");
  error.textContent = "";
  alarm("");
  field.setAttribute("aria-invalid", "false");
  try {
    if (!account.sendable(key)) {
      throw new account.Refused(400, "INVALID_REQUEST", key ? "This is not a license key." : "Enter your license key.");
    }
    const told = await balance.look(key);
    account.use(key, onThisDevice && !cookies);
    remembered = false;
    const kept = onThisDevice && cookies ? await rememberHere() : "";
    await show(told);
    if (kept) {
      alarm(kept);
    }
    return told;
  } catch (failure) {
    seen(false);
    if (failure.status >= 400 && failure.status < 500) {
      account.forget();
    }
    error.textContent = failure.message;
    field.value = key;
    field.setAttribute("aria-invalid", "true");
    field.focus();
    return null;
  }
}

/** The sentence that says why the device does not carry the key; empty when it does. */
async function rememberHere() {
  try {
    await account.rememberHere();
    remembered = true;
    offerLink();
    return "";
  } catch (failure) {
    return failure.message;
  }
}

/** The account of a customer whom the server knows by itself. */
async function openRecognised() {
  try {
    const told = await balance.look("");
    account.recognise();
    remembered = true;
    offerLink();
    await show(told);
  } catch (failure) {
    seen(false);
    if (loggedIn) {
      alarm(failure.message);
      return;
    }
    if (failure.status >= 400 && failure.status < 500) {
      await account.forgetHere().catch(() => {});
    }
    element("key-error").textContent = failure.message;
  }
}

async function show(told) {
  seen(true);
  offerWayBack(told.hours_remaining);
  shop.endsAt(told.expires);
  balance.draw();
  await showHistory();
}

async function busy(button, text, work) {
  const label = button.textContent;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  button.textContent = text;
  try {
    return await work();
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    button.textContent = label;
  }
}

element("look-up").addEventListener("submit", async (event) => {
  event.preventDefault();
  const key = element("key").value.trim();
  const told = await busy(element("show"), "Looking …", () => open(key, element("remember").checked));
  if (!told) {
    return;
  }
  if (remembered && account.wayBack() && told.hours_remaining > 0) {
    leadBack();
    return;
  }
  element("balance-title").focus();
});

element("remember-and-go").addEventListener("click", () =>
  busy(element("remember-and-go"), "One moment …", async () => {
    const kept = await rememberHere();
    alarm(kept);
    if (!kept) {
      leadBack();
    }
  }),
);

element("refresh").addEventListener("click", () =>
  busy(element("refresh"), "Refreshing …", async () => {
    alarm("");
    await balance.look().then(showHistory, () => {});
    balance.draw();
  }),
);

element("forget").addEventListener("click", async () => {
  alarm("");
  if (cookies) {
    try {
      await account.forgetHere();
    } catch (failure) {
      alarm(failure.message);
      return;
    }
  }
  account.forget();
  remembered = false;
  offerLink();
  balance.clear();
  history.clear();
  purchased = null;
  element("created").hidden = true;
  element("created-key").textContent = "";
  element("key").value = "";
  element("remember").checked = false;
  seen(false);
  element("key").focus();
});

element("sign-up").addEventListener("submit", async (event) => {
  event.preventDefault();
  const error = element("sign-up-error");
  const email = element("email");
  error.textContent = "";
  email.setAttribute("aria-invalid", String(!email.checkValidity()));
  if (!email.checkValidity()) {
    error.textContent = "Enter your e-mail address.";
    email.focus();
    return;
  }
  await busy(event.submitter ?? event.target.querySelector("button"), "Creating …", async () => {
    try {
      const body = { email: email.value.trim(), name: element("name").value.trim(), company: element("company").value.trim() };
      const answer = await account.call("licenses", { body, withKey: "" });
      const key = answer.license.key;
      element("created-key").textContent = key;
      element("created").hidden = false;
      await open(key, element("remember").checked);
      element("created-title").focus();
    } catch (failure) {
      error.textContent = failure.message;
    }
  });
});

element("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(element("created-key").textContent);
    element("copy").textContent = "Copied";
  } catch (forbidden) {
    getSelection().selectAllChildren(element("created-key"));
  }
});

balance.onAnswer((told) => {
  const bought = purchased !== null && told.purchased_hours !== purchased;
  purchased = told.purchased_hours;
  if (account.account() && (bought || Date.now() - historyAt > HISTORY_MILLIS)) {
    showHistory();
  }
});

shop.onKeyNeeded(() => {
  if (loggedIn) {
    openRecognised();
    return;
  }
  element("key-error").textContent = "Enter your license key first: the hours are added to it.";
  element("entry").scrollIntoView({ block: "center" });
  element("key").focus();
});

balance.start();
history.start();
shop.start();

const catalogue = shop.show().then((offers) => {
  element("sign-up").hidden = offers?.signup !== true;
  cookies = offers?.remember === true;
  element("without-cookie").hidden = cookies;
  element("with-cookie").hidden = !cookies;
  loggedIn = offers?.login === true;
  offerLink();
  return offers;
});
const { key, onThisDevice } = account.known();
if (key) {
  element("remember").checked = onThisDevice;
  say(element("message"), "Looking up your balance …");
}
const known = (await catalogue)?.known;
if (key && !loggedIn) {
  await open(key, onThisDevice);
} else if (known) {
  say(element("message"), "Looking up your balance …");
  await openRecognised();
} else {
  element("entry").hidden = false;
}
