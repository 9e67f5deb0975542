// What runs in the tabs when the page goes away: a picture or clip is said to be lost, a speech job is picked up again.
// Kept are a job's id, what it was asked with, whose key it was started with ("own" or "page") and the seal by which the
// server knows it again; never a key.
(() => {
  "use strict";
  const HOUR = 3600e3; // how long the API keeps a result (the wire contract, section 4.1)
  const BEAT = 5000, SILENT = 15000; // ms between signs of life of the page that listens, and without one
  const { kept, press, byId, tab: stored, session } = window.playground;
  const tab = stored.get("tab") || session; // the same over a reload
  stored.set("tab", tab);
  const notices = { image: "", transcription: "", speech: "" };
  const LOST = {
    image: ["A picture was being made when this page went away. It is lost.", "What was asked for is still in the controls."],
    speech: ["A clip was being made when this page went away. It is lost.", "What was asked for is still in the controls."],
    transcription: ["A recording was on its way when this page went away. It was not taken on.", "Choose it again."],
  };
  let chosen = null, heard = "";

  const quietly = (promise) => promise.catch(() => {}); // a browser that keeps nothing can't be picked up in
  const escape = (text) => { const it = document.createElement("i"); it.textContent = text; return it.innerHTML; };
  const button = ([act, label]) => `<button type="button" data-act="${act}">${label}</button>`;
  const card = (kind, said, remedy, acts) =>
    `<div class="notice ${kind}" role="status"><p><b>${escape(said)}</b> ${escape(remedy)}</p><span class="acts">${acts.map(button).join("")}</span></div>`;

  // Runs under way, by tab; in the window's own storage, so that it is there after a reload and for no other window.
  const running = () => JSON.parse(stored.get("running") || "{}");
  const mark = (task, at) => { stored.set("running", JSON.stringify({ ...running(), [task]: at })); };

  async function tell(task, notice) {
    notices[task] = notice;
    while (!byId(`act-${task}-told`)) await new Promise((done) => setTimeout(done, 50));
    press(`act-${task}-told`);
  }

  const beat = async (id) => { const job = await kept.settings.get(id); if (job) await kept.settings.put({ ...job, tab, seen: Date.now() }); };
  setInterval(() => { if (heard) quietly(beat(heard)); }, BEAT);

  function offer(job) {
    chosen = job;
    const at = new Date(job.saved).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const own = job.whose === "own" ? " It was started with your own key: paste that key first." : "";
    const acts = [...(own ? [["key", "Open key panel"]] : []), ["resume", "Pick it up"], ["forget", "Forget it"]];
    return tell("transcription", card("info", `A transcription was running (${job.name || "a recording"}, ${at}).`, `It goes on without this page; picking it up sends nothing again.${own}`, acts));
  }

  // Jobs that nobody listens to any more, the latest first; what the API has thrown away by now is forgotten.
  async function orphans() {
    const all = (await kept.settings.all()).filter((it) => it.id.startsWith("job-"));
    for (const old of all.filter((it) => Date.now() - it.saved > HOUR)) await kept.settings.remove(old.id);
    return all.filter((it) => Date.now() - it.saved <= HOUR && it.id !== heard && (it.tab === tab || Date.now() - it.seen > SILENT)).sort((one, other) => other.saved - one.saved);
  }

  async function look() {
    const [job] = await orphans();
    if (job) await offer(job);
    return Boolean(job);
  }

  async function start() {
    const was = running();
    stored.set("running", "");
    const found = await quietly(look());
    for (const task of Object.keys(LOST)) if (task in was && !(task === "transcription" && found)) tell(task, card("cut", ...LOST[task], task === "transcription" ? [] : [["retry", "Try again"]]));
    if (!found) setTimeout(() => { if (!running().transcription) quietly(look()); }, SILENT + BEAT);
  }

  const forgotten = (id) => quietly(kept.settings.remove(id));

  window.playground.jobs = {
    // The job that is picked up now.
    pick() {
      heard = chosen?.id || "";
      return chosen;
    },

    told: (task) => notices[task],

    forget() {
      if (chosen) forgotten(chosen.id);
      chosen = null;
      return "";
    },

    began: (task) => mark(task, Date.now()),

    accepted({ job, ...more }, wish) {
      const record = { ...wish, ...more, job, id: `job-${job}`, tab, saved: Date.now(), seen: Date.now() };
      delete record.extra; // not asked with again, and it may be long
      heard = record.id;
      chosen = record;
      quietly(kept.settings.put(record));
    },

    ended(task, again) {
      mark(task, undefined);
      if (task !== "transcription") return;
      if (heard && !again) { forgotten(heard); chosen = null; }
      heard = "";
    },
  };

  start();
})();
