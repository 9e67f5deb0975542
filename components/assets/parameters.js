// What each tab is about to ask (playground.asked), and the form of a model's further parameters: drawn from data, with
// the box for JSON below it as the one place where the values are. Nothing of a schema is ever taken for markup.
(() => {
  "use strict";
  const TASKS = ["chat", "image", "transcription", "speech"];
  const UNTIL_IDLE = 250; // ms
  const { byId, press } = window.playground;
  const box = (task) => byId(`extra-${task}`)?.querySelector("textarea");
  const fold = (task) => document.querySelector(`[data-more="${task}"]`);

  // The models and figures as the controls stand, told by Gradio: `act-asked` asks for them.
  const asked = (window.playground.asked = {
    chat: {}, image: {}, transcription: {}, speech: {},
    extra: (task) => read(task) || {},
    ask: () => press("act-asked"),
    take([chat, image, transcription, speech, max_tokens, system, pictures]) {
      const before = TASKS.map((task) => asked[task].model).join("\n");
      asked.chat = { model: chat, max_tokens, system };
      asked.image = { model: image, pictures };
      asked.transcription = { model: transcription };
      asked.speech = { model: speech };
      if (before !== TASKS.map((task) => asked[task].model).join("\n")) for (const task of TASKS) redraw(task);
      document.dispatchEvent(new CustomEvent("playground:asked"));
      return [];
    },
  });

  // The fields in the box, {} for an empty one, null while they are no JSON object.
  function read(task) {
    const text = box(task)?.value.trim() || "{}";
    try {
      const said = JSON.parse(text);
      return said && typeof said === "object" && !Array.isArray(said) ? said : null;
    } catch {
      return null;
    }
  }

  function write(task, fields) {
    const field = box(task);
    if (!field) return;
    field.value = Object.keys(fields).length ? JSON.stringify(fields, null, 2) : "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const own = (fields, name) => fields && typeof fields === "object" && Object.hasOwn(fields, name);
  const at = (fields, path) => path.split(".").reduce((inner, name) => (own(inner, name) ? inner[name] : undefined), fields);

  // A copy of the fields with one of them set, or without it; objects that are left empty go too.
  function changed(fields, [name, ...deeper], value) {
    const { [name]: before, ...others } = fields;
    const object = before && typeof before === "object" && !Array.isArray(before) ? before : {};
    const inner = deeper.length ? changed(object, deeper, value) : value;
    const nothing = inner === undefined || (deeper.length && !Object.keys(inner).length);
    return nothing ? others : { ...fields, [name]: inner };
  }

  const drawn = {}; // by task: the model and the offer that its form shows
  const offers = new Map(); // by task and model

  async function redraw(task) {
    const open = fold(task)?.open, model = asked[task].model;
    if (!open || (drawn[task]?.model === model && drawn[task].offer)) return;
    drawn[task] = { model };
    const name = `${task} ${model}`;
    if (!offers.has(name)) offers.set(name, fetched(task, model));
    const offer = await offers.get(name);
    if (offer.failed) offers.delete(name);
    if (drawn[task].model !== model) return; // another one was chosen meanwhile
    drawn[task].offer = offer.failed ? null : offer;
    draw(task, offer);
    sync(task);
  }

  async function fetched(task, model) {
    try {
      const answer = await window.fetch(`page/parameters?${new URLSearchParams({ task, model: model || "" })}`);
      const offer = await answer.json();
      return offer.parameters ? offer : { failed: offer.said };
    } catch {
      return { failed: "This page's server did not answer." };
    }
  }

  const made = (kind, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(kind), properties);
    element.append(...children);
    return element;
  };

  function draw(task, offer) {
    const place = document.querySelector(`[data-parameters="${task}"]`);
    const note = (text) => made("p", { className: "note", textContent: text });
    if (offer.failed) return place.replaceChildren(note(offer.failed));
    const fields = made("fieldset", {}, ...offer.parameters.map((it) => row(task, it)));
    fields.setAttribute("aria-label", "More of this model's parameters");
    const reset = made("button", { type: "button", className: "ghost", textContent: "Reset" });
    reset.onclick = () => write(task, offer.parameters.reduce((left, it) => changed(left, it.name.split("."), undefined), read(task) || {}));
    const whence = offer.published ? "As this model's own schema says." : "As models of this family take them.";
    place.replaceChildren(
      note(offer.parameters.length ? `${whence} What is not set is not sent.` : "No more parameters of this model are known."),
      ...(offer.parameters.length ? [fields, made("div", { className: "row" }, reset)] : []),
      ...(offer.other.length ? [note(`In JSON only: ${offer.other.join(", ")}.`)] : []),
      made("p", { className: "note state", role: "status" }),
    );
  }

  const shown = (value) => (value === true ? "on" : value === false ? "off" : String(value));
  const usual = (it) => (it.default === null ? "not sent" : `default ${shown(it.default)}`);

  function control(it) {
    if (it.kind === "choice" || it.kind === "flag") {
      const values = it.kind === "flag" ? [true, false] : it.choices;
      const options = values.map((value, place) => made("option", { value: String(place), textContent: shown(value) }));
      return made("select", { values }, made("option", { value: "", textContent: usual(it) }), ...options);
    }
    const input = made("input", { type: it.kind === "text" ? "text" : "number", placeholder: usual(it), autocomplete: "off" });
    if (it.kind !== "text") {
      if (it.minimum !== null) input.min = it.minimum;
      if (it.maximum !== null) input.max = it.maximum;
      input.step = it.kind === "integer" ? 1 : "any";
    }
    return input;
  }

  function row(task, it) {
    const id = `further-${task}-${it.name}`;
    const field = Object.assign(control(it), { id, disabled: Boolean(it.ignored) });
    field.dataset.name = it.name;
    const range = [it.minimum !== null && it.maximum !== null ? `${it.minimum} to ${it.maximum}.` : "",
      it.minimum !== null && it.maximum === null ? `${it.minimum} or more.` : "", it.minimum === null && it.maximum !== null ? `${it.maximum} at most.` : ""].join("");
    const help = made("small", { id: `${id}-help`, textContent: [it.ignored, it.help, range].filter(Boolean).join(" ") });
    field.setAttribute("aria-describedby", help.id);
    field.addEventListener(field.tagName === "SELECT" ? "change" : "input", () => typed(task, it, field));
    const label = made("label", { htmlFor: id, textContent: it.label || it.name, title: it.name });
    return made("div", { className: it.ignored ? "parameter ignored" : "parameter" }, label, field, help);
  }

  const wrong = (field) => field.tagName !== "SELECT" && !field.validity.valid;

  function typed(task, it, field) {
    field.toggleAttribute("aria-invalid", wrong(field));
    if (field.validity.badInput) return; // half a number
    const value = field.value === "" ? undefined : field.values ? field.values[field.value] : it.kind === "text" ? field.value : Number(field.value);
    write(task, changed(read(task) || {}, it.name.split("."), value));
  }

  // The form follows the box, whoever wrote into it; what is typed in right now is left alone.
  function sync(task) {
    const place = fold(task), offer = drawn[task]?.offer, fields = read(task);
    if (!place) return;
    const names = fields ? Object.keys(fields) : [];
    place.querySelector("[data-set]").textContent = names.length ? ` · ${names.length} set` : "";
    if (!offer) return;
    const group = place.querySelector("fieldset"), state = place.querySelector(".state");
    if (group) group.disabled = !fields;
    for (const it of fields ? offer.parameters : []) {
      const field = document.getElementById(`further-${task}-${it.name}`);
      if (!field || field === document.activeElement) continue;
      const value = at(fields, it.name);
      if (field.values) field.value = value === undefined ? "" : String(field.values.indexOf(value));
      else field.value = value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
      field.toggleAttribute("aria-invalid", wrong(field));
    }
    const known = new Set([...offer.parameters.map((it) => it.name.split(".")[0]), ...offer.other]);
    const unknown = names.filter((name) => !known.has(name));
    const ignored = offer.parameters.filter((it) => it.ignored && at(fields || {}, it.name) !== undefined).map((it) => it.name);
    state.classList.toggle("failed", !fields);
    state.textContent = !fields ? "Below is no JSON object yet; correct it, then the form works again."
      : ignored.length ? `Not taken by this model, and sent all the same: ${ignored.join(", ")}.`
      : unknown.length ? `Not in the form, and sent all the same: ${unknown.join(", ")}.` : "";
  }

  let waiting = 0;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(asked.ask, UNTIL_IDLE); };
  document.addEventListener("input", (event) => {
    const task = TASKS.find((it) => event.target === box(it));
    if (task) sync(task);
  });
  document.addEventListener("toggle", (event) => {
    const task = event.target.dataset?.more;
    if (!task) return;
    drawn[task] = null;
    if (asked[task].model === undefined) soon();
    else redraw(task);
  }, true);
})();
