// A text as a QR code (ISO/IEC 18004): bytes, error correction L, the smallest of the 40 sizes that holds it.
// In the page and not on the server, because a link's fragment is never sent anywhere.
(() => {
  "use strict";
  // By version: error correction bytes of a block, and how many blocks there are (table 9 of the standard, level L).
  const CHECKS = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, ...Array(14).fill(30)];
  const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25];
  const MASKS = [
    (x, y) => (x + y) % 2,
    (x, y) => y % 2,
    (x) => x % 3,
    (x, y) => (x + y) % 3,
    (x, y) => ((x / 3 | 0) + (y / 2 | 0)) % 2,
    (x, y) => ((x * y) % 2) + ((x * y) % 3),
    (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
    (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
  ];

  // The field of 256 elements that Reed and Solomon's code computes in.
  const POWER = new Uint8Array(510), LOG = new Uint8Array(256);
  for (let at = 0, value = 1; at < 255; at++) {
    POWER[at] = POWER[at + 255] = value;
    LOG[value] = at;
    value = (value << 1) ^ (value > 127 ? 0x11d : 0);
  }
  const times = (one, other) => (one && other ? POWER[LOG[one] + LOG[other]] : 0);

  function generator(degree) {
    let found = [1];
    for (let root = 0; root < degree; root++) {
      const next = [...found, 0];
      found.forEach((factor, at) => { next[at + 1] ^= times(factor, POWER[root]); });
      found = next;
    }
    return found.slice(1);
  }

  function checks(data, divisor) {
    const rest = new Uint8Array(divisor.length);
    for (const byte of data) {
      const factor = byte ^ rest[0];
      rest.copyWithin(0, 1);
      rest[rest.length - 1] = 0;
      divisor.forEach((part, at) => { rest[at] ^= times(part, factor); });
    }
    return rest;
  }

  function places(version) {
    if (version === 1) return [];
    const many = Math.floor(version / 7) + 2, last = version * 4 + 10;
    const step = version === 32 ? 26 : Math.ceil((last - 6) / (many - 1) / 2) * 2;
    return [6, ...Array.from({ length: many - 1 }, (_, at) => last - step * at).reverse()];
  }

  const side = (version) => version * 4 + 17;
  function room(version) {
    const many = version > 1 ? Math.floor(version / 7) + 2 : 0;
    let bits = side(version) ** 2 - 3 * 64 - 31 - 2 * (side(version) - 16) - (version > 6 ? 36 : 0);
    if (many) bits -= (many * many - 3) * 25 - (many - 2) * 2 * 5;
    return Math.floor(bits / 8);
  }
  const capacity = (version) => room(version) - CHECKS[version - 1] * BLOCKS[version - 1];
  const header = (version) => (version < 10 ? 12 : 20); // bits: four for the mode, the rest for the length

  function packed(bytes, version) {
    const bits = [];
    const put = (value, many) => { for (let at = many - 1; at >= 0; at--) bits.push((value >> at) & 1); };
    put(4, 4);
    put(bytes.length, header(version) - 4);
    for (const byte of bytes) put(byte, 8);
    const full = capacity(version) * 8;
    put(0, Math.min(4, full - bits.length));
    put(0, (8 - (bits.length % 8)) % 8);
    for (let pad = 0xec; bits.length < full; pad ^= 0xec ^ 0x11) put(pad, 8);
    return Uint8Array.from({ length: full / 8 }, (_, at) => parseInt(bits.slice(at * 8, at * 8 + 8).join(""), 2));
  }

  // The data in blocks, a byte of each in turn, then their checks likewise.
  function woven(data, version) {
    const many = BLOCKS[version - 1], short = Math.floor(data.length / many), divisor = generator(CHECKS[version - 1]);
    const blocks = [];
    for (let at = 0, block = 0; block < many; block++) {
      const end = at + short + (block >= many - (data.length % many) ? 1 : 0);
      blocks.push(data.slice(at, end));
      at = end;
    }
    const all = blocks.map((block) => checks(block, divisor)), out = [];
    for (let at = 0; at <= short; at++) for (const block of blocks) if (at < block.length) out.push(block[at]);
    for (let at = 0; at < divisor.length; at++) for (const block of all) out.push(block[at]);
    return out;
  }

  function remainder(value, divisor, bits) {
    let rest = value << bits;
    for (let at = 30; at >= bits; at--) if ((rest >>> at) & 1) rest ^= divisor << (at - bits);
    return rest;
  }

  function frame(version) {
    const size = side(version), dark = new Uint8Array(size * size), fixed = new Uint8Array(size * size);
    const set = (x, y, on) => { if (x >= 0 && y >= 0 && x < size && y < size) { dark[y * size + x] = on ? 1 : 0; fixed[y * size + x] = 1; } };
    for (let at = 0; at < size; at++) { set(6, at, at % 2 === 0); set(at, 6, at % 2 === 0); }
    const square = (x, y, reach, ring) => {
      for (let down = -reach; down <= reach; down++) for (let across = -reach; across <= reach; across++) set(x + across, y + down, !ring.includes(Math.max(Math.abs(across), Math.abs(down))));
    };
    for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(x, y, 4, [2, 4]);
    const spots = places(version), last = spots.at(-1);
    for (const x of spots) for (const y of spots) if (!((x === 6 && y === 6) || (x === 6 && y === last) || (x === last && y === 6))) square(x, y, 2, [1]);
    if (version > 6) {
      const bits = (version << 12) | remainder(version, 0x1f25, 12);
      for (let at = 0; at < 18; at++) { const far = size - 11 + (at % 3), near = Math.floor(at / 3), on = (bits >> at) & 1; set(far, near, on); set(near, far, on); }
    }
    return { size, dark, fixed, set };
  }

  function form(drawing, mask) {
    const { size, set } = drawing, data = (1 << 3) | mask; // 01: level L
    const bits = ((data << 10) | remainder(data, 0x537, 10)) ^ 0x5412, bit = (at) => (bits >> at) & 1;
    for (let at = 0; at < 6; at++) set(8, at, bit(at));
    set(8, 7, bit(6)); set(8, 8, bit(7)); set(7, 8, bit(8));
    for (let at = 9; at < 15; at++) set(14 - at, 8, bit(at));
    for (let at = 0; at < 8; at++) set(size - 1 - at, 8, bit(at));
    for (let at = 8; at < 15; at++) set(8, size - 15 + at, bit(at));
    set(8, size - 8, 1);
  }

  // Up and down in columns of two, from the right, around what is fixed.
  function fill({ size, dark, fixed }, bytes) {
    let bit = 0;
    for (let right = size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < size; step++) {
        const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (fixed[y * size + x]) continue;
          dark[y * size + x] = bit < bytes.length * 8 ? (bytes[bit >> 3] >> (7 - (bit & 7))) & 1 : 0;
          bit++;
        }
      }
    }
  }

  function masked({ size, dark, fixed }, mask) {
    const out = dark.slice();
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (!fixed[y * size + x] && MASKS[mask](x, y) === 0) out[y * size + x] ^= 1;
    return out;
  }

  // How hard it is to read: long runs of one colour, squares of it, what looks like a corner, too much of either.
  function ugliness(dark, size) {
    let points = 0, black = 0;
    const line = (at) => {
      let run = 0, was = -1, past = "";
      for (let step = 0; step < size; step++) {
        const now = at(step);
        run = now === was ? run + 1 : 1;
        points += run === 5 ? 3 : run > 5 ? 1 : 0;
        was = now;
        past = (past + now).slice(-11);
        if (past === "10111010000" || past === "00001011101") points += 40;
      }
    };
    for (let row = 0; row < size; row++) { line((step) => dark[row * size + step]); line((step) => dark[step * size + row]); }
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) {
      const here = dark[y * size + x];
      black += here;
      if (x && y && here === dark[y * size + x - 1] && here === dark[(y - 1) * size + x] && here === dark[(y - 1) * size + x - 1]) points += 3;
    }
    return points + 10 * Math.floor(Math.abs(black * 20 - size * size * 10) / (size * size));
  }

  // { size, dark }: `dark[y * size + x]` is 1 for a dark square; null for a text that no code holds.
  function code(text) {
    const bytes = new TextEncoder().encode(text);
    const version = Array.from({ length: 40 }, (_, at) => at + 1).find((it) => header(it) + bytes.length * 8 <= capacity(it) * 8);
    if (!version) return null;
    const drawing = frame(version);
    form(drawing, 0); // keeps the places free; the right one is written below
    fill(drawing, woven(packed(bytes, version), version));
    const tries = MASKS.map((_, mask) => {
      form(drawing, mask);
      const dark = masked(drawing, mask);
      return { dark, points: ugliness(dark, drawing.size) };
    });
    const best = tries.reduce((one, other) => (other.points < one.points ? other : one));
    return { size: drawing.size, dark: best.dark };
  }

  window.playground.qr = { code };
})();
