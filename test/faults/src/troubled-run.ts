import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Cleanup, type Ended, type RunningTool, startTool } from '@crates-mirror/e2e/tools';

/** No run with the campaign's timeouts takes as long on any machine. A run that does has hung. */
const HANG_MS = 300_000;
const LOOK_EVERY_MS = 100;
/** For a few hundred small files. */
const MAX_RSS_KB = 400_000;

export interface TroubledEnd extends Ended {
  /** the largest resident set, in kB */
  readonly peakKb: number;
}

/**
 * Runs a tool under faults, and checks that it ends, with a documented exit code, in bounded memory
 * and without a stack trace.
 */
export async function troubledRun(
  t: Cleanup,
  tool: string,
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<TroubledEnd> {
  return endOf(startTool(t, tool, args, cwd, environment));
}

/** Like {@link troubledRun}, for a tool that is already running. */
export async function endOf(tool: RunningTool): Promise<TroubledEnd> {
  let peakKb = 0;
  let isHanging = false;
  const look = setInterval(() => {
    peakKb = Math.max(peakKb, peakOf(tool.child.pid));
  }, LOOK_EVERY_MS);
  const hang = setTimeout(() => {
    isHanging = true;
    tool.child.kill('SIGKILL');
  }, HANG_MS);
  const ended = await tool.ended;
  clearInterval(look);
  clearTimeout(hang);
  assert.ok(!isHanging, `it hangs\n${ended.stderr}`);
  assertPlain(ended);
  assert.ok(peakKb < MAX_RSS_KB, `${peakKb} kB of memory`);
  return { ...ended, peakKb };
}

/** Fails if a user would see a stack trace, or an undocumented exit code. */
function assertPlain({ code, stderr }: Ended): void {
  assert.ok([0, 1, 2, 130, null].includes(code), `exit code ${code}\n${stderr}`);
  assert.doesNotMatch(stderr, /internal error|\n {4}at /);
}

/** @returns 0 if there is no such process, or no /proc */
function peakOf(pid: number | undefined): number {
  try {
    const kb = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kb ?? 0);
  } catch {
    return 0;
  }
}
