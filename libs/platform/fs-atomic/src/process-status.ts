import { readFileSync } from 'node:fs';

/** A lock or a remainder that has not changed for so long is nobody's, whoever has its process id by now. ms */
export const SILENCE_MS: number = 10 * 60_000;

/** Whether there is a process of this id that has not ended, in this process's own container. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // A zombie has ended; only its parent has not asked for it yet, and in some containers never does.
  return !'ZX'.includes(processStatus(pid).state);
}

/** Fields 3 and 22 of /proc/PID/stat (proc(5)); `?` and empty where there is no such file. */
export function processStatus(pid: number): { state: string; started: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '?', started: fields[19] ?? '' };
  } catch {
    return { state: '?', started: '' };
  }
}
