// The pictures of questions: the server has them as uploaded files, the browser keeps them too (playground.kept.media).
// A server that lost its files (a restart, a day gone by) is given them again before it is told a conversation.
(() => {
  "use strict";
  const KINDS = /^data:(image\/(?:png|jpeg|webp|gif));base64,([A-Za-z0-9+/=\s]+)$/;
  const { playground } = window;
  const { kept } = playground;
  const address = (path) => `gradio_api/file=${path.split("/").map(encodeURIComponent).join("/")}`;

  // Resolves to whether this server has the file; rejects when there is no server to ask.
  async function isThere(path) {
    if (path.startsWith("kept:")) return false; // came with an imported file
    const answer = await window.fetch(address(path), { method: "HEAD" });
    if (answer.status >= 500) throw new Error(`status ${answer.status}`);
    return answer.ok;
  }

  async function upload({ blob, name }) {
    const form = new FormData();
    form.append("files", blob, name);
    const answer = await window.fetch("gradio_api/upload", { method: "POST", body: form });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return (await answer.json())[0];
  }

  // The path under which the server has the picture now; null when it is gone for good.
  async function brought(path) {
    if (await isThere(path)) return path;
    const record = await kept.media.get(path).catch(() => null);
    if (!record?.blob) return null;
    const now = await upload(record);
    if (now !== path) await kept.media.put({ ...record, id: now, saved: Date.now() }).catch(() => {});
    return now;
  }

  async function all(paths) {
    const found = await Promise.all(paths.map(brought));
    return { paths: found.filter(Boolean), gone: found.filter((it) => !it).length };
  }

  const asData = (blob) =>
    new Promise((done, failed) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.onerror = () => failed(reader.error);
      reader.readAsDataURL(blob);
    });

  async function blobOf(path) {
    const record = await kept.media.get(path).catch(() => null);
    if (record?.blob) return record.blob;
    if (path.startsWith("kept:")) return null;
    const answer = await window.fetch(address(path));
    return answer.ok ? answer.blob() : null;
  }

  playground.pictures = {
    brought: all,
    nameOf: (path) => path.split("/").pop(),

    // What is attached and not sent yet, as far as this server has it or can be given it again.
    async uploads(attached) {
      const paths = await Promise.all(attached.map((it) => brought(it.image.path)));
      const moved = (image, path) => (path === image.path ? image : { ...image, path, url: address(path) });
      return attached.flatMap((it, at) => (paths[at] ? [{ ...it, image: moved(it.image, paths[at]) }] : []));
    },

    // The turns with pictures that this server has, and how many pictures are gone.
    async bring(turns) {
      let gone = 0;
      const told = await Promise.all(turns.map(async (turn) => {
        if (!turn.images?.length) return turn;
        const found = await all(turn.images);
        gone += found.gone;
        return { ...turn, images: found.paths };
      }));
      return { turns: told, gone };
    },

    // What was just uploaded, so that it outlives the server's file.
    async keep(uploads) {
      for (const { image } of uploads) {
        if (await kept.media.get(image.path)) continue;
        const blob = await (await window.fetch(image.url ?? address(image.path))).blob();
        const name = image.orig_name || image.path.split("/").pop();
        await kept.media.put({ id: image.path, saved: Date.now(), of: "chat", name, blob });
      }
    },

    // A data URL for an export; null when the picture can't be read any more.
    async read(path) {
      try {
        const blob = await blobOf(path);
        const url = blob ? await asData(blob) : "";
        return KINDS.test(url.slice(0, 60)) ? url : null;
      } catch {
        return null;
      }
    },

    // A picture that came in an imported file; it goes to the server when its conversation is opened.
    async adopt(url) {
      const [, type, base64] = KINDS.exec(url) ?? [];
      if (!type) return null;
      const bytes = Uint8Array.from(atob(base64.replace(/\s/g, "")), (sign) => sign.charCodeAt(0));
      const id = `kept:${playground.mint()}`;
      await kept.media.put({ id, saved: Date.now(), of: "chat", name: `picture.${type.slice(6)}`, blob: new Blob([bytes], { type }) });
      return id;
    },
  };
})();
