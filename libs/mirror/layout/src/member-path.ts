import { HOME_DIRECTORY } from './home-directory.ts';
import { windowsFlaw } from './windows-name.ts';

const MAX_PATH = 4000;
const MAX_PART = 255;
/** Millions of names do not have it, and need not be looked at any closer; `~` is among what is not in the range. */
const MAY_NAME_HOME = /s-mirror|[^\x20-\x7d]/i;

/**
 * Checks a path that somebody else chose (a tar member's name, say) before anything is written by it. A leading `./`,
 * which tar likes to put there, is dropped.
 *
 * @returns the path below a mirror's root, with `/`; or why it is refused, in words that follow "its name"
 */
export function checkMemberPath(
  name: string,
  platform: NodeJS.Platform = process.platform,
): { path: string } | { refused: string } {
  const path = name.replace(/^(\.\/+)+/, '');
  const refused = reasonAgainst(path) ?? (platform === 'win32' ? windowsFlaw(path) : undefined);
  return refused === undefined ? { path } : { refused };
}

function reasonAgainst(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  if (path.includes('\\')) return 'has a backslash';
  if (/\p{Cc}/u.test(path)) return 'has a control character';
  if (path.includes('\ufffd')) return 'is not UTF-8';
  if (Buffer.byteLength(path) > MAX_PATH) return `is longer than ${MAX_PATH} bytes`;
  const parts = path.split('/');
  for (const part of parts) {
    if (part === '') return 'has an empty part';
    // Windows drops spaces and dots at the end of a name: what is nothing else may lead up there.
    if (/^\.[. ]*$/.test(part)) return `has a '${part}' in it`;
    if (Buffer.byteLength(part) > MAX_PART) return `has a part of more than ${MAX_PART} bytes`;
  }
  // Within a mirror there may be a folder of bundles, which has such a directory too.
  if (MAY_NAME_HOME.test(path) && parts.some(namesHome))
    return `is in ${HOME_DIRECTORY}, which is the mirror's own`;
  return undefined;
}

/**
 * Whether some file system takes a name for that of a mirror's own directory: Windows drops dots and spaces at its end, has a
 * stream of the directory after a colon, and calls it CRATES~1 as well; macOS tells no cases apart, nor letters that are
 * one in lower case, and passes over what is invisible.
 */
function namesHome(part: string): boolean {
  const name = part
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/:.*/s, '')
    .replace(/[. ]+$/, '');
  return name === HOME_DIRECTORY || /^crates~\d+$/.test(name);
}
