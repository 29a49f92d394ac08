import { UsageError } from '@crates-mirror/errors';

const PATTERN = /^[A-Za-z0-9_*?-]+$/;

/** A pattern of crate names. `*` stands for any characters, none included, `?` for one. */
export interface NamePattern {
  readonly text: string;
  readonly matches: (name: string) => boolean;
}

/** What is the same for names that crates.io takes for one: it registers no second name that differs in case, `-` and `_` alone. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** @throws UsageError for what can match no crate */
export function parseNamePattern(text: string): NamePattern {
  if (!PATTERN.test(text))
    throw new UsageError(`'${text}' is not a pattern of crate names`, {
      hint: 'Write letters, digits, - and _, with * for any characters and ? for one',
    });
  const canonical = canonicalName(text);
  if (!isWild(text)) return { text, matches: (name) => canonicalName(name) === canonical };
  return { text, matches: (name) => isMatch(canonicalName(name), canonical) };
}

/** Goes back to the last `*` alone: a regular expression with many of them could take for ever. */
function isMatch(name: string, pattern: string): boolean {
  let [at, inPattern, star, afterStar] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern++;
      afterStar = at;
    } else if (pattern[inPattern] === '?' || pattern[inPattern] === name[at]) {
      inPattern += 1;
      at += 1;
    } else if (star !== -1) {
      inPattern = star + 1;
      at = ++afterStar;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(inPattern));
}

/** Whether a pattern may stand for several names. */
export function isWild(pattern: string): boolean {
  return /[*?]/.test(pattern);
}
