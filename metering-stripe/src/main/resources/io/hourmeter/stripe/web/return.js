// The page on the way back from Stripe: asks again while the hours are on their way, and leads on when they are there.

/** Long enough to read what it says, short enough not to wait. As the page without a script has it. */
const LEAD_ON_MILLIS = 5000;

/** How soon is asked where the hours are; then less and less often: a bank may take days. */
const ASK_AGAIN_MILLIS = 3000;
const ASK_AGAIN_AT_LEAST_MILLIS = 60_000;

const outcome = document.getElementById("outcome");

let wait = ASK_AGAIN_MILLIS;

async function askAgain() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "application/json" }, cache: "no-store" });
    const told = await answer.json();
    if (told.state && told.state !== outcome.dataset.state) {
      location.reload();
      return;
    }
  } catch (failure) {
    // The next time tells.
  }
  wait = Math.min(wait * 1.5, ASK_AGAIN_AT_LEAST_MILLIS);
  setTimeout(askAgain, wait);
}

if (outcome.dataset.again === "true") {
  setTimeout(askAgain, ASK_AGAIN_MILLIS);
} else if (outcome.dataset.state === "credited") {
  const leadOn = setTimeout(() => location.assign(outcome.querySelector("a.action").href), LEAD_ON_MILLIS);
  // Who is doing something here, or reads with a keyboard, goes on when they want to.
  ["keydown", "pointerdown"].forEach((event) => addEventListener(event, () => clearTimeout(leadOn), { once: true }));
}
