// The chat tab in the browser: orders go out by the lane (or Gradio's queue), news come in and are shown.
// The page is the conversation's home, and keep.js its memory: a server that does not know it any more is told it again.
(() => {
  "use strict";
  const STALE = 8000; // ms without any news after which an order counts as lost
  const byQueue = new URLSearchParams(location.search).get("lane") === "off";
  const SETTINGS = ["model", "system", "temperature", "top_p", "max_tokens", "extra", "answer_schema", "tools", "tool_choice"]; // as ChatPanel has them
  const BRIEF = 150; // ms that a wait may last before it is told
  const state = { turns: [], messages: [], status: "", notice: "", running: false };
  let sent = null; // the order under way, and what was in the box when it was sent

  const { press, byId, kept, session: desk } = window.playground;
  const room = () => byId("chat-room");
  const box = () => byId("message").querySelector("textarea");
  const run = (on) => { state.running = on; room()?.toggleAttribute("data-running", on); };
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
  const id = (sessionStorage.conversation ||= desk);
  let saving = 0;
  function save() {
    clearTimeout(saving);
    const text = state.running && state.messages.at(-1)?.role === "assistant" ? state.messages.at(-1).content[0].text : "";
    const turns = text ? grown(text) : state.turns;
    const done = turns.length ? kept.conversations.put({ id, version: 1, saved: Date.now(), running: state.running, turns }) : kept.conversations.remove(id);
    done.catch(() => { state.notice = notice("This browser has no room left to keep the conversation.", "Delete some of this site's data; here it goes on."); tell(); });
    saving = state.running ? setTimeout(save, 1000) : 0;
  }

  async function restore() {
    while (!byId("act-grow") || !byId("message")) await new Promise((done) => setTimeout(done, 50));
    const field = box();
    if (!field.value && sessionStorage.draft) write(field, sessionStorage.draft);
    document.addEventListener("input", (event) => { if (event.target === box()) sessionStorage.draft = box().value; });
    const record = await kept.conversations.get(id);
    if (!record?.turns?.length || state.turns.length || state.running) return;
    state.turns = record.turns;
    chat.order({ act: "open", turns: record.turns, lost: Boolean(record.running) });
  }

  function take(news) {
    if ("left" in news) for (const place of document.querySelectorAll("[data-budget]")) place.textContent = news.left;
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
    if (news.turns) save();
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

  function attach(pictures) {
    chat.attach(pictures);
    press("act-attached");
  }

  async function* lines(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n");
      rest = parts.pop();
      for (const part of parts) yield JSON.parse(part);
    }
  }

  const post = (order) => window.fetch("lane", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order) });

  // One order on its way: by the lane; by the queue when the lane brings nothing.
  async function place(order) {
    let heard = false, again = false;
    try {
      if (byQueue) throw new Error("asked to");
      const answer = await post(order);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      for await (const news of lines(answer.body)) {
        heard = true;
        if (news.missing) again = true;
        else take(news);
      }
      if (again) return retold();
      if (order.act !== "stop" && state.running) cut();
    } catch {
      if (heard) cut();
      else queue(order);
    }
  }

  const retold = () => place({ ...sent.order, turns: state.turns });

  function queue(order) {
    chat.waiting.push(JSON.stringify(order));
    press("act-queue");
    const waits = sent;
    setTimeout(() => { if (sent === waits && state.running && sent.text !== undefined) unheard(); }, STALE);
  }

  // The connection broke while an answer grew: what came is kept, as the server keeps it.
  function cut() {
    const text = state.messages.at(-1)?.role === "assistant" ? state.messages.at(-1).content[0].text || "" : "";
    if (text) state.turns = grown(text);
    ended("The connection to this page's server was lost.", text ? ["continue", "retry"] : ["retry"]);
  }

  function grown(text) {
    const turns = state.turns.at(-1)?.role === "assistant" ? state.turns.slice(0, -1) : state.turns;
    return [...turns, { role: "assistant", content: text }];
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

  const unheard = () => ended("This page's server did not answer.", []);

  const chat = (window.playground.chat = {
    waiting: [], // orders for the queue
    pictures: [],
    settings: [],
    get messages() { return state.messages; },
    get turns() { return state.turns; },
    around: () => [state.status, state.notice],
    said: (index) => (state.turns[index ?? state.turns.length - 1]?.content ?? ""),

    // The controls as they stand, told by Gradio whenever one changes: asking it first would cost ten milliseconds.
    set(settings) {
      chat.settings = settings;
      return [];
    },

    attach(pictures) {
      chat.pictures = pictures || [];
      return [];
    },

    ask() {
      const text = box().value, pictures = chat.pictures;
      chat.order({ act: "ask", text, images: pictures.map((it) => it.image.path) }, { text, pictures });
    },

    order(order, from = {}) {
      if (state.running) return [];
      const settings = Object.fromEntries(SETTINGS.map((name, place) => [name, chat.settings[place] ?? undefined]));
      const whole = { desk, after: state.turns.length, settings, ...order };
      sent = { order: whole, ...from };
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
      else if (news?.missing) retold();
      else if (news) take(news);
      return [];
    },
  });

  restore().catch(() => {}); // a browser that keeps nothing (a private window) begins anew each time
})();
