import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDownloaderOptions } from '@crates-mirror/downloader-options';
import { NO_RULES } from '@crates-mirror/selection/options';
import { shownSettings } from './settings.ts';

test('settings show no credentials', () => {
  const argv = [
    '--index-dir',
    'index',
    '--crates-base-url',
    'https://mirror.example:8443/t/secret-token/{crate}/{version}',
    '--user-agent',
    'tool (secret-agent)',
    '--bundle',
  ];
  const options = parseDownloaderOptions(argv);
  const settings = shownSettings({
    ...options,
    source: { kind: 'index', directory: 'index', rules: NO_RULES, only: undefined },
  });
  assert.doesNotMatch(JSON.stringify(settings), /secret/);
  const upstream = settings.find(({ label }) => label === 'upstream')?.value;
  assert.equal(upstream, 'https://mirror.example:8443');
});

test('times are shown as they were given', () => {
  const argv = ['--index-dir', 'i', '--retry-base', '250ms', '--retry-max', '90s', '--idle-timeout', '1h'];
  const settings = shownSettings({ ...parseDownloaderOptions(argv), source: { kind: 'list', file: 'list' } });
  const shownOf = (wanted: string): string | undefined =>
    settings.find(({ label }) => label === wanted)?.value;
  assert.match(shownOf('retries') ?? '', /, after 250ms to 1m30s$/);
  assert.match(shownOf('limits') ?? '', /^1h idle, /);
});
