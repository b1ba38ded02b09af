// Inclusion and consistency proofs of RFC 9162 §2.1.3.2 and §2.1.4.2, as gongbu/ground/ledger/tree.py has them.
import { join, same } from "./bytes.js";

const NODE = Uint8Array.of(1);

export function verifyInclusion(leaf, index, size, path, root, digest) {
  if (index < 0 || index >= size) return false;
  let position = BigInt(index), last = BigInt(size - 1), carry = leaf;
  for (const sibling of path) {
    if (last === 0n) return false;
    if (position & 1n || position === last) {
      carry = digest(join(NODE, sibling, carry));
      while (!(position & 1n) && position) { position >>= 1n; last >>= 1n; }
    } else carry = digest(join(NODE, carry, sibling));
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n && same(carry, root);
}

export function verifyConsistency(old, now, oldRoot, newRoot, path, digest) {
  if (old <= 0 || old > now) return false;
  if (old === now) return path.length === 0 && same(oldRoot, newRoot);
  const first = BigInt(old), steps = first & (first - 1n) ? [...path] : [oldRoot, ...path];
  if (!steps.length) return false;
  let position = first - 1n, last = BigInt(now) - 1n;
  while (position & 1n) { position >>= 1n; last >>= 1n; }
  let before = steps[0], after = steps[0];
  for (const sibling of steps.slice(1)) {
    if (last === 0n) return false;
    if (position & 1n || position === last) {
      before = digest(join(NODE, sibling, before));
      after = digest(join(NODE, sibling, after));
      while (!(position & 1n) && position) { position >>= 1n; last >>= 1n; }
    } else after = digest(join(NODE, after, sibling));
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n && same(before, oldRoot) && same(after, newRoot);
}
