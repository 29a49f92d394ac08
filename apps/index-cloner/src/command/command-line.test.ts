import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { parseOptions } from './command-line.ts';
import { PASSED_OPTIONS } from './option-table.ts';
import type { ClonerOptions } from './options.ts';

const DEFAULTS: Omit<ClonerOptions, 'downloader'> = {
  indexDir: './crates.io-index',
  indexUrl: 'https://github.com/rust-lang/crates.io-index',
  outputDir: 'out',
  isFullHistory: false,
  isBare: false,
  backoff: { retries: 8, baseMs: 5000, maxMs: 120_000 },
  skipIndexUpdate: false,
  indexOnly: false,
  changesOut: undefined,
  isFull: false,
  yes: true,
  isDryRun: false,
};
const PASSED = '--index-dir ./crates.io-index --out out --log-level info';

test('of an option that is passed on, the help says choices and default as the downloader does', () => {
  const described = (flags: string): string | undefined =>
    PASSED_OPTIONS.find((option) => option.flags === flags)?.description;
  assert.equal(
    described('--bundle-mode <mode>'),
    'only: bundles instead of loose files; add: both (choices: "only", "add", default: only)',
  );
  assert.equal(described('--retries <n>'), 'retries after a transient failure (default: 3)');
  assert.equal(described('--include-yanked'), 'also select yanked versions');
});

test('from argv to options', () => {
  const table: [line: string, own: Partial<ClonerOptions>, passed: string][] = [
    ['--yes', {}, PASSED],
    ['--non-interactive', {}, PASSED],
    ['--dry-run', { yes: false, isDryRun: true }, PASSED],
    ['-index-only', { yes: false, indexOnly: true }, PASSED],
    [
      '--index-dir i --output-dir o --threads 256 --non-interactive --log-level warning',
      { indexDir: 'i', outputDir: 'o' },
      '--index-dir i --out o --log-level warn --concurrency 256',
    ],
    // The downloader's names for the same options.
    [
      '--yes -out o -concurrency=7',
      { outputDir: 'o' },
      '--index-dir ./crates.io-index --out o --log-level info --concurrency 7',
    ],
    [
      '--yes --index-url git://h/i --full-history --changes-out c --full',
      { indexUrl: 'git://h/i', isFullHistory: true, changesOut: 'c', isFull: true },
      PASSED,
    ],
    ['--yes --limit-rate 50MB', {}, `${PASSED} --limit-rate 50MB`],
    [
      '--yes --include serde* --include tokio --latest 2',
      {},
      `${PASSED} --include serde* --include tokio --latest 2`,
    ],
    [
      '--yes --output-dir s3://bucket/p --cache-dir c --public-url https://m.example',
      { outputDir: 'c' },
      '--index-dir ./crates.io-index --out s3://bucket/p --log-level info --cache-dir c --public-url https://m.example',
    ],
    ['--yes --skip-index-update', { skipIndexUpdate: true }, PASSED],
    [
      '--yes -include-yanked -bundle -bundle-size-gb 4 -manifest m --progress-interval 5s --log-format json --log-path l',
      {},
      `${PASSED} --include-yanked --manifest m --bundle --bundle-size-gb 4 --log-format json --progress-interval 5s --log-path l`,
    ],
  ];
  for (const [line, own, passed] of table) {
    const { downloader, ...rest } = parseOptions(line.split(' '));
    assert.deepEqual(rest, { ...DEFAULTS, ...own }, line);
    assert.equal(downloader.args.join(' '), passed, line);
  }
});

test('a deletion is confirmed to the downloader by --yes, whichever --on-removed comes last', () => {
  const { options } = parseOptions(['--yes', '--on-removed', 'keep', '--on-removed', 'delete']).downloader;
  assert.deepEqual([options.removals.action, options.removals.isConfirmed], ['delete', true]);
  const kept = parseOptions(['--yes', '--on-removed', 'delete', '--on-removed', 'keep']).downloader;
  assert.ok(!kept.args.includes('--yes'));
});

test('the downloader has the last word on options that are passed on', () => {
  const { options, extra } = parseOptions([
    '--yes',
    '--bundle',
    '--limit',
    '5',
    '--',
    '-verify-existing',
  ]).downloader;
  assert.deepEqual([options.bundle?.mode, options.limit, options.verifyExisting], ['only', 5, true]);
  assert.deepEqual(extra, ['-verify-existing']);
  const foreign = parseOptions(['--yes', '--downloader-path', 'd', '--', '--anything', 'goes']).downloader;
  assert.deepEqual([foreign.path, foreign.extra], ['d', ['--anything', 'goes']]);
});

test('whatever is wrong is named in one line', () => {
  const table: [string, RegExp][] = [
    [
      '--yes --index-only --skip-index-update',
      /^--index-only and --skip-index-update together leave nothing to do$/,
    ],
    ['--yes --threads 0', /^--threads: '0' is not a whole number 1 or more$/],
    ['--yes --threads 5000', /^--concurrency: '5000' is not a whole number from 1 to 4096$/],
    ['--yes --bundle-size-gb 8', /^--bundle-size-gb does nothing without --bundle$/],
    ['--yes --layout go/x', /^--layout: layout 'go\/x' needs both/],
    ['--yes --list urls', /^unknown option '--list'$/],
    ['--yes --retry-out x', /^unknown option '--retry-out'$/],
    ['--yes --log-level loud', /Allowed choices are debug, info, warn, warning, error$/],
    ['--yes --index-dir=', /^--index-dir: the value is empty$/],
    ['--yes --index-url -x', /^--index-url: '-x' begins with a dash$/],
    [
      '--yes --output-dir crates.io-index',
      /^--output-dir crates\.io-index is inside of --index-dir \.\/crates\.io-index$/,
    ],
    [
      '--yes -- --out elsewhere',
      /^--index-dir, --out and --retry-out after -- would be lost on index-cloner$/,
    ],
    ['--yes -- --list urls', /^--index-dir and --list exclude each other$/],
    ['--yes stray', /too many arguments/],
  ];
  for (const [line, message] of table) {
    assert.throws(
      () => parseOptions(line.split(' ').filter(Boolean)),
      (error) => error instanceof UsageError && message.test(error.message) && !error.message.includes('\n'),
      line,
    );
  }
});

test('what the environment sets for index goes to the downloader, what it sets for download does not', (t) => {
  const { env } = process;
  t.after(() => {
    delete env['CRATES_MIRROR_INDEX_LIMIT'];
    delete env['CRATES_MIRROR_DOWNLOAD_RETRIES'];
    delete env['CRATES_MIRROR_INDEX_FULL'];
  });
  env['CRATES_MIRROR_INDEX_LIMIT'] = '7';
  env['CRATES_MIRROR_INDEX_FULL'] = 'true';
  env['CRATES_MIRROR_DOWNLOAD_RETRIES'] = '9';
  const { downloader, isFull } = parseOptions(['--yes']);
  assert.equal(isFull, true);
  assert.equal(downloader.options.limit, 7);
  assert.equal(downloader.options.backoff.retries, 3);
  assert.ok(downloader.args.join(' ').includes('--limit 7'), downloader.args.join(' '));
});

test('a pipe is refused where the downloader would read it once more', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'cloner-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const pipe = join(directory, 'pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) return t.skip('needs mkfifo');
  for (const option of ['--names', '--cargo-lock', '--selection', '--deny', '--checksums'])
    assert.throws(
      () => parseOptions(['--yes', option, pipe]),
      (error) =>
        error instanceof UsageError && error.message.startsWith(`${option}: ${pipe} is a pipe, and `),
    );
});
