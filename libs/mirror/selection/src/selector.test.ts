import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type IndexProblem, indexPath, openIndex } from '@crates-mirror/crates-index';
import { UsageError } from '@crates-mirror/errors';
import { ChosenTable } from './model/chosen-table.ts';
import { NO_RULES, type SelectionRules } from './model/rules.ts';
import { openSelection } from './selector.ts';
import { lineOf, type MadeLine } from './test-crates.ts';

const INDEX: Readonly<Record<string, readonly MadeLine[]>> = {
  app: [
    { vers: '1.0.0' },
    {
      vers: '1.1.0',
      deps: [
        { name: 'lib', req: '^1' },
        { name: 'far', req: '1', registry: 'https://r' },
      ],
    },
  ],
  lib: [{ vers: '1.0.0' }, { vers: '1.2.0' }, { vers: '2.0.0' }],
};

test('dependencies of all crates are found in a thread, with its reports and its errors', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'selector-'));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'config.json'), '{}');
  for (const [name, lines] of Object.entries(INDEX)) {
    mkdirSync(dirname(join(root, indexPath(name))), { recursive: true });
    writeFileSync(join(root, indexPath(name)), lines.map((line) => lineOf(name, line)).join(''));
  }
  const index = await openIndex(root);
  const problems: IndexProblem[] = [];
  const opened = (rules: Partial<SelectionRules>) =>
    openSelection({ ...NO_RULES, ...rules }, index, (problem) => problems.push(problem));

  const { data, files } = await opened({ latest: 1, deps: 'all' });
  assert.equal(files, undefined);
  assert.ok(data.chosen !== undefined);
  assert.deepEqual(new ChosenTable(data.chosen).get('3/l/lib'), {
    isNamed: false,
    locked: [],
    needed: ['1.0.0', '1.2.0'],
  });
  assert.deepEqual(
    problems.map(({ file, message }) => `${file}: ${message}`),
    ['3/a/app: 1.1.0 depends on far of another registry, which is left out: https://r'],
  );
  const missing = join(root, 'no-list');
  await assert.rejects(opened({ include: ['a*'], names: [missing], deps: 'all' }), (error) => {
    assert.ok(error instanceof UsageError && error.message.includes(`cannot read ${missing}`), String(error));
    return true;
  });
});
