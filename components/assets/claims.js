// Which tab works on which conversation: two tabs never write to one record. A tab that was duplicated, or that opens
// what another has open, finds the claim taken. The browser lets a claim go with its tab, however that ends.
(() => {
  "use strict";
  const PREFIX = "playground:conversation:";
  const EAR = 150; // ms in which another tab answers, where the browser has no locks (a plain http address)
  const { playground } = window;

  playground.mint = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // Resolves to what lets the claim go again, or to null when another tab has it. A page that was reloaded may find the
  // claim of its own former self for a moment: that is what `patience` (ms) is for.
  const locked = (id, patience) =>
    new Promise((done) => {
      const options = patience ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
      const held = (lock) => (lock ? new Promise((release) => done(release)) : done(null));
      navigator.locks.request(PREFIX + id, options, held).catch(() => done(null));
    });

  const ours = new Set(), denied = new Map();
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(PREFIX) : null;
  channel?.addEventListener("message", ({ data }) => {
    if (ours.has(data.asks)) channel.postMessage({ taken: data.asks });
    denied.get(data.taken)?.();
  });

  const asked = (id) =>
    new Promise((done) => {
      const settle = (release) => { denied.delete(id); clearTimeout(quiet); done(release); };
      const quiet = setTimeout(() => { ours.add(id); settle(() => ours.delete(id)); }, EAR);
      denied.set(id, () => settle(null));
      channel?.postMessage({ asks: id });
    });

  playground.claim = (id, patience = 0) => (navigator.locks ? locked(id, patience) : asked(id));

  // The conversations that any tab has open, as far as the browser tells.
  playground.claimed = async () => {
    const { held = [] } = (await navigator.locks?.query()) ?? {};
    return new Set(held.filter((it) => it.name.startsWith(PREFIX)).map((it) => it.name.slice(PREFIX.length)));
  };
})();
