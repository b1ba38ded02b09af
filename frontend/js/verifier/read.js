// Read files strictly, by the rules of gongbu/ground/ledger/offline_reading.py: one meaning for every reader, or none.
import { DIGESTS, unhex } from "./bytes.js";
import { unreadable } from "./words.js";

const LARGEST = 1_000_000, MOST_DEEP = 64, MOST_STEPS = 128;
const HASH = /^[0-9A-Fa-f]{64}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

// Bytes of a file → a JSON object. The other verifier's reader refuses broken UTF-8, half characters and infinite numbers.
export function parse(bytes, name) {
  if (bytes.length > LARGEST) throw unreadable("too_large", { name });
  let value;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    refuseOdd(value);
  } catch {
    throw unreadable("not_json", { name });
  }
  if (!isObject(value)) throw unreadable("not_object", { name });
  return value;
}

function refuseOdd(root) {
  const left = [root];
  while (left.length) {
    const value = left.pop();
    if (typeof value === "string") encodeURIComponent(value); // throws on half of a surrogate pair
    else if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError("infinite");
    else if (value !== null && typeof value === "object") left.push(...Object.keys(value), ...Object.values(value));
  }
}

export function refuseDeep(value, depth = 0) {
  if (depth > MOST_DEEP) throw unreadable("too_deep", { most: MOST_DEEP });
  if (value !== null && typeof value === "object") for (const item of Object.values(value)) refuseDeep(item, depth + 1);
}

// The fields of one object, read by name; `what` is the refusal (receipt, head, kept, link).
export class Fields {
  constructor(holder, what) {
    if (!isObject(holder)) throw unreadable(what, { field: "应为一个对象" });
    this.holder = holder;
    this.what = what;
  }
  any(name) {
    if (!Object.hasOwn(this.holder, name)) throw this.no(name);
    return this.holder[name];
  }
  text(name) {
    const value = this.any(name);
    if (typeof value !== "string") throw this.no(name);
    return value;
  }
  count(name) {
    const value = this.any(name);
    if (!Number.isSafeInteger(value) || value < 0) throw this.no(name);
    return value + 0;
  }
  hash(name) { return this.digest(this.any(name), name); }
  path(name) {
    const value = this.any(name);
    if (!Array.isArray(value) || value.length > MOST_STEPS) throw this.no(name);
    return value.map((item) => this.digest(item, name));
  }
  // null: it decodes, but is not spelled as an encoder spells it.
  base64(name) {
    const text = this.text(name);
    if (!BASE64.test(text)) throw this.no(name);
    const raw = atob(text);
    return btoa(raw) === text ? Uint8Array.from(raw, (char) => char.charCodeAt(0)) : null;
  }
  algorithm(name) {
    const text = this.text(name);
    if (!Object.hasOwn(DIGESTS, text)) throw this.no(name);
    return DIGESTS[text];
  }
  digest(value, name) {
    if (typeof value !== "string" || !HASH.test(value)) throw this.no(name);
    return unhex(value);
  }
  no(name) { return unreadable(this.what, { field: name }); }
}
