import { type BytePath, textOf } from '../byte-path.ts';

const REPLACEMENT = '\ufffd';
/** Both programs interpret this name as their standard input, wherever it occurs. */
const STDIN = '-';

/**
 * A line of `sha256sum` (coreutils 9). A leading backslash marks a name with escaped characters.
 */
export function sha256SumLine(digest: string, path: BytePath): Buffer {
  return line(digest, path, /[\\\n\r]/);
}

/**
 * A line of `b3sum`, which escapes names as coreutils 8 did.
 *
 * @returns undefined if b3sum rejects the name, and with it the whole file: it accepts only names
 * in UTF-8, and none with the replacement character U+FFFD, which it interprets as the result of
 * decoding a name that was not UTF-8
 */
export function b3SumLine(digest: string, path: BytePath): Buffer | undefined {
  const text = textOf(path);
  return text === undefined || text.includes(REPLACEMENT) ? undefined : line(digest, path, /[\\\n]/);
}

function line(digest: string, path: BytePath, special: RegExp): Buffer {
  if (path === STDIN) return Buffer.from(`${digest}  ./${path}\n`);
  if (!special.test(path)) return Buffer.from(`${digest}  ${path}\n`, 'latin1');
  const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };
  const escaped = path.replaceAll(new RegExp(special, 'g'), (character) => escapes[character] as string);
  return Buffer.from(`\\${digest}  ${escaped}\n`, 'latin1');
}
