import { basename } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export interface TestCounts {
  passed: number;
  failed: number;
  /** Name and reason of each. */
  skipped: string[];
  /** The slowest tests, slowest first. */
  slowest: SlowTest[];
}

export interface SlowTest {
  readonly name: string;
  /** The test's file name. */
  readonly file: string;
  readonly ms: number;
}

/** Number of slow tests to report. */
const SLOWEST = 10;

/** The slowest tests, slowest first. */
export function slowestOf(tests: readonly SlowTest[]): SlowTest[] {
  return tests.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
}

/**
 * A reporter for `node --test` that writes the numbers of passed, failed and skipped tests, and the
 * slowest tests, as one JSON line.
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
