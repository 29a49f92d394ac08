import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@crates-mirror/sampling';
import type { Chapter, Figures } from './chapter.ts';
import { Ground } from './ground.ts';

/** A broken promise, with the data needed to reproduce it. */
export interface Violation {
  readonly seed: number;
  readonly message: string;
}

export interface ChapterResult {
  readonly chapter: Chapter;
  readonly rounds: number;
  readonly figures: Figures;
  readonly violations: readonly Violation[];
  /** Why it did not run */
  readonly skipped?: string;
}

/** Runs cleanups in reverse order. */
export class CleanUps {
  readonly #callbacks: (() => unknown)[] = [];

  after(callback: () => unknown): void {
    this.#callbacks.push(callback);
  }

  /** For callbacks that are synchronous. */
  [Symbol.dispose](): void {
    for (const callback of this.#callbacks.toReversed()) callback();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const callback of this.#callbacks.toReversed()) await callback();
  }
}

/** Knuth's multiplier: neighboring seeds would otherwise start with similar numbers. */
const SPREAD = 0x9e3779b1;

/** Figures with this prefix are maxima; all others are sums. */
const MAX = 'max ';

function add(all: Record<string, number>, more: Figures): void {
  for (const [name, value] of Object.entries(more))
    all[name] = name.startsWith(MAX) ? Math.max(all[name] ?? 0, value) : (all[name] ?? 0) + value;
}

/**
 * Runs some rounds of a chapter, one after the other. Round i of seed s is the only round of seed s
 * + i.
 *
 * @param onRound callback for each round, with its violation if it has one
 */
export async function runChapter(
  chapter: Chapter,
  seed: number,
  rounds: number,
  onRound: (seed: number, violation?: Violation) => void = () => {},
): Promise<ChapterResult> {
  const skipped = chapter.missing?.();
  if (skipped !== undefined) return { chapter, rounds: 0, figures: {}, violations: [], skipped };
  await using cleanUps = new CleanUps();
  const directory = temporary(cleanUps);
  const ground = await Ground.make(cleanUps, directory);
  const figures: Record<string, number> = {};
  const violations: Violation[] = [];
  for (let of = seed; of < seed + rounds; of++) {
    const violation = await runRound(chapter, ground, of, figures);
    if (violation !== undefined) violations.push(violation);
    onRound(of, violation);
  }
  return { chapter, rounds, figures, violations };
}

async function runRound(
  chapter: Chapter,
  ground: Ground,
  seed: number,
  figures: Record<string, number>,
): Promise<Violation | undefined> {
  await using t = new CleanUps();
  try {
    add(
      figures,
      await chapter.run({
        ground,
        random: seededRandom(Math.imul(seed, SPREAD)),
        directory: temporary(t),
        t,
      }),
    );
    return undefined;
  } catch (error) {
    return { seed, message: error instanceof Error ? error.message : String(error) };
  }
}

function temporary(cleanUps: CleanUps): string {
  const directory = mkdtempSync(join(tmpdir(), 'faults-'));
  cleanUps.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
