import { readFileSync } from 'node:fs';

/** Files that the server itself has open at most, or a quarter of what it may have: bundles, the index. */
const OWN_FILES = 1000;
/** The connection itself, and the crate file that is streamed over it. */
const FILES_PER_CONNECTION = 2;

/**
 * As many connections as the system lets a process have, at most, with a download each. Node has raised the soft limit to the
 * hard one by now.
 *
 * @param limit open files of a process; undefined where nobody tells it
 */
export function fitConnections(
  wanted: number,
  onNote: (message: string) => void,
  limit: number | undefined = openFilesLimit(),
): number {
  if (limit === undefined) return wanted;
  const fitting = Math.floor((limit - Math.min(OWN_FILES, limit >> 2)) / FILES_PER_CONNECTION);
  if (wanted <= fitting) return wanted;
  onNote(
    `the system allows ${limit} open files, so that ${fitting} connections are taken at most (see ulimit -n)`,
  );
  return fitting;
}

/** RLIMIT_NOFILE, as proc(5) tells it; undefined where nobody does. */
function openFilesLimit(): number | undefined {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return match === null ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}
