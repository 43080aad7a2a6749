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
  element("entry").hidden = hasAccount;
  element("forget").hidden = !hasAccount;
  element("message").hidden = true;
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
    await balance.look(key);
    account.use(key, onThisDevice);
    seen(true);
    balance.draw();
    await showHistory();
    return true;
  } catch (failure) {
    seen(false);
    if (failure.status === 404 || failure.status === 400) {
      account.forget();
    }
    error.textContent = failure.status === 404 ? "No license has this key. Check it for typing errors." : failure.message;
    field.value = key;
    field.setAttribute("aria-invalid", "true");
    field.focus();
    return false;
  }
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
  const opened = await busy(element("show"), "Looking …", () => open(key, element("remember").checked));
  if (opened) {
    element("balance-title").focus();
  }
});

element("refresh").addEventListener("click", () =>
  busy(element("refresh"), "Refreshing …", async () => {
    alarm("");
    await balance.look().then(showHistory, () => {});
    balance.draw();
  }),
);

element("forget").addEventListener("click", () => {
  account.forget();
  balance.clear();
  history.clear();
  purchased = null;
  element("created").hidden = true;
  element("created-key").textContent = "";
  element("key").value = "";
  element("remember").checked = false;
  seen(false);
  alarm("");
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
  if (account.key() && (bought || Date.now() - historyAt > HISTORY_MILLIS)) {
    showHistory();
  }
});

shop.onKeyNeeded(() => {
  element("key-error").textContent = "Enter your license key first: the hours are added to it.";
  element("entry").scrollIntoView({ block: "center" });
  element("key").focus();
});

balance.start();
history.start();
shop.start();

const catalogue = shop.show().then((offers) => {
  element("sign-up").hidden = offers?.signup !== true;
});
const { key, onThisDevice } = account.known();
if (key) {
  element("remember").checked = onThisDevice;
  say(element("message"), "Looking up your balance …");
  await Promise.all([catalogue, open(key, onThisDevice)]);
} else {
  await catalogue;
}
