// What pressing costs at most and at least, beside each button. Only sizes and numbers leave the page, never a prompt;
// nothing is asked while an answer is on its way.
(() => {
  "use strict";
  const PAUSE = 500; // ms without a change
  const { asked, byId } = window.playground;
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
  const busy = () => document.querySelector("#chat-room[data-running]");
  const shown = (element) => element && element.offsetParent !== null;
  const text = (id) => byId(id)?.querySelector("textarea, input")?.value || "";
  const size = (said) => ({ characters: said.length, bytes: new TextEncoder().encode(said).length });

  // Names and numbers of the further fields stay, texts do not.
  const figures = (value) =>
    Array.isArray(value) ? value.map(figures)
    : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, name === "type" ? (inner === "function" ? inner : "other") : figures(inner)]))
    : typeof value !== "string" ? value : value.trim() && Number.isFinite(Number(value)) ? Number(value) : "";

  const figure = {
    chat() {
      const { turns = [], pictures = [] } = window.playground.chat || {};
      const { max_tokens, system } = asked.chat;
      const said = [system || "", ...turns.map((turn) => turn.content || ""), text("message")].join("\n");
      const seen = turns.reduce((many, turn) => many + (turn.images?.length || 0), pictures.length);
      return { ...size(said), turns: turns.length + 1, pictures: seen, max_tokens };
    },
    image: () => ({ ...size(text("prompt")), pictures: asked.image.pictures }),
    transcription: () => ({ seconds: length() }),
    speech: () => (text("text") ? size(text("text")) : null),
  };
  // Seconds of the clip by its player, such as 1:06; 0 while there is none.
  const length = () => (byId("audio")?.querySelector("time#duration")?.textContent || "0").split(":").reduce((sum, part) => 60 * sum + Number(part), 0) || 0;

  const last = {};
  async function tell(place) {
    const task = place.dataset.worth, { model } = asked[task];
    if (!model || busy()) return;
    const sizes = figure[task]();
    if (!sizes) { last[task] = ""; place.textContent = ""; return; } // nothing to speak yet
    const query = new URLSearchParams({ task, model });
    for (const [name, value] of Object.entries(sizes)) if (value) query.set(name, String(value));
    const extra = asked.extra(task);
    const more = JSON.stringify(figures(extra));
    if (more !== "{}") query.set("extra", more.length < 4000 ? more : JSON.stringify(Object.fromEntries(Object.entries(figures(extra)).filter(([, it]) => typeof it === "number"))));
    const question = query.toString();
    if (last[task] === question) return;
    last[task] = question;
    try {
      const said = await (await window.fetch(`page/worth?${question}`)).json();
      if (last[task] === question) place.textContent = said.words || "";
    } catch {
      last[task] = ""; // the server is gone: Gradio says so
    }
  }

  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => idle(() => { if (!busy()) asked.ask(); }), PAUSE);
  };
  document.addEventListener("playground:asked", () => {
    for (const place of document.querySelectorAll("[data-worth]")) if (shown(place.parentElement)) tell(place);
  });
  for (const event of ["input", "change", "click"]) document.addEventListener(event, soon);
  // A clip's length is written by its player, some time after the clip came.
  let heard = 0;
  setInterval(() => { if (length() !== heard) { heard = length(); soon(); } }, 1000);
  soon();
})();
