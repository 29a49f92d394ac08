import { readdirSync, readFileSync } from 'node:fs';
import type { Series } from './series.ts';

/** What a process holds at one moment. */
interface Sample {
  /** Seconds since the first sample */
  readonly at: number;
  /** Resident set, in MB */
  readonly memory: number;
  readonly descriptors: number;
  readonly threads: number;
}

/**
 * Samples a process at an interval, until it ends or `stop` is called. Linux only.
 */
export class ProcessSamples {
  readonly #pid: number;
  readonly #begin = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #samples: Sample[] = [];

  constructor(pid: number, everyMs: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#take(), everyMs);
    this.#take();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  series(): Series[] {
    const pointsOf = (quantity: 'memory' | 'descriptors' | 'threads'): Series['points'] =>
      this.#samples.map((sample) => ({ at: sample.at, value: sample[quantity] }));
    return [
      { name: 'resident memory', unit: 'MB', points: pointsOf('memory') },
      { name: 'descriptors', unit: '', points: pointsOf('descriptors') },
      { name: 'threads', unit: '', points: pointsOf('threads') },
    ];
  }

  #take(): void {
    try {
      const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
      const field = (name: string): number =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
      const memory = field('VmRSS') / 1000;
      // A process that has ended, but was not waited for, has no memory.
      if (Number.isNaN(memory)) return;
      this.#samples.push({
        at: (performance.now() - this.#begin) / 1000,
        memory,
        descriptors: readdirSync(`/proc/${this.#pid}/fd`).length,
        threads: field('Threads'),
      });
    } catch {
      // It has ended.
    }
  }
}
