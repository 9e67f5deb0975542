// A run as one HTML file: what was asked, what came, its facts and its code. It opens without a network, prints well,
// and can do nothing: no script is in it, and none would run.
(() => {
  "use strict";
  const { make, runs, kept, byId } = window.playground;
  const POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'";
  const STYLE = `
    :root { color-scheme: light dark; --line: #8885; --soft: color-mix(in srgb, currentColor 65%, transparent); }
    body { font: 16px/1.6 ui-sans-serif, system-ui, sans-serif; max-width: 760px; margin: 40px auto; padding: 0 20px; }
    h1 { font-size: 22px; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { font-size: 15px; margin: 32px 0 8px; color: var(--soft); }
    header p, footer { color: var(--soft); font-size: 14px; } footer { border-top: 1px solid var(--line); margin-top: 40px; padding-top: 12px; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; font-variant-numeric: tabular-nums; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 8px; padding: 12px; font-size: 13px; }
    .said { white-space: pre-wrap; overflow-wrap: anywhere; } .who { color: var(--soft); font-size: 13px; margin: 16px 0 0; }
    img { max-width: 100%; border-radius: 8px; } table { border-collapse: collapse; } td, th { border: 1px solid var(--line); padding: 4px 10px; text-align: left; }
    @media print { body { margin: 0; max-width: none; } pre, img, dl { break-inside: avoid; } details { display: none; } audio { display: none; } a { color: inherit; } }`;

  // ---- What came

  // The answer of a chat, out of its events or its JSON.
  function answer(reply) {
    const found = { text: "", reasoning: "", calls: [] };
    const take = (choice) => {
      const part = choice?.delta || choice?.message || {};
      found.text += typeof part.content === "string" ? part.content : choice?.text || "";
      found.reasoning += part.reasoning_content || part.reasoning || "";
      for (const call of part.tool_calls || []) {
        const at = (found.calls[call.index ?? found.calls.length] ||= { name: "", arguments: "" });
        at.name += call.function?.name || "";
        at.arguments += call.function?.arguments || "";
      }
    };
    if (reply?.choices) take(reply.choices[0]);
    else for (const line of String(reply ?? "").split(/\r?\n/)) {
      if (!line.startsWith("data:")) continue;
      try { take(JSON.parse(line.slice(5)).choices?.[0]); } catch { /* [DONE], or the event at which our record ends */ }
    }
    return found;
  }

  const address = (blob) => new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });

  // Its Markdown as our server draws it, with all taken out that could act; the plain words where the server is gone.
  async function drawn(text) {
    const plain = make("div", { class: "said" }, text);
    try {
      const said = await window.fetch("page/markup", { method: "POST", headers: { "Content-Type": "text/plain" }, body: text });
      if (!said.ok) return plain;
      const home = make("div");
      home.innerHTML = await said.text();
      return home;
    } catch {
      return plain;
    }
  }

  async function came(run) {
    if (run.task === "chat") {
      const { text, reasoning, calls } = answer(run.calls?.at(-1)?.reply);
      return [
        reasoning && make("details", {}, make("summary", {}, "Reasoning"), make("div", { class: "said" }, reasoning)),
        text ? await drawn(text) : null,
        ...calls.filter(Boolean).map((call) => make("pre", {}, `${call.name}(${call.arguments})`)),
      ];
    }
    const made = (await kept.media.all().catch(() => [])).filter((it) => it.run === run.id || it.id?.startsWith(`${run.id}-`)).sort((one, other) => one.id.localeCompare(other.id));
    return Promise.all(made.map(async ({ blob, item }) => {
      if (item?.text) return make("div", { class: "said" }, item.text);
      if (!blob) return null;
      const src = await address(blob);
      return blob.type.startsWith("image/") ? make("p", {}, make("img", { src, alt: "The picture" })) : make("p", {}, make("audio", { src, controls: true }));
    }));
  }

  // ---- What was asked

  const said = (content) => (typeof content === "string" ? content : (content || []).map((part) => part.text || "[attachment]").join("\n"));
  function asked({ calls }) {
    const first = calls?.[0], body = first?.request_body;
    const fields = body && typeof body === "object" ? { ...body } : Object.fromEntries((first?.parts || []).map((part) => [part.name, part.filename || part.text]));
    const turns = fields.messages || [], words = fields.prompt || fields.text || fields.script;
    for (const name of ["messages", "prompt", "text", "script", "model"]) delete fields[name];
    return [
      ...turns.flatMap((turn) => [make("p", { class: "who" }, turn.role), make("div", { class: "said" }, said(turn.content))]),
      words && make("div", { class: "said" }, words),
      Object.keys(fields).length && make("pre", {}, JSON.stringify(fields, null, 2)),
    ];
  }

  // ---- The file

  const section = (title, parts) => { const whole = parts.filter(Boolean); return whole.length ? [make("h2", {}, title), ...whole] : []; };

  async function paper(run) {
    const who = run.embedded ? "the embedded engine" : run.answered_by, failed = run.failure && `${run.failure.message} ${run.failure.remedy || ""}`;
    const facts = runs.told(run).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, String(value))]);
    const body = make("body", {},
      make("header", {}, make("h1", {}, run.model), make("p", {}, `Answered by ${who}, ${new Date(run.at).toLocaleString("en-GB")}`)),
      ...section("Asked", asked(run)),
      ...section("Result", [failed && make("p", {}, failed), ...(await came(run))]),
      ...section("Facts", [make("dl", {}, ...facts)]),
      ...section("The same call again", run.code ? [make("pre", {}, run.code.curl)] : []),
      make("footer", {}, "Saved from the AI/ML API Playground. The key is in none of it."));
    const head = make("head", {},
      make("meta", { charset: "utf-8" }), make("meta", { "http-equiv": "Content-Security-Policy", content: POLICY }),
      make("meta", { name: "viewport", content: "width=device-width" }), make("title", {}, `${run.model}, ${run.id}`), make("style", {}, STYLE));
    return `<!doctype html>\n${make("html", { lang: "en" }, head, body).outerHTML}\n`;
  }

  runs.save = async (run) => {
    const whole = await paper(run);
    if (window.playground.holdsKey(whole)) return window.playground.tell("This run holds your API key in its text, so it is not saved: take the key out of what you ask.");
    const url = URL.createObjectURL(new Blob([whole], { type: "text/html" }));
    const link = make("a", { href: url, download: `run-${run.id}.html` });
    (byId("run-inspector") || document.body).append(link); // within the dialog: all else can't be pressed now
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
})();
