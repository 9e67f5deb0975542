// One run in full: what was sent and received, when what happened, and the code that does it again. Knows what runs.js tells.
(() => {
  "use strict";
  const { make, runs } = window.playground;
  const { seconds, cost, times, clock, tasks } = runs.words;
  const LANGUAGES = { curl: "cURL", python: "Python", javascript: "JavaScript" };
  const FORGOTTEN = "This page's server has forgotten this run, so its code can't be written any more. What was sent is under Request, as far as it was kept.";

  const NO_CODE = "There is no code for this run.";

  const exact = (value) => (value < 0.0995 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(value < 10 ? 2 : 1)} s`);
  const text = (body) => (body === null || body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body, null, 2));
  const size = (bytes) => (bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const headers = (all) => Object.entries(all || {}).map(([name, value]) => `${name}: ${value}`).join("\n");
  const block = (name, content) => make("pre", { tabindex: 0, role: "region", "aria-label": name }, content);
  const quiet = (...words) => make("p", { class: "quiet-words" }, ...words);
  const copying = (label, content) => make("button", { type: "button", click: (event) => window.playground.copy(content, event.target) }, label);

  // Name and value of what is known of a run.
  function told({ facts, usual, embedded, answered_by, at, task, shown }) {
    const beside = (value, typical) => (value && typical ? ` (${times(value / typical)} usual)` : "");
    return [
      ["Answered by", embedded ? "embedded engine" : answered_by],
      ["Task", tasks[task] || task],
      ["Began", clock(at)],
      ["First token", facts.first_token !== null && seconds(facts.first_token) + beside(facts.first_token, usual?.ttft)],
      ["In all", seconds(facts.duration) + beside(facts.duration, usual?.duration)],
      ["Tokens per second", facts.tokens_per_second && facts.tokens_per_second.toFixed(0) + beside(facts.tokens_per_second, usual?.tps)],
      ["Tokens in", facts.prompt_tokens?.toLocaleString("en")],
      ["Tokens out", facts.completion_tokens?.toLocaleString("en")],
      ["Of them reasoning", facts.reasoning_tokens && facts.reasoning_tokens.toLocaleString("en")],
      ["Of them cached", facts.cached_tokens && facts.cached_tokens.toLocaleString("en")],
      ["Cost", cost(facts) + (facts.cost_kind === "billed" ? ", billed" : "")],
      ["Request id", facts.request_id],
    ].filter(([, value]) => value);
  }

  // Each call of a run; where there are several, all but one are folded.
  function calls(run, open, draw) {
    if (!run.calls?.length) return [quiet("Nothing was sent.")];
    const drawn = run.calls.map((call, place) => [call, draw(call, run.calls.length > 1 ? ` ${place + 1}` : "")]);
    if (drawn.length === 1) return drawn[0][1];
    return drawn.map(([call, content], place) =>
      make("details", { open: place === (open < 0 ? drawn.length + open : open) },
        make("summary", {}, `${place + 1} of ${drawn.length} · ${call.method} ${path(call.url)} · ${call.status || "no reply"}`), ...content));
  }

  const path = (url) => { try { return new URL(url).pathname; } catch { return url; } };

  const request = (run) => calls(run, 0, (call, which) => {
    const head = `${call.method} ${call.url}\n${headers(call.request_headers)}`, body = text(call.request_body);
    return [
      make("div", { class: "acts" }, copying(`Copy request${which}`, body ? `${head}\n\n${body}` : head)),
      block(`Request${which}: address and headers`, head),
      body && block(`Request${which}: body`, body),
      call.parts?.length && block(`Request${which}: parts`, call.parts.map(part).join("\n")),
      quiet(`${size(call.request_bytes || 0)} sent. The key is masked, media are shortened.`),
    ];
  });

  const part = ({ name, filename, media_type, bytes, text: value }) =>
    `${name}: ${filename ? `file ${filename}, ${media_type || "no type"}, ${size(bytes || 0)}` : value ?? ""}`;

  const reply = (run) => calls(run, -1, (call, which) => {
    if (!call.status) return [quiet("No reply came.")];
    const body = text(call.reply);
    return [
      make("div", { class: "acts" }, copying(`Copy reply${which}`, body)),
      block(`Reply${which}: status and headers`, [`status ${call.status}`, headers(call.reply_headers)].filter(Boolean).join("\n")),
      body ? block(`Reply${which}: body`, body) : quiet("An empty body."),
      quiet(`${size(call.reply_bytes || 0)} received. Media are shortened.`),
    ];
  });

  // A bar for each stretch of time, on one scale; the page knows the last one.
  function timeline(run) {
    const parts = [...(run.timeline || [])], end = Math.max(0, ...parts.map((it) => it.to));
    if (run.shown >= 0) parts.push({ name: "shown", from: end, to: end + run.shown });
    if (!parts.length) return [quiet("No times were taken of this run.")];
    const whole = Math.max(...parts.map((it) => it.to)) || 1;
    const bar = ({ name, from, to }) => {
      const filled = make("i", { "data-part": name });
      filled.style.left = `${(100 * from) / whole}%`;
      filled.style.width = `${(100 * (to - from)) / whole}%`;
      return make("li", {}, make("span", {}, name), make("span", { class: "bar" }, filled), make("span", {}, exact(to - from)));
    };
    return [
      make("ol", { class: "timeline" }, parts.map(bar)),
      make("div", { class: "scale" }, make("span", {}, "0 s"), make("span", {}, exact(whole))),
      usually(run),
    ];
  }

  function usually({ usual }) {
    if (!usual) return null;
    const words = [usual.ttft && `first token ${seconds(usual.ttft)}`, usual.tps && `${usual.tps.toFixed(0)} tokens/s`, usual.duration && `${seconds(usual.duration)} in all`];
    return quiet(`Usual for this model: ${words.filter(Boolean).join(" · ")} (the median).`);
  }

  function attempts({ attempts: all, failure }) {
    if (!all?.length) return [quiet("Nothing was sent.")];
    const told = (reason, status) => (status && !reason.includes(status) ? `${reason} (${status})` : reason);
    const line = ({ began, duration, failure: name, reason, status, wait }) => make("li", {},
      make("b", {}, `At ${began.toFixed(2)} s, for ${exact(duration)}:`), " ", told(name ? reason || name : "answered", status),
      wait ? make("small", {}, ` · waited ${exact(wait)}, then again`) : null);
    return [
      quiet(all.length === 1 ? (failure ? "Sent once." : "Sent once, and answered.") : `Sent ${all.length} times.`),
      make("ol", { class: "attempts" }, all.map(line)),
    ];
  }

  // The code, one language at a time; long code is asked of the server when it is wanted.
  function code(run) {
    if (run.code) return snippets(run.code);
    const panel = make("div", {}, quiet("Writing the code…"));
    written(run).then((found) => panel.replaceChildren(...(found ? snippets(found) : [quiet(found === null ? NO_CODE : FORGOTTEN)])));
    return [panel];
  }

  function snippets(found) {
    const copy = make("button", { type: "button", click: () => window.playground.copy(found[language], copy) });
    const shown = block("Code", ""), buttons = make("span", { role: "group", "aria-label": "Language" });
    let language;
    const pick = (key) => {
      language = key;
      for (const it of buttons.children) it.setAttribute("aria-pressed", it.dataset.language === key);
      copy.textContent = copy.dataset.label = `Copy ${LANGUAGES[key]}`;
      shown.textContent = found[key];
    };
    buttons.append(...Object.entries(LANGUAGES).map(([key, label]) => make("button", { type: "button", "data-language": key, click: () => pick(key) }, label)));
    pick("curl");
    const key = quiet("The key is read from the environment variable ", make("code", {}, "AIML_API_KEY"), ".");
    return [make("div", { class: "acts" }, buttons, copy), shown, key];
  }

  const asked = new WeakMap(); // run: its code, on the way; null when it has none, undefined when the server has forgotten it
  function written(run) {
    if (!asked.has(run)) asked.set(run, run.code ? Promise.resolve(run.code) : brought(run));
    return asked.get(run);
  }

  async function brought(run) {
    const answer = await window.fetch(`page/runs/${encodeURIComponent(run.id)}/code`).catch(() => null);
    return answer?.status === 200 ? (run.code = await answer.json()) : undefined;
  }

  const VIEWS = { request: ["Request", request], reply: ["Reply", reply], timeline: ["Timeline", timeline], attempts: ["Attempts", attempts], code: ["Code", code] };

  function views(run, first) {
    const panel = make("div", { role: "tabpanel", id: "run-view", class: "view" });
    const tabs = make("div", { role: "tablist", "aria-label": "What to see of the run" });
    const pick = (name) => {
      for (const tab of tabs.children) {
        const on = tab.dataset.view === name;
        tab.setAttribute("aria-selected", on);
        tab.tabIndex = on ? 0 : -1;
      }
      panel.setAttribute("aria-labelledby", `run-tab-${name}`);
      panel.replaceChildren(...VIEWS[name][1](run).filter(Boolean));
    };
    for (const [name, [label]] of Object.entries(VIEWS)) {
      tabs.append(make("button", { type: "button", role: "tab", id: `run-tab-${name}`, "data-view": name, "aria-controls": "run-view", click: () => pick(name) }, label));
    }
    pick(first);
    return [tabs, panel];
  }

  const failed = ({ failure }) => failure && make("div", { class: `notice ${["Stopped", "Interrupted"].includes(failure.kind) ? "cut" : "failed"}`, role: "status" }, make("p", {}, make("b", {}, failure.message), ` ${failure.remedy || ""}`));

  runs.told = told;
  let show = null;
  // Open the inspector on a run: `view` is request, reply, timeline, attempts or code. Focus goes back when it closes.
  runs.open = async (id, view = "request") => {
    if (!id) return;
    const from = document.activeElement, run = await runs.get(id);
    if (run && view === "code") await written(run);
    show ||= runs.drawer("run-inspector", "Run");
    const dialog = run
      ? show(make("div", { class: "head" }, make("p", { class: "which" }, run.model), make("button", { type: "button", class: "ghost", click: () => runs.save(run) }, "Save as HTML")), failed(run), facts(run), ...views(run, view))
      : show(quiet("Nobody knows this run any more: this page's server has forgotten it, and this browser did not keep it."));
    ((view === "code" && dialog.querySelector(".view .acts > button")) || dialog.querySelector("[aria-selected=true]"))?.focus();
    dialog.onclose = () => (from?.isConnected ? from : document.querySelector(`[data-run="${CSS.escape(id)}"] [data-act=inspect]`))?.focus();
  };

  const facts = (run) => make("dl", { class: "of-run" }, told(run).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
})();
