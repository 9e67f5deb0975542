// The controls of all tabs and the open tab, over a reload and a new server: in this browser, and never a key.
// Gradio tells what the controls are (components/keeping.py): a tab's `names` in order, which of them are `drafts` that
// nothing is written over, which are `adapted` to the model, and their `initial` values.
(() => {
  "use strict";
  const SOON = 150; // ms after the last change
  const { kept, press } = window.playground;
  const records = {}; // task: { id, saved, model, values }
  const wishes = {}; // task: { model, values } to be used once the controls are brought in line with the model
  const waiting = {}; // task: what stood there with another model than the one offered first, which may yet be chosen
  const timers = {};
  let restored = false, before = null, open = "", isReady;
  const ready = new Promise((done) => { isReady = done; });

  const quietly = (promise) => promise.catch(() => {}); // a browser that keeps nothing (a private window) begins anew
  const read = quietly(kept.settings.all().then((all) => {
    for (const it of all) if (it.id.startsWith("controls-")) records[it.id.slice(9)] ||= it;
    open = all.find((it) => it.id === "tab")?.name || "";
  }));

  function later(task) {
    clearTimeout(timers[task]);
    timers[task] = setTimeout(() => write(task), SOON);
  }

  function write(task) {
    delete timers[task];
    quietly(kept.settings.put(records[task]));
  }

  const same = (one, other) => JSON.stringify([one.model, one.values]) === JSON.stringify([other.model, other.values]);

  // Only what changes is written: a page that is merely loaded writes over nothing (another tab may just have).
  function note({ task, names }, model, values) {
    const was = records[task], now = Object.fromEntries(names.map((name, place) => [name, values[place]]));
    records[task] = { id: `controls-${task}`, saved: Date.now(), model, values: now };
    if (was ? !same(was, records[task]) : restored) later(task);
  }

  // What was kept, where it still fits: another model has other voices, bounds and defaults.
  function putBack({ names, drafts, adapted }, was, model, values) {
    if (!was) return names.map(() => undefined);
    return names.map((name, place) => {
      const then = was.values[name];
      if (then === undefined || then === null || (adapted.includes(name) && was.model !== model)) return undefined;
      if (drafts.includes(name) && values[place]) return undefined;
      return JSON.stringify(then) === JSON.stringify(values[place]) ? undefined : then;
    });
  }

  async function restore(specs, all) {
    await read;
    const then = before || records, models = all.slice(0, specs.length);
    let place = specs.length;
    const out = [];
    for (const [index, spec] of specs.entries()) {
      const values = all.slice(place, (place += spec.names.length));
      if (then[spec.task] && then[spec.task].model !== models[index]) waiting[spec.task] = then[spec.task];
      const back = putBack(spec, then[spec.task], models[index], values);
      out.push(...back);
      note(spec, models[index], values.map((value, it) => back[it] ?? value));
    }
    restored = true;
    isReady();
    before = null;
    return out;
  }

  // A key that comes or goes brings all controls to their models' defaults: what stood there is put back after it.
  document.addEventListener("click", (event) => {
    if (restored && event.target.closest?.("#act-refresh")) before ||= structuredClone(records);
    if (event.target.closest?.("[data-reset]")) press(`act-${current().dataset.tabId}-reset`);
    if (event.target.closest?.("[role=tab]")) setTimeout(noteTab);
  }, true);

  const current = () => document.querySelector(".rooms [role=tab][aria-selected=true]");
  function noteTab() {
    const name = current()?.dataset.tabId;
    if (!name || name === open) return;
    open = name;
    quietly(kept.settings.put({ id: "tab", saved: Date.now(), name }));
  }

  // The open tab is opened again as soon as there are tabs.
  (async () => {
    await read;
    const wanted = open;
    while (!current()) await new Promise((done) => setTimeout(done, 30));
    if (wanted && current().dataset.tabId !== wanted) document.querySelector(`.rooms [role=tab][data-tab-id="${CSS.escape(wanted)}"]`)?.click();
  })();

  addEventListener("pagehide", () => { for (const task of Object.keys(timers)) { clearTimeout(timers[task]); write(task); } });

  window.playground.settings = {
    ready, // when the controls stand as they were left

    // A tab's { model, values } as they stand now.
    controls: (task) => (Object.hasOwn(records, task) ? records[task] : null),

    keep(spec, [model, ...values]) {
      if (restored) note(spec, model, values);
      noteTab();
      return [];
    },

    restore,

    // Put a model and values into a tab's controls.
    use(task, model, values) {
      wishes[task] = { model, values };
      press(`act-${task}-use`);
    },

    model: ({ task }) => [wishes[task]?.model],

    adapted({ task, names, adapted }) {
      const wish = wishes[task], was = waiting[task]?.model === window.playground.models.chosen(task) ? waiting[task] : null;
      delete wishes[task];
      delete waiting[task];
      if (wish) return names.map((name) => wish.values[name] ?? undefined);
      return names.map((name) => (adapted.includes(name) ? was?.values[name] ?? undefined : undefined));
    },

    reset: ({ names, drafts, initial }) => names.map((name, place) => (drafts.includes(name) ? undefined : initial[place])),
  };
})();
