import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The file system that a path is on, or will be on once it is created. */
export interface FileSystem {
  /** bytes that this user may still write */
  readonly free: number;
  /** Its mount point, and its type (`ext4`); undefined if the system does not report them. */
  readonly mount: { readonly point: string; readonly type: string } | undefined;
}

const MOUNTS = '/proc/self/mountinfo';

/** @throws the system's error if no part of the path can be accessed */
export function fileSystemOf(path: string): FileSystem {
  let existing = resolve(path);
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return { free: bavail * bsize, mount: findMount(readMounts(), existing) };
}

function readMounts(): string {
  try {
    return readFileSync(MOUNTS, 'utf8');
  } catch {
    // Systems other than Linux have no such file.
    return '';
  }
}

/**
 * The mount that an absolute path is on.
 *
 * @param mountinfo text of /proc/self/mountinfo, see proc_pid_mountinfo(5)
 */
export function findMount(mountinfo: string, path: string): FileSystem['mount'] {
  let found: FileSystem['mount'];
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ');
    const point = unescapeOctal(fields[4] ?? '');
    const type = fields[fields.indexOf('-') + 1] ?? '';
    if (point === '' || !isBelow(path, point)) continue;
    // Of several mounts on one point, the last is on top.
    if (found === undefined || point.length >= found.point.length) found = { point, type };
  }
  return found;
}

function isBelow(path: string, point: string): boolean {
  return point === '/' || path === point || path.startsWith(`${point}/`);
}

/** Spaces and similar characters are written as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
