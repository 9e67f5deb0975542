// The chat tab in the browser: orders go out by the lane (or Gradio's queue), news come in and are shown.
// The page is the conversation's home: a server that does not know it any more is told it again.
(() => {
  "use strict";
  const STALE = 8000; // ms without any news after which an order counts as lost
  const byQueue = new URLSearchParams(location.search).get("lane") === "off";
  const state = { turns: [], messages: [], status: "", notice: "", running: false };
  let sent = null; // the order under way, and what was in the box when it was sent

  const { press, byId, session: desk } = window.playground;
  const room = () => byId("chat-room");
  const box = () => byId("message").querySelector("textarea");
  const run = (on) => { state.running = on; room()?.toggleAttribute("data-running", on); };
  const write = (field, text) => { field.value = text; field.dispatchEvent(new Event("input", { bubbles: true })); };

  // Drawing costs more the longer the conversation is: the page never spends more than half its time on it.
  let due = false, all = false, free = 0;
  function draw(everything) {
    all ||= everything;
    if (due) return;
    due = true;
    setTimeout(() => {
      const began = performance.now();
      press(all ? "act-show" : "act-grow");
      due = all = false;
      setTimeout(() => { free = 2 * performance.now() - began; });
    }, Math.max(0, free - performance.now()));
  }

  function take(news) {
    if ("left" in news) for (const place of document.querySelectorAll("[data-budget]")) place.textContent = news.left;
    if (news.refused) giveBack();
    else if (sent?.text !== undefined) emptied();
    if ("add" in news) {
      const last = state.messages.at(-1), [content] = last.content;
      state.messages = [...state.messages.slice(0, -1), { ...last, content: [{ ...content, text: content.text + news.add }] }];
      return draw(false);
    }
    if (news.messages) state.messages = [...state.messages.slice(0, news.keep), ...news.messages];
    if (news.turns) state.turns = [...state.turns.slice(0, news.turns.keep), ...news.turns.add];
    if ("status" in news) state.status = news.status;
    if ("notice" in news) state.notice = news.notice;
    if (news.said && !box().value) write(box(), news.said);
    if ("running" in news) run(news.running);
    if (Object.keys(news).some((name) => name !== "left")) draw(true);
  }

  // The question leaves its box when the server has it; what was typed since then stays.
  function emptied() {
    if (box().value === sent.text) write(box(), "");
    if (sent.pictures?.length) attach(null);
    sent = { ...sent, text: undefined, was: sent };
  }

  function giveBack() {
    const was = sent?.was || sent;
    if (was?.text && !box().value) write(box(), was.text);
    if (was?.pictures?.length) attach(was.pictures);
  }

  function attach(pictures) {
    chat.attached = pictures;
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
    if (text) {
      const turns = state.turns.at(-1)?.role === "assistant" ? state.turns.slice(0, -1) : state.turns;
      state.turns = [...turns, { role: "assistant", content: text }];
    }
    ended("The connection to this page's server was lost.", text ? ["continue", "retry"] : ["retry"]);
  }

  // Stop appears where Send was: the second click of a double click is not meant for it.
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("#stop-send")) event.stopPropagation();
  }, true);

  const unheard = () => ended("This page's server did not answer.", []);
  const LABELS = { continue: "Continue", retry: "Retry" };

  function ended(said, acts) {
    const buttons = acts.map((act) => `<button type="button" data-act="${act}">${LABELS[act]}</button>`).join("");
    state.notice = `<div class="notice cut" role="status"><p><b>${said}</b> Check the network and try again; nothing you wrote is lost.</p><span class="acts">${buttons}</span></div>`;
    state.status = "";
    run(false);
    draw(true);
  }

  const chat = (window.playground.chat = {
    waiting: [], // orders for the queue
    attached: null,
    get messages() { return state.messages; },
    get turns() { return state.turns; },
    shown: () => [state.messages, state.status, state.notice],
    said: (index) => (state.turns[index ?? state.turns.length - 1]?.content ?? ""),

    ask(text, pictures, settings) {
      const images = (pictures || []).map((it) => it.image.path);
      return chat.order({ act: "ask", text: text || "", images }, settings, { text: text || "", pictures });
    },

    order(order, settings, from = {}) {
      if (state.running) return [];
      const [model, system, temperature, top_p, max_tokens] = settings || [];
      const whole = { desk, after: state.turns.length, ...order };
      if (settings) whole.settings = { model, system, temperature, top_p, max_tokens };
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
    heard(news, settings) {
      if (news?.edit) chat.order({ act: "edit", ...news.edit }, settings);
      else if (news?.missing) retold();
      else if (news) take(news);
      return [];
    },
  });
})();
