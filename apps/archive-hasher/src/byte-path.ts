import { isUtf8 } from 'node:buffer';

/**
 * Names in file systems are bytes, and not always UTF-8. Inside this tool they are strings with one character a byte:
 * nothing gets lost, they take little memory, and comparing them compares bytes.
 */
export type BytePath = string;

const ASCII = /^\p{ASCII}*$/u;
const ODD = /[\p{Cc}"\\\u2028\u2029\ufffd]/u;

export function toBytePath(text: string): BytePath {
  return ASCII.test(text) ? text : Buffer.from(text).toString('latin1');
}

export function bytesOf(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The text that a path is in UTF-8. @returns undefined when it is none */
export function textOf(path: BytePath): string | undefined {
  if (ASCII.test(path)) return path;
  const bytes = bytesOf(path);
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** A path fit for one line of output: as it is, or quoted like JSON where something in it could be mistaken. */
export function shownPath(path: BytePath): string {
  const text = textOf(path) ?? bytesOf(path).toString('utf8');
  return ODD.test(text) ? JSON.stringify(text) : text;
}

export function joinPath(directory: BytePath, name: BytePath): BytePath {
  return directory === '' ? name : `${directory}/${name}`;
}

/**
 * The order of a depth-first walk whose names are sorted bytewise in each directory: that of the bytes, with `/` before
 * all others.
 *
 * @returns less than 0, 0, or more
 */
export function comparePaths(a: BytePath, b: BytePath): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    if (a[i] === b[i]) continue;
    if (a[i] === '/') return -1;
    if (b[i] === '/') return 1;
    return a.charCodeAt(i) - b.charCodeAt(i);
  }
  return a.length - b.length;
}
