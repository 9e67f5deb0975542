// What Gradio's components can't do: the visitor's key, the actions under an answer, the keys of the keyboard.
// The key lives in this closure only. It leaves it as a header of this page's own calls, and by no other way.
(() => {
  "use strict";
  let key = "";
  let balance = "";
  // What a model wrote may carry any id; it never stands in for a control of ours.
  const byId = (id) => [...document.querySelectorAll(`#${CSS.escape(id)}`)].find((it) => !it.closest(".message-content"));
  const shown = (element) => element && element.offsetParent !== null;
  const button = (id) => {
    const found = byId(id);
    return found && (found.tagName === "BUTTON" ? found : found.querySelector("button"));
  };
  const press = (id) => { const found = button(id); if (found) found.click(); };

  // Names this open page to its server: its conversation there, and whose calls are counted together.
  const session = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const send = window.fetch;
  window.fetch = (target, options = {}) => {
    const address = new URL(target instanceof Request ? target.url : target, document.baseURI);
    const ours = address.origin === location.origin && /\/(queue\/join|lane|account|page\/.*)$/.test(address.pathname);
    if (!ours) return send(target, options);
    const headers = new Headers(options.headers);
    headers.set("x-aiml-session", session);
    if (key) headers.set("x-aiml-key", key);
    return send(target, { ...options, headers });
  };

  const box = (id) => byId(id) && byId(id).querySelector("textarea, input");
  const playground = (window.playground = {
    index: null,
    session,
    press,
    byId,
  });

  // Small texts that must be there at once (a draft, which conversation a tab shows). Where the browser keeps nothing, or
  // has no room, they last as long as the page.
  const small = (area) => {
    const here = new Map();
    return {
      get(name) { try { return here.get(name) ?? window[area].getItem(name) ?? ""; } catch { return ""; } },
      set(name, text) {
        try {
          if (text) window[area].setItem(name, text);
          else window[area].removeItem(name);
          here.delete(name);
        } catch {
          here.set(name, text);
        }
      },
    };
  };
  playground.tab = small("sessionStorage"); // this tab's own, over reloads
  playground.browser = small("localStorage"); // all tabs'

  // An element of ours: attributes, listeners (functions) and children; text stays text, whoever wrote it.
  playground.make = (tag, properties = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (typeof value === "function") made.addEventListener(name, value);
      else if (value !== false && value !== undefined && value !== null) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat().filter((it) => it !== null && it !== undefined && it !== false));
    return made;
  };

  // Into a field of Gradio's, as if typed.
  playground.write = (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // What is left of the owner's budget, in words.
  playground.left = (words) => { for (const place of document.querySelectorAll("[data-budget]")) place.textContent = words; };

  // Whether a text carries the visitor's key, which belongs in no link and no export.
  playground.holdsKey = (text) => Boolean(key) && text.includes(key);
  playground.withoutKey = (text) => (key ? text.replaceAll(key, "[API key]") : text);

  // A tab is drawn when it is first opened: press its button as soon as it is there.
  playground.pressSoon = (id, tries = 40) => {
    if (shown(button(id))) return setTimeout(() => press(id), 120);
    if (tries) setTimeout(() => playground.pressSoon(id, tries - 1), 100);
  };

  // An example: into the box, as if typed, and off.
  playground.example = (id, text, start) => {
    playground.write(box(id), text);
    setTimeout(() => press(start), 30);
  };

  const say = (text, kind = "") => {
    const line = byId("key-said");
    if (line) { line.textContent = text; line.className = kind; }
  };

  // The answer's words when the key works, "" when it does not; the panel says both.
  async function checkKey() {
    const refused = (words) => { say(words, "failed"); return ""; };
    const input = byId("key-input");
    const wanted = input.value.trim();
    if (!wanted) return refused("Paste a key first.");
    if (/[^\x21-\x7e]/.test(wanted)) return refused("This can't be a key: it has characters that no key has.");
    const before = key;
    key = wanted;
    say("Checking…");
    try {
      const answer = await (await window.fetch("account", { method: "POST" })).json();
      if (!answer.ok) { key = before; return refused(answer.said); }
      balance = typeof answer.balance === "number" ? ` · balance ${answer.balance.toFixed(2)} USD` : "";
      input.value = "";
      input.placeholder = "in use, in this page's memory";
      say(answer.said, "fine");
      press("act-refresh");
      return answer.said;
    } catch {
      key = before;
      return refused("This page's server did not answer. Check the network and try again.");
    }
  }

  // A key that is pasted where nothing stands yet was not meant for a model: it is checked and used, and the panel opens
  // only where that fails.
  const LIKE_A_KEY = /^\s*(?=\S*\d)(?=\S*[a-z])(sk-[\w-]{16,}|[0-9a-f]{32})\s*$/i;
  document.addEventListener("paste", async (event) => {
    const pasted = event.clipboardData?.getData("text") ?? "", field = event.target, into = byId("key-input");
    if (field === into) return setTimeout(() => { if (LIKE_A_KEY.test(into.value)) checkKey(); });
    if (!LIKE_A_KEY.test(pasted) || field.value) return;
    event.preventDefault();
    const open = byId("key-panel").open;
    into.value = pasted.trim();
    if (!open) playground.tell("Checking the key…");
    const works = await checkKey();
    if (!open && works) playground.tell(`${works} Your key is used from now on, and kept in this page's memory alone.`);
    if (!open && !works) {
      byId("told")?.remove(); // the panel says why
      deeds.key();
    }
  });

  function forgetKey() {
    key = balance = "";
    byId("key-input").value = "";
    byId("key-input").placeholder = "";
    say("Forgotten.");
    press("act-refresh");
  }

  const copy = (element) => {
    const text = element.dataset.index ? playground.chat.said(element.dataset.index) : element.closest("[data-text]").dataset.text;
    return playground.copy(text, element);
  };

  // Into the clipboard; the button that was pressed says so for a moment.
  playground.copy = async (text, element) => {
    const label = (element.dataset.label ||= element.textContent);
    try { await navigator.clipboard.writeText(text); } catch { fallbackCopy(text); element.focus(); }
    element.textContent = "Copied";
    setTimeout(() => { element.textContent = label; }, 1200);
  };

  // Without https the clipboard interface is missing; the old command still works.
  function fallbackCopy(text) {
    const area = document.createElement("textarea");
    area.value = text;
    ([...document.querySelectorAll("dialog:modal")].at(-1) || document.body).append(area); // all else is out of reach then
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  function light() {
    const dark = document.body.classList.toggle("dark");
    playground.browser.set("light", dark ? "dark" : "light");
  }

  const deeds = {
    copy,
    light,
    key: () => { byId("key-panel").showModal(); byId("key-input").focus(); },
    "key-close": () => byId("key-panel").close(),
    "key-check": (_, event) => { event.preventDefault(); checkKey(); },
    "key-forget": forgetKey,
  };

  document.addEventListener("click", (event) => {
    const element = event.target.closest && event.target.closest("[data-act]");
    if (!element) return;
    const act = element.dataset.act;
    if (deeds[act]) return deeds[act](element, event);
    playground.index = element.dataset.index === undefined ? null : Number(element.dataset.index);
    const notice = element.closest('[id$="-notice"]');
    press(notice ? `act-${notice.id.replace("-notice", "")}-${act}` : `act-${act}`);
  });

  function stopWhatRuns() {
    const stop = [...document.querySelectorAll("button.stop")].find(shown);
    if (stop) stop.click();
    return Boolean(stop);
  }

  function editLast() {
    const pencils = document.querySelectorAll("#conversation .user-row button[aria-label='Edit'], #conversation .user button[title='Edit']");
    if (pencils.length) pencils[pencils.length - 1].click();
  }

  // Left and right walk along the tabs, as in every row of tabs.
  function walkTabs(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target.getAttribute?.("role") !== "tab") return;
    const tabs = [...event.target.parentElement.querySelectorAll("[role=tab]")];
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    next.click();
    next.focus();
  }

  document.addEventListener("keydown", (event) => {
    walkTabs(event);
    if (event.key === "Escape" && !document.querySelector("dialog:modal") && stopWhatRuns()) event.preventDefault();
    if (event.key === "ArrowUp" && event.target === box("message") && !event.target.value) editLast();
  });

  // Elapsed time and character counts, drawn here so that no message travels for them.
  const since = new WeakMap();
  setInterval(() => {
    for (const element of document.querySelectorAll("[data-elapsed]")) {
      const home = element.closest(".stage, .status") || element;
      if (!since.has(home)) since.set(home, performance.now());
      element.textContent = `${((performance.now() - since.get(home)) / 1000).toFixed(1)} s`;
    }
    for (const home of document.querySelectorAll(".stage, .status")) if (!home.querySelector("[data-elapsed]")) since.delete(home);
    for (const element of document.querySelectorAll("[data-balance]")) if (element.textContent !== balance) element.textContent = balance;
    for (const element of document.querySelectorAll("[data-count]")) {
      const text = box(element.dataset.count)?.value || "";
      const words = text.split(/\s+/).filter(Boolean).length;
      const said = text ? `${text.length.toLocaleString("en")} characters · about ${Math.max(1, Math.round(words / 2.6))} s of speech` : "";
      if (element.textContent !== said) element.textContent = said;
    }
  }, 100);

  // While the embedded engine's chat weights are on their way, or others wait for it too, the page says so.
  let fetching = true;
  async function watchEngine() {
    const chip = document.querySelector("[data-engine]");
    const waits = [...document.querySelectorAll(".stage .waiting .note")].filter(shown);
    if (!chip || !(fetching || waits.length)) return;
    const news = await (await send("engine")).json();
    fetching = Boolean(news.fetching);
    chip.textContent = fetching ? `bringing the chat model, ${news.fetching}` : "no key needed";
    for (const note of waits) note.textContent = news.queue;
  }
  setInterval(() => watchEngine().catch(() => {}), 1000); // a server that is gone is told by Gradio itself

  // Controls that Gradio leaves without a name for assistive technology, and messages that it reads out twice.
  const named = () => {
    for (const message of document.querySelectorAll("[data-testid=bot][aria-label], [data-testid=user][aria-label]")) message.removeAttribute("aria-label");
    const audio = byId("audio");
    if (audio && !audio.hasAttribute("role")) { audio.setAttribute("role", "group"); audio.setAttribute("aria-label", "Audio"); }
    const file = audio && audio.querySelector("input[type=file]");
    if (file && !file.hasAttribute("aria-label")) file.setAttribute("aria-label", "Audio");
  };

  const kept = playground.browser.get("light");
  document.addEventListener("DOMContentLoaded", () => { if (kept) document.body.classList.toggle("dark", kept === "dark"); });
  if (document.body && kept) document.body.classList.toggle("dark", kept === "dark");

  // On a phone the controls start folded: the result comes first.
  const fold = () => {
    if (innerWidth > 760) return;
    for (const panel of document.querySelectorAll(".fold:not([data-folded])")) {
      const handle = panel.querySelector("button.label-wrap");
      if (!handle || !shown(handle)) continue;
      panel.dataset.folded = "";
      if (handle.classList.contains("open")) handle.click();
    }
  };
  setInterval(() => { fold(); named(); }, 200);
})();
