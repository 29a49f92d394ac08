import { UsageError } from '@crates-mirror/errors';

/** A socket that listens already. */
export interface HandedSocket {
  /** file descriptor */
  readonly fd: number;
}

/** SD_LISTEN_FDS_START. */
const FIRST = 3;

/**
 * The socket that systemd hands over to a service that a `.socket` unit starts: sd_listen_fds(3).
 *
 * @returns undefined where there is none for this process
 * @throws UsageError where there are several
 */
export function handedSocket(env: NodeJS.ProcessEnv, pid: number): HandedSocket | undefined {
  const count = Number(env['LISTEN_FDS'] ?? 0);
  // Those of a process that has started this one are not for it.
  if (env['LISTEN_PID'] !== String(pid) || !(count > 0)) return undefined;
  if (count === 1) return { fd: FIRST };
  throw new UsageError(`systemd hands over ${count} sockets, and one is served`, {
    hint: 'Leave one ListenStream= in the .socket unit',
  });
}
