import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from './command-line.ts';
import { settingsOf, whyEverything } from './settings.ts';

const call = (...argv: string[]) => parseOptions(['--yes', ...argv]).downloader;

test('what is not as it was in the last run is named as an option', () => {
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
    [['--downloader-path', process.execPath], '--downloader-path'],
  ];
  for (const [argv, option] of table)
    assert.equal(whyEverything(false, call(...argv), state), `${option} is not what it was in the last run`);
});
