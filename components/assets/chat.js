// The chat tab in the browser: orders go out by the lane (or Gradio's queue), news come in and are shown.
// The page is the conversation's home, and keep.js its memory: a server that does not know it any more is told it again.
(() => {
  "use strict";
  const STALE = 8000; // ms without any news after which an order counts as lost
  const byQueue = new URLSearchParams(location.search).get("lane") === "off";
  const SETTINGS = ["model", "system", "temperature", "top_p", "max_tokens", "extra", "answer_schema", "tools", "tool_choice"]; // as ChatPanel has them
  const BRIEF = 150; // ms that a wait may last before it is told
  const RELOADED = 600; // ms in which a page that was just left lets its conversation go
  const ENDING = 4000; // ms that an answer may take to stop before another conversation opens all the same
  const state = { turns: [], messages: [], status: "", notice: "", running: false };
  let sent = null; // the order under way, and what was in the box when it was sent

  const { playground } = window;
  const { press, byId, kept, pictures, tab, browser, session: desk } = playground;
  const room = () => byId("chat-room");
  const box = () => byId("message").querySelector("textarea");
  let era = 0; // changes with the conversation: news for one that was left are nobody's
  const atRest = []; // who waits for the answer to end
  function run(on) {
    state.running = on;
    room()?.toggleAttribute("data-running", on);
    if (!on) for (const go of atRest.splice(0)) go();
  }
  const write = (field, text) => { field.value = text; field.dispatchEvent(new Event("input", { bubbles: true })); };

  // Drawing costs more the longer the conversation is: the page never spends more than half its time on it.
  const changed = new Set(); // buttons that show what is new: act-grow the conversation, act-show what stands around it
  let due = false, free = 0;
  function draw(...what) {
    for (const id of what) changed.add(id);
    if (due) return;
    due = true;
    const wait = free - performance.now();
    if (wait > 0) setTimeout(drawn, wait);
    else drawn();
  }

  function drawn() {
    const began = performance.now();
    for (const id of ["act-grow", "act-show"]) if (changed.delete(id)) press(id);
    setTimeout(() => {
      free = 2 * performance.now() - began;
      due = false;
      if (changed.size) draw();
    });
  }

  // What stands around the conversation; a wait is told only when it lasts, so that it never delays a first word.
  let told = "";
  function around() {
    const now = state.status + state.notice;
    if (now === told) return;
    if (state.status && !told) return setTimeout(() => { if (state.status) tell(); }, BRIEF);
    tell();
  }

  function tell() {
    told = state.status + state.notice;
    draw("act-show");
  }

  // This tab's conversation, over a reload and a new server; what was half written counts as interrupted.
  let id = tab.get("conversation") || playground.mint();
  let title = ""; // as a person named it
  let release = null; // lets the claim on this conversation go
  let settled; // from then on this tab knows which record is its own
  const claimed = new Promise((done) => { settled = done; });
  let saving = 0;

  function save(touched = true) {
    clearTimeout(saving);
    const turns = state.running ? grown() : state.turns, { running } = state, [model, system] = chat.settings;
    saving = running ? setTimeout(save, 1000) : 0;
    const asked = touched ? { model, system } : {};
    const record = (one) => (old) => {
      if (!turns.length && !old?.title && !drafted(one)) return undefined;
      const saved = (!touched && old?.saved) || Date.now();
      return { title: "", created: old?.saved ?? saved, ...old, ...asked, id: one, version: 2, saved, running, turns };
    };
    return claimed.then(() => kept.conversations.update(id, record(id))).then(() => { unsaid = true; known(); }, unkept);
  }

  // The turns with as much of the answer as has come by now.
  const come = () => (sent?.grew && state.messages.at(-1)?.role === "assistant" ? state.messages.at(-1).content[0]?.text || "" : "");
  function grown() {
    const content = come(), last = state.turns.at(-1);
    if (!content) return state.turns;
    return last?.role === "assistant" ? [...state.turns.slice(0, -1), { ...last, content }] : [...state.turns, { role: "assistant", content }];
  }

  const known = () => document.dispatchEvent(new CustomEvent("playground:conversation"));
  let unsaid = true;
  function unkept(failed) {
    if (unsaid) playground.tell(failed?.name === "QuotaExceededError" ? FULL : NOTHING);
    unsaid = false;
    known();
  }
  const FULL = "This browser has no room left to keep the conversation. Delete some of this site's data; here it goes on.";
  const NOTHING = "This browser keeps nothing here (a private window, perhaps): what is written is gone when this page closes.";

  // What is in the box and not sent yet: each conversation has its own.
  const draftOf = (one) => {
    try { return JSON.parse(browser.get(`draft:${one}`) || "{}"); } catch { return {}; }
  };
  const drafted = (one) => Boolean(browser.get(`draft:${one}`));
  function draft() {
    if (moving) return; // what is written now belongs to the conversation that comes
    const text = box().value, attached = chat.pictures, had = drafted(id);
    browser.set(`draft:${id}`, text || attached.length ? JSON.stringify({ text, attached }) : "");
    if (had !== drafted(id) && !state.turns.length && !state.running) save();
  }

  async function filled(one) {
    const { text = "", attached = [] } = draftOf(one);
    const shown = chat.pictures.length + attached.length + (byId("attached")?.querySelectorAll("img").length || 0);
    chat.pictures = attached;
    if (!box().value) write(box(), text);
    if (shown) press("act-attached");
    if (!attached.length) return;
    const there = await pictures.uploads(attached).catch(() => attached);
    if (chat.pictures === attached) attach(there);
  }

  async function restore() {
    while (!byId("act-grow") || !byId("message")) await new Promise((done) => setTimeout(done, 50));
    const last = id;
    if (tab.get("draft")) { // as version 1 kept it
      browser.set(`draft:${last}`, JSON.stringify({ text: tab.get("draft") }));
      tab.set("draft", "");
    }
    document.addEventListener("input", (event) => { if (event.target === box()) draft(); });
    release = await playground.claim(last, RELOADED);
    const mine = Boolean(release);
    const record = await kept.conversations.get(last).catch((failed) => void unkept(failed));
    const late = Boolean(state.turns.length || state.running); // somebody was quicker: theirs is a new conversation
    if (!mine || (late && record)) await another();
    tab.set("conversation", id);
    settled();
    if (late) return;
    filled(last);
    if (!record?.turns?.length) return known();
    await show(mine ? record : await copied(record));
  }

  async function another() {
    release?.();
    id = playground.mint();
    release = await playground.claim(id, RELOADED);
  }

  // A conversation that another tab has open: here a copy goes on.
  async function copied(record) {
    const name = `${record.title || playground.titleOf(record)} (copy)`;
    const copy = { ...record, id, title: name, created: Date.now(), saved: Date.now() };
    await kept.conversations.put(copy).catch(unkept);
    playground.tell("This conversation is open in another tab. Here you go on with a copy of it.");
    return copy;
  }

  // Lays a kept conversation down at the server and shows it; what the server can't show stands there plain.
  async function show(record) {
    title = record.title || "";
    Object.assign(state, { turns: record.turns || [], messages: plain(record.turns || []), status: "", notice: "" });
    free = 0;
    draw("act-grow", "act-show");
    known();
    if (!state.turns.length) return; // with the first question the server hears that there is nothing before it
    run(true);
    const { turns, gone } = await pictures.bring(state.turns).catch(() => ({ turns: state.turns, gone: 0 }));
    run(false);
    if (record.id !== id) return;
    state.turns = turns;
    if (gone) playground.tell(gone === 1 ? "One picture of this conversation is gone; its text is all here." : `${gone} pictures of this conversation are gone; its text is all here.`);
    chat.order({ act: "open", turns, lost: Boolean(record.running) });
  }

  const plain = (turns) => turns.map(({ role, content }) => ({ role, metadata: {}, options: [], content: [{ type: "text", text: content }] }));

  const rested = () => new Promise((done) => { if (state.running) atRest.push(done); else done(); });

  // Another conversation instead of this one. An answer under way is stopped first; what came of it is kept.
  let opening = Promise.resolve(); // one after the other, however fast they are picked
  let moving = false; // between two conversations: what is asked waits, what is written stays in the box
  function open(record) {
    if (record.id !== id && !moving) {
      draft();
      moving = true;
      write(box(), "");
    }
    return (opening = opening.then(() => opened(record)).finally(() => { moving = false; }));
  }

  async function opened(record) {
    if (record.id === id) return;
    moving = true;
    if (state.running) {
      chat.stop();
      await Promise.race([rested(), new Promise((done) => setTimeout(done, ENDING))]);
      if (state.running) cut();
    }
    await save(false);
    clearTimeout(saving);
    sent = null;
    const claim = await playground.claim(record.id, RELOADED);
    const copy = !claim && record.turns?.length;
    const before = release;
    id = claim ? record.id : playground.mint();
    release = claim ?? (await playground.claim(id));
    before?.();
    tab.set("conversation", id);
    era += 1;
    Object.assign(state, { turns: [], messages: [] });
    const shown = copy ? await copied(record) : { ...record, id };
    moving = false;
    chat.pictures = draftOf(id).attached || [];
    if (box().value) draft();
    filled(id);
    await show(shown);
    box().focus();
  }

  function take(news) {
    if (sent) Object.assign(sent, { heard: true, grew: sent.grew || Boolean(news.running && news.turns) });
    if ("left" in news) playground.left(news.left);
    if (news.refused) giveBack();
    else if (sent?.text !== undefined) emptied();
    if ("add" in news) {
      const last = state.messages.at(-1), [content] = last.content;
      state.messages = [...state.messages.slice(0, -1), { ...last, content: [{ ...content, text: content.text + news.add }] }];
      return draw("act-grow");
    }
    if (news.messages) state.messages = [...state.messages.slice(0, news.keep), ...news.messages];
    if (news.turns) state.turns = [...state.turns.slice(0, news.turns.keep), ...news.turns.add];
    if ("running" in news) run(news.running);
    if ("status" in news) state.status = news.status;
    if ("notice" in news) state.notice = news.notice;
    if (news.said && !box().value) write(box(), news.said);
    if (news.messages) { free = 0; draw("act-grow"); }
    if (news.running === false) tell();
    else around();
    if (news.turns) save(sent?.order.act !== "open");
  }

  // The question leaves its box when the server has it; what was typed since then stays.
  function emptied() {
    if (box().value === sent.text) write(box(), "");
    if (sent.pictures?.length) attach([]);
    sent = { ...sent, text: undefined, was: sent };
  }

  function giveBack() {
    const was = sent?.was || sent;
    if (was?.text && !box().value) write(box(), was.text);
    if (was?.pictures?.length) attach(was.pictures);
  }

  function attach(uploads) {
    chat.attach(uploads);
    press("act-attached");
  }

  async function* lines(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const parts = (rest + value).split("\n");
        rest = parts.pop();
        for (const part of parts) yield JSON.parse(part);
      }
    } finally {
      reader.cancel().catch(() => {}); // nobody reads on: the server lets its upstream go
    }
  }

  const post = (order) => window.fetch("lane", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order) });

  // One order on its way: by the lane; by the queue when the lane brings nothing.
  async function place(order) {
    let heard = false, again = false;
    const now = era;
    try {
      if (byQueue) throw new Error("asked to");
      const answer = await post(order);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      for await (const news of lines(answer.body)) {
        heard = true;
        if (now !== era) return;
        if (news.missing) again = true;
        else take(news);
      }
      if (again) return retold();
      if (order.act !== "stop" && state.running) cut();
    } catch {
      if (now !== era) return;
      if (heard) cut();
      else queue(order);
    }
  }

  // This server does not know the conversation, or lost its pictures: it is told both.
  async function retold() {
    const from = sent, { order } = from;
    if (from.again) return ended("This page's server did not take the conversation.", ["retry"]);
    from.again = true;
    try {
      const [{ turns }, added] = await Promise.all([pictures.bring(state.turns), pictures.brought(order.images || [])]);
      if (from.order !== sent?.order) return;
      if (added.gone) return take({ refused: true, running: false, notice: notice("An attached picture is not here any more.", "Attach it again.") });
      state.turns = turns;
      return place({ ...order, turns, ...(order.images && { images: added.paths }) });
    } catch {
      if (from.order === sent?.order) unheard();
    }
  }

  let queued = 0; // for whom
  function queue(order) {
    queued = era;
    chat.waiting.push(JSON.stringify(order));
    press("act-queue");
    const waits = sent;
    setTimeout(() => { if (sent === waits && state.running && !waits.heard) unheard(); }, STALE);
  }

  // The connection broke while an answer grew: what came is kept, as the server keeps it.
  function cut() {
    state.turns = grown();
    ended("The connection to this page's server was lost.", come() ? ["continue", "retry"] : ["retry"]);
  }

  const LABELS = { continue: "Continue", retry: "Retry" };
  function notice(said, remedy, acts = []) {
    const buttons = acts.map((act) => `<button type="button" data-act="${act}">${LABELS[act]}</button>`).join("");
    return `<div class="notice cut" role="status"><p><b>${said}</b> ${remedy}</p><span class="acts">${buttons}</span></div>`;
  }

  function ended(said, acts) {
    state.notice = notice(said, "Check the network and try again; nothing you wrote is lost.", acts);
    state.status = "";
    run(false);
    save();
    tell();
  }

  // Stop appears where Send was: the second click of a double click is not meant for it.
  document.addEventListener("click", (event) => {
    if (byId("send")?.contains(event.target)) chat.ask();
    if (byId("stop-send")?.contains(event.target) && event.detail < 2) chat.stop();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === box()) chat.ask();
  });

  function offerBack(turns) {
    const one = id;
    const undo = () => { if (one === id && !state.turns.length && !state.running) show({ id, title, turns }); };
    setTimeout(async () => {
      await rested();
      if (one === id && turns.length && !state.turns.length) playground.tell("The conversation is cleared.", { label: "Undo", act: undo });
    });
  }

  const unheard = () => ended("This page's server did not answer.", []);

  const chat = (window.playground.chat = {
    waiting: [], // orders for the queue
    pictures: [],
    settings: [],
    get messages() { return state.messages; },
    get turns() { return state.turns; },
    get id() { return id; },
    get title() { return title; },
    set title(name) { title = name; },
    get running() { return state.running; },
    open, save,
    around: () => [state.status, state.notice],
    said: (index) => (state.turns[index ?? state.turns.length - 1]?.content ?? ""),

    // The controls as they stand, told by Gradio whenever one changes: asking it first would cost ten milliseconds.
    set(settings) {
      chat.settings = settings;
      return [];
    },

    attach(uploads) {
      chat.pictures = uploads || [];
      draft();
      pictures.keep(chat.pictures).catch(() => {});
      return [];
    },

    ask() {
      if (moving) return void opening.then(() => chat.ask());
      const text = box().value, attached = chat.pictures;
      chat.order({ act: "ask", text, images: attached.map((it) => it.image.path) }, { text, pictures: attached });
    },

    order(order, from = {}) {
      if (state.running || moving) return [];
      const settings = Object.fromEntries(SETTINGS.map((name, place) => [name, chat.settings[place] ?? undefined]));
      const whole = { desk, after: state.turns.length, settings, ...order };
      sent = { order: whole, ...from };
      if (order.act === "clear") offerBack(state.turns);
      run(true);
      place(whole);
      return [];
    },

    stop() {
      place({ desk, act: "stop" });
      return [];
    },

    // From the queue: news, or a question in other words.
    heard(news) {
      if (news?.edit) chat.order({ act: "edit", ...news.edit });
      else if (queued !== era) return [];
      else if (news?.missing) retold();
      else if (news) take(news);
      return [];
    },
  });

  restore().catch(unkept).finally(settled);
})();
