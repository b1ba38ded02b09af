// Check a receipt against itself and against kept heads: the same steps, in the same order and the same words, as
// gongbu/ground/ledger/offline.py. Throws Unreadable when a file is not what it should be.
import { hashes, verify } from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { canonical, hex, join, same, utf8 } from "./bytes.js";
import { Fields, isObject, refuseDeep } from "./read.js";
import { verifyConsistency, verifyInclusion } from "./tree.js";
import { start, unreadable, words } from "./words.js";

hashes.sha512 = sha512;
export const RECEIPT = "gongbu-receipt/1", BOUND_RECEIPT = "gongbu-receipt/2", CONSISTENCY = "gongbu-consistency/1";
export const isReceipt = (value) => [RECEIPT, BOUND_RECEIPT].includes(value.format);
const LONGEST_QUOTE = 40;
const MARK = utf8("\0gongbu-leaf/2\n"); // 0x00 of every leaf, then what tells format 2 from a text in format 1
const STATED = ["clock", "kind", "kind_label", "occurred_on", "public", "receipt", "recorded_at"];

export function check(receipt, kept = []) {
  [receipt, ...kept].forEach((one) => refuseDeep(one));
  const report = { proven: [], wrong: [], open: [], fields: "declared", isPlaced: false, isSigned: false };
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
  against(facts(head), kept, report);
  return report;
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
    report.open.push(words("open", "whose_key"));
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

function against(head, kept, report) {
  const heads = [], links = [];
  for (const one of kept) {
    if (one.format === CONSISTENCY) links.push(link(one, report));
    else heads.push(keptHead(one, report));
  }
  if (!kept.length) { report.open.push(words("open", "no_kept")); return; }
  const known = [head];
  const knows = (one) => known.some((other) => other.size === one.size && other.root === one.root);
  for (let round = 0; round < links.length; round++) // each round may reach one head more
    for (const one of links) if (one && (knows(one.old) || knows(one.now))) known.push(one.old, one.now);
  for (const { size, root } of heads) {
    if (knows({ size, root })) report.proven.push(words("proven", "same_book", { size }));
    else if (known.some((other) => other.size === size && other.root !== root)) report.wrong.push(words("wrong", "fork", { size }));
    else {
      const [first, last] = [size, head.size].sort((a, b) => a - b).map(String);
      report.open.push(words("open", "need_link", { size, here: head.size, first, last }));
    }
  }
}

function keptHead(one, report) {
  const head = new Fields(isReceipt(one) ? new Fields(one.proof, "kept").any("head") : one, "kept");
  const found = facts(head);
  if (Object.hasOwn(head.holder, "signature") && head.text("key_id").split(":")[0] === "ed25519" && !isSigned(head))
    report.wrong.push(words("wrong", "kept_signature", { size: found.size }));
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
