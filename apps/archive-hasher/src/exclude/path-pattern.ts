import { type BytePath, toBytePath } from '../byte-path.ts';

/**
 * The text between the stars in the pattern for one name; a single part is a name without stars.
 * `ANY` matches any number of names.
 */
type NamePattern = readonly BytePath[] | typeof ANY;

const ANY = '**';
const RESERVED = '?[{';

/**
 * A pattern for paths below a directory. The language is small, so that every reader of an
 * inventory interprets it in the same way. A pattern consists of names separated by `/`. In a name,
 * `*` matches any number of characters, including a leading dot. `**` as a whole name matches any
 * number of names, and as the last name at least one. A backslash escapes the next character.
 *
 * Matching time is proportional to pattern and path, even for a hostile pattern.
 */
export class PathPattern {
  readonly #names: readonly NamePattern[];

  private constructor(names: readonly NamePattern[]) {
    this.#names = names;
  }

  /**
   * @returns a phrase describing the error if the pattern is invalid; it follows the pattern in
   * messages
   */
  static parse(text: string): PathPattern | string {
    const trimmed = toBytePath(text.replace(/^(\.\/+)+/, '').replace(/\/+$/, ''));
    if (text.startsWith('/')) return 'begins with a slash, and is to be relative to the directory';
    const names: NamePattern[] = [];
    for (const name of trimmed.split('/')) {
      if (['', '.', '..'].includes(name)) return "has a name that is empty, '.' or '..'";
      if (name === ANY) {
        names.push(ANY);
        continue;
      }
      const parts = parseName(name);
      if (typeof parts === 'string') return parts;
      names.push(parts);
    }
    if (names.at(-1) === ANY) names.push(['', '']);
    return new PathPattern(names);
  }

  matches(path: BytePath): boolean {
    const names = path.split('/');
    const patterns = this.#names;
    let at = 0;
    let next = 0;
    /** Position of the last `**`, and the number of names matched up to and including it. */
    let any = -1;
    let taken = 0;
    while (at < names.length) {
      const pattern = patterns[next];
      if (pattern === ANY) {
        any = next;
        taken = at;
        next += 1;
      } else if (pattern !== undefined && matchesName(pattern, names[at] as BytePath)) {
        at += 1;
        next += 1;
      } else if (any !== -1) {
        taken += 1;
        at = taken;
        next = any + 1;
      } else {
        return false;
      }
    }
    return next === patterns.length;
  }
}

function parseName(name: BytePath): BytePath[] | string {
  const parts: BytePath[] = [''];
  const append = (character: string): void => {
    parts[parts.length - 1] += character;
  };
  for (let i = 0; i < name.length; i++) {
    const character = name[i] as string;
    if (character === '\\') {
      i += 1;
      if (i === name.length) return 'ends a name with a backslash, which takes the next character as it is';
      append(name[i] as string);
    } else if (character === '*') {
      parts.push('');
    } else if (RESERVED.includes(character)) {
      return `has a '${character}', which has no meaning here: there are * and **, and \\${character} for the character itself`;
    } else {
      append(character);
    }
  }
  return parts;
}

function matchesName(parts: readonly BytePath[], name: BytePath): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return name === first;
  const end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let start = first.length;
  for (const part of others) {
    const found = name.indexOf(part, start);
    if (found === -1 || found + part.length > end) return false;
    start = found + part.length;
  }
  return true;
}
