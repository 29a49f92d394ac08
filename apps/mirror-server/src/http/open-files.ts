import { readFileSync } from 'node:fs';

/**
 * Upper limit for files that the server itself opens, such as bundles and the index. At most a
 * quarter of the process limit is reserved for them.
 */
const OWN_FILES = 1000;
/** The connection itself, and the crate file streamed over it. */
const FILES_PER_CONNECTION = 2;

/** Default if the user sets no limit. */
const DEFAULT_CONNECTIONS = 16_000;

/**
 * Limits connections to the number of open files that the system allows, assuming one download for
 * each. Node has already raised the soft limit to the hard limit at this point.
 *
 * If the user sets no limit, the default is reduced without a note.
 *
 * @param wanted undefined if the user sets no limit
 * @param limit open files per process; undefined if unknown
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

/** RLIMIT_NOFILE, read as proc(5) describes; undefined if it is not available. */
function openFilesLimit(): number | undefined {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return match === null ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}
