// What this browser keeps of a conversation: in its own database, never on the server, and never a key.
(() => {
  "use strict";
  const VERSION = 1;
  const opened = () =>
    new Promise((done, failed) => {
      const asked = indexedDB.open("playground", VERSION);
      asked.onupgradeneeded = () => asked.result.createObjectStore("conversations", { keyPath: "id" });
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });

  const within = async (mode, work) => {
    const database = await opened();
    try {
      return await new Promise((done, failed) => {
        const deed = database.transaction("conversations", mode);
        const asked = work(deed.objectStore("conversations"));
        deed.oncomplete = () => done(asked.result);
        deed.onabort = () => failed(deed.error);
      });
    } finally {
      database.close();
    }
  };

  window.playground.kept = {
    get: (id) => within("readonly", (store) => store.get(id)),
    put: (record) => within("readwrite", (store) => store.put(record)),
    remove: (id) => within("readwrite", (store) => store.delete(id)),
  };
})();
