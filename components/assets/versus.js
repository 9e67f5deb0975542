// What the results of a comparison say of one another: two pictures under a slider, transcripts word by word, how
// stable a repeated answer is. Knows results; knows nothing about how they came.
(() => {
  "use strict";
  const SIGNS = { gone: "−", new: "+" };
  const memory = new WeakMap(); // comparison: what is drawn now, and for what

  function h(name, props = {}, ...inner) {
    const made = Object.assign(document.createElement(name), props);
    made.append(...inner.filter((it) => it !== null && it !== undefined));
    return made;
  }

  const post = async (body) => (await window.fetch("page/words", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).json();
  const percent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

  // A transcript as words with signs where it differs; plain where nothing is compared.
  function marked(round) {
    if (!round.parts) return [round.text];
    return round.parts.flatMap(({ kind, text }) => {
      if (kind === "same") return [`${text} `];
      const word = h(kind === "gone" ? "del" : "ins", {}, h("b", { textContent: SIGNS[kind] }), text);
      return [word, " "];
    });
  }

  // ---- Two pictures, one over the other; the handle is a range, so that pointer and arrow keys both move it.
  function slider(done) {
    const pair = [0, 1];
    const under = h("img"), over = h("img");
    const range = h("input", { type: "range", min: 0, max: 100, value: 50, ariaLabel: "How much is shown of the left picture" });
    const tags = [h("b", { className: "tag left" }), h("b", { className: "tag right" })];
    const frame = h("div", { className: "slider" }, under, over, h("span", { className: "edge" }), ...tags, range);
    const move = () => frame.style.setProperty("--at", `${range.value}%`);
    range.oninput = move;
    const choice = (side) => {
      const made = h("select", { ariaLabel: side ? "Right picture" : "Left picture" }, ...done.map(({ letter }, place) => h("option", { value: place, textContent: letter })));
      made.value = pair[side];
      made.onchange = () => { pair[side] = Number(made.value); show(); };
      return made;
    };
    function show() {
      const [left, right] = pair.map((place) => done[place]);
      over.src = left.round.url;
      under.src = right.round.url;
      over.alt = `Picture ${left.letter}`;
      under.alt = `Picture ${right.letter}`;
      frame.style.aspectRatio = `${left.round.width}/${left.round.height}`;
      frame.style.setProperty("--ratio", left.round.width / left.round.height);
      tags[0].textContent = left.letter;
      tags[1].textContent = right.letter;
    }
    show();
    move();
    const which = done.length > 2 ? h("p", { className: "which" }, choice(0), " against ", choice(1)) : null;
    return h("div", { className: "slide" }, which, frame);
  }

  // ---- Transcripts: against a corrected text where one was pasted, else against the first of them.
  function transcripts(it, done, update, save) {
    const said = h("div", { className: "rates", role: "status" });
    const box = h("textarea", { rows: 3, value: it.corrected || "", placeholder: "Paste what was really said, and each transcript gets its word error rate", ariaLabel: "Corrected text" });
    let waits = 0;
    box.oninput = () => {
      it.corrected = box.value;
      save();
      clearTimeout(waits);
      waits = setTimeout(compare, 300);
    };

    async function compare() {
      const corrected = box.value.trim(), reference = corrected || done[0].round.text;
      const found = await post({ reference, texts: done.map(({ round }) => round.text) });
      if (found.failed) return (said.innerHTML = found.failed);
      done.forEach(({ round }, place) => {
        const plain = !corrected && place === 0;
        round.parts = plain ? null : found.differences[place].parts;
        update(round);
      });
      const told = done.map(({ letter, name }, place) => {
        const { rate, wrong, words } = found.differences[place];
        const whose = h("b", { textContent: letter }), also = name ? ` ${name}` : "";
        if (corrected) return h("li", {}, whose, `${also}: word error rate ${percent(rate)}, ${wrong} of ${words} words`);
        return place ? h("li", {}, whose, `${also}: ${wrong ? `${wrong} of ${words} words differ from ${done[0].letter}` : `the same words as ${done[0].letter}`}`) : null;
      });
      const legend = h("p", { className: "legend" }, h("del", {}, h("b", { textContent: SIGNS.gone }), "left out"), " ", h("ins", {}, h("b", { textContent: SIGNS.new }), "put in"), corrected ? " against the corrected text" : ` against ${done[0].letter}`);
      said.replaceChildren(h("ul", {}, ...told.filter(Boolean)), legend);
    }

    compare().catch(() => {});
    return h("div", { className: "corrected" }, h("label", {}, h("span", { textContent: "Corrected text" }), box), said);
  }

  // ---- A repeated question: how many answers are the same, and how alike the others.
  async function stability(it, done) {
    const told = h("p", { className: "stable", role: "status", textContent: "…" });
    const words = { chat: "answers", transcription: "transcripts", image: "pictures", speech: "clips" }[it.task];
    const texts = it.task === "chat" || it.task === "transcription";
    const { same, of, share } = texts ? (await post({ texts: done.map(({ round }) => round.text) })).likeness : await files(it.task, done);
    const how = same === of ? `All ${of} ${words} are the same.` : same > 1 ? `${same} of ${of} ${words} are the same.` : `No two of the ${of} ${words} are the same.`;
    const alike = same === of || share === null ? "" : texts ? ` Two of them have ${percent(share)} of their words in common on average.` : ` Two of them are ${percent(share)} alike on average, by brightness.`;
    told.textContent = how + alike;
    return told;
  }

  async function files(task, done) {
    const bytes = await Promise.all(done.map(async ({ round }) => new Uint8Array(await (await window.fetch(round.url)).arrayBuffer())));
    const equal = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);
    const same = Math.max(...bytes.map((one) => bytes.filter((other) => equal(one, other)).length));
    if (task !== "image") return { same, of: done.length, share: null };
    const small = await Promise.all(done.map(({ round }) => thumbnail(round.url)));
    const shares = small.flatMap((one, place) => small.slice(place + 1).map((other) => 1 - one.reduce((sum, value, at) => sum + Math.abs(value - other[at]), 0) / (255 * one.length)));
    return { same, of: done.length, share: shares.reduce((sum, value) => sum + value, 0) / shares.length };
  }

  async function thumbnail(url) {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 32 }), pen = canvas.getContext("2d");
    pen.drawImage(picture, 0, 0, 32, 32);
    const { data } = pen.getImageData(0, 0, 32, 32);
    return Array.from({ length: 1024 }, (_, at) => 0.3 * data[4 * at] + 0.59 * data[4 * at + 1] + 0.11 * data[4 * at + 2]);
  }

  // Drawn anew only when a result came, went or got another letter: what is typed or moved meanwhile stays.
  function draw(it, columns, host, update, save) {
    const done = columns.filter(({ round }) => round?.state === "done" && (round.url || round.text));
    const of = JSON.stringify([it.repeat, done.map(({ letter, name, round }) => [letter, name, round.url || round.text])]);
    if (memory.get(it) === of) return;
    memory.set(it, of);
    host.replaceChildren();
    if (done.length < 2) return;
    if (it.repeat > 1) stability(it, done).then((told) => { if (memory.get(it) === of) host.prepend(told); }).catch(() => {});
    if (it.task === "image") host.append(slider(done));
    if (it.task === "transcription") host.append(transcripts(it, done, update, save));
  }

  window.playground.versus = { draw, marked };
})();
