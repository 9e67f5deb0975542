// A set-up as a link: tab, model, parameters and prompt, packed into the address's fragment, which no browser sends
// anywhere. Never the key; and what a link brings is put into the controls, for a person to look at: it runs nothing.
(() => {
  "use strict";
  const MARK = "#setup=1."; // the form of what follows: JSON, deflated, in base64 as addresses take it
  const MOST = 256_000; // characters that a link's set-up may unpack to
  const PROMPTS = { chat: "message" }; // where a tab's prompt is no control that settings.js keeps
  const { byId, make } = window.playground;
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // ---- Packing

  const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

  async function packed(setup) {
    const bytes = await through(new TextEncoder().encode(JSON.stringify(setup)), new CompressionStream("deflate-raw"));
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  // What a link holds may be anybody's: unpacked no further than allowed, and only what has the right form is taken.
  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (it) => it.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).pipeThrough(new TextDecoderStream()).getReader();
    let json = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      json += value;
      if (json.length > MOST) throw new Error("too large");
    }
    return checked(JSON.parse(json));
  }

  const plain = (value) => value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
  const text = (value) => (typeof value === "string" ? value : "");
  function checked(said) {
    if (typeof said !== "object" || said === null || !playground.settings.controls(said.tab)) throw new Error("not a set-up");
    const known = playground.settings.controls(said.tab).values;
    const fits = (name, value) => Object.hasOwn(known, name) && plain(value) && (value === null || known[name] === null || typeof value === typeof known[name]);
    const values = Object.entries(said.values ?? {}).filter(([name, value]) => fits(name, value));
    const cells = Array.isArray(said.compare?.cells) ? said.compare.cells.slice(0, 4) : [];
    return {
      tab: said.tab,
      model: text(said.model).slice(0, 200),
      values: Object.fromEntries(values),
      message: text(said.message),
      ...(cells.length > 1 && { compare: { blind: said.compare.blind === true, cells: cells.map((it) => ({ model: text(it?.model).slice(0, 200), voice: text(it?.voice).slice(0, 100), own: own(it?.own) })) } }),
    };
  }
  // A setting that one column has for itself.
  const own = (said) => (said && text(said.name) && plain(said.value) ? { name: said.name.slice(0, 50), value: said.value } : null);

  // ---- What is in it

  const tab = () => document.querySelector(".rooms [role=tab][aria-selected=true]")?.dataset.tabId;
  const box = (task) => PROMPTS[task] && byId(PROMPTS[task])?.querySelector("textarea");
  const lastAsked = () => playground.chat.turns.findLast((turn) => turn.role === "user")?.content ?? "";

  function setup() {
    const task = tab(), { model, values } = playground.settings.controls(task);
    const told = Object.entries(values).filter(([, value]) => plain(value) && value !== null && value !== "");
    const compare = playground.compare.setup(task);
    return { tab: task, model, values: Object.fromEntries(told), message: box(task)?.value || (task === "chat" ? lastAsked() : ""), ...(compare && { compare }) };
  }

  function contents(it) {
    const names = document.querySelector(`.rooms [role=tab][data-tab-id="${CSS.escape(it.tab)}"]`)?.textContent.trim();
    const rows = [["Tab", names], ["Model", it.compare ? it.compare.cells.map((cell) => cell.model || "–").join(" against ") : it.model], ["Prompt", it.message], ...Object.entries(it.values).map(([name, value]) => [labelOf(name), value])];
    return make("dl", { class: "of-link" }, ...rows.filter(([, value]) => value !== "" && value !== null).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, String(value))]));
  }
  const labelOf = (name) => { const words = name.replace(/_/g, " "); return words[0].toUpperCase() + words.slice(1); };

  // ---- The drawer

  let drawer = null;
  async function share() {
    const it = setup();
    drawer ||= playground.runs.drawer("link-drawer", "Share this set-up");
    if (playground.holdsKey(JSON.stringify(it))) return drawer(make("p", { role: "alert" }, "Your API key stands in the prompt or in a setting. Take it out first: a link never carries a key."));
    const address = `${location.origin}${location.pathname}${MARK}${await packed(it)}`;
    const shown = make("input", { type: "text", readonly: "", value: address, "aria-label": "Link" });
    const copy = make("button", { type: "button", class: "primary", click: () => playground.copy(address, copy) }, "Copy link");
    drawer(
      make("p", {}, "Whoever opens this link finds the page set up like this. The set-up is in the link itself, behind the #: it is sent to no server, this one included, and never holds a key."),
      contents(it),
      make("div", { class: "acts" }, shown, copy),
      picture(address),
    );
    copy.focus();
  }

  function picture(address) {
    const code = playground.qr.code(address);
    if (!code) return make("p", { class: "quiet-words" }, "This set-up is too long for a QR code; the link holds all of it.");
    const canvas = make("canvas", { role: "img", "aria-label": "The link as a QR code", width: code.size + 8, height: code.size + 8 });
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#fff"; // black on white in the dark too: not every camera reads it the other way round
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.fillStyle = "#000";
    code.dark.forEach((dark, at) => { if (dark) paper.fillRect(4 + (at % code.size), 4 + Math.floor(at / code.size), 1, 1); });
    return make("figure", { class: "qr" }, canvas, make("figcaption", {}, "To open it on another device"));
  }

  // ---- A link is opened

  async function arrive() {
    if (!location.hash.startsWith(MARK)) return;
    const held = location.hash.slice(MARK.length);
    history.replaceState(history.state, "", location.pathname + location.search); // a reload goes on with what a person has changed
    await playground.settings.ready;
    let it;
    try {
      it = await unpacked(held);
    } catch {
      return playground.tell("This link holds no set-up that this page can read: it may be cut short. Ask for it again.");
    }
    document.querySelector(`.rooms [role=tab][data-tab-id="${CSS.escape(it.tab)}"]`)?.click();
    playground.settings.use(it.tab, it.model, it.values);
    if (it.compare) playground.compare.arrive(it.tab, it.compare);
    for (let tries = 0; it.message && PROMPTS[it.tab] && tries < 50; tries++) {
      const field = box(it.tab);
      if (field) { playground.write(field, it.message); break; }
      await pause(100);
    }
    playground.tell("Set up as the link says. Look it over, then start it yourself.");
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-act=link]") && !event.target.closest(".message-content")) share();
  });
  addEventListener("hashchange", arrive);
  arrive();
})();
