// What happened to the balance: use by day, recent sessions, purchases and refunds, totals.
import { account, call } from "./account.js";
import { day, duration, element, moment, node, say, signed } from "./format.js";

const DAYS = 30;
const MILLIS_PER_DAY = 86400000;
const LINES = 200;
const SHOWN = 12;

const KINDS = {
  PURCHASE: "Bought",
  GRANT: "Given",
  TRIAL: "Given to try",
  COMPENSATION: "Given in compensation",
  DEBIT: "Used",
  COLLECTION: "Used before and owed",
  USAGE: "Used",
  REVERSAL: "Refunded or disputed",
  REINSTATEMENT: "Given back",
  ADJUSTMENT: "Corrected",
  EXPIRY: "Expired",
};

let chart = null;
let shown = [];

/** Reads both histories; `hours` is what was left after the newest line that added time, or 0. */
export async function show() {
  const from = new Date(Date.now() - (DAYS - 1) * MILLIS_PER_DAY).toISOString().slice(0, 10);
  const asked = account();
  const [use, payments] = await Promise.all([
    call(`history?limit=${LINES}&from=${from}T00:00:00Z`),
    call(`history?type=payment&limit=${SHOWN}`),
  ]);
  if (asked !== account()) {
    return 0;
  }
  if (use.recorded === false) {
    clear();
    element("unrecorded").hidden = false;
    return 0;
  }
  element("usage").hidden = false;
  element("lists").hidden = false;
  element("payments").textContent = use.totals.payments.toLocaleString();
  element("sessions-count").textContent = use.totals.sessions.toLocaleString();
  showDays(from, use.daily);
  rows("sessions", recent(use));
  rows("purchases", payments.entries.map(purchase));
  return payments.entries.find((entry) => entry.hours > 0)?.remaining_after ?? 0;
}

export function clear() {
  element("usage").hidden = true;
  element("lists").hidden = true;
  element("unrecorded").hidden = true;
  element("payments").textContent = "–";
  element("sessions-count").textContent = "–";
}

function rows(name, made) {
  element(name).replaceChildren(...made);
  element(`${name}-empty`).hidden = made.length > 0;
  element(`${name}-frame`).hidden = made.length === 0;
}

function row(title, subtitle, change, after) {
  const made = document.createElement("tr");
  const what = node("td", title);
  what.append(node("small", subtitle));
  made.append(what, change, node("td", after === null ? "–" : duration(after), "number"));
  return made;
}

/** Sessions, and what was deducted without one. What remained after a session stands in its newest line. */
function recent(history) {
  const after = new Map();
  history.entries
    .filter((entry) => entry.kind === "USAGE" && !after.has(entry.reference))
    .forEach((entry) => after.set(entry.reference, entry.remaining_after));
  const sessions = history.sessions.map((session) => ({
    at: session.ended,
    row: () => {
      const began = new Date(session.started);
      const ended = new Date(session.ended);
      const until = ended.toLocaleTimeString(undefined, { timeStyle: "short" });
      const active = `${duration(session.active_hours)} active`;
      const free = session.uncollected_hours > 0 ? `, ${duration(session.uncollected_hours)} not paid` : "";
      return row(
        ended.toDateString() === began.toDateString() ? `${moment(began)} – ${until}` : `${moment(began)} – ${moment(ended)}`,
        active + free,
        node("td", duration(session.charged_hours), "number"),
        after.get(session.session) ?? null,
      );
    },
  }));
  const debits = history.entries
    .filter((entry) => entry.kind === "DEBIT")
    .map((entry) => ({
      at: entry.at,
      row: () => row(moment(entry.at), entry.description || "Deducted", node("td", duration(-entry.hours), "number"), entry.remaining_after),
    }));
  return [...sessions, ...debits]
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, SHOWN)
    .map((each) => each.row());
}

function purchase(entry) {
  const change = node("td", signed(entry.hours), entry.hours < 0 ? "number minus" : "number plus");
  const kind = KINDS[entry.kind] ?? entry.kind;
  return row(kind, entry.description ? `${moment(entry.at)} · ${entry.description}` : moment(entry.at), change, entry.remaining_after);
}

function showDays(from, daily) {
  const known = new Map(daily.map((each) => [each.day, each]));
  // The service's day may be ahead of this clock's.
  const last = [new Date().toISOString().slice(0, 10), ...known.keys()].sort().at(-1);
  shown = [];
  for (let at = Date.parse(`${from}T00:00:00Z`); at <= Date.parse(`${last}T00:00:00Z`); at += MILLIS_PER_DAY) {
    const name = new Date(at).toISOString().slice(0, 10);
    shown.push(known.get(name) ?? { day: name, used_hours: 0, purchased_hours: 0 });
  }
  const used = shown.reduce((sum, each) => sum + each.used_hours, 0);
  const any = used > 0;
  say(element("usage-sum"), any ? `${duration(used)} in the last ${DAYS} days` : "");
  element("usage-empty").hidden = any;
  element("chart-frame").hidden = !any;
  element("days-details").hidden = !any;
  element("days").replaceChildren(
    ...daily.map((each) => {
      const made = document.createElement("tr");
      made.append(
        node("td", day(each.day, { weekday: "short", day: "numeric", month: "short", year: "numeric" })),
        node("td", duration(each.used_hours), "number"),
        node("td", each.purchased_hours === 0 ? "–" : signed(each.purchased_hours), "number"),
      );
      return made;
    }),
  );
  element("chart").setAttribute("aria-label", `Hours used by day: ${duration(used)} in the last ${DAYS} days. The table below has every day.`);
  if (any) {
    draw();
  }
}

/** In the colours of the page as they are now. */
function draw() {
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue(name).trim();
  const most = Math.max(...shown.map((each) => each.used_hours));
  // Below an hour a day, hours would be fractions that nobody reads.
  const [unit, factor] = most < 2 / 60 ? ["s", 3600] : most < 2 ? ["min", 60] : ["h", 1];
  const data = {
    labels: shown.map((each) => day(each.day)),
    datasets: [{ data: shown.map((each) => each.used_hours * factor), backgroundColor: colour("--accent"), borderRadius: 4, maxBarThickness: 28 }],
  };
  const options = {
    responsive: true,
    maintainAspectRatio: false,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 400 },
    plugins: { legend: { display: false }, tooltip: { displayColors: false, callbacks: { label: (item) => duration(shown[item.dataIndex].used_hours) } } },
    scales: {
      x: { grid: { display: false }, border: { color: colour("--line") }, ticks: { color: colour("--quiet"), maxRotation: 0, autoSkipPadding: 16 } },
      y: {
        beginAtZero: true,
        border: { display: false },
        grid: { color: colour("--line") },
        ticks: { color: colour("--quiet"), maxTicksLimit: 5, callback: (value) => `${Number(value.toFixed(2))} ${unit}` },
      },
    },
  };
  chart?.destroy();
  chart = new window.Chart(element("chart"), { type: "bar", data, options });
}

export function start() {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart && draw());
}
