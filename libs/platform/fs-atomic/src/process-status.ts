import { readFileSync } from 'node:fs';

/**
 * ms. A lock or leftover that has not changed for so long has no owner, whichever process has its
 * id now.
 */
export const SILENCE_MS: number = 10 * 60_000;

/** Whether a process with this id exists and has not ended, in this process's own container. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // A zombie has ended; its parent has not reaped it yet, and in some containers never does.
  return !'ZX'.includes(processStatus(pid).state);
}

/** Fields 3 and 22 of /proc/PID/stat (proc(5)); `?` and empty if there is no such file. */
export function processStatus(pid: number): { state: string; started: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '?', started: fields[19] ?? '' };
  } catch {
    return { state: '?', started: '' };
  }
}
