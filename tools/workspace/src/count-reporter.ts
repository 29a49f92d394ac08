import { basename } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export interface TestCounts {
  passed: number;
  failed: number;
  /** Name and reason of each. */
  skipped: string[];
  /** The slowest of them, slowest first. */
  slowest: SlowTest[];
}

export interface SlowTest {
  readonly name: string;
  /** Name of the test's file. */
  readonly file: string;
  readonly ms: number;
}

/** How many slow tests are told of. */
const SLOWEST = 10;

/** The slowest, slowest first. */
export function slowestOf(tests: readonly SlowTest[]): SlowTest[] {
  return tests.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
}

/**
 * A reporter for `node --test` that writes how many tests passed, failed and were skipped, and the slowest, as one JSON
 * line.
 */
export default async function* countReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts: TestCounts = { passed: 0, failed: 0, skipped: [], slowest: [] };
  const tests: SlowTest[] = [];
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, details, skip, file = '' } = event.data;
    if (details.type === 'suite') continue;
    tests.push({ name, file: basename(file), ms: details.duration_ms });
    if (skip !== undefined && skip !== false) counts.skipped.push(`${name}: ${String(skip)}`);
    else if (event.type === 'test:pass') counts.passed += 1;
    else counts.failed += 1;
  }
  counts.slowest = slowestOf(tests);
  yield `${JSON.stringify(counts)}\n`;
}
