import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChapter } from './campaign-run.ts';
import { CHAPTERS } from './chapters.ts';
import { reportOf } from './report.ts';

/** Runs a slice of the campaign, with the same rounds each time. */
const SEED = 1;
const ROUNDS = 2;

for (const chapter of CHAPTERS) {
  test(`${chapter.name}: ${chapter.promise}`, async (t) => {
    const result = await runChapter(chapter, SEED, ROUNDS);
    if (result.skipped !== undefined) t.skip(result.skipped);
    else assert.equal(result.violations.length, 0, reportOf(result));
  });
}

test('a broken promise is reported with its seed, and the other rounds go on', async () => {
  const result = await runChapter(
    {
      name: 'broken',
      promise: 'Numbers are small',
      run: ({ random }) => {
        const isLarge = random() > 0.5;
        return isLarge ? Promise.reject(new Error('too large')) : Promise.resolve({ small: 1, 'max one': 1 });
      },
    },
    1,
    20,
  );
  const broken = result.violations.length;
  assert.ok(broken > 0 && broken < 20);
  assert.deepEqual(result.figures, { small: 20 - broken, 'max one': 1 });
  const [{ seed } = { seed: 0 }] = result.violations;
  assert.ok(reportOf(result).includes(`--chapter broken --seed ${seed} --rounds 1:\n    too large\n`));
});
