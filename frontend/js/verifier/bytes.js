// Bytes, digests by name and the canonical JSON of RFC 8785, as gongbu/ground/ledger/{hashing,canonical}.py have them.
import { sha256 } from "@noble/hashes/sha2.js";
import { sm3 } from "./sm3.js";

export const DIGESTS = { SM3: sm3, "SHA-256": sha256 };
const encoder = new TextEncoder();

export const utf8 = (text) => encoder.encode(text);
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
export const unhex = (text) => Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
export const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

export function join(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { out.set(part, at); at += part.length; }
  return out;
}

// Throws on what no entry can hold: a number that is not whole or beyond 2^53−1, a key outside the basic plane.
export function canonical(value) {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new TypeError("number");
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  if (keys.some((key) => /[\ud800-\udfff]/.test(key))) throw new TypeError("key");
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}
