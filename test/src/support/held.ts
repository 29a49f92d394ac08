import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Fault } from '@crates-mirror/sample-registry';
import type { Cleanup, RunningTool } from './tools.ts';
import { scratch, startTool } from './tools.ts';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'held-preload.ts')).href;

export interface HeldTool extends RunningTool {
  /** Lets it continue. */
  release(): void;
}

/** Where a tool is held. */
export interface HoldPoint {
  readonly on: 'open' | 'rename' | 'unlink';
  /** A part of the path. */
  readonly before: string;
  /** How many such files each thread passes first [0]. */
  readonly from?: number;
}

/**
 * Starts a tool that cannot end before the test releases it: one of its threads blocks at the
 * hold point, and the other threads continue. Returns when that point is reached.
 */
export async function startHeld(
  t: Cleanup,
  name: string,
  args: readonly string[],
  cwd: string,
  { on, before, from = 0 }: HoldPoint,
): Promise<HeldTool> {
  const at = mkdtempSync(join(scratch(t), 'held-'));
  const tool = startTool(t, name, args, cwd, {
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${PRELOAD}`.trim(),
    HELD_ON: on,
    HELD_BEFORE: before,
    HELD_FROM: String(from),
    HELD_AT: at,
  });
  while (!existsSync(join(at, 'reached'))) {
    if (tool.child.exitCode !== null) throw new Error(`${name} never came to ${before}: ${tool.stderr()}`);
    await sleep(5);
  }
  return { ...tool, release: () => writeFileSync(join(at, 'released'), '') };
}

/** An upstream's gate: it lets a number of requests pass, and the rest once it is opened. */
export class Gate {
  #left: number;
  readonly #opened = Promise.withResolvers<void>();

  constructor(passing: number) {
    this.#left = passing;
  }

  readonly faults = (): Fault | undefined =>
    this.#left-- > 0 ? undefined : { kind: 'hold', until: this.#opened.promise };

  open(): void {
    this.#left = Number.POSITIVE_INFINITY;
    this.#opened.resolve();
  }
}

/** Waits until a tool has written `text` to stderr, or has ended. */
export async function untilLogged(tool: RunningTool, text: string): Promise<void> {
  while (!tool.stderr().includes(text) && tool.child.exitCode === null) await sleep(5);
}
