import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NO_RULES, type SelectionRules } from '@crates-mirror/selection/options';
import { reportSelectionChange } from './selection-change.ts';

const RUN = { isNew: false, isRemembered: true, isRemoving: false };

test('a run with another selection than the last that got to its end says what it adds and leaves behind', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'selection-change-'));
  t.after(() => rmSync(root, { recursive: true }));
  const out = join(root, 'out');
  mkdirSync(join(root, 'index/1'), { recursive: true });
  mkdirSync(join(out, '.crates-mirror/tmp'), { recursive: true });
  const lines = ['1.0.0', '1.1.0', '2.0.0'].map(
    (vers) =>
      `{"name":"a","vers":"${vers}","deps":[],"cksum":"${'a'.repeat(64)}","features":{},"yanked":false}\n`,
  );
  writeFileSync(join(root, 'index/1/a'), lines.join(''));
  let log = '';
  const logger = { info: (text: string) => (log += text), warn: (text: string) => assert.fail(text) };
  const messageFor = async (
    rules: Partial<SelectionRules>,
    more: { isNew?: boolean; isRemembered?: boolean; isRemoving?: boolean; isKilled?: boolean } = {},
  ) => {
    log = '';
    const selection = { rules: { ...NO_RULES, ...rules }, chosen: undefined, now: Date.now() };
    const change = { out, selection, index: { directory: join(root, 'index') }, logger };
    const remember = await reportSelectionChange({ ...change, ...RUN, ...more });
    if (more.isKilled !== true && more.isRemembered !== false) await remember();
    return log.replaceAll(/\d{4}-\d\d-\d\d/g, 'DAY');
  };
  const file = join(out, '.crates-mirror/selection.json');
  const stays = 'versions are no longer selected, and stay in the mirror as far as it holds them';
  assert.equal(await messageFor({}), '');
  assert.ok(!existsSync(file));
  const first = `the selection is not that of the last run: 0 versions are added, 2 ${stays}`;
  assert.equal(await messageFor({ latest: 1 }, { isRemembered: false }), first);
  assert.equal(await messageFor({ latest: 1 }, { isKilled: true }), first);
  assert.equal(await messageFor({ latest: 1 }, { isNew: true, isKilled: true }), '');
  assert.equal(await messageFor({ latest: 1 }), '');
  const second = `the selection is not that of the last run, which is from DAY: 1 version is added, 0 ${stays}`;
  assert.equal(await messageFor({ latest: 2 }, { isRemembered: false }), second);
  assert.match(
    await messageFor({ latest: 2 }, { isRemembered: false, isRemoving: true }),
    /, 0 versions are no longer selected, and are to be removed as far as the mirror holds them$/,
  );
  assert.equal(await messageFor({ latest: 2 }, { isKilled: true }), second);
  assert.equal(await messageFor({ latest: 1 }), '', 'a run that was killed has changed nothing of that');
  assert.equal(await messageFor({ latest: 2 }), second);
  assert.equal(await messageFor({ latest: 2 }), '');
  assert.match(await messageFor({}), /: 1 version is added, 0 versions are/);
  assert.equal(await messageFor({}), '');
});
