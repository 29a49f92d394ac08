import { isUtf8 } from 'node:buffer';

/**
 * A path as bytes, because names in file systems are not always UTF-8. It is a string with one
 * character per byte: nothing is lost, it takes little memory, and comparing strings compares
 * bytes.
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

/** Decodes a path as UTF-8. @returns undefined if it is not UTF-8 */
export function textOf(path: BytePath): string | undefined {
  if (ASCII.test(path)) return path;
  const bytes = bytesOf(path);
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** A path for one line of output: unchanged, or quoted like JSON if it could be misread. */
export function shownPath(path: BytePath): string {
  const text = textOf(path) ?? bytesOf(path).toString('utf8');
  return ODD.test(text) ? JSON.stringify(text) : text;
}

export function joinPath(directory: BytePath, name: BytePath): BytePath {
  return directory === '' ? name : `${directory}/${name}`;
}

/**
 * Compares paths in the order of a depth-first walk with names sorted bytewise in each directory:
 * by bytes, with `/` before all others.
 *
 * @returns less than 0, 0, or greater than 0
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
