// The model choice: one searchable list, shown under whichever field asks for a model. It picks; it runs nothing.
// The lists come from page/models when they are first wanted, so that the page's start does not wait for them.
(() => {
  "use strict";
  const HEIGHT = { wide: 62, sheet: 104 }; // px of a row, as in models.css: only those within sight are drawn
  const AROUND = 4; // rows drawn beyond that
  const STALE = 300_000; // ms after which a list is asked for anew
  const SHEET = matchMedia("(max-width: 760px)");
  const height = () => (SHEET.matches ? HEIGHT.sheet : HEIGHT.wide);
  const { kept } = window.playground;
  const make = (tag, name = "", text = "") => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  };

  // ---- The lists, by task

  const lists = new Map();

  function list(task) {
    const known = lists.get(task);
    if (known && performance.now() - known.at < STALE) return known.coming;
    const fresh = { at: performance.now(), coming: fetched(task), here: known?.here };
    lists.set(task, fresh);
    fresh.coming.then((answer) => { fresh.here = answer; }, () => { if (lists.get(task) === fresh) lists.delete(task); });
    return fresh.coming;
  }

  async function fetched(task) {
    const said = await window.fetch(`page/models?task=${encodeURIComponent(task)}`);
    const answer = await said.json();
    if (!said.ok) throw new Error(answer.said);
    return indexed(answer);
  }

  // What is looked for is made once, so that a keystroke costs little.
  function indexed(answer) {
    answer.names = new Map();
    const name = (text, row) => { const key = text.toLowerCase(); if (!answer.names.has(key)) answer.names.set(key, row); };
    for (const row of answer.models) {
      row.lower = { id: row.id.toLowerCase(), name: row.name.toLowerCase() };
      row.text = [row.name, row.id, row.developer, ...row.aliases, row.description].join("\n").toLowerCase();
      name(row.id, row);
    }
    for (const row of answer.models) for (const alias of row.aliases) name(alias, row);
    for (const row of answer.models) name(row.name, row);
    return answer;
  }

  const rowOf = (answer, id) => answer?.names.get(id.toLowerCase());
  // An exact name, or an old one: the server knows where that leads and tells.
  const exactly = (answer, text) => rowOf(answer, text)?.id ?? (Object.hasOwn(answer?.replaced ?? {}, text) ? text : undefined);

  // ---- Searching

  const FREE = { developer: "", capability: "", price: "", context: "", sort: "" };
  const SORTS = {
    "": ["As listed"],
    price: ["Cheapest first", (row) => row.price_sort],
    ttft: ["Quickest first token", (row) => row.ttft ?? row.duration],
    tps: ["Most tokens/s", (row) => (row.tps === null ? null : -row.tps)],
  };

  const takes = (row) => row.input.filter((kind) => kind !== "text").map((kind) => `takes ${kind}`);
  const abilities = (row) => [...takes(row), ...row.capabilities.map((it) => it.replace(/[_-]+/g, " "))];

  function fits(row, by) {
    if (by.developer && row.developer !== by.developer) return false;
    if (by.capability && !abilities(row).includes(by.capability)) return false;
    if (by.price && !(row.price_sort !== null && row.price_sort <= Number(by.price))) return false;
    return !(by.context && !(row.context >= Number(by.context)));
  }

  // The best first: a name that begins so, one that holds it, an id that does, then all the rest.
  function rank(row, text) {
    const { id, name } = row.lower;
    if (name === text || id === text) return 0;
    if (name.startsWith(text) || id.startsWith(text) || id.includes(`/${text}`)) return 1;
    return name.includes(text) ? 2 : id.includes(text) ? 3 : 4;
  }

  // What fits, in the list's order. Whoever types on only narrows what was found before.
  let last = {};
  function fitting(answer, text, { developer, capability, price, context }) {
    const by = { developer, capability, price, context }, key = JSON.stringify(by);
    const words = text.split(/\s+/).filter(Boolean), free = !(developer || capability || price || context);
    const from = last.answer === answer && last.key === key && text.startsWith(last.text) ? last.rows : answer.models;
    const rows = from.filter((row) => (free || fits(row, by)) && words.every((word) => row.text.includes(word)));
    last = { answer, key, text, rows };
    return rows;
  }

  function found(answer, typed, by) {
    const text = typed.trim().toLowerCase(), rows = fitting(answer, text, by);
    const figure = SORTS[by.sort]?.[1];
    if (figure) return rows.toSorted((one, other) => (figure(one) ?? Infinity) - (figure(other) ?? Infinity) || 0);
    if (!text) return rows;
    const ranks = [[], [], [], [], []];
    for (const row of rows) ranks[rank(row, text)].push(row);
    return ranks.flat();
  }

  // ---- The panel, one for the whole page

  const panel = make("div", "models");
  panel.popover = "manual";
  const head = make("div", "models-head");
  const search = make("input", "models-search");
  Object.assign(search, { type: "text", autocomplete: "off", spellcheck: false, placeholder: "Search" });
  const close = make("button", "models-close", "Close");
  close.type = "button";
  head.append(search, close);
  const filters = make("div", "models-filters");
  const count = make("p", "models-count");
  count.setAttribute("role", "status");
  const scroll = make("div", "models-scroll");
  const box = make("div", "models-list");
  box.id = "models-list";
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", "Models");
  const none = make("div", "models-none");
  scroll.append(box, none);
  panel.append(head, filters, count, scroll);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": box.id, "aria-label": "Search models" })) search.setAttribute(name, value);

  let open = null; // the field that the panel belongs to: { field, task, by, typed, rows, active }
  const chosenFilters = new Map(); // task: what it is filtered by, while the page is open

  const selects = Object.fromEntries(["developer", "capability", "price", "context", "sort"].map((name) => {
    const select = make("select");
    select.addEventListener("change", () => { open.by[name] = select.value; open.active = 0; draw(); scroll.scrollTop = 0; });
    filters.append(select);
    return [name, select];
  }));
  const named = { developer: "Developer", capability: "Capability", price: "Price at most", context: "Context at least", sort: "Order" };
  for (const [name, select] of Object.entries(selects)) select.setAttribute("aria-label", named[name]);

  function options(name, pairs, all) {
    const select = selects[name];
    select.replaceChildren(...[["", all], ...pairs].map(([value, text]) => new Option(text, value)));
    select.hidden = !pairs.length;
    select.value = open.by[name];
    if (select.selectedIndex < 0) select.value = open.by[name] = "";
  }

  const counted = (texts) => {
    const counts = new Map();
    for (const text of texts) if (text) counts.set(text, (counts.get(text) ?? 0) + 1);
    return [...counts].sort(([one], [other]) => one.localeCompare(other)).map(([text, many]) => [text, `${text} (${many})`]);
  };

  // 1, 2, 5, 10 ... between the cheapest and the dearest.
  function steps(prices) {
    const known = prices.filter((price) => price > 0);
    const least = Math.min(...known), most = Math.max(...known), found = [];
    for (let ten = 10 ** Math.floor(Math.log10(least)); known.length && ten <= most && found.length < 24; ten *= 10) {
      for (const many of [1, 2, 5]) if (many * ten >= least && many * ten < most) found.push(Number((many * ten).toPrecision(1)));
    }
    return prices.some((price) => price === 0) ? [0, ...found] : found;
  }

  const PER = { chat: "M tokens", image: "picture", transcription: "minute", speech: "M characters" };
  const CONTEXTS = [8_000, 32_000, 100_000, 200_000, 1_000_000];
  const tokens = (many) => (many >= 1e6 ? `${Number((many / 1e6).toPrecision(3))}M` : many >= 1000 ? `${Math.floor(many / 1000)}k` : `${many}`);

  function offerFilters(answer) {
    const rows = answer.models;
    options("developer", counted(rows.map((row) => row.developer)), "All developers");
    options("capability", counted(rows.flatMap((row) => [...new Set(abilities(row))])), "Any capability");
    options("price", steps(rows.map((row) => row.price_sort).filter((price) => price !== null)).map((price) => [`${price}`, price ? `up to $${price} per ${PER[open.task] ?? "unit"}` : "free"]), "Any price");
    options("context", CONTEXTS.filter((many) => rows.some((row) => row.context >= many)).map((many) => [`${many}`, `${tokens(many)} context or more`]), "Any context");
    options("sort", Object.entries(SORTS).filter(([name, [, figure]]) => name && rows.some((row) => figure(row) !== null && figure(row) !== undefined)).map(([name, [text]]) => [name, text]), SORTS[""][0]);
  }

  // ---- Drawing

  const seconds = (value) => (value < 0.095 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`);
  const speed = (row) => [
    row.ttft ? `${seconds(row.ttft)} to first token` : "",
    row.tps ? `${Math.round(row.tps)} tokens/s` : "",
    !row.ttft && !row.tps && row.duration ? `usually ${seconds(row.duration)}` : "",
  ].filter(Boolean).join(" · ");
  const modes = (row) => (row.input.length && row.output.length ? `${row.input.join(", ")} → ${row.output.join(", ")}` : "");

  function option(row, place) {
    const element = make("div", "models-row");
    element.id = `models-row-${place}`;
    element.setAttribute("role", "option");
    element.setAttribute("aria-selected", String(row.id === open.field.value));
    element.setAttribute("aria-setsize", open.rows.length);
    element.setAttribute("aria-posinset", place + 1);
    element.style.transform = `translateY(${place * height()}px)`;
    element.dataset.place = place;
    element.dataset.id = row.id;
    element.toggleAttribute("data-active", place === open.active);
    element.toggleAttribute("data-custom", Boolean(row.custom));
    const title = make("span", "models-name");
    title.append(make("b", "", row.custom ? `Use “${row.id}”` : row.name), make("span", row.embedded ? "models-embedded" : "", row.embedded ? "embedded" : row.developer));
    if (row.successor) title.append(make("span", "models-old", `replaced by ${row.successor}`));
    const facts = [row.id === row.name ? "" : row.id, row.context ? `${tokens(row.context)} context` : "", modes(row)].filter(Boolean).join(" · ");
    element.append(title, make("span", "models-price", row.price), make("span", "models-facts", row.custom ? "an id that is not on this list" : facts), make("span", "models-speed", speed(row)));
    element.title = row.description;
    return element;
  }

  function drawRows() {
    const first = Math.max(0, Math.floor(scroll.scrollTop / height()) - AROUND);
    const end = Math.min(open.rows.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / height()) + AROUND);
    box.replaceChildren(...open.rows.slice(first, end).map((row, i) => option(row, first + i)));
    const active = open.rows[open.active] && document.getElementById(`models-row-${open.active}`);
    for (const input of [open.field.input, search]) {
      if (active) input.setAttribute("aria-activedescendant", active.id);
      else input.removeAttribute("aria-activedescendant");
    }
  }

  function tell(text, ...buttons) {
    none.replaceChildren(make("p", "", text), ...buttons.map(([label, deed]) => {
      const button = make("button", "ghost", label);
      button.type = "button";
      button.addEventListener("click", deed);
      return button;
    }));
    none.hidden = !text;
  }

  function clear() {
    Object.assign(open.by, FREE);
    offerFilters(open.answer);
    (SHEET.matches ? search : open.field.input).focus();
    draw();
  }

  const custom = (id) => ({ id, name: id, custom: true, developer: "", description: "", price: "", input: [], output: [], aliases: [], capabilities: [] });
  const couldBeId = (text) => /^[^\s<>"'&`\\]{2,200}$/.test(text);

  function draw() {
    if (!open) return;
    const { answer, by, typed } = open;
    if (!answer) return;
    const text = typed.trim();
    open.rows = found(answer, typed, by);
    const many = open.rows.length, all = answer.models.length;
    if (couldBeId(text) && exactly(answer, text) === undefined) open.rows = [...open.rows, custom(text)]; // at the end
    open.active = Math.min(open.active, open.rows.length - 1);
    box.style.height = `${open.rows.length * height()}px`;
    const filtered = by.developer || by.capability || by.price || by.context;
    count.textContent = `${many === all ? "" : `${many.toLocaleString("en")} of `}${all.toLocaleString("en")} ${all === 1 ? "model" : "models"}${by.price || by.sort === "price" ? "; prices per " + PER[open.task] + (open.task === "chat" ? ", three in for one out" : "") : ""}`;
    if (many) tell("");
    else if (filtered) tell(text ? `No model called “${text}” fits these filters.` : "No model fits these filters.", ["Clear the filters", clear]);
    else tell(text ? `No model is called “${text}”.` : "There is no model to choose from.");
    drawRows();
  }

  function move(to) {
    open.active = Math.max(0, Math.min(open.rows.length - 1, to));
    const top = open.active * height(), bottom = top + height() - scroll.clientHeight;
    if (scroll.scrollTop > top) scroll.scrollTop = top;
    else if (scroll.scrollTop < bottom) scroll.scrollTop = bottom;
    drawRows();
  }

  // ---- Opening and closing

  function place() {
    panel.toggleAttribute("data-sheet", SHEET.matches);
    if (SHEET.matches) return panel.removeAttribute("style");
    const field = open.field.input.getBoundingClientRect();
    const width = Math.min(640, innerWidth - 24);
    const below = innerHeight - field.bottom - 16, above = field.top - 16;
    const under = below > 340 || below > above;
    const tall = Math.min(560, under ? below : above), at = under ? `top:${field.bottom + 6}px` : `bottom:${innerHeight - field.top + 6}px`;
    const left = Math.max(12, Math.min(field.left, innerWidth - width - 12));
    panel.style.cssText = `left:${left}px;width:${width}px;max-height:${tall}px;${at}`;
  }

  async function show(field) {
    if (open?.field === field) return;
    if (open) hide();
    const by = chosenFilters.get(field.task) ?? { ...FREE };
    chosenFilters.set(field.task, by);
    const now = (open = { field, task: field.task, by, typed: "", rows: [], active: 0, answer: null });
    (field.input.closest("label") ?? field.input).after(panel);
    field.input.setAttribute("aria-expanded", "true");
    field.input.setAttribute("aria-controls", box.id);
    search.value = "";
    box.replaceChildren();
    box.style.height = 0;
    count.textContent = "";
    tell("Bringing the list of models…");
    place();
    panel.showPopover();
    if (SHEET.matches) search.focus();
    try {
      const answer = await list(field.task);
      if (open !== now) return;
      open.answer = answer;
      offerFilters(answer);
      draw();
      if (!open.typed) move(Math.max(0, open.rows.findIndex((row) => row.id === field.value)));
    } catch (failure) {
      if (open !== now) return;
      const again = ["Try again", () => { const { typed } = open; hide(); show(field); open.typed = typed; }];
      tell(`The list of models did not come. ${failure.message} A model’s id may be typed all the same.`, again);
    }
  }

  function hide() {
    const { field } = open;
    open = null;
    field.input.setAttribute("aria-expanded", "false");
    field.input.removeAttribute("aria-activedescendant");
    if (panel.isConnected) panel.hidePopover();
  }

  function type(field, text) {
    if (open?.field !== field) show(field);
    open.typed = text;
    open.active = 0;
    scroll.scrollTop = 0;
    draw();
    const exact = exactly(open.answer ?? lists.get(field.task)?.here, text.trim());
    if (exact !== undefined) field.choose(exact);
  }

  // What Enter means: the marked row; where the list is not here yet, the text itself if it can be an id.
  function enter(field) {
    const { rows, active, answer, typed } = open, text = typed.trim();
    const exact = exactly(answer, text);
    if (exact !== undefined) field.choose(exact);
    else if (answer && rows[active] && (text || active >= 0)) field.choose(rows[active].id);
    else if (!answer && couldBeId(text)) field.choose(text);
    done(field);
  }

  function done(field) {
    if (open?.field === field) {
      const sheet = panel.hasAttribute("data-sheet");
      hide();
      if (sheet) field.input.focus();
    }
    field.draw();
  }

  const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 };

  function pressed(field, event) {
    const { key } = event;
    const mine = open?.field === field;
    if (!mine) {
      if (key !== "ArrowDown" && key !== "ArrowUp") return;
      show(field);
    } else if (key in STEPS) move(open.active + STEPS[key]);
    else if (key === "Home") move(0);
    else if (key === "End") move(open.rows.length - 1);
    else if (key === "Enter") enter(field);
    else if (key === "Escape") done(field);
    else return;
    event.preventDefault();
    event.stopPropagation(); // Escape stops what runs, elsewhere on the page
  }

  // Whoever goes on without Enter: a text that no model goes by counts as an id, any other one was a search.
  function left(field, event) {
    if (panel.contains(event.relatedTarget) || event.relatedTarget === field.input) return;
    if (open?.field !== field) return field.draw();
    const { typed, answer, rows } = open, text = typed.trim();
    if (couldBeId(text) && exactly(answer, text) === undefined && (!answer || rows.every((row) => row.custom))) field.choose(text);
    done(field);
  }

  scroll.addEventListener("scroll", () => { if (open) drawRows(); });
  box.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  box.addEventListener("click", (event) => {
    const row = event.target.closest("[data-id]");
    if (!row) return;
    const { field } = open;
    field.choose(row.dataset.id);
    done(field);
  });
  close.addEventListener("click", () => done(open.field));
  search.addEventListener("input", () => type(open.field, search.value));
  panel.addEventListener("keydown", (event) => {
    if (!open) return;
    if (event.target === search) pressed(open.field, event);
    else if (event.key === "Escape") { event.stopPropagation(); const { field } = open; done(field); field.input.focus(); }
  });
  panel.addEventListener("focusout", (event) => { if (open && event.relatedTarget) left(open.field, event); });
  document.addEventListener("pointerdown", (event) => {
    if (open && !panel.contains(event.target) && event.target !== open.field.input) done(open.field);
  });
  addEventListener("resize", () => { if (open) { place(); draw(); } });
  addEventListener("scroll", (event) => { if (open && !panel.contains(event.target)) place(); }, true);

  // ---- A field

  // Turns an <input> into a model choice. `onpick(id, row)` hears what a person picked; `row` is null for an id that is
  // on no list. Gives `set(id, name)`, which tells nobody, and `value`.
  function combobox(input, { task, value = "", onpick = () => {} }) {
    const field = {
      input,
      task,
      value,
      name: "",
      choose(id) {
        if (id === field.value) return;
        field.value = id;
        field.name = "";
        if (open?.field === field) drawRows();
        onpick(id, rowOf(lists.get(task)?.here, id) ?? null);
      },
      draw() {
        const text = field.name || rowOf(lists.get(task)?.here, field.value)?.name || field.value;
        if (input.value !== text) input.value = text;
      },
      set(id, name = "") {
        field.value = id;
        field.name = name;
        if (open?.field !== field) field.draw();
        else drawRows();
      },
    };
    for (const [name, said] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", autocomplete: "off", spellcheck: "false" })) input.setAttribute(name, said);
    input.addEventListener("input", () => type(field, input.value));
    input.addEventListener("keydown", (event) => pressed(field, event));
    input.addEventListener("click", () => show(field));
    input.addEventListener("focus", () => { input.select(); list(task).catch(() => {}); });
    input.addEventListener("blur", (event) => left(field, event));
    if (value) { field.draw(); list(task).then(field.draw, () => {}); }
    return field;
  }

  // ---- The choice of a tab, remembered in this browser

  const tabs = new Map();
  const ids = {}; // task: what the server offered last
  let offers = 0;

  const remember = (task, id) => kept.settings.update("models", (record) => ({ id: "models", saved: Date.now(), chosen: { ...record?.chosen, [task]: id } }));

  // What was chosen here before is chosen again, where it is offered or has a successor that is.
  async function recall(task, tab) {
    const before = tab.picks; // a person's own pick stays
    // What was offered reaches the field a moment after it is told, and would be written over what is chosen here.
    for (let tries = 100; tries && tab.field.value !== ids[task] && tab.picks === before; tries--) await new Promise((done) => setTimeout(done, 50));
    const wanted = (await kept.settings.get("models"))?.chosen?.[task];
    if (!wanted || wanted === tab.field.value) return;
    const id = exactly(await list(task), wanted);
    if (id !== undefined && id !== tab.field.value && tab.picks === before) tab.pick(id);
  }

  const mount = (task, element, props, trigger, watch) => {
    const pick = (id) => {
      props.value = id;
      trigger("input");
    };
    const onpick = (id) => {
      tab.picks += 1;
      pick(id);
      remember(task, id).catch(() => {}); // a browser that keeps nothing forgets it with the page
    };
    const field = combobox(element.querySelector("input"), { task, onpick });
    const show = () => field.set(props.value ?? "", props.named?.id === props.value ? props.named?.name : "");
    const tab = { field, picks: 0, pick: (id) => { pick(id); field.set(id); } };
    tabs.set(task, tab);
    watch(["value", "named"], show);
    show();
    if (offers) recall(task, tab).catch(() => {});
  };

  // After each offer of the server's: at the start, and when a visitor's key came or went.
  const offered = (tasks = [], models = []) => {
    for (const [place, task] of tasks.entries()) ids[task] = models[place] ?? "";
    if (offers++) lists.clear();
    for (const [task, tab] of tabs) recall(task, tab).catch(() => {});
    if (offers === 1) (window.requestIdleCallback ?? setTimeout)(() => list("chat").catch(() => {}), { timeout: 3000 });
    return [];
  };

  const chosen = (task) => tabs.get(task)?.field.value ?? "";

  window.playground.models = { combobox, list, mount, offered, chosen };
})();
