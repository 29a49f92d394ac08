import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { DirectorySource } from '@crates-mirror/crates-index';
import { NO_RULES } from '@crates-mirror/selection/options';
import { selectorOf } from '@crates-mirror/selection/selector';
import fc from 'fast-check';
import { targetsOf } from '../lane/scan/targets.ts';
import type { InputProblem } from '../plan/work.ts';
import { NewDirectories } from './inodes/new-directories.ts';
import { noSurvey } from './protocol.ts';
import { VersionCount } from './version-count.ts';

const LAYOUT = '{lowerprefix}/{crate}-{version}.crate';
const NO_SAMPLE = { size: 0, trialSize: 0, seed: 0 };

function line(name: string, version: string, more = ''): string {
  return `{"name":"${name}","vers":"${version}","deps":[],"cksum":"${'0a'.repeat(32)}","features":{}${more}}`;
}

/** Valid and invalid lines. */
const anyLine = fc.oneof(
  { weight: 5, arbitrary: fc.nat(9).map((n) => line('serde', `1.0.${n}`)) },
  { weight: 2, arbitrary: fc.nat(9).map((n) => line('serde', `1.0.${n}`, ',"yanked":true')) },
  fc.constantFrom(
    '',
    'x',
    line('serde', '2'),
    line('other', '1.0.0'),
    line('Serde', '1.0.0', ',"yanked":null'),
    line('serde', '3.0.0', ',"size":1'),
  ),
);

test('as many are counted as there are targets, and the same is found wrong', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'version-count-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const files = ['se/rd/serde', 'se/rd/serdes', 'se/rd/gone'];
  mkdirSync(dirname(join(directory, files[0] as string)), { recursive: true });
  const lines = fc.array(anyLine, { maxLength: 12 });
  const most = fc.option(fc.nat(20), { nil: undefined });
  const rules = fc.constantFrom(
    NO_RULES,
    { ...NO_RULES, includeYanked: true },
    { ...NO_RULES, latest: 2, exclude: ['serdes'] },
  );
  await fc.assert(
    fc.asyncProperty(lines, lines, rules, most, async (serde, serdes, rules, most) => {
      writeFileSync(join(directory, 'se/rd/serde'), serde.join('\n'));
      writeFileSync(join(directory, 'se/rd/serdes'), serdes.join('\n').replaceAll('"serde"', '"serdes"'));
      const work = { kind: 'index' as const, shard: 'se', files, most };
      const problems: InputProblem[] = [];
      const source = { kind: 'index' as const, directory, rules, only: undefined };
      const index = new DirectorySource(directory);
      const selector = await selectorOf({ rules, chosen: undefined, now: 0 });
      const { select } = selector;
      const targets = targetsOf(
        { source, layout: LAYOUT, cratesBaseUrl: 'https://example.org' },
        {
          index,
          select,
          checksums: undefined,
          onProblem: (problem) => problems.push(problem),
          onUnitDone: () => {},
        },
      );
      const found = [...targets(work)].filter((target) => target !== undefined);
      const count = found.length;
      const directories = new NewDirectories(() => false);
      for (const { path } of found) directories.add(path);
      const start = {
        cratesBaseUrl: 'https://example.org',
        layout: LAYOUT,
        sample: NO_SAMPLE,
        sizes: 'none',
      } as const;
      const { reasons, ...counted } = new VersionCount(index, start, selector).survey(work);
      assert.deepEqual(counted, {
        survey: { ...noSurvey(), toDownload: count },
        problems,
        candidates: { sizes: [], trial: [] },
        unknown: new Uint32Array(),
        directories: directories.take(),
        named: new Uint32Array(),
      });
      // Versions that a limit cuts off were decided as well.
      if (!selector.isPlain) assert.ok((reasons.everything ?? 0) >= count);
      else assert.deepEqual(reasons, {});
    }),
  );
});
