// Credentials leave the page as the first 12 hexadecimal digits of their SHA-256 only (FIPS 180-4). The
// platform's own digest is asynchronous and absent from insecure pages.
const [ROOTS, CUBES] = (() => {
  const [roots, cubes] = [new Int32Array(8), new Int32Array(64)];
  for (let candidate = 2, found = 0; found < 64; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false;
    if (!prime) continue;
    if (found < 8) roots[found] = (candidate ** (1 / 2) * 2 ** 32) | 0;
    cubes[found++] = (candidate ** (1 / 3) * 2 ** 32) | 0;
  }
  return [roots, cubes];
})();
const Words = Int32Array;
const Octets = Uint8Array;
const HEX = "0123456789abcdef";

// UTF-8; half a surrogate pair becomes three octets, as the servers' fingerprints have it.
const encoded = (text) => {
  const octets = new Octets(text.length * 3 + 72);
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    let point = charCodeAt(text, index);
    const next = index + 1 < text.length ? charCodeAt(text, index + 1) : 0;
    if (point >= 0xd800 && point < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
      point = 0x10000 + ((point - 0xd800) << 10) + (next - 0xdc00);
      index += 1;
    }
    if (point < 0x80) octets[length++] = point;
    else {
      const more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
      octets[length++] = ((0xff00 >> (more + 1)) & 0xff) | (point >> (6 * more));
      for (let rest = more - 1; rest >= 0; rest--) octets[length++] = 0x80 | ((point >> (6 * rest)) & 0x3f);
    }
  }
  return { octets, length };
};

const rotated = (word, by) => (word >>> by) | (word << (32 - by));

const block = (hash, words) => {
  for (let t = 16; t < 64; t++) {
    const a = words[t - 15];
    const b = words[t - 2];
    words[t] =
      (words[t - 16] + words[t - 7] + (rotated(a, 7) ^ rotated(a, 18) ^ (a >>> 3)) +
        (rotated(b, 17) ^ rotated(b, 19) ^ (b >>> 10))) | 0;
  }
  let a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4], f = hash[5], g = hash[6], h = hash[7];
  for (let t = 0; t < 64; t++) {
    const one = (h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & f) ^ (~e & g)) + CUBES[t] + words[t]) | 0;
    const two = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  hash[0] += a; hash[1] += b; hash[2] += c; hash[3] += d;
  hash[4] += e; hash[5] += f; hash[6] += g; hash[7] += h;
};

const fingerprint = (text) => {
  const { octets, length } = encoded(text);
  const hash = new Words(8);
  for (let index = 0; index < 8; index++) hash[index] = ROOTS[index];
  octets[length] = 0x80;
  const blocks = (length + 9 + 63) >> 6;
  const words = new Words(64);
  for (let number = 0; number < blocks; number++) {
    for (let index = 0; index < 16; index++) {
      const at = number * 64 + index * 4;
      words[index] = (octets[at] << 24) | (octets[at + 1] << 16) | (octets[at + 2] << 8) | octets[at + 3];
    }
    if (number === blocks - 1) words[15] = length * 8;
    block(hash, words);
  }
  let digits = "";
  for (let shift = 28; shift >= 0; shift -= 4) digits += HEX[(hash[0] >>> shift) & 15];
  for (let shift = 28; shift >= 16; shift -= 4) digits += HEX[(hash[1] >>> shift) & 15];
  return digits;
};

// What this document is known to hold: text → fingerprint.
const known = { __proto__: null };
const remember = (text) => {
  if (text.length >= 8 && text.length <= LONGEST) known[text] ??= fingerprint(text);
};

const LONGEST = 16384;
const OPAQUE = /^[A-Za-z0-9_.~+/=-]{16,}$/;
const decode = decodeURIComponent;
const unescaped = (text) => {
  try {
    return decode(plusToSpace(text));
  } catch {
    return text;
  }
};
const plusToSpace = (text) => {
  let spaced = "";
  for (let from = 0, at = indexOf(text, "+"); ; from = at + 1, at = indexOf(text, "+", from)) {
    spaced += at < 0 ? slice(text, from) : `${slice(text, from, at)} `;
    if (at < 0) return spaced;
  }
};

// The fingerprints of what may be a credential somewhere in a value; a page's getters are not called.
const fingerprints = (value) => {
  const found = list();
  const left = { __proto__: null, visits: 200 };
  gather(value, 4, left, found);
  return found;
};

const gather = (value, depth, left, found) => {
  left.visits -= 1;
  if (left.visits < 0 || found.length >= 20) return;
  if (typeof value === "string") return consider(value, found);
  if (typeof value !== "object" || value === null || depth === 0) return;
  const keys = ownKeys(value);
  for (let index = 0; index < keys.length && index < 50; index++) {
    const member = getOwnPropertyDescriptor(value, keys[index]);
    if (member !== undefined) gather(member.value, depth - 1, left, found);
  }
};

const consider = (text, found) => {
  if (text.length > LONGEST) return;
  if (known[text] !== undefined) append(found, known[text]);
  else if (exec(OPAQUE, text)) append(found, fingerprint(text));
  else if (indexOf(text, "=") > 0) {
    const pair = /[?#&;]?[^=?#&;]*=([^#&;]*)/g;
    for (let match = exec(pair, text); match !== null && found.length < 20; match = exec(pair, text)) {
      const part = unescaped(match[1]);
      if (exec(OPAQUE, part)) append(found, fingerprint(part));
    }
  }
};

// An address with every value masked: "~" and its fingerprint. Python drops what its name does not make a
// credential; addresses that are contents, as data:, lose them here.
const masked = (text) => {
  if (typeof text !== "string") return null;
  const opaque = exec(/^(data:[^;,]{0,60}|(?:blob|javascript|mailto|tel):)/i, text);
  if (opaque) return `${opaque[1]},`;
  const path = exec(/^[^?#&;]*/, text)[0];
  let shown = slice(path, 0, 2000);
  const part = /([?#&;])([^=#&;?]*)(?:=([^#&;]*))?/g;
  part.lastIndex = path.length;
  for (let match = exec(part, text), count = 0; match !== null && count < 60; match = exec(part, text), count++) {
    const value = match[3] === undefined ? "" : `=${match[3] === "" ? "" : `~${fingerprint(unescaped(match[3]))}`}`;
    const lone = match[3] === undefined && match[2].length > 40 ? `~${fingerprint(match[2])}` : match[2];
    shown += match[1] + lone + value;
  }
  return shown;
};

const hrefOf = getter(URL.prototype, "href");
const address = (value) => {
  if (typeof value === "string") return masked(value);
  try {
    return masked(hrefOf(value));
  } catch {
    return null;
  }
};
