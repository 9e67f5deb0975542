// The list of conversations that this browser keeps: find, open, name, delete, take out and bring in.
// Titles and texts are a person's or a model's: they reach the page as text only.
(() => {
  "use strict";
  const SHOWN = 200; // rows at once
  const AROUND = 40; // characters on each side of what was found
  const { playground } = window;
  const { byId, kept, chat, browser, transfer, titleOf } = playground;
  const panel = () => byId("talks-panel");
  let records = [], elsewhere = new Set(), renaming = null;

  const element = (tag, options = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), options);
    made.append(...inside.filter(Boolean));
    return made;
  };
  const button = (label, deed, options = {}) => element("button", { type: "button", textContent: label, onclick: deed, ...options });

  // A few words from the page itself, with at most one thing to press; over an open drawer too.
  let fading = 0;
  playground.tell = (words, act) => {
    document.querySelector("#told")?.remove();
    const close = () => told.remove();
    const told = element("div", { id: "told", role: "status" }, element("span", { textContent: words }));
    if (act) told.append(button(act.label, () => { close(); act.act(); }));
    told.append(button("✕", close, { ariaLabel: "Dismiss", className: "close" }));
    (document.querySelector("dialog:modal") || document.body).append(told);
    clearTimeout(fading);
    fading = setTimeout(function fade() { // nobody is hurried who is about to press it
      if (told.matches(":hover, :focus-within")) fading = setTimeout(fade, 2000);
      else close();
    }, 12_000);
  };

  // Storage that is full lets go of old pictures and clips (keep.js); several at once are told as one.
  let dropped = 0, telling = 0;
  document.addEventListener("playground:dropped", () => {
    dropped += 1;
    clearTimeout(telling);
    telling = setTimeout(() => {
      playground.tell(`This browser's storage was full: ${dropped === 1 ? "the oldest picture or clip was" : `the ${dropped} oldest pictures and clips were`} removed from it. All text is kept.`);
      dropped = 0;
    }, 300);
  });

  // Between the tabs of this browser: who shows the list shows it as it is.
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("playground:conversations") : null;
  const changed = () => { channel?.postMessage("changed"); return refresh(); };
  channel?.addEventListener("message", () => refresh());

  async function refresh() {
    bar();
    if (!panel()?.open || renaming) return;
    try {
      [records, elsewhere] = await Promise.all([kept.conversations.all(), playground.claimed()]);
    } catch {
      return said("This browser keeps nothing here, so there is no list.");
    }
    records.sort((one, other) => other.saved - one.saved);
    list();
  }

  const said = (words) => { byId("talks-said").textContent = words; };

  function bar() {
    const place = byId("talk-title");
    if (!place) return;
    const name = chat.turns.length || chat.title ? titleOf({ title: chat.title, turns: chat.turns }) : "";
    if (place.textContent !== name) { place.textContent = name; place.title = name; }
  }

  // Searching: every word must be in the title or in what was said.
  const words = () => byId("talks-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const hay = (record) => [titleOf(record), ...record.turns.map((turn) => turn.content ?? "")];
  const holds = (record, wanted) => {
    const all = hay(record).join("\n").toLowerCase();
    return wanted.every((word) => all.includes(word));
  };

  // Where it was found, with what was looked for set apart.
  function excerpt(record, [word]) {
    const text = record.turns.map((turn) => turn.content ?? "").find((it) => it.toLowerCase().includes(word));
    if (!text) return null;
    const at = text.toLowerCase().indexOf(word), from = Math.max(0, at - AROUND);
    const before = (from ? "…" : "") + text.slice(from, at), after = text.slice(at + word.length, at + word.length + AROUND);
    return element("span", { className: "found" }, before, element("mark", { textContent: text.slice(at, at + word.length) }), after);
  }

  function ago(time) {
    const minutes = Math.floor((Date.now() - time) / 60_000), then = new Date(time);
    if (minutes < 1) return "just now";
    if (minutes < 60) return `${minutes} min ago`;
    if (then.toDateString() === new Date().toDateString()) return then.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
    return then.toLocaleDateString("en", { day: "numeric", month: "short", year: then.getFullYear() === new Date().getFullYear() ? undefined : "numeric" });
  }

  function nameOf(record) {
    if (record.turns.length || record.title) return titleOf(record);
    try { return `Draft: ${JSON.parse(browser.get(`draft:${record.id}`)).text.slice(0, 60) || "a picture"}`; } catch { return "Draft"; }
  }

  function facts(record) {
    const here = record.id === chat.id, count = record.turns.length;
    const where = here ? "open here" : elsewhere.has(record.id) ? "open in another tab" : "";
    return [ago(record.saved), count ? `${count} ${count === 1 ? "message" : "messages"}` : "", where].filter(Boolean).join(" · ");
  }

  function row(record, wanted) {
    const name = nameOf(record), open = button("", () => choose(record), { className: "open" });
    open.append(element("b", { textContent: name }), element("small", { textContent: facts(record) }));
    if (wanted.length) open.append(excerpt(record, wanted) ?? "");
    if (record.id === chat.id) open.setAttribute("aria-current", "true");
    const acts = element("div", { className: "acts" },
      button("Rename", () => rename(item, record)),
      record.turns.length && button("Markdown", () => out(transfer.asMarkdown, record), { title: "Save as Markdown" }),
      record.turns.length && button("JSON", () => out(transfer.asMessages, record), { title: "Save as the API's messages" }),
      button("Delete", () => remove(record)));
    const more = element("details", { name: "talk" }, element("summary", { ariaLabel: `More for “${name}”`, title: "Rename, save, delete", textContent: "⋯" }), acts);
    const item = element("li", {}, open, more);
    item.dataset.talk = record.id;
    return item;
  }

  function list() {
    const wanted = words(), found = wanted.length ? records.filter((it) => holds(it, wanted)) : records;
    const unfolded = panel().querySelector("details[open]")?.closest("li").dataset.talk;
    byId("talks-list").replaceChildren(...found.slice(0, SHOWN).map((it) => row(it, wanted)));
    for (const item of byId("talks-list").children) if (item.dataset.talk === unfolded) item.querySelector("details").open = true;
    const more = found.length - SHOWN;
    if (more > 0) said(`${more.toLocaleString("en")} more; search to find them.`);
    else if (wanted.length) said(found.length ? `${found.length} found` : "Nothing found. Titles and texts are searched.");
    else said(records.length ? "" : "Nothing kept yet. What you ask appears here.");
  }

  async function choose(record) {
    panel().close();
    await chat.open((await kept.conversations.get(record.id)) ?? record);
  }

  async function begin() {
    if (panel().open) panel().close();
    if (chat.turns.length || chat.running || chat.title) await chat.open({ id: playground.mint(), turns: [] });
    byId("message").querySelector("textarea").focus();
  }

  function rename(item, record) {
    renaming = record.id;
    const field = element("input", { type: "text", value: record.title || titleOf(record), maxLength: 120, ariaLabel: "Title of this conversation" });
    const done = async (keep) => {
      if (renaming !== record.id) return;
      renaming = null;
      const title = field.value.replace(/\s+/g, " ").trim();
      if (keep && title !== titleOf(record)) {
        await kept.conversations.update(record.id, (old) => old && { ...old, title });
        if (record.id === chat.id) chat.title = title;
      }
      await changed();
      byId("talks-list").querySelector(`[data-talk="${CSS.escape(record.id)}"] summary`)?.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (renaming !== record.id || !["Enter", "Escape"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      done(event.key === "Enter");
    });
    field.addEventListener("blur", () => done(true));
    item.replaceChildren(field);
    field.select();
  }

  const used = (all) => new Set(all.flatMap((it) => it.turns.flatMap((turn) => turn.images ?? [])));

  // Gone at once, and back by Undo: nobody is asked twice, nothing is lost by a slip.
  async function remove(record) {
    if (record.id === chat.id) await chat.open({ id: playground.mint(), turns: [] });
    const release = await playground.claim(record.id);
    if (!release) return playground.tell("It is open in another tab. Close it there first.");
    const whole = (await kept.conversations.get(record.id)) ?? record, draft = browser.get(`draft:${record.id}`);
    await kept.conversations.remove(record.id);
    browser.set(`draft:${record.id}`, "");
    const others = used(await kept.conversations.all());
    const paths = [...used([whole])].filter((path) => !others.has(path));
    const media = (await Promise.all(paths.map((path) => kept.media.get(path)))).filter(Boolean);
    for (const { id } of media) await kept.media.remove(id);
    release();
    await changed();
    const undo = async () => {
      for (const it of media) await kept.media.put(it);
      await kept.conversations.put(whole);
      browser.set(`draft:${whole.id}`, draft);
      await changed();
    };
    playground.tell(`“${nameOf(whole).slice(0, 60)}” is deleted.`, { label: "Undo", act: undo });
    byId("talks-search").focus();
  }

  async function out(write, record) {
    if (record.id === chat.id) await chat.save(false);
    await write((await kept.conversations.get(record.id)) ?? record);
  }

  async function outAll() {
    await chat.save(false);
    const all = (await kept.conversations.all()).filter((it) => it.turns.length);
    if (all.length) return transfer.all(all.sort((one, other) => other.saved - one.saved));
    return said("There is nothing to export yet.");
  }

  async function bringIn(file) {
    said("Reading…");
    try {
      const { records: brought, left } = await transfer.read(file);
      for (const record of brought) await kept.conversations.put(record);
      await changed();
      const count = brought.length === 1 ? "One conversation was imported" : `${brought.length} conversations were imported`;
      said(`${count}.${left ? ` Left out: ${left}.` : ""}`);
    } catch (failed) {
      said(failed instanceof transfer.Refused ? failed.message : "This file could not be read or kept here.");
    }
  }

  const deeds = {
    list: () => { byId("talks-search").value = ""; panel().showModal(); byId("talks-search").focus(); refresh(); },
    close: () => panel().close(),
    new: begin,
    export: outAll,
    import: () => byId("talks-file").click(),
  };

  document.addEventListener("click", (event) => {
    const found = event.target.closest?.("[data-talks]");
    if (found && !found.closest(".message-content")) deeds[found.dataset.talks]?.();
    else if (event.target === panel() && event.detail) panel().close(); // beside the drawer
  });
  document.addEventListener("input", (event) => { if (event.target === byId("talks-search")) list(); });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field !== byId("talks-file") || !field.files.length) return;
    bringIn(field.files[0]);
    field.value = "";
  });
  document.addEventListener("playground:conversation", refresh);
})();
