// What this browser keeps: in its own database, never on the server, and never a key.
// Stores: conversations, media (blobs), settings, runs, comparisons; each record has an `id` and `saved` (ms).
(() => {
  "use strict";
  const VERSION = 2;
  const STORES = ["conversations", "media", "settings", "runs", "comparisons"];
  const opened = () =>
    new Promise((done, failed) => {
      const asked = indexedDB.open("playground", VERSION);
      asked.onupgradeneeded = () => {
        for (const name of STORES) if (!asked.result.objectStoreNames.contains(name)) asked.result.createObjectStore(name, { keyPath: "id" });
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });

  async function within(name, mode, work) {
    const database = await opened();
    database.onversionchange = () => database.close(); // a newer page wants to change the stores
    try {
      return await new Promise((done, failed) => {
        const deed = database.transaction(name, mode);
        const asked = work(deed.objectStore(name));
        deed.oncomplete = () => done(asked?.result);
        deed.onabort = () => failed(deed.error);
      });
    } finally {
      database.close();
    }
  }

  const store = (name) => ({
    get: (id) => within(name, "readonly", (it) => it.get(id)),
    all: () => within(name, "readonly", (it) => it.getAll()),
    remove: (id) => within(name, "readwrite", (it) => it.delete(id)),
    put: (record) => roomFor(() => within(name, "readwrite", (it) => it.put(record))),
    // In one go: what `change` makes of the record (undefined when there is none); undefined takes it out.
    update: (id, change) => roomFor(() => within(name, "readwrite", (it) => {
      const asked = it.get(id);
      asked.onsuccess = () => {
        const next = change(asked.result);
        if (next) it.put(next);
        else it.delete(id);
      };
    })),
  });

  const kept = (window.playground.kept = Object.fromEntries(STORES.map((name) => [name, store(name)])));

  // No room left: the oldest picture or clip goes, and the page tells; text never goes for it.
  async function roomFor(put) {
    for (;;) {
      try {
        return await put();
      } catch (full) {
        if (full?.name !== "QuotaExceededError") throw full;
        const oldest = (await kept.media.all()).filter((it) => it.blob).sort((one, other) => one.saved - other.saved)[0];
        if (!oldest) throw full;
        await kept.media.remove(oldest.id);
        document.dispatchEvent(new CustomEvent("playground:dropped", { detail: oldest }));
      }
    }
  }
})();
