import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crates-mirror/sampling';
import { Coverage } from './coverage.ts';
import { type FuzzTarget, fuzzTarget } from './fuzzer.ts';
import { fuzzTargets, isOurs } from './targets.ts';

/** One character after the other has to be right: without guidance, one input in 4 billion is. */
const STAIRS: FuzzTarget = {
  seeds: ['....'],
  fuzz: (data) => {
    if (data[0] === 0x66)
      if (data[1] === 0x75) {
        if (data[2] === 0x7a) {
          if (data[3] === 0x7a) throw new Error('found');
        }
      }
  },
};

test('coverage leads to an input that chance would not find', async (t) => {
  const coverage = new Coverage((url) => url === import.meta.url);
  t.after(() => coverage.close());
  const { crash, corpus } = await fuzzTarget(STAIRS, coverage, seededRandom(1), (count) => count > 100_000);
  assert.equal(crash?.input.toString('latin1', 0, 4), 'fuzz');
  assert.ok(corpus.length > 3);
});

test('hundreds of changed inputs break no promise of what reads them', async (t) => {
  const coverage = new Coverage(isOurs);
  t.after(() => coverage.close());
  for (const target of await fuzzTargets()) {
    const { crash } = await fuzzTarget(target, coverage, seededRandom(1), (count) => count > 300);
    assert.equal(crash, undefined, `${target.name}: ${JSON.stringify(crash?.input.toString('latin1'))}`);
  }
});
