import { setTimeout as sleep } from 'node:timers/promises';
import { type HoldPoint, startHeld } from '@crates-mirror/e2e/held';
import type { Cleanup } from '@crates-mirror/e2e/tools';
import { endOf } from './troubled-run.ts';

/** A held thread looks this often whether it may go on; removals take no longer. */
const RELEASE_MS = 15;

/**
 * Kills a tool at a file, or within some milliseconds after it: in between two system calls, or in
 * the middle of one.
 */
export async function killedAt(
  t: Cleanup,
  tool: string,
  args: readonly string[],
  cwd: string,
  point: HoldPoint,
  random: () => number,
): Promise<void> {
  const held = await startHeld(t, tool, args, cwd, point);
  const ended = endOf(held);
  if (random() < 0.6) {
    held.release();
    await sleep(RELEASE_MS * random());
  }
  held.child.kill('SIGKILL');
  await ended;
}
