import { UsageError } from '@crates-mirror/errors';

const PATTERN = /^[A-Za-z0-9_*?-]+$/;

/** A pattern of crate names. `*` stands for any characters, or none; `?` stands for one. */
export interface NamePattern {
  readonly text: string;
  readonly matches: (name: string) => boolean;
}

/**
 * A canonical form, equal for names that crates.io considers the same: it registers no second name
 * that differs only in case, `-` and `_`.
 */
export function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** @throws UsageError if the pattern cannot match any crate */
export function parseNamePattern(text: string): NamePattern {
  if (!PATTERN.test(text))
    throw new UsageError(`'${text}' is not a pattern of crate names`, {
      hint: 'Write letters, digits, - and _, with * for any characters and ? for one',
    });
  const canonical = canonicalName(text);
  if (!isWild(text)) return { text, matches: (name) => canonicalName(name) === canonical };
  return { text, matches: (name) => isMatch(canonicalName(name), canonical) };
}

/** Patterns of crate names. Any number of them without wildcards takes one look-up. */
export class NamePatterns {
  readonly #exact = new Map<string, NamePattern>();
  readonly #wild: readonly NamePattern[];

  /** @throws UsageError if a pattern cannot match any crate */
  constructor(texts: readonly string[]) {
    const wild: NamePattern[] = [];
    for (const text of texts) {
      const pattern = parseNamePattern(text);
      const canonical = canonicalName(text);
      if (isWild(text)) wild.push(pattern);
      else if (!this.#exact.has(canonical)) this.#exact.set(canonical, pattern);
    }
    this.#wild = wild;
  }

  /** A pattern that matches the name, one without wildcards if there is one. */
  find(name: string): NamePattern | undefined {
    return this.#exact.get(canonicalName(name)) ?? this.#wild.find((pattern) => pattern.matches(name));
  }
}

/** Backtracks only to the last `*`. A regular expression could take exponential time. */
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

/** Whether a pattern may match several names. */
export function isWild(pattern: string): boolean {
  return /[*?]/.test(pattern);
}
