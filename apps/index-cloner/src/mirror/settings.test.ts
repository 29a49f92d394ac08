import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from '../command/command-line.ts';
import { selectFor } from './mirror-index.ts';
import { settingsOf, whyEverything } from './settings.ts';
import { describeSelection } from './summary.ts';

const call = (...argv: string[]) => parseOptions(['--yes', ...argv]).downloader;

test('a setting that differs from the last run is named as an option', () => {
  const state = {
    commit: '',
    tree: '',
    finished_at: '',
    outcome: 'done',
    settings: settingsOf(call()),
    retry: [],
  } as const;
  assert.equal(whyEverything(false, call(), state), undefined);
  const table: [string[], string][] = [
    [['--include-yanked'], '--include-yanked'],
    [['--crates-base-url', 'https://m.example'], '--crates-base-url'],
    [['--layout', 'go'], '--layout'],
    [['--bundle'], '--bundle'],
    [['--exclude', 'a*'], 'the selection of crates'],
    [['--downloader-path', process.execPath], '--downloader-path'],
  ];
  for (const [argv, option] of table)
    assert.equal(whyEverything(false, call(...argv), state), `${option} is not what it was in the last run`);
});

test('a run of a few crates does not say that it looks at every one', async () => {
  const options = parseOptions(['--yes', '--limit', '5']);
  const index = { commit: undefined, repaired: new Set<string>() };
  const comparison = { counts: undefined, touched: [], since: undefined };
  const executable = { file: '', args: [], takesSelection: async () => true };
  const selection = await selectFor(options, executable as never, undefined, { index, comparison } as never);
  assert.equal(describeSelection(selection), 'Looking at the crates that --limit leaves, changed or not');
});
