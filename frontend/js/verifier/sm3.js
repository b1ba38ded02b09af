// SM3 (GB/T 32905-2016): bytes → 32 bytes. 32-bit words; lengths up to 2^32 bits are enough for receipts.
const IV = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];
const rot = (x, n) => ((n &= 31), (x << n) | (x >>> (32 - n)));
const p0 = (x) => x ^ rot(x, 9) ^ rot(x, 17);
const p1 = (x) => x ^ rot(x, 15) ^ rot(x, 23);
// 5.3.3: the constants of the rounds, turned left by their number.
const T = Array.from({ length: 64 }, (_, j) => rot(j < 16 ? 0x79cc4519 : 0x7a879d8a, j));

// 5.2: the message, a bit 1, zeros, and the length in bits as the last 64 bits of a block.
function padded(message) {
  const length = message.length + 9 + ((119 - (message.length % 64)) % 64);
  const out = new Uint8Array(length);
  out.set(message);
  out[message.length] = 0x80;
  const view = new DataView(out.buffer);
  view.setUint32(length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(length - 4, (message.length * 8) >>> 0);
  return view;
}

// 5.3.2: one block of 64 bytes becomes 68 words.
function expanded(view, at) {
  const w = new Int32Array(68);
  for (let j = 0; j < 16; j++) w[j] = view.getUint32(at + 4 * j);
  for (let j = 16; j < 68; j++) w[j] = p1(w[j - 16] ^ w[j - 9] ^ rot(w[j - 3], 15)) ^ rot(w[j - 13], 7) ^ w[j - 6];
  return w;
}

// 5.3.3: the compression function.
function compress(state, w) {
  let [a, b, c, d, e, f, g, h] = state;
  for (let j = 0; j < 64; j++) {
    const a12 = rot(a, 12);
    const ss1 = rot((a12 + e + T[j]) | 0, 7);
    const ss2 = ss1 ^ a12;
    const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) | 0;
    const tt2 = (gg + h + ss1 + w[j]) | 0;
    [d, c, b, a] = [c, rot(b, 9), a, tt1];
    [h, g, f, e] = [g, rot(f, 19), e, p0(tt2)];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] ^= word));
}

export function sm3(message) {
  const view = padded(message), state = Int32Array.from(IV);
  for (let at = 0; at < view.byteLength; at += 64) compress(state, expanded(view, at));
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => out.setInt32(4 * i, word));
  return new Uint8Array(out.buffer);
}
