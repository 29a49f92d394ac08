import { readFileSync } from 'node:fs';

/** Files that the server itself has open at most, or a quarter of what it may have: bundles, the index. */
const OWN_FILES = 1000;
/** The connection itself, and the crate file that is streamed over it. */
const FILES_PER_CONNECTION = 2;

/** Where the user names no number. */
const DEFAULT_CONNECTIONS = 16_000;

/**
 * As many connections as the system lets a process have, at most, with a download each. Node has raised the soft limit to the
 * hard one by now.
 *
 * @param wanted undefined where the user leaves the number to the server: then it fits the limit without a note
 * @param limit open files of a process; undefined where nobody tells it
 */
export function fitConnections(
  wanted: number | undefined,
  onNote: (message: string) => void,
  limit: number | undefined = openFilesLimit(),
): number {
  const most = wanted ?? DEFAULT_CONNECTIONS;
  if (limit === undefined) return most;
  const fitting = Math.floor((limit - Math.min(OWN_FILES, limit >> 2)) / FILES_PER_CONNECTION);
  if (most <= fitting) return most;
  if (wanted !== undefined)
    onNote(
      `--max-connections ${wanted} is more than ${limit} open files allow: ${fitting} connections are taken at most. Raise the limit (ulimit -n, or LimitNOFILE= of a systemd unit)`,
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
