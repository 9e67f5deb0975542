// A conversation as a file, out and in: Markdown, the API's own messages, all of them in one. What comes in is text and
// pictures only, whatever the file says; nothing of it is kept that is not known here. No key is ever part of it.
(() => {
  "use strict";
  const LARGEST = 25_000_000; // bytes of a file that is read
  const LONGEST = 2_000_000; // characters of one conversation
  const TURNS = 1000; // of one conversation
  const CALLS = 64; // of tools, in one answer
  const MANY = 2000; // conversations of one file
  const PICTURES = 14_000_000; // characters of pictures in one file that is written: it can be read again
  const ENDINGS = ["stop", "length", "content_filter", "tool_calls"];
  const { playground } = window;
  const { pictures } = playground;

  class Refused extends Error {}
  const refuse = (words) => { throw new Refused(words); };

  // Text as it may be kept: whole characters, no NUL.
  const whole = (words) => (words.toWellFormed ? words.toWellFormed() : words);
  const text = (value) => (typeof value === "string" ? whole(value.replaceAll("\0", "")) : "");
  const line = (value, most) => {
    const all = text(value).replace(/\s+/g, " ").trim();
    return all.length > most ? `${whole(all.slice(0, most - 1)).trimEnd()}…` : all;
  };

  playground.titleOf = (record) => {
    if (record.title) return record.title;
    const first = record.turns?.find((turn) => turn.role === "user");
    return line(first?.content, 70) || (first?.images?.length ? "A picture" : "New conversation");
  };

  // Out

  // Pictures go along as long as there is room for them; else they are named.
  const baggage = () => {
    let room = PICTURES;
    return async (path) => {
      const url = room > 0 ? await pictures.read(path) : null;
      room -= url?.length ?? 0;
      return url && room >= 0 ? url : null;
    };
  };

  async function content(turn, take) {
    const parts = turn.content ? [{ type: "text", text: turn.content }] : [];
    for (const path of turn.images ?? []) {
      const url = await take(path);
      parts.push(url ? { type: "image_url", image_url: { url } } : { type: "text", text: `[picture: ${pictures.nameOf(path)}]` });
    }
    return parts.length === 1 && parts[0].type === "text" ? parts[0].text : parts.length ? parts : "";
  }

  // A turn as the API has it: what a tool gave is a message of its own there.
  async function said(turn, take) {
    const told = { role: turn.role, content: await content(turn, take) }, { calls = [] } = turn;
    if (!calls.length) return [told];
    told.tool_calls = calls.map((it) => ({ id: it.id, type: "function", function: { name: it.name, arguments: it.arguments } }));
    const given = calls.filter((it) => it.result !== undefined && it.result !== null);
    return [told, ...given.map((it) => ({ role: "tool", tool_call_id: it.id, content: it.result }))];
  }

  const modelOf = (record) => record.turns.findLast((turn) => turn.run?.model)?.run.model || record.model || null;

  async function messages(record, take = baggage()) {
    const system = record.system ? [{ role: "system", content: record.system }] : [];
    const all = [];
    for (const turn of record.turns) all.push(...(await said(turn, take)));
    return { model: modelOf(record), messages: [...system, ...all] };
  }

  // The same with what the API has no place for: names, times, reasoning, how an answer ended.
  async function everything(records) {
    const take = baggage(), conversations = [];
    for (const record of records) {
      const told = await messages(record, take);
      const answers = told.messages.filter((it) => it.role === "assistant");
      record.turns.filter((it) => it.role === "assistant").forEach((turn, at) => {
        if (turn.reasoning) answers[at].reasoning_content = turn.reasoning;
        answers[at].finish_reason = turn.finish_reason || null;
      });
      conversations.push({ title: record.title || "", created: record.created ?? record.saved, saved: record.saved, ...told });
    }
    return { playground: "conversations", version: 1, exported: new Date().toISOString(), conversations };
  }

  // A block of code that nothing in it can end.
  function fenced(words) {
    const longest = Math.max(2, ...[...words.matchAll(/`+/g)].map(([run]) => run.length)), fence = "`".repeat(longest + 1);
    return `${fence}\n${words}\n${fence}`;
  }

  async function markdown(record, take = baggage()) {
    const out = [`# ${line(playground.titleOf(record), 120)}`];
    if (record.system) out.push("## System prompt", record.system);
    for (const turn of record.turns) {
      const who = turn.role === "user" ? "You" : turn.run?.model ? `Answer (${turn.run.model})` : "Answer";
      out.push(`## ${who}`);
      for (const path of turn.images ?? []) {
        const url = await take(path);
        out.push(url ? `![${pictures.nameOf(path)}](${url})` : `*[picture: ${pictures.nameOf(path)}]*`);
      }
      if (turn.content) out.push(turn.content);
      for (const { name, arguments: given, result } of turn.calls ?? []) {
        out.push(`Called \`${name}\`:`, fenced(given), ...(result === undefined || result === null ? [] : ["Result:", fenced(result)]));
      }
      if (turn.role === "assistant" && !turn.finish_reason) out.push("*Interrupted.*");
    }
    return `${out.join("\n\n")}\n`;
  }

  // In

  const called = (call) => ({ id: line(call?.id, 200), name: line(call?.function?.name, 200), arguments: text(call?.function?.arguments) });

  // One message as a turn: its words, and its pictures as they stand in the file.
  function turnOf(given) {
    const parts = Array.isArray(given.content) ? given.content : [{ type: "text", text: given.content }];
    const words = [], urls = [];
    for (const part of parts) {
      const url = text(part?.image_url?.url ?? part?.image_url);
      if (typeof part === "string") words.push(text(part));
      else if (part?.type === "text") words.push(text(part.text));
      else if (url.startsWith("data:")) urls.push(url);
      else if (url) words.push(`[picture: ${line(url, 300)}]`);
      else if (part?.type) words.push(`[${line(part.type, 40)}]`);
    }
    const turn = { role: given.role, content: words.filter(Boolean).join("\n\n") };
    if (given.role === "assistant") {
      turn.finish_reason = ENDINGS.includes(given.finish_reason) ? given.finish_reason : "finish_reason" in given && !given.finish_reason ? "" : "stop";
      if (text(given.reasoning_content)) turn.reasoning = text(given.reasoning_content);
      if (Array.isArray(given.tool_calls) && given.tool_calls.length) turn.calls = given.tool_calls.slice(0, CALLS).map(called);
    }
    return { turn, urls: given.role === "user" ? urls : [] };
  }

  const KNOWN = ["user", "assistant"], SYSTEM = ["system", "developer"];

  // What a tool gave goes to the call that asked for it; false when none did.
  function given(turns, message) {
    const call = turns.flatMap(({ turn }) => turn.calls ?? []).findLast((it) => it.id && it.id === line(message.tool_call_id, 200));
    if (call) call.result = turnOf({ ...message, role: "user" }).turn.content;
    return Boolean(call);
  }

  function conversation(found) {
    const list = Array.isArray(found) ? found : found?.messages;
    if (!Array.isArray(list)) return null;
    const turns = [], system = [];
    let left = 0;
    for (const message of list) {
      const role = message && typeof message === "object" ? message.role : null;
      const told = KNOWN.includes(role) ? turnOf(message) : null;
      if (told && (told.turn.content || told.urls.length || told.turn.calls)) turns.push(told);
      else if (SYSTEM.includes(role)) system.push(turnOf(message).turn.content);
      else if (role !== "tool" || !given(turns, message)) left += 1;
      if (turns.length > TURNS) refuse(`A conversation in it has more than ${TURNS.toLocaleString("en")} messages; that is the limit.`);
    }
    const size = turns.reduce((sum, { turn }) => sum + sizeOf(turn), 0);
    if (size > LONGEST) refuse(`A conversation in it has ${size.toLocaleString("en")} characters; ${LONGEST.toLocaleString("en")} is the limit.`);
    const { title, model, saved, created } = found;
    const about = { title: line(title, 120), model: line(model, 200) || null, system: system.join("\n\n").slice(0, 32_000), saved, created };
    return turns.length ? { ...about, turns, left } : null;
  }

  const sizeOf = ({ content: words, reasoning = "", calls = [] }) =>
    words.length + reasoning.length + calls.reduce((sum, it) => sum + it.arguments.length + (it.result?.length ?? 0), 0);

  const when = (value) => (Number.isFinite(value) && value > 0 && value < Date.now() ? value : Date.now());

  async function record(found) {
    let gone = 0;
    const turns = [];
    for (const { turn, urls } of found.turns) {
      const images = (await Promise.all(urls.slice(0, 20).map((url) => pictures.adopt(url).catch(() => null)))).filter(Boolean);
      gone += urls.length - images.length;
      turns.push(images.length ? { ...turn, images } : turn);
    }
    const { title, system, model } = found;
    return { kept: { id: playground.mint(), version: 2, title, system, model, created: when(found.created), saved: when(found.saved), running: false, turns }, gone };
  }

  function parsed(words) {
    try {
      return JSON.parse(words.replace(/^\uFEFF/, ""));
    } catch {
      return refuse("This file is not JSON. A conversation's export as JSON, or the API's own messages, can be read.");
    }
  }

  // The conversations of a file, and what was left out, in words. Throws with plain words when there are none.
  async function read(file) {
    if (file.size > LARGEST) refuse(`This file has ${Math.ceil(file.size / 1e6)} MB; ${LARGEST / 1e6} MB is the limit.`);
    const told = parsed(await file.text());
    const rows = Array.isArray(told?.conversations) ? told.conversations : [told];
    if (rows.length > MANY) refuse(`This file has ${rows.length.toLocaleString("en")} conversations; ${MANY.toLocaleString("en")} is the limit.`);
    const found = rows.map(conversation).filter(Boolean);
    if (!found.length) refuse("There is no conversation in this file: no messages of “user” or “assistant”.");
    const made = [];
    for (const it of found) made.push(await record(it));
    const count = (what, one, many) => (what ? [`${what} ${what === 1 ? one : many} left out`] : []);
    const gone = made.reduce((sum, it) => sum + it.gone, 0), left = found.reduce((sum, it) => sum + it.left, 0);
    const words = [
      ...count(rows.length - found.length, "conversation without messages was", "conversations without messages were"),
      ...count(left, "message of another kind was", "messages of other kinds were"),
      ...count(gone, "picture that can't be read was", "pictures that can't be read were"),
    ];
    return { records: made.map((it) => it.kept), left: words.join(", ") };
  }

  // A name for a file, safe wherever it is saved.
  const fileName = (record, ending) => {
    const name = playground.titleOf(record).normalize("NFKD").replace(/[^\w]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 50);
    return `${name || "conversation"}.${ending}`;
  };

  function save(name, type, words) {
    const url = URL.createObjectURL(new Blob([playground.withoutKey(words)], { type }));
    const link = Object.assign(document.createElement("a"), { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  const json = (value) => JSON.stringify(value, null, 2);
  playground.transfer = {
    Refused, read,
    asMarkdown: async (it) => save(fileName(it, "md"), "text/markdown", await markdown(it)),
    asMessages: async (it) => save(fileName(it, "json"), "application/json", json(await messages(it))),
    all: async (records) => save(`conversations-${new Date().toISOString().slice(0, 10)}.json`, "application/json", json(await everything(records))),
  };
})();
