// The texts of both verifiers: gongbu/ground/ledger/offline_words.json.
import WORDS from "../../../gongbu/ground/ledger/offline_words.json";

const said = (value) => (typeof value === "number" ? value.toLocaleString("en-US") : String(value));

export function words(group, code, facts = {}) {
  return WORDS[group][code].replace(/\{(\w+)\}/g, (_, name) => said(facts[name]));
}

export class Unreadable extends Error {}
export const unreadable = (code, facts) => new Unreadable(words("unreadable", code, facts));
// The first letters of a text, counted as the other verifier counts them.
export const start = (text, count) => Array.from(text).slice(0, count).join("");
