import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteBudget, budgetMemory } from './byte-budget.ts';
import { Pace } from './pace.ts';

const READ = 64 << 10;
/** A clock as far from 0 as a machine's. */
const START = 1e9;

interface Reader {
  /** bytes still to read */
  left: number;
}

/** Threads with one pace each that share a budget. Data is always available. */
class Simulation {
  readonly reads: { readonly at: number; readonly bytes: number }[] = [];
  readonly #events: { readonly at: number; readonly rank: number; readonly run: () => void }[] = [];
  readonly #memory = budgetMemory();
  readonly #rate: number;
  #now = START;

  constructor(rate: number) {
    this.#rate = rate;
  }

  newPace(): Pace {
    return new Pace(new ByteBudget(this.#memory, this.#rate), {
      now: () => this.#now,
      // Timers are late by up to a millisecond.
      later: (ms, callback) => {
        this.#add(this.#now + Math.ceil(ms) + (this.#events.length % 2), 0, callback);
        return () => {};
      },
      afterReads: (callback) => this.#add(this.#now, 2, callback),
    });
  }

  /** @param lag ms until it begins */
  read(reader: Reader, pace: Pace, lag = 0): void {
    this.#add(this.#now + lag, 1, () => {
      const bytes = Math.min(READ, reader.left);
      reader.left -= bytes;
      pace.received(bytes);
      this.reads.push({ at: this.#now - START, bytes });
      if (reader.left > 0 && !pace.pauseIfSpent(() => this.read(reader, pace))) this.read(reader, pace, 0.05);
    });
  }

  run(): void {
    for (;;) {
      this.#events.sort((a, b) => a.at - b.at || a.rank - b.rank);
      const next = this.#events.shift();
      if (next === undefined) return;
      this.#now = next.at;
      next.run();
    }
  }

  get seconds(): number {
    return (this.reads.at(-1)?.at ?? 0) / 1000;
  }

  /** The most bytes read in any second. */
  get busiestSecond(): number {
    let most = 0;
    let sum = 0;
    let first = 0;
    for (const { at, bytes } of this.reads) {
      sum += bytes;
      for (; (this.reads[first]?.at ?? at) <= at - 1000; first++) sum -= this.reads[first]?.bytes ?? 0;
      most = Math.max(most, sum);
    }
    return most;
  }

  #add(at: number, rank: number, run: () => void): void {
    this.#events.push({ at, rank, run });
  }
}

test('the average over all connections of all threads is the rate, and no second has a quarter more', () => {
  for (const { rate, threads, connections, size } of [
    { rate: 50e6, threads: 4, connections: 8, size: 12e6 },
    { rate: 10e6, threads: 4, connections: 4, size: 6e6 },
    { rate: 5e6, threads: 2, connections: 1, size: 25e6 },
    { rate: 2e6, threads: 1, connections: 1, size: 20e6 },
    { rate: 500e3, threads: 1, connections: 1, size: 5e6 },
  ]) {
    const simulation = new Simulation(rate);
    for (let i = 0; i < threads; i++) {
      const pace = simulation.newPace();
      for (let j = 0; j < connections; j++) simulation.read({ left: size }, pace, i + j);
    }
    simulation.run();
    const total = threads * connections * size;
    const average = total / simulation.seconds / rate;
    assert.ok(average > 0.97 && average < 1.05, `${rate}: ${average} of it on average`);
    const most = simulation.busiestSecond / rate;
    assert.ok(most < 1.25, `${rate}: ${most} of it in a second`);
  }
});

test('one thread that is alone with work has the whole rate', () => {
  const simulation = new Simulation(10e6);
  const [busy] = [simulation.newPace(), simulation.newPace(), simulation.newPace()];
  simulation.read({ left: 30e6 }, busy as Pace);
  simulation.run();
  assert.ok(simulation.seconds > 2.8 && simulation.seconds < 3.1, `${simulation.seconds} s`);
});

test('readers that pause go on in turn, also those that then find nothing to read', () => {
  const simulation = new Simulation(1e6);
  const pace = simulation.newPace();
  const order: string[] = [];
  pace.received(1_000_000);
  for (const name of ['first', 'idle', 'last'])
    assert.equal(
      pace.pauseIfSpent(() => void order.push(name)),
      true,
    );
  simulation.run();
  assert.deepEqual(order, ['first', 'idle', 'last']);
  assert.equal(
    pace.pauseIfSpent(() => {}),
    false,
    'nothing is owed any more',
  );
});

test('time in which nothing is read is not saved up', () => {
  const budget = new ByteBudget(budgetMemory(), 1e6);
  budget.take(1, START);
  budget.take(200_000, START + 3_600_000);
  assert.equal(Math.round(budget.debt(START + 3_600_000)), 100);
});
