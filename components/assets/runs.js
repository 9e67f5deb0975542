// The runs of this page: seen where their facts appear, fetched when nothing else is to do, kept in this browser, added up.
// The list is a drawer behind the header's button; inspector.js shows one run.
(() => {
  "use strict";
  const MOST = 200; // runs that are kept, the newest
  const { make, kept, session, tab } = window.playground;
  const page = tab.get("page") || session; // this browser tab, over reloads
  tab.set("page", page);
  const known = new Map(); // id: run
  const asked = new Map(); // id: when its run was asked for, or is on its way
  const seen = new Map(); // id: when its facts were drawn, in ms of this page
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 200));
  const ours = (element) => !element.closest(".message-content"); // there a model writes, who can name any run

  // An answer that grows changes the page all the time: whatever is inside of it is passed over unread.
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      if (!addedNodes.length || !ours(target)) continue;
      for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) look(node);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });

  function look(node) {
    for (const it of [node, ...node.querySelectorAll("[data-run], [data-total]")]) {
      if (it.dataset?.total !== undefined && ours(it)) it.replaceChildren(...short());
      if (it.dataset?.run && ours(it)) add(it);
    }
  }

  function add(element) {
    const id = element.dataset.run;
    if (!seen.has(id)) requestAnimationFrame(() => setTimeout(() => seen.set(id, performance.now())));
    idle(async () => { const run = await get(id); if (run) compared(element, run); }, { timeout: 2000 });
  }

  // One run: from memory, from this browser, from the server; null when nobody knows it.
  async function get(id) {
    if (known.has(id)) return known.get(id);
    if (!asked.has(id)) asked.set(id, bring(id).finally(() => asked.delete(id)));
    return asked.get(id);
  }

  async function bring(id) {
    const before = await kept.runs.get(id).catch(() => undefined);
    if (before) return remember(before);
    const run = await fetched(id);
    if (!run) return null;
    count(run);
    keep(run);
    return remember(run);
  }

  async function fetched(id) {
    try {
      const answer = await window.fetch(`page/runs/${encodeURIComponent(id)}`);
      if (answer.status !== 200) return null; // of another session, or forgotten
      const { age, ...run } = await answer.json(); // seconds since it ended, by the server's clock
      const shown = Math.max(0, (seen.get(id) - performance.now()) / 1000 + age);
      return { ...run, page, saved: Date.now(), ...(Number.isFinite(shown) ? { shown } : {}) };
    } catch {
      return null; // the network is gone; it is asked again when somebody wants to see it
    }
  }

  function remember(run) {
    known.set(run.id, run);
    if (known.size > MOST) known.delete(known.keys().next().value);
    return run;
  }

  // Beyond the newest ones the oldest go; what is there is read once, later it is known.
  let shelf = null;
  async function keep(run) {
    try {
      await kept.runs.put(run);
      shelf ||= (await kept.runs.all()).sort((one, other) => one.saved - other.saved).map(({ id }) => id);
      if (!shelf.includes(run.id)) shelf.push(run.id);
      for (const id of shelf.splice(0, Math.max(0, shelf.length - MOST))) await kept.runs.remove(id);
    } catch {} // a private window keeps nothing; the runs are still in memory
  }

  async function all() {
    const before = await kept.runs.all().catch(() => []);
    for (const run of before) if (run.page === page && !known.has(run.id)) known.set(run.id, run);
    return [...known.values()].filter((run) => run.page === page).sort((one, other) => other.saved - one.saved);
  }

  // What the runs of this page cost, by what is known of it.
  const NOTHING = { runs: 0, billed: 0, estimated: 0, free: 0, unknown: 0, failed: 0 };
  const total = () => ({ ...NOTHING, ...JSON.parse(tab.get("total") || "{}") });
  function count(run) {
    const sum = total(), kind = kindOf(run);
    sum.runs += 1;
    sum[kind] += kind === "billed" || kind === "estimated" ? run.facts.cost_usd : 1;
    tab.set("total", JSON.stringify(sum));
    tell();
  }

  // A call that was refused cost nothing; one that broke off may have.
  function kindOf({ facts, failure }) {
    if (facts.cost_kind !== "unknown") return facts.cost_kind;
    return failure && !["Interrupted", "MalformedReply", "Stopped", "Unexpected"].includes(failure.kind) ? "failed" : "unknown";
  }

  function tell() {
    for (const it of document.querySelectorAll("[data-total]")) if (ours(it)) it.replaceChildren(...short());
  }

  // In the header: "at least" and "about" where not all of it was billed. A phone shows only how many.
  function short() {
    const { runs, billed, estimated, unknown } = total(), usd = billed + estimated;
    if (!runs) return [];
    const how = unknown ? "at least " : estimated ? "about " : "";
    const round = usd < 0.01 ? Number(usd.toPrecision(2)) : usd;
    return usd ? [` · ${runs}`, make("i", {}, ` · ${how}${dollars(round)}`)] : [` · ${runs}`];
  }

  function long() {
    const { runs, billed, estimated, free, unknown, failed } = total();
    const parts = [failed && `${failed} failed`, billed && `${dollars(billed)} billed`, estimated && `about ${dollars(estimated)} estimated`];
    parts.push(unknown && `${unknown} of unknown cost`, free && `${free === runs ? "all" : free} free`);
    return [`${runs} ${runs === 1 ? "run" : "runs"}`, ...parts.filter(Boolean)].join(" · ");
  }

  // The words of components/facts.py.
  function dollars(usd) {
    if (usd > 0 && usd < 1e-6) return "under $0.000001";
    return usd < 0.01 ? `$${usd.toFixed(6).replace(/\.?0+$/, "")}` : `$${usd.toFixed(3)}`;
  }

  function cost({ cost_kind: kind, cost_usd: usd }) {
    if (kind === "free") return "free";
    if (usd === null || usd === undefined) return "cost unknown";
    return kind === "estimated" ? `about ${dollars(usd)}, estimated` : dollars(usd);
  }

  const seconds = (value) => (value < 0.095 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`);
  const times = (value) => `${value < 0.995 ? value.toPrecision(2) : value.toFixed(1)} ×`;

  // How a run compares with what its model usually takes; "" when that is not known.
  function usual({ facts, usual }) {
    if (facts.first_token && usual?.ttft) return `${times(facts.first_token / usual.ttft)} its usual first token`;
    return facts.duration && usual?.duration ? `${times(facts.duration / usual.duration)} its usual time` : "";
  }

  function compared(element, run) {
    const words = usual(run);
    if (!words || !element.matches(".facts") || element.querySelector("[data-usual]")) return;
    element.insertBefore(make("span", { "data-usual": true }, words), element.querySelector(".acts"));
  }

  const TASKS = { chat: "Chat", image: "Image", transcription: "Speech to text", speech: "Text to speech" };
  const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

  const ended = ({ failure }) => (!failure ? "ok" : failure.kind === "Stopped" ? "stopped" : "failed");

  function row(run) {
    const { facts } = run;
    return make("li", {}, make("button", { type: "button", click: () => window.playground.runs.open(run.id) },
      make("b", {}, run.model), make("span", { class: ended(run) }, ended(run)),
      make("small", {}, [TASKS[run.task] || run.task, clock(run.at), seconds(facts.duration), kindOf(run) === "failed" ? "" : cost(facts)].filter(Boolean).join(" · "))));
  }

  // A drawer of ours: a name, a close button, and what it shows. Escape closes it and does nothing else.
  function drawer(id, title) {
    const dialog = make("dialog", { id, class: "drawer", "aria-labelledby": `${id}-title` });
    dialog.addEventListener("keydown", (event) => { if (event.key === "Escape") event.stopPropagation(); });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    document.body.append(dialog);
    return (...content) => {
      const close = make("button", { type: "button", class: "ghost icon", "aria-label": "Close", click: () => dialog.close() }, "✕");
      dialog.replaceChildren(make("div", { class: "inside" }, make("div", { class: "head" }, make("h2", { id: `${id}-title` }, title), close), ...content));
      if (!dialog.open) dialog.showModal();
      return dialog;
    };
  }

  let list = null;
  async function show() {
    const runs = await all();
    list ||= drawer("runs-drawer", "Runs of this page");
    if (!runs.length) return list(make("p", { class: "quiet-words" }, "Nothing has run yet. Each answer, picture, clip and transcript of this page will be listed here, with its cost."));
    list(
      make("p", { role: "status" }, long(), total().runs > runs.length ? ` · the newest ${runs.length} are listed` : ""),
      make("div", { class: "acts" },
        make("button", { type: "button", click: save }, "Save as JSONL"),
        make("button", { type: "button", click: forget }, "Forget these runs")),
      make("ol", { class: "runs" }, runs.map(row)),
      make("p", { class: "quiet-words" }, `Kept in this browser only, the newest ${MOST}; never with a key.`),
    );
  }

  // One run per line; what this browser noted for itself stays out.
  async function save() {
    const lines = (await all()).reverse().map(({ page, saved, ...run }) => JSON.stringify(run));
    const address = URL.createObjectURL(new Blob([lines.join("\n"), "\n"], { type: "application/jsonl" }));
    make("a", { href: address, download: `runs-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-")}.jsonl` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  async function forget() {
    for (const { id } of await all()) { known.delete(id); await kept.runs.remove(id).catch(() => {}); }
    shelf = null;
    tab.set("total", "");
    tell();
    show();
  }

  // The run that a button belongs to; in the footer of an answer the facts stand beside the buttons.
  const runOf = (element) => (element.closest("[data-run]") || element.closest(".answer-footer")?.querySelector("[data-run]"))?.dataset.run;

  const deeds = {
    runs: show,
    inspect: (element) => window.playground.runs.open(runOf(element)),
    code: (element) => window.playground.runs.open(runOf(element), "code"),
  };

  document.addEventListener("click", (event) => {
    const element = event.target.closest?.("[data-act]");
    if (element && ours(element)) deeds[element.dataset.act]?.(element);
  });

  window.playground.runs = { all, add, get, drawer, words: { seconds, cost, usual, times, clock, tasks: TASKS } };
})();
