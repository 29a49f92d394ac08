import { type BytePath, textOf } from '../byte-path.ts';

const REPLACEMENT = '\ufffd';
/** What both programs take for their standard input, wherever it stands. */
const STDIN = '-';

/** A line of `sha256sum` (coreutils 9): a backslash before it tells that some characters of the name are escaped. */
export function sha256SumLine(digest: string, path: BytePath): Buffer {
  return line(digest, path, /[\\\n\r]/);
}

/**
 * A line of `b3sum`, which escapes as coreutils 8 did.
 *
 * @returns undefined where b3sum refuses the name, and with it the whole file: it takes names in UTF-8 only, and of these
 *   none with the replacement character U+FFFD, which it takes for the trace of a name that was not UTF-8
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
