// Compare: two to four models on one prompt, side by side, in each of the four tabs. Knows columns and their orders;
// what the results say of one another is in versus.js. Model names are put into the page only while they may be seen.
(() => {
  "use strict";
  const { press, byId, kept, tab, claim } = window.playground;
  const MOST = 4; // columns
  const AT_ONCE = 4; // calls under way: the server takes no more from one page
  const RELOADED = 600; // ms in which a page that was just left lets its comparison go
  const SMALL = 3_000_000; // bytes of a picture or clip that is kept over a reload
  const OWN = "The model's own";
  const LETTERS = "ABCDE";
  // Per tab: its start button, its box, what is said while one waits, and the settings that a column may have of its own.
  const TABS = {
    chat: { start: "send", box: "message", doing: "Thinking", own: { temperature: ["Temperature", 0, 2, 0.05], top_p: ["Top p", 0.01, 1, 0.01], max_tokens: ["Max tokens", 16, 32768, 16] } },
    image: { start: "generate", box: "prompt", doing: "Painting", own: { seed: ["Seed", 1, 2147483647, 1] } },
    speech: { start: "speak", box: "text", doing: "Speaking", own: { speed: ["Speed", 0.5, 2, 0.05] } },
    transcription: { start: "transcribe", box: "url", doing: "Listening", own: { language: ["Language"] } },
  };
  const ORDERS = {
    chat: (v, cell, asked) => ({ messages: [...said(cell), asked], settings: { system: v.system || null, temperature: v.temperature, top_p: v.top_p, max_tokens: v.max_tokens, extra: v.extra || "", answer_schema: v.answer_schema || "" } }),
    image: (v) => ({ prompt: v.prompt || "", pixels: v.size, seed: Number(v.seed) || null, negative: v.negative || "", extra: v.extra || "" }),
    speech: (v, cell) => ({ text: v.text || "", voice: cell.voice, speed: v.speed, format: v.format === OWN ? "" : v.format || "", extra: v.extra || "" }),
    transcription: (v) => ({ audio: v.audio?.path || null, url: (v.url || "").trim(), language: v.language || "", diarize: Boolean(v.diarize), extra: v.extra || "" }),
  };

  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const column = (model = "", rest = {}) => ({ model, own: null, voice: "", rounds: [], ...rest });
  const fresh = (task) => ({ task, on: false, blind: false, picked: false, repeat: 1, shuffle: null, cells: [column(), column()], again: [] });
  const cellsOf = (it) => (it.repeat > 1 ? it.again : it.shuffle ? it.shuffle.map((place) => it.cells[place]) : it.cells);
  const roundsOf = (it) => cellsOf(it).flatMap((cell) => cell.rounds);
  const busy = (it) => roundsOf(it).some((round) => round.state === "running" || round.state === "waiting");
  const nameless = (it) => it.blind && !it.picked && it.repeat === 1 && roundsOf(it).length > 0;
  const said = (cell) => cell.rounds.filter((round) => round.text).flatMap((round) => [round.asked, { role: "assistant", content: round.text }]);

  function h(name, props = {}, ...inner) {
    const made = document.createElement(name);
    for (const [prop, value] of Object.entries(props)) {
      if (prop in made && prop !== "list") made[prop] = value;
      else made.setAttribute(prop, value);
    }
    made.append(...inner.filter(Boolean));
    return made;
  }
  const button = (label, act, props = {}) => h("button", { type: "button", className: "ghost", textContent: label, onclick: act, ...props });

  // ---- Running: at most so many at once, and of one embedded model one after the other, which is told openly.
  const all = {}; // task: its comparison, as it is kept
  const views = new WeakMap(); // round: how it is drawn
  const live = new Map(); // round: how it is stopped
  const line = []; // [comparison, cell, round] that wait for their turn

  function start(it, cell, round) {
    Object.assign(round, { state: "waiting", note: "", text: "", html: "", reasoning: "", facts: "", failed: "", said: "", url: "", began: false });
    line.push([it, cell, round]);
    redraw(it, cell, round);
  }

  function pump() {
    for (const entry of [...line]) {
      const model = entry[2].order.model, running = [...live.values()];
      const taken = model.startsWith("embedded/") && running.some((other) => other.model === model);
      if (running.length >= AT_ONCE || taken) continue;
      line.splice(line.indexOf(entry), 1);
      run(...entry);
    }
  }

  async function run(it, cell, round) {
    const stop = new AbortController();
    live.set(round, { stop, model: round.order.model });
    round.state = "running";
    redraw(it, cell, round);
    try {
      const answer = await window.fetch("page/trial", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(round.order), signal: stop.signal });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      for await (const news of lines(answer.body)) take(it, cell, round, news);
      if (round.state === "running") throw new Error("the end is missing");
    } catch (lost) {
      if (stop.signal.aborted) round.state = "stopped";
      else if (round.state === "running") Object.assign(round, { state: "failed", failed: notice("The connection to this page's server was lost.", "Check the network, then retry.") });
    }
    live.delete(round);
    if (round.url) await keep(it, round).catch(() => {});
    redraw(it, cell, round);
    tell(it, cell, round);
    pump();
  }

  async function* lines(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n");
      rest = parts.pop();
      for (const part of parts) yield JSON.parse(part);
    }
  }

  function take(it, cell, round, news) {
    if (news.add || news.think) {
      round.text += news.add || "";
      round.reasoning += news.think || "";
      views.get(round)?.grow(news);
      return;
    }
    if (news.note) round.note = news.note;
    if (news.done) Object.assign(round, news.done, { state: "done" });
    if (news.failed) Object.assign(round, { failed: news.failed, state: "failed" });
    views.get(round)?.update();
  }

  function stop(it, cell, round) {
    const place = line.findIndex((entry) => entry[2] === round);
    if (place >= 0) {
      line.splice(place, 1);
      round.state = "stopped";
      redraw(it, cell, round);
    }
    live.get(round)?.stop.abort();
  }
  const stopAll = (it) => { for (const cell of cellsOf(it)) for (const round of cell.rounds) stop(it, cell, round); };

  const notice = (cause, remedy) => `<div class="notice failed" role="alert"><p><b>${cause}</b> ${remedy}</p></div>`;

  // ---- What the tab's own controls say, told by Gradio when its hidden button is pressed.
  const asking = {};
  const controls = (task) => new Promise((done) => { asking[task] = done; press(`act-compare-${task}`); });

  async function runAll(it) {
    if (busy(it)) return;
    const unnamed = it.cells.slice(0, it.repeat > 1 ? 1 : MOST).find((cell) => !cell.model.trim());
    if (unnamed) return home(it).ask(unnamed);
    const v = await controls(it.task), box = field(it.task), text = box?.value || "";
    if (it.task === "chat" && !text.trim()) return box.focus();
    const pictures = it.task === "chat" ? window.playground.chat.pictures.map((picture) => picture.image.path) : [];
    const asked = { role: "user", content: text, ...(pictures.length ? { images: pictures } : {}) };
    if (it.repeat > 1) it.again = Array.from({ length: it.repeat }, () => column(it.cells[0].model, { own: it.cells[0].own, voice: it.cells[0].voice }));
    if (it.blind && (it.task !== "chat" || !it.shuffle || it.picked)) mixed(it);
    if (!it.blind) it.shuffle = null;
    const comparison = random();
    for (const cell of cellsOf(it)) {
      const whole = { ...v, ...(cell.own ? { [cell.own.name]: cell.own.value } : {}) };
      const order = { task: it.task, comparison, model: cell.model.trim(), ...ORDERS[it.task](whole, cell, asked) };
      const round = { asked: it.task === "chat" ? asked : null, order };
      if (it.task === "chat") cell.rounds.push(round);
      else forget(cell), (cell.rounds = [round]);
      start(it, cell, round);
    }
    if (it.task === "chat") { empty(box); if (pictures.length) { window.playground.chat.attach([]); press("act-attached"); } }
    draw(it);
    pump();
  }

  function mixed(it) {
    it.shuffle = it.cells.map((_, place) => place);
    for (let last = it.shuffle.length - 1; last > 0; last--) {
      const other = crypto.getRandomValues(new Uint32Array(1))[0] % (last + 1);
      [it.shuffle[last], it.shuffle[other]] = [it.shuffle[other], it.shuffle[last]];
    }
    it.picked = false;
  }

  const field = (task) => byId(TABS[task].box)?.querySelector("textarea, input");
  const empty = (box) => { box.value = ""; box.dispatchEvent(new Event("input", { bubbles: true })); };
  const retry = (it, cell, round) => { round.order = { ...round.order, comparison: random(), model: cell.model.trim() || round.order.model }; start(it, cell, round); pump(); };

  // ---- What is kept over a reload: the record, and small pictures and clips.
  function save(it) {
    const name = `compare-${it.task}`;
    if (!tab.get(name)) {
      tab.set(name, random());
      claim(tab.get(name));
    }
    const whole = { id: tab.get(name), version: 1, saved: Date.now(), ...it };
    kept.comparisons.put(JSON.parse(JSON.stringify(whole))).catch(() => {}); // a browser that keeps nothing compares all the same
  }

  async function keep(it, round) {
    const blob = await (await window.fetch(round.url)).blob();
    if (blob.size > SMALL) return;
    round.media ||= `compare-${random()}`;
    await kept.media.put({ id: round.media, saved: Date.now(), blob });
  }

  const forget = (cell) => { for (const round of cell.rounds) if (round.media) kept.media.remove(round.media).catch(() => {}); };

  // What another tab has open is not written over: in a tab that was duplicated a copy goes on, media and all.
  async function restored(task) {
    const id = tab.get(`compare-${task}`);
    const record = id ? await kept.comparisons.get(id).catch(() => null) : null;
    const copied = id && !(await claim(id, RELOADED));
    if (copied) tab.set(`compare-${task}`, "");
    if (!record) return fresh(task);
    const { id: _, version: __, saved: ___, ...it } = record;
    for (const round of [...it.cells, ...it.again].flatMap((cell) => cell.rounds)) {
      if (round.state === "running" || round.state === "waiting") round.state = "stopped";
      const media = round.media ? await kept.media.get(round.media).catch(() => null) : null;
      round.url = media ? URL.createObjectURL(media.blob) : round.url?.startsWith("blob:") ? "" : round.url;
      if (media && copied) {
        round.media = `compare-${random()}`;
        await kept.media.put({ ...media, id: round.media }).catch(() => {});
      }
    }
    return it;
  }

  // ---- Drawing. A tab's home is made once and put where Gradio shows its stage.
  const homes = {};
  const home = (it) => (homes[it.task] ||= made(it));
  const redraw = (it, cell, round) => { (views.get(round) || home(it).add(cell, round)).update(); home(it).settle(); save(it); };
  const draw = (it) => { home(it).draw(); save(it); };
  const tell = (it, cell, round) => { home(it).say(cell, round); };

  function made(it) {
    const repeat = h("select", { ariaLabel: "Repeat", onchange: () => { it.repeat = Number(repeat.value); it.again = []; draw(it); } }, ...[1, 2, 3, 4, 5].map((n) => h("option", { value: n, textContent: n > 1 ? `Repeat × ${n}` : "Once each" })));
    const blind = h("input", { type: "checkbox", onchange: () => { it.blind = blind.checked; if (!it.blind) it.picked = true; draw(it); } });
    const add = button("+ Add", () => { it.cells.push(column()); it.shuffle = null; draw(it); home(it).ask(it.cells.at(-1)); }, { ariaLabel: "Add a column" });
    const over = button("Start over", () => { for (const cell of [...it.cells, ...it.again]) { forget(cell); cell.rounds = []; } Object.assign(it, { again: [], shuffle: null, picked: false }); draw(it); });
    const halt = button("Stop all", () => stopAll(it), { className: "ghost stop" });
    const hide = h("label", { className: "check" }, blind, "Hide names");
    const bar = h("div", { className: "compare-bar" }, add, repeat, hide, h("span", { className: "grow" }), over, halt);
    const columns = h("div", { className: "columns" });
    const versus = h("div", { className: "versus" });
    const live = h("p", { className: "unseen", role: "status" });
    const root = h("div", { className: "compare-room" }, bar, columns, versus, live);
    const heads = new WeakMap(), bodies = new WeakMap();
    const letter = (cell) => LETTERS[cellsOf(it).indexOf(cell)] || "";

    const self = {
      root,
      draw() {
        const cells = cellsOf(it), shown = cells.length ? cells : it.cells.slice(0, 1);
        repeat.value = it.repeat;
        blind.checked = it.blind;
        hide.hidden = it.repeat > 1;
        columns.dataset.columns = it.repeat > 1 && !cells.length ? 1 : shown.length;
        columns.replaceChildren(...shown.map((cell) => drawn(cell)));
        if (it.repeat > 1) columns.prepend(head(it.cells[0], "Each"));
        self.settle();
      },
      settle() {
        const on = busy(it), many = it.cells.length;
        halt.hidden = !on;
        over.hidden = on || !roundsOf(it).length;
        add.hidden = it.repeat > 1 || many >= MOST || nameless(it);
        root.toggleAttribute("data-busy", on);
        for (const part of columns.querySelectorAll(".cell")) part.settle?.();
        window.playground.versus.draw(it, cellsOf(it).map((cell) => ({ letter: letter(cell), round: cell.rounds.at(-1), name: nameless(it) ? "" : cell.model })), versus, (round) => views.get(round)?.update(), () => save(it));
      },
      add(cell, round) {
        (bodies.get(cell) || drawn(cell).body).append(view(it, cell, round));
        return views.get(round);
      },
      ask(cell) {
        const input = head(cell).querySelector("input");
        input.placeholder = "Choose a model first";
        input.focus();
      },
      say(cell, round) {
        const how = { done: "finished", failed: "failed", stopped: "stopped" }[round.state];
        live.textContent = `${letter(cell)}: ${how}`;
      },
    };

    function head(cell, name = letter(cell)) {
      if (!heads.has(cell)) heads.set(cell, headOf(it, cell, () => { forget(cell); it.cells.splice(it.cells.indexOf(cell), 1); it.shuffle = null; draw(it); }));
      heads.get(cell).name(name, it.cells.length > 2 && it.repeat === 1);
      return heads.get(cell);
    }

    function drawn(cell) {
      const body = bodies.get(cell) || h("div", { className: "rounds" });
      bodies.set(cell, body);
      const name = letter(cell) || "A";
      const acts = h("div", { className: "acts" });
      const who = nameless(it) || it.repeat > 1 ? h("header", {}, h("b", { className: "letter", textContent: name })) : head(cell, name);
      const part = h("article", { className: "cell", ariaLabel: `Column ${name}` }, it.repeat > 1 && !cell.rounds.length ? null : who, body, acts);
      body.replaceChildren(...cell.rounds.map((round) => view(it, cell, round)));
      part.body = body;
      part.settle = () => {
        const round = cell.rounds.at(-1), on = round && (round.state === "running" || round.state === "waiting");
        const picks = nameless(it) && !busy(it) ? button("This one", () => { it.picked = true; draw(it); }, { ariaLabel: `Pick ${name}` }) : null;
        const goes = it.task === "chat" && round?.turn && !nameless(it) && !on ? button("Go on with this one", () => goOn(it, cell)) : null;
        const again = round && !on && round.state !== "done" ? button("Retry", () => retry(it, cell, round), { ariaLabel: `Retry ${name}` }) : null;
        acts.replaceChildren(...[on ? button("Stop", () => stop(it, cell, round), { ariaLabel: `Stop ${name}` }) : null, again, picks, goes].filter(Boolean));
      };
      return part;
    }

    self.draw();
    return self;
  }

  // The head of a column: its letter, its model, a voice where there are voices, one setting of its own.
  function headOf(it, cell, leave) {
    const key = random();
    const mark = h("b", { className: "letter" });
    const model = h("input", { type: "text", placeholder: "Model" });
    const picked = (id) => { cell.model = id; save(it); if (voices) offerVoices().catch(() => {}); };
    const choice = window.playground.models.combobox(model, { task: it.task, value: cell.model, onpick: picked });
    const away = button("✕", leave, { className: "ghost icon" });
    const names = Object.entries(TABS[it.task].own);
    const which = h("select", {}, h("option", { value: "", textContent: "Same settings" }), ...names.map(([name, [label]]) => h("option", { value: name, textContent: label })));
    const own = h("input", {});
    const voices = it.task === "speech" ? h("datalist", { id: `voices-${key}` }) : null;
    const voice = voices ? h("input", { type: "text", value: cell.voice, placeholder: "Voice", autocomplete: "off", list: voices.id, oninput: () => { cell.voice = voice.value.trim(); save(it); } }) : null;
    const made = h("header", {}, mark, h("span", { className: "pick" }, model), away, h("span", { className: "own" }, voice, voices, which, own));

    function shape() {
      const [label, min, max, step] = TABS[it.task].own[cell.own?.name] || [];
      which.value = cell.own?.name || "";
      own.hidden = !cell.own;
      if (!cell.own) return;
      Object.assign(own, { type: step ? "number" : "text", min: min ?? "", max: max ?? "", step: step ?? "", value: cell.own.value ?? "", ariaLabel: label });
    }
    which.onchange = async () => {
      const values = which.value ? await controls(it.task) : {};
      cell.own = which.value ? { name: which.value, value: values[which.value] } : null;
      shape();
      save(it);
      if (cell.own) own.focus();
    };
    own.oninput = () => { cell.own.value = own.type === "number" ? Math.min(Math.max(Number(own.value), own.min), own.max) : own.value.trim(); save(it); };

    async function offerVoices() {
      const found = await (await window.fetch(`page/voices?model=${encodeURIComponent(cell.model)}`)).json();
      voices.replaceChildren(...found.voices.map((name) => h("option", { value: name })));
    }

    made.name = (letter, leaves) => {
      mark.textContent = letter;
      model.ariaLabel = `Model ${letter}`;
      which.ariaLabel = `Setting of ${letter}`;
      if (voice) voice.ariaLabel = `Voice ${letter}`;
      away.ariaLabel = `Remove ${letter}`;
      away.hidden = !leaves;
      if (choice.value !== cell.model) choice.set(cell.model);
    };
    shape();
    if (voices && cell.model) offerVoices().catch(() => {});
    return made;
  }

  // One round of a column: what was asked (in chat), what came, and what is said about it.
  function view(it, cell, round) {
    if (views.has(round)) { views.get(round).update(); return views.get(round).root; }
    const asked = round.asked ? h("p", { className: "asked", textContent: round.asked.content }) : null;
    const thought = h("pre"), thoughts = h("details", { className: "thought", hidden: true }, h("summary", { textContent: "Reasoning" }), thought);
    const body = h("div", { className: "message-content" }), status = h("div", { className: "told" });
    const root = h("div", { className: "round" }, asked, thoughts, body, status);
    const scroller = () => root.parentElement;

    function grow({ add = "", think = "" }) {
      const box = scroller(), low = box && box.scrollHeight - box.scrollTop - box.clientHeight < 40;
      if (!round.began) { round.began = true; status.replaceChildren(); body.className = "message-content growing"; body.replaceChildren(); }
      thoughts.hidden = !round.reasoning;
      thought.append(think);
      body.append(add);
      if (low) box.scrollTop = box.scrollHeight;
    }

    function result() {
      if (it.task === "image" && round.url) return [h("img", { src: round.url, alt: nameless(it) ? "Picture" : `Picture by ${cell.model}`, width: round.width || 1, height: round.height || 1 })];
      if (it.task === "speech" && round.url) return [h("audio", { src: round.url, controls: true, preload: "metadata", ariaLabel: `Clip ${LETTERS[cellsOf(it).indexOf(cell)]}` })];
      if (it.task === "transcription" && round.text) return [h("p", {}, ...window.playground.versus.marked(round))];
      return [round.text || ""];
    }

    function update() {
      const waits = round.state === "running" || round.state === "waiting";
      if (round.state === "running" && round.began) return;
      body.className = `message-content${round.text && !round.html ? " growing" : ""}`;
      if (round.html) body.innerHTML = round.html; // made by this page's server, with nothing in it that acts
      else body.replaceChildren(...result());
      thoughts.hidden = !round.reasoning;
      thought.textContent = round.reasoning || "";
      status.replaceChildren(...(waits ? [waiting()] : finished()));
    }

    function waiting() {
      const turn = round.state === "waiting";
      const [width, height] = (round.order.pixels || "").split("x");
      const what = turn ? "Waiting its turn" : TABS[it.task].doing;
      const made = h("div", { className: "waiting" }, h("span", { className: "pulse" }), h("b", { textContent: what }), turn ? null : h("span", { "data-elapsed": "", textContent: "0.0 s" }), h("span", { className: "note", textContent: round.note || "" }));
      if (width && height) made.style.aspectRatio = `${width}/${height}`;
      return made;
    }

    function finished() {
      const told = [];
      if (round.state === "stopped") told.push(h("p", { className: "mark", textContent: round.text ? "Stopped. What had arrived is kept." : "Stopped." }));
      if (round.said) told.push(h("p", { className: "aside", textContent: `${round.said}.` }));
      if (nameless(it)) return round.failed ? [h("p", { className: "mark", textContent: "This one failed; why is told when the names are." })] : told;
      const ours = h("div");
      ours.innerHTML = `${round.failed || ""}${round.facts || ""}`; // ours: cards and facts, escaped by the server
      return [...told, ours];
    }

    views.set(round, { root, grow, update });
    update();
    return root;
  }

  // A column becomes a conversation of the chat tab, with its model; the one that was open there stays in the list.
  function goOn(it, cell) {
    const turns = cell.rounds.filter((round) => round.turn).flatMap((round) => [{ role: "user", content: round.asked.content, images: round.asked.images || [] }, round.turn]);
    toggle(it, false);
    const now = window.playground.settings.controls("chat")?.values || {};
    window.playground.settings.use("chat", cell.model, { ...now, ...(cell.own ? { [cell.own.name]: cell.own.value } : {}) });
    window.playground.chat.open({ id: window.playground.mint(), turns });
  }

  // ---- The toggle, the tab's own start button and Enter, which mean all columns while a comparison is open.
  async function toggle(it, on = !it.on) {
    it.on = on;
    if (on && !it.cells[0].model) await begun(it);
    draw(it);
    shown();
    if (on) (it.cells.every((cell) => cell.model) ? field(it.task) : head1(it))?.focus();
  }
  const head1 = (it) => homes[it.task].root.querySelector(".cell:nth-of-type(2) input") || field(it.task);

  // Column A is what the tab is set to. The engine has one model for each task: B is the same in another way.
  async function begun(it) {
    const v = await controls(it.task), [first, second] = it.cells;
    first.model = v.model || "";
    if (it.task === "speech") first.voice = v.voice === OWN ? "" : v.voice || "";
    if (!first.model.startsWith("embedded/")) return;
    second.model = first.model;
    if (it.task === "chat") second.own = { name: "temperature", value: v.temperature > 0.5 ? 0.1 : 1 };
    if (it.task === "image") second.own = { name: "seed", value: 7 };
    if (it.task === "speech") second.own = { name: "speed", value: 1.25 };
  }

  function shown() {
    for (const stage of document.querySelectorAll("[data-compare-stage]")) {
      const it = all[stage.dataset.compareStage];
      if (!it) continue;
      stage.toggleAttribute("data-on", it.on);
      if (it.on && home(it).root.parentElement !== stage) stage.replaceChildren(home(it).root);
      const room = stage.closest(".result");
      room?.classList.toggle("comparing", it.on);
      room?.toggleAttribute("data-comparing-busy", it.on && busy(it));
    }
    for (const door of document.querySelectorAll("[data-compare]")) door.setAttribute("aria-pressed", String(Boolean(all[door.dataset.compare]?.on)));
  }

  const openOf = (test) => Object.values(all).find((it) => it.on && test(it.task));
  window.addEventListener("click", (event) => {
    const door = event.target.closest?.("[data-compare]");
    if (door && all[door.dataset.compare]) return toggle(all[door.dataset.compare]);
    const it = openOf((task) => byId(TABS[task].start)?.contains(event.target));
    if (!it) return;
    event.stopPropagation();
    event.preventDefault();
    runAll(it);
  }, true);
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    const it = openOf((task) => event.target === field(task));
    if (!it) return;
    event.stopPropagation();
    event.preventDefault();
    runAll(it);
  }, true);

  window.playground.compare = {
    // What is compared in a tab, without what came of it; null while nothing is.
    setup: (task) => (all[task]?.on ? { blind: all[task].blind, cells: all[task].cells.map(({ model, own, voice }) => ({ model, own, voice })) } : null),

    // Another set-up takes the place of this one: what a link brings.
    arrive(task, { blind, cells }) {
      stopAll(all[task]);
      Object.assign(all[task], fresh(task), { on: true, blind, cells: cells.map((it) => column(it.model, it)) });
      draw(all[task]);
    },

    told(task, names, values) {
      asking[task]?.(Object.fromEntries(names.map((name, place) => [name, values[place]])));
      return [];
    },
  };

  (async () => {
    for (const task of Object.keys(TABS)) all[task] = await restored(task);
    setInterval(shown, 250); // a tab is drawn when it is first opened
  })();
})();
