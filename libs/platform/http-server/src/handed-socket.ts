import { UsageError } from '@crates-mirror/errors';

/** A socket that is already listening. */
export interface HandedSocket {
  /** file descriptor */
  readonly fd: number;
}

/** SD_LISTEN_FDS_START. */
const FIRST = 3;

/**
 * The socket that systemd passes to a service started by a `.socket` unit: sd_listen_fds(3).
 *
 * @returns undefined if there is none for this process
 * @throws UsageError if there are several
 */
export function handedSocket(env: NodeJS.ProcessEnv, pid: number): HandedSocket | undefined {
  const count = Number(env['LISTEN_FDS'] ?? 0);
  // Sockets for a parent process are not meant for this one.
  if (env['LISTEN_PID'] !== String(pid) || !(count > 0)) return undefined;
  if (count === 1) return { fd: FIRST };
  throw new UsageError(`systemd hands over ${count} sockets, and one is served`, {
    hint: 'Leave one ListenStream= in the .socket unit',
  });
}
