// What was made earlier: pictures, clips and transcripts, kept in this browser and shown under the newest result.
// Gradio tells of each run by a tab's news (components/news.py).
(() => {
  "use strict";
  const MOST = 200, SHOWN = 12, THUMB = 320; // records kept, records shown at first, pixels
  const UNDO = 15000; // ms
  const { kept, byId } = window.playground;
  const SHELVES = {
    image: { title: "Earlier pictures", one: "picture", many: "pictures", text: "prompt" },
    speech: { title: "Earlier clips", one: "clip", many: "clips", text: "text" },
    transcription: { title: "Earlier transcripts", one: "transcript", many: "transcripts", text: "name" },
  };
  const fresh = () => ({ records: [], now: "", all: false, gone: [], said: "", timer: 0, urls: [] });
  const shelves = Object.fromEntries(Object.keys(SHELVES).map((task) => [task, fresh()]));
  const heard = new Set();

  function el(tag, props = {}, ...children) {
    const { data = {}, label, ...rest } = props;
    const made = Object.assign(document.createElement(tag), rest);
    Object.assign(made.dataset, data);
    if (label) made.setAttribute("aria-label", label);
    made.append(...children.filter((it) => it !== null && it !== undefined && it !== ""));
    return made;
  }
  const button = (text, onclick, props = {}) => el("button", { type: "button", textContent: text, onclick, ...props });

  const newest = (one, other) => other.saved - one.saved;
  const url = (shelf, blob) => { const made = URL.createObjectURL(blob); shelf.urls.push(made); return made; };
  const words = (record) => String(record.item.text || record.asked[SHELVES[record.task].text] || "").trim();
  const titled = (record) => (record.task === "transcription" && record.asked.name) || words(record) || SHELVES[record.task].one;
  const brief = (text, most = 90) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);
  const when = (record) => new Date(record.saved).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

  const loaded = kept.media.all().then((all) => {
    for (const it of all) shelves[it.task]?.records.push(it);
    for (const shelf of Object.values(shelves)) shelf.records.sort(newest);
  }).catch(() => {}); // a private window keeps nothing

  // A name for a file: the first words, the seed, and what kind of file it is.
  function filename(record, extension) {
    const base = titled(record).normalize("NFKD").replace(/\.\w{1,4}$/, "").replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 48).replace(/^-+|-+$/g, "").toLowerCase();
    const seed = record.item.seed ?? null;
    return `${base || record.task}${seed === null ? "" : `-seed-${seed}`}.${extension}`;
  }
  const KINDS = { "image/jpeg": "jpg", "audio/mpeg": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/ogg": "ogg", "audio/flac": "flac", "audio/x-flac": "flac" };
  const extension = (blob) => KINDS[blob.type] || blob.type.split("/")[1] || "bin";

  function download(blob, name) {
    const address = URL.createObjectURL(blob);
    el("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  // Taking in

  async function bytes(path) {
    const answer = await fetch(`gradio_api/file=${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.blob();
  }

  async function thumbnail(blob) {
    const bitmap = await createImageBitmap(blob);
    const scale = Math.min(1, THUMB / Math.max(bitmap.width, bitmap.height));
    const canvas = el("canvas", { width: Math.max(1, bitmap.width * scale), height: Math.max(1, bitmap.height * scale) });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return new Promise((done) => canvas.toBlob(done, "image/webp", 0.85));
  }

  async function contents(task, { file, files, ...item }) {
    if (files) return { item, files: Object.fromEntries(await Promise.all(Object.entries(files).map(async ([name, path]) => [name, await bytes(path)]))) };
    const blob = await bytes(file);
    return { item, blob, thumb: task === "image" ? await thumbnail(blob).catch(() => null) : null };
  }

  async function take(task, news) {
    const shelf = shelves[task], { run, asked, who, embedded, facts } = news;
    await loaded;
    shelf.now = run;
    render(task);
    for (const [place, item] of news.made.entries()) {
      if (task === "transcription" && !item.text) continue;
      const record = { id: `${run}-${place}`, saved: Date.now() - place, task, run, asked, who, embedded, facts, ...(await contents(task, item)) };
      await kept.media.put(record);
      shelf.records.push(record);
    }
    shelf.records.sort(newest);
    const all = Object.values(shelves).flatMap((it) => it.records).sort(newest);
    for (const old of all.slice(MOST)) await drop(old);
    render(task);
  }

  async function drop(record) {
    await kept.media.remove(record.id);
    forget(record);
  }

  function forget(record) {
    const shelf = shelves[record.task];
    shelf.records = shelf.records.filter((it) => it.id !== record.id);
  }

  document.addEventListener("playground:dropped", ({ detail }) => {
    if (!shelves[detail.task]) return;
    forget(detail);
    say(detail.task, `This browser has no room left: the oldest ${SHELVES[detail.task].one} was dropped to make some.`);
  });

  // Deleting, and taking it back

  async function remove(task, records) {
    const shelf = shelves[task], { one, many } = SHELVES[task];
    for (const record of records) await drop(record);
    shelf.gone = records;
    say(task, records.length === 1 ? `The ${one} is deleted.` : `${records.length} ${many} are deleted.`);
    byId(`shelf-${task}`)?.querySelector("[data-undo]")?.focus();
  }

  async function undo(task) {
    const shelf = shelves[task], { gone } = shelf;
    Object.assign(shelf, { gone: [], said: "" });
    for (const record of gone) await kept.media.put(record);
    shelf.records = [...shelf.records, ...gone].sort(newest);
    render(task);
  }

  function say(task, text) {
    const shelf = shelves[task];
    shelf.said = text;
    clearTimeout(shelf.timer);
    shelf.timer = setTimeout(() => { Object.assign(shelf, { said: "", gone: [] }); render(task); }, UNDO);
    render(task);
  }

  // All that it was asked with goes back into the controls; a picture's own seed makes it again.
  function again(record, newSeed = false) {
    const { model, name, ...values } = record.asked;
    if (record.task === "image") {
      const seed = record.item.seed ?? null;
      if (newSeed) values.seed = 0;
      else if (seed !== null && seed !== values.seed) Object.assign(values, { seed, count: 1 });
    }
    look.close();
    window.playground.settings.use(record.task, model, values);
    const box = byId({ image: "prompt", speech: "text", transcription: "url" }[record.task])?.querySelector("textarea, input");
    box?.focus({ preventScroll: true });
    box?.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  // Drawing

  // The page's own Copy (page.js), which takes the text from around it.
  const copy = (record) => el("span", { data: { text: words(record) } }, button("Copy", null, { data: { act: "copy" } }));

  // As components/facts.py draws them: runs.js finds the run and carries out what is pressed.
  const facts = (record) =>
    el("div", { className: "facts", data: { run: record.run } },
      el("b", { className: record.embedded ? "engine" : "api", textContent: record.who }),
      ...record.facts.map((text) => el("span", { textContent: text })),
      el("span", { className: "acts" }, button("View code", null, { data: { act: "code" } }), button("Inspect", null, { data: { act: "inspect" } })));

  function downloads(record) {
    if (record.blob) return [button("Download", () => download(record.blob, filename(record, extension(record.blob))))];
    return Object.entries(record.files || {}).map(([name, file]) => button(name, () => download(file, filename(record, name.toLowerCase())), { label: `Download ${name}` }));
  }

  const uses = (record) => [
    button("Use again", () => again(record)),
    ...(record.task === "image" ? [button("Use with a new seed", () => again(record, true))] : []),
  ];

  function tile(shelf, record) {
    const picture = el("img", { src: url(shelf, record.thumb || record.blob), alt: "", loading: "lazy", decoding: "async" });
    return el("li", {}, el("button", { type: "button", className: "tile", title: brief(words(record)), label: `Look at: ${brief(words(record))}`, onclick: () => look.open(record) }, picture));
  }

  function row(shelf, record) {
    const about = record.task === "speech" ? [record.item.voice, record.item.seconds ? `${record.item.seconds.toFixed(1)} s` : "", record.item.format?.toUpperCase()] : record.item.about || [];
    const line = [...about, record.facts[0], when(record)].filter(Boolean).join(" · ");
    const stage = el("div", { className: "play" });
    const play = () => { if (!stage.firstChild) stage.append(el("audio", { controls: true, src: url(shelf, record.blob) })); stage.firstChild.play(); };
    const first = record.task === "speech" ? button("Play", play, { label: `Play: ${brief(words(record), 40)}` }) : button("Read", () => look.open(record), { label: `Read: ${brief(titled(record), 40)}` });
    const text = record.task === "transcription" ? `${record.asked.name ? `${record.asked.name}: ` : ""}${words(record)}` : words(record);
    const acts = [first, ...(record.task === "speech" ? downloads(record) : []), ...uses(record), button("Delete", () => remove(record.task, [record]))];
    return el("li", { className: "line" }, el("p", { textContent: brief(text, 140) }), el("small", { textContent: line }), el("div", { className: "acts" }, ...acts), stage);
  }

  function note(task, shelf) {
    const back = shelf.gone.length ? button("Undo", () => undo(task), { data: { undo: "" } }) : "";
    return el("div", { className: "said", role: "status" }, shelf.said ? el("span", { textContent: shelf.said }) : "", back);
  }

  function render(task) {
    const home = byId(`shelf-${task}`)?.querySelector(".shelf");
    if (!home) return;
    const shelf = shelves[task], { title, many } = SHELVES[task], old = shelf.urls;
    const records = shelf.records.filter((it) => it.run !== shelf.now);
    shelf.urls = [];
    const some = shelf.all ? records : records.slice(0, SHOWN);
    const list = el("ul", { className: task === "image" ? "tiles" : "lines" }, ...some.map((it) => (task === "image" ? tile : row)(shelf, it)));
    const more = records.length > some.length ? button(`Show all ${records.length}`, () => { shelf.all = true; render(task); }) : "";
    const head = el("div", { className: "head" }, el("h3", { textContent: title }), el("small", { textContent: `in this browser only, the latest ${MOST} of all kinds` }), el("div", { className: "acts" }, more, button("Delete all", () => remove(task, records), { label: `Delete all earlier ${many}` })));
    home.replaceChildren(...(records.length ? [head, list] : []), note(task, shelf));
    home.dataset.drawn = "";
    for (const address of old) URL.revokeObjectURL(address);
  }

  // One record, as large as the window
  const look = {
    place: 0,
    dialog: null,
    urls: [],

    records: (task) => shelves[task].records.filter((it) => it.run !== shelves[task].now),

    open(record) {
      if (!look.dialog) {
        look.dialog = el("dialog", { className: "look", onclose: look.free, onkeydown: look.key });
        (document.querySelector(".gradio-container") || document.body).append(look.dialog);
      }
      look.record = record;
      look.draw();
      if (!look.dialog.open) look.dialog.showModal();
    },

    free() {
      for (const address of look.urls) URL.revokeObjectURL(address);
      look.urls = [];
      look.dialog.replaceChildren();
    },

    close: () => look.dialog?.open && look.dialog.close(),

    key(event) {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) look.step(step);
    },

    step(step) {
      const all = look.records(look.record.task), place = all.indexOf(look.record) + step;
      if (all[place]) look.open(all[place]);
    },

    draw() {
      const { record, dialog } = look, all = look.records(record.task), place = all.indexOf(record);
      look.free();
      const shown = record.task === "image" ? el("img", { src: url(look, record.blob), alt: words(record) }) : el("div", { className: "reading", textContent: words(record), tabIndex: 0 });
      const settings = [record.item.size?.replace("x", "×"), record.item.seed === null || record.item.seed === undefined ? "" : `seed ${record.item.seed}`, ...(record.item.about || []), when(record)].filter(Boolean);
      const gone = () => { look.close(); remove(record.task, [record]); };
      dialog.setAttribute("aria-label", brief(titled(record)));
      dialog.replaceChildren(
        el("div", { className: "top-row" },
          button("‹", () => look.step(-1), { label: "Newer", disabled: place <= 0, className: "ghost icon" }),
          button("›", () => look.step(1), { label: "Older", disabled: place >= all.length - 1, className: "ghost icon" }),
          el("span", { className: "place", textContent: `${place + 1} of ${all.length}` }),
          button("✕", look.close, { label: "Close", className: "ghost icon" })),
        el("div", { className: "shown" }, shown),
        el("div", { className: "under" },
          record.task === "image" ? el("p", { textContent: words(record) }) : "",
          el("small", { textContent: settings.join(" · ") }),
          facts(record),
          el("div", { className: "acts" }, ...(record.task === "transcription" ? [copy(record)] : []), ...downloads(record), ...uses(record), button("Delete", gone))));
    },
  };

  async function left() {
    if (!document.querySelector("[data-budget]")) return;
    const news = await (await fetch("page/left")).json();
    if (news.left) window.playground.left(news.left);
  }

  window.playground.shelf = {
    heard(task, news) {
      if (!news || heard.has(news.id)) return [];
      heard.add(news.id);
      const { jobs } = window.playground;
      if (news.began) jobs.began(task);
      if (news.accepted) jobs.accepted(news.accepted, news.asked);
      if (news.made || news.ended) {
        jobs.ended(task, news.again);
        left().catch(() => {}); // the chip keeps its last word
      }
      if (news.made) take(task, news).catch(() => say(task, "This browser could not keep the last result; download it if you need it."));
      return [];
    },
  };

  // A tab is drawn when it is first opened.
  setInterval(() => {
    for (const task of Object.keys(SHELVES)) {
      const home = byId(`shelf-${task}`)?.querySelector(".shelf");
      if (home && !("drawn" in home.dataset)) { home.dataset.drawn = ""; loaded.then(() => render(task)); }
    }
  }, 200);
})();
