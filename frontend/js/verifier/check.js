// Check a receipt against itself and against kept heads: the same steps, in the same order and the same words, as
// gongbu/ground/ledger/offline.py. Throws Unreadable when a file is not what it should be. A file that agrees with itself
// proves nothing about who made it: it holds only when tied to a head or a key that was come by in another way.
import { hashes, verify } from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { canonical, hex, join, same, utf8 } from "./bytes.js";
import { Fields, isObject, refuseDeep } from "./read.js";
import { verifyConsistency, verifyInclusion } from "./tree.js";
import { start, unreadable, words } from "./words.js";

hashes.sha512 = sha512;
export const RECEIPT = "gongbu-receipt/1", BOUND_RECEIPT = "gongbu-receipt/2", CONSISTENCY = "gongbu-consistency/1";
export const isReceipt = (value) => [RECEIPT, BOUND_RECEIPT].includes(value.format);
const LONGEST_QUOTE = 40, MOST_OF_KEY_ID = 80;
const MARK = utf8("\0gongbu-leaf/2\n"); // 0x00 of every leaf, then what tells format 2 from a text in format 1
const STATED = ["clock", "kind", "kind_label", "occurred_on", "public", "receipt", "recorded_at"];

const KEY = /^(?:ed25519:)?([0-9a-f]{16}|[0-9a-f]{64})$/;

// One word for a report (offline.Verdict); only "holds" may be relied on.
export function verdict(report) {
  if (report.wrong.length) return "wrong";
  if (report.fields !== "proven" || !report.isPlaced || !report.isSigned || report.lacksLink) return "incomplete";
  return report.isTied ? "holds" : "key_unchecked";
}

export function check(receipt, kept = [], key = "") {
  [receipt, ...kept].forEach((one) => refuseDeep(one));
  const trusted = trustedKey(key);
  const report = { proven: [], wrong: [], open: [], fields: "declared", isPlaced: false, isSigned: false, isTied: false, lacksLink: false };
  const form = receipt.format ?? null;
  if (!isReceipt(receipt)) {
    const found = typeof form === "string" ? form : form === null || typeof form === "boolean" ? String(form) : "—";
    throw unreadable("not_receipt", { expected: `${RECEIPT} 或 ${BOUND_RECEIPT}`, found: start(found, LONGEST_QUOTE) });
  }
  const proof = new Fields(receipt.proof, "receipt");
  if (form === BOUND_RECEIPT) {
    fields(receipt, proof, report);
    report.open.push(words("open", "later"));
  } else report.open.push(words("open", "not_bound"));
  if ((proof.holder.head ?? null) === null || (proof.holder.index ?? null) === null) {
    report.open.push(words("open", "pending"));
    return report;
  }
  const head = new Fields(proof.any("head"), "head");
  place(proof, head, report);
  signature(head, report);
  trust(head, trusted, report);
  against(head, proof.count("index"), kept, report);
  if (report.isSigned && !report.isTied) report.open.push(words("open", "whose_key"));
  return report;
}

// The hexadecimal digits of a public key or of its fingerprint, however it was printed; empty if none was given.
function trustedKey(text) {
  const said = text.replace(/[ \t\r\n]/g, "").toLowerCase();
  if (!said) return "";
  const found = KEY.exec(said);
  if (!found) throw unreadable("key");
  return found[1];
}

// Format 2 of gongbu/ground/ledger/leaf.py: the leaf from what the receipt states and the inner hash.
function fields(receipt, proof, report) {
  const stated = new Fields(receipt, "receipt");
  const said = { v: 2 };
  for (const key of STATED) said[key] = stated.any(key);
  const digest = proof.algorithm("algorithm"), inner = stated.hash("entry_hash"), expected = proof.hash("leaf_hash");
  if (!isObject(said.public)) throw unreadable("receipt", { field: "public" });
  let computed = new Uint8Array();
  try { computed = digest(join(MARK, inner, utf8(canonical(said)))); } catch { /* a number that no entry can hold */ }
  report.fields = same(computed, expected) ? "proven" : "wrong";
  if (report.fields === "proven") report.proven.push(words("proven", "fields", { count: Object.keys(said.public).length }));
  else report.wrong.push(words("wrong", "fields"));
}

function place(proof, head, report) {
  const digest = proof.algorithm("algorithm");
  const leaf = proof.hash("leaf_hash"), root = head.hash("root"), path = proof.path("path");
  const index = proof.count("index"), size = head.count("size");
  report.isPlaced = verifyInclusion(leaf, index, size, path, root, digest);
  if (report.isPlaced) report.proven.push(words("proven", "place", { number: index + 1, size }));
  else report.wrong.push(words("wrong", "place"));
}

function signature(head, report) {
  const key_id = head.text("key_id"), scheme = key_id.split(":")[0];
  if (scheme !== "ed25519") report.open.push(words("open", "scheme", { scheme: start(scheme, LONGEST_QUOTE) }));
  else if (isSigned(head)) {
    const at = start(head.text("signed_at"), 19).replaceAll("T", " ");
    report.isSigned = true;
    report.proven.push(words("proven", "signed", { key_id, at }));
  } else report.wrong.push(words("wrong", "signature"));
}

function isSigned(head) {
  const key = head.base64("public_key"), value = head.base64("signature");
  const message = {
    v: 1, size: head.count("size"), root: head.text("root"), algorithm: head.text("algorithm"),
    signed_at: head.text("signed_at"), clock: head.text("clock"),
  };
  const id = head.text("key_id");
  if (key === null || value === null || `ed25519:${hex(sha256(key)).slice(0, 16)}` !== id) return false;
  try { return verify(value, utf8(canonical(message)), key, { zip215: false }); } catch { return false; }
}

// Compare the key that signed the head with the one that the reader trusts.
function trust(head, trusted, report) {
  if (!trusted || !report.isSigned) return;
  const key_id = head.text("key_id");
  if ([hex(head.base64("public_key")), key_id.slice(key_id.indexOf(":") + 1)].includes(trusted)) {
    report.isTied = true;
    report.proven.push(words("proven", "key", { key_id }));
  } else report.wrong.push(words("wrong", "key", { key_id, key: trusted.slice(0, 16) }));
}

function against(head, index, kept, report) {
  const here = facts(head), key_id = head.text("key_id"), heads = [], links = [];
  for (const one of kept) {
    if (one.format === CONSISTENCY) links.push(link(one, report));
    else heads.push(keptHead(one, report));
  }
  if (!heads.length) { report.open.push(words("open", "no_kept")); return; }
  const known = sameBook(here, links.filter(Boolean));
  for (const other of heads) {
    const { size, root } = other;
    const isOtherKey = other.key_id !== null && (other.key_id !== key_id || (other.key !== null && !same(other.key, head.base64("public_key"))));
    const otherKey = () => report.wrong.push(words("wrong", "other_key", { size, kept: other.key_id, key_id }));
    if (has(known, other)) {
      report.proven.push(words("proven", "same_book", { size }));
      if (index < size) report.isTied = true; // the kept root itself stands over this entry, whoever signed the receipt's head
      else if (isOtherKey) otherKey();
      else if (other.key !== null) report.isTied = true;
      else report.open.push(words("open", "beyond", { size }));
    } else if (known.some((one) => one.size === size && one.root !== root)) report.wrong.push(words("wrong", "fork", { size }));
    else if (isOtherKey) otherKey();
    else {
      const [first, last] = [size, here.size].sort((a, b) => a - b).map(String);
      report.lacksLink = true;
      report.open.push(words("open", "need_link", { size, here: here.size, first, last }));
    }
  }
}

const has = (known, one) => known.some((other) => other.size === one.size && other.root === one.root);

// The heads that this one grows into, and the beginnings of all of them. Two heads that merely share a beginning may
// have parted after it, so a link is never followed back and then forth.
function sameBook(head, links) {
  const known = [head];
  const add = (one) => { if (!has(known, one)) known.push(one); };
  for (let round = 0; round < links.length; round++) for (const one of links) if (has(known, one.old)) add(one.now);
  for (let round = 0; round < links.length; round++) for (const one of links) if (has(known, one.now)) add(one.old);
  return known;
}

function keptHead(one, report) {
  const head = new Fields(isReceipt(one) ? new Fields(one.proof, "kept").any("head") : one, "kept");
  const found = { ...facts(head), key_id: null, key: null }, isWithSignature = Object.hasOwn(head.holder, "signature");
  if (isWithSignature || Object.hasOwn(head.holder, "key_id")) found.key_id = start(head.text("key_id"), MOST_OF_KEY_ID);
  if (!isWithSignature || found.key_id.split(":")[0] !== "ed25519") return found;
  if (isSigned(head)) found.key = head.base64("public_key");
  else report.wrong.push(words("wrong", "kept_signature", { size: found.size }));
  return found;
}

function link(proof, report) {
  const all = new Fields(proof, "link");
  const first = new Fields(all.any("from"), "link"), last = new Fields(all.any("to"), "link");
  const old = facts(first), now = facts(last), digest = last.algorithm("algorithm");
  const roots = [first.hash("root"), last.hash("root")];
  if (verifyConsistency(old.size, now.size, ...roots, all.path("path"), digest)) return { old, now };
  report.wrong.push(words("wrong", "link", { old: old.size, new: now.size }));
  return null;
}

const facts = (head) => ({ size: head.count("size"), root: hex(head.hash("root")) });
