// The results of tool calls: typed into the boxes of a call's card, sent as one order. Drafts survive a reload.
(() => {
  "use strict";
  const { byId, chat, tab } = window.playground;
  const POLL = 300; // ms
  const boxes = (card) => [...card.querySelectorAll("textarea[data-result]")];
  const draft = (box) => `result:${box.dataset.result}`;

  function send(card) {
    const all = boxes(card);
    const empty = all.find((box) => !box.value.trim());
    for (const box of all) box.toggleAttribute("aria-invalid", box === empty);
    if (empty) return empty.focus();
    chat.order({ act: "result", results: all.map((box) => box.value) });
  }

  document.addEventListener("click", (event) => {
    const card = event.target.closest?.("[data-send-results]")?.closest("[data-calls]");
    if (card) send(card);
  });

  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("textarea[data-result]")) return;
    event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event.target.closest("[data-calls]"));
  }, true);

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("textarea[data-result]")) return;
    tab.set(draft(event.target), event.target.value);
    event.target.removeAttribute("aria-invalid");
  });

  // A card is drawn anew after a reload, and whenever the conversation around it changes.
  setInterval(() => {
    for (const box of document.querySelectorAll("#conversation textarea[data-result]:not([data-drawn])")) {
      box.dataset.drawn = "";
      if (!box.value) box.value = tab.get(draft(box));
    }
  }, POLL);

  window.playground.tools = {
    // An example for a box; its question goes where a message is written, unless somebody writes there.
    example(text, question) {
      const field = byId("message").querySelector("textarea");
      if (!field.value) {
        field.value = question;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      return text;
    },
  };
})();
