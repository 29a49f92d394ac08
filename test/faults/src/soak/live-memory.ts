import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Point, Series } from './series.ts';

/** What remains after a collection of garbage, in all threads of a tool. */
export class LiveMemory {
  readonly #log: string;
  readonly #begin = Date.now();

  /** @param directory of the log */
  constructor(directory: string) {
    this.#log = join(directory, 'live-memory.log');
  }

  /** Of the tool */
  get environment(): NodeJS.ProcessEnv {
    const preload = new URL('./live-memory-preload.ts', import.meta.url).href;
    return { LIVE_MEMORY_LOG: this.#log, NODE_OPTIONS: `--import ${preload}` };
  }

  series(): Series {
    const byThread = new Map<string, Point[]>();
    for (const line of existsSync(this.#log) ? readFileSync(this.#log, 'utf8').trimEnd().split('\n') : []) {
      const [thread = '', at, bytes] = line.split(' ');
      const points = byThread.get(thread) ?? [];
      byThread.set(thread, points);
      points.push({ at: (Number(at) - this.#begin) / 1000, value: Number(bytes) / 1e6 });
    }
    return { name: 'live memory', unit: 'MB', points: sumOf([...byThread.values()]) };
  }
}

/** Adds the first points of all threads, their second ones, and so on. */
function sumOf(threads: readonly (readonly Point[])[]): Point[] {
  const [first = [], ...others] = threads.toSorted((a, b) => a.length - b.length);
  return first.map(({ at, value }, i) => ({
    at,
    value: others.reduce((sum, points) => sum + (points[i]?.value ?? 0), value),
  }));
}
