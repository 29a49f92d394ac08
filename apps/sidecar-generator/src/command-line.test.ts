import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { NO_RULES } from '@crates-mirror/selection/options';
import { parseOptions } from './command-line.ts';

const DEFAULTS = {
  indexDir: 'i',
  requireExisting: false,
  explain: undefined,
  rules: NO_RULES,
  limit: 0,
  manifest: undefined,
  bundlesDir: undefined,
  cratesBaseUrl: 'https://static.crates.io/crates',
  layout: 'cargo',
  out: 'out',
  jsonlOut: 'sidecars.jsonl',
  compressLevel: undefined,
  dataSet: undefined,
  pretty: true,
  prune: false,
  yes: false,
  concurrency: availableParallelism(),
  logFormat: 'text',
  logLevel: 'info',
  progressInterval: 0,
  progressEvery: 0,
};

const NO_FILES = { out: undefined, pretty: false };

test('from argv to options', () => {
  const table: [string, object][] = [
    ['--index-dir i', {}],
    [
      '-index-dir i -out m -concurrency 256 -log-format text -log-level info -progress-interval 5s -progress-every 500',
      { out: 'm', concurrency: 256, progressInterval: 5000, progressEvery: 500 },
    ],
    ['-index-dir i -include-yanked -limit 7', { rules: { ...NO_RULES, includeYanked: true }, limit: 7 }],
    ['--index-dir i --pretty no --layout go', { pretty: false, layout: 'go' }],
    ['--index-dir i --output-mode jsonl', { out: undefined, pretty: false }],
    [
      '--index-dir i --output-mode jsonl --jsonl-out x.jsonl.zst --manifest m.jsonl',
      { out: undefined, pretty: false, jsonlOut: 'x.jsonl.zst', compressLevel: 3, manifest: 'm.jsonl' },
    ],
    [
      '--index-dir i --output-mode jsonl --jsonl-out x.zst --compress-level 22',
      { out: undefined, pretty: false, jsonlOut: 'x.zst', compressLevel: 22 },
    ],
    [
      '--index-dir i --output-mode parquet --parquet-out d --parquet-raw --compress-level 9 --prune --yes',
      {
        ...NO_FILES,
        dataSet: { place: 'd', bucket: undefined, hasRaw: true, level: 9 },
        prune: true,
        yes: true,
      },
    ],
    [
      '--index-dir i --output-mode parquet',
      { ...NO_FILES, dataSet: { place: 'data-set', bucket: undefined, hasRaw: false, level: 3 } },
    ],
    ...['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'].map((name): [string, object] => [
      `--index-dir i --output-mode jsonl --jsonl-out ${name}`,
      { out: undefined, pretty: false, jsonlOut: '-' },
    ]),
    ['--index-dir m/i --out m', { indexDir: 'm/i', out: 'm' }],
    [
      '--index-dir . --output-mode jsonl --jsonl-out -',
      { indexDir: '.', out: undefined, pretty: false, jsonlOut: '-' },
    ],
    ['--index-dir i --prune --yes', { prune: true, yes: true }],
    ['--index-dir i --require-existing', { requireExisting: true }],
    ...[
      'go',
      '{crate}/{version}/download',
      '{crate}-{version}.tgz',
      '{crate}-{version}_.json',
      '{version}/{crate}',
    ].map((layout): [string, object] => [`--index-dir i --layout ${layout}`, { layout }]),
    [
      '--index-dir i --output-mode jsonl --layout {crate}/{version}',
      { out: undefined, pretty: false, layout: '{crate}/{version}' },
    ],
  ];
  for (const [line, expected] of table)
    assert.deepEqual(parseOptions(line.split(' ')), { ...DEFAULTS, ...expected }, line);
});

test('whatever is wrong is named in one line', () => {
  const table: [string, RegExp][] = [
    ['--out x', /^--index-dir is missing: where is the index\?$/],
    ['--index-dir i --out=', /^--out: the value is empty$/],
    ['--index-dir i --output-mode jsonl --pretty yes', /^--pretty yes makes more than one line of a sidecar/],
    ['--index-dir i --prune --yes --limit 5', /^--prune needs the whole index$/],
    ['--index-dir i --prune --yes --output-mode jsonl', /^--prune needs files$/],
    ['--index-dir i --jsonl-out x', /^--jsonl-out does nothing without --output-mode jsonl$/],
    ['--index-dir i --output-mode jsonl --out m', /^--out does nothing with --output-mode jsonl$/],
    [
      '--index-dir i --output-mode jsonl --require-existing',
      /^--require-existing does nothing with --output-mode jsonl$/,
    ],
    [
      '--index-dir i --output-mode jsonl --compress-level 9',
      /^--compress-level does nothing without a stream whose name ends in \.zst$/,
    ],
    ['--index-dir i --output-mode parquet --limit 5', /^--limit does nothing with --output-mode parquet$/],
    ['--index-dir i --output-mode parquet --out m', /^--out does nothing with --output-mode parquet$/],
    [
      '--index-dir i --output-mode parquet --jsonl-out x',
      /^--jsonl-out does nothing without --output-mode jsonl$/,
    ],
    ['--index-dir i --parquet-out x', /^--parquet-out does nothing without --output-mode parquet$/],
    [
      '--index-dir i --output-mode parquet --cache-dir c',
      /^--cache-dir is for a data set in an object store$/,
    ],
    [
      '--index-dir i --output-mode parquet --parquet-out s3://bucket/x --cache-dir i/c',
      /^--cache-dir i\/c is inside of --index-dir i$/,
    ],
    ['--index-dir i --output-mode parquet --parquet-out s3://bucket//x', /^--parquet-out: the prefix in /],
    ['--index-dir i --parquet-raw', /^--parquet-raw does nothing without --output-mode parquet$/],
    ['--index-dir i --output-mode parquet --parquet-out=', /^--parquet-out: the value is empty$/],
    [
      '--index-dir i --output-mode parquet --parquet-out i/x',
      /^--parquet-out i\/x is inside of --index-dir i$/,
    ],
    ['--index-dir i --yes', /^--yes does nothing without --prune$/],
    ['--index-dir i --layout {crate}', /^--layout: layout '{crate}' needs both/],
    ...['', 'n', '.json', '.json.json', '.partial', 'al'].map((end): [string, RegExp] => [
      `--index-dir i --layout {crate}/{version}${end}`,
      /^--layout '\{crate\}\/\{version\}[a-z.]*' may give a crate file the name of another's sidecar$/,
    ]),
    ['--index-dir i --out ./i', /^--out \.\/i is inside of --index-dir i$/],
    ['--index-dir i --out i/se/rd', /^--out i\/se\/rd is inside of --index-dir i$/],
    [
      '--index-dir i --output-mode jsonl --jsonl-out i/config.json',
      /^--jsonl-out i\/config\.json is inside of --index-dir i$/,
    ],
    ['--index-dir i --output-mode xml', /Allowed choices are files, jsonl, parquet$/],
  ];
  for (const [line, message] of table) {
    assert.throws(
      () => parseOptions(line.split(' ')),
      (error) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, message);
        return true;
      },
    );
  }
});
