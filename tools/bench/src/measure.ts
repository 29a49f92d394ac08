import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@crates-mirror/errors';

/** The cost of one run of a command. */
export interface Cost {
  /** seconds */
  readonly wall: number;
  /** user and system time of the command and its children, seconds */
  readonly cpu: number;
  /** peak resident set of the command itself, bytes */
  readonly memory: number;
}

export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
}

/**
 * Polling takes time of the two measured cores: it is less frequent once the command has proved not
 * to be short.
 */
const MEMORY_POLL_MS = 20;
const LATER_POLL_MS = 100;
const LATER_AFTER_MS = 200;
const MAX_COMPLAINT = 1000;

/**
 * Runs a command to its end, including startup.
 *
 * @param server a process whose CPU time and memory are measured instead: the command only sends
 *   requests to it
 * @throws CodedError with the end of its stderr when it fails
 */
export async function measure({ argv, cwd }: Command, server?: number): Promise<Cost> {
  const before = server === undefined ? 0 : cpuTime(server);
  // The shell's `time` includes the children of its command, as getrusage(RUSAGE_CHILDREN) does.
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>errors.log';
  const child = spawn('bash', ['-c', script, 'bash', ...argv], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let times = '';
  child.stderr.on('data', (data) => {
    times += data;
  });
  let memory = 0;
  const start = performance.now();
  const poll = (): NodeJS.Timeout => {
    const wait = performance.now() - start < LATER_AFTER_MS ? MEMORY_POLL_MS : LATER_POLL_MS;
    return setTimeout(() => {
      memory = Math.max(memory, ...childrenOf(child.pid as number).map(peakMemory));
      next = poll();
    }, wait);
  };
  let next = poll();
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(next);
  if (code !== 0) {
    const said = readOrEmpty(join(cwd, 'errors.log')).slice(-MAX_COMPLAINT);
    throw new CodedError('command_failed', `${argv.join(' ')} ended with exit code ${String(code)}: ${said}`);
  }
  const [wall, user, system] = (times.trim().split('\n').at(-1) ?? '').split(' ').map(Number) as [
    number,
    number,
    number,
  ];
  if (server === undefined) return { wall, cpu: user + system, memory };
  return { wall, cpu: cpuTime(server) - before, memory: peakMemory(server) };
}

/**
 * User and system time of all threads of a process, seconds: fields 14 and 15 of /proc/PID/stat, in
 * ticks of 10 ms.
 */
function cpuTime(pid: number): number {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Child processes of a process. */
export function childrenOf(pid: number): number[] {
  return readOrEmpty(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}

/** VmHWM of proc(5), in bytes. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readOrEmpty(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended.
    return '';
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
