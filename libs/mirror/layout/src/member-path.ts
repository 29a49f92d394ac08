import { HOME_DIRECTORY } from './home-directory.ts';
import { windowsFlaw } from './windows-name.ts';

const MAX_PATH = 4000;
const MAX_PART = 255;
/**
 * A quick check: millions of names do not match and need no closer check. `~` is outside the range
 * and therefore matches.
 */
const MAY_NAME_HOME = /s-mirror|[^\x20-\x7d]/i;

/**
 * Validates an untrusted path (for instance a tar member's name) before anything is written there.
 * A leading `./`, as tar often writes it, is removed.
 *
 * @returns the path below a mirror's root, with `/`; or the reason for rejecting it, phrased to
 * follow "its name"
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
    // Windows drops trailing spaces and dots, so such a name would become `.` or `..`.
    if (/^\.[. ]*$/.test(part)) return `has a '${part}' in it`;
    if (Buffer.byteLength(part) > MAX_PART) return `has a part of more than ${MAX_PART} bytes`;
  }
  // A mirror may contain a folder of bundles, which has such a directory too.
  if (MAY_NAME_HOME.test(path) && parts.some(namesHome))
    return `is in ${HOME_DIRECTORY}, which is the mirror's own`;
  return undefined;
}

/**
 * Whether some file system treats a name as that of a mirror's own directory. Windows drops
 * trailing dots and spaces, uses a colon for a stream of the directory, and has the alias CRATES~1.
 * macOS ignores case, compatible forms of letters, and invisible characters.
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
