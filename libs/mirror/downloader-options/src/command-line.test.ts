import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { NO_RULES } from '@crates-mirror/selection/options';
import { parseDownloaderOptions } from './index.ts';

const DEFAULTS = {
  out: 'out',
  bucket: undefined,
  layout: 'cargo',
  cratesBaseUrl: 'https://static.crates.io/crates',
  requireExisting: false,
  removals: { action: 'keep', maxRemovals: { share: 0.01 }, isConfirmed: false },
  deny: undefined,
  denied: [],
  restore: undefined,
  sampleIndex: undefined,
  verifyExisting: false,
  scrub: undefined,
  explain: undefined,
  dryRun: false,
  sizeSample: 400,
  sizeSeed: undefined,
  advisories: undefined,
  concurrency: 'auto',
  maxConnections: 64,
  limitRate: undefined,
  window: undefined,
  backoff: { retries: 3, baseMs: 250, maxMs: 5000 },
  userAgent: 'crates-mirror/0.1.0',
  ca: undefined,
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 30_000,
  attemptTimeoutMs: 600_000,
  limit: 0,
  shard: undefined,
  manifest: 'manifest.jsonl',
  checksums: undefined,
  bundle: undefined,
  listen: undefined,
  retryOut: undefined,
  logPath: undefined,
  logFormat: 'text',
  logLevel: 'info',
  progressInterval: 0,
  progressEvery: 0,
};
const INDEX = { source: { kind: 'index', directory: 'i', rules: NO_RULES, only: undefined } };

test('from argv to options', () => {
  const table: [string, object][] = [
    ['--sample', {}],
    ['--index-dir i --scrub 1/30', { ...INDEX, scrub: 30 }],
    ['--sample --sample-index s', { sampleIndex: 's' }],
    ['--index-dir i --require-existing', { ...INDEX, requireExisting: true }],
    ['--index-dir i', INDEX],
    [
      '-index-dir i -out mirror -concurrency 256',
      { ...INDEX, out: 'mirror', concurrency: 256, maxConnections: 256 },
    ],
    [
      '--index-dir i --on-removed quarantine --max-removals 2.5%',
      { ...INDEX, removals: { action: 'quarantine', maxRemovals: { share: 0.025 }, isConfirmed: false } },
    ],
    [
      '--index-dir i --on-removed delete --yes --max-removals 500',
      { ...INDEX, removals: { action: 'delete', maxRemovals: { count: 500 }, isConfirmed: true } },
    ],
    ['--restore serde@1.0.0 --out m', { restore: 'serde@1.0.0', out: 'm' }],
    ['--restore serde@1.0.0 --index-dir i --on-removed delete', { ...INDEX, restore: 'serde@1.0.0' }],
    [
      '-index-dir i -log-format text -log-level info -progress-interval 5s -progress-every 500',
      { ...INDEX, progressInterval: 5000, progressEvery: 500 },
    ],
    ['--index-dir m/i --out m', { source: { ...INDEX.source, directory: 'm/i' }, out: 'm' }],
    [
      '-index-dir i -include-yanked',
      { source: { ...INDEX.source, rules: { ...NO_RULES, includeYanked: true } } },
    ],
    [
      '-list urls.txt -checksums c.jsonl',
      { source: { kind: 'list', file: 'urls.txt' }, checksums: 'c.jsonl' },
    ],
    [
      '--index-dir i --retries 0 --retry-base 1s --retry-max 1m',
      { ...INDEX, backoff: { retries: 0, baseMs: 1000, maxMs: 60_000 } },
    ],
    [
      '--index-dir i --connect-timeout 1s --idle-timeout 2s --timeout 3s',
      { ...INDEX, connectTimeoutMs: 1000, idleTimeoutMs: 2000, attemptTimeoutMs: 3000 },
    ],
    ['--index-dir i --contact a@b.example', { ...INDEX, userAgent: 'crates-mirror/0.1.0 (a@b.example)' }],
    [
      '-index-dir i -bundle -bundle-size-gb 8 -bundles-out b',
      { ...INDEX, bundle: { mode: 'only', directory: 'b', sizeLimit: 8e9 } },
    ],
    ['--index-dir i --max-connections 2', { ...INDEX, maxConnections: 2 }],
    [
      '--index-dir i --concurrency 256 --max-connections 8',
      { ...INDEX, concurrency: 256, maxConnections: 8 },
    ],
    [
      '--index-dir i --window 22:00-6:00',
      { ...INDEX, window: { text: '22:00-6:00', windows: [{ from: 1320, to: 360 }] } },
    ],
    ['--index-dir i --limit-rate 50MB', { ...INDEX, limitRate: 50e6 }],
    ['--index-dir i -limit-rate 0', INDEX],
    ['--index-dir i --log-level warning', { ...INDEX, logLevel: 'warn' }],
    ['--index-dir i -listen :9090', { ...INDEX, listen: { host: '127.0.0.1', port: 9090 } }],
    [
      '--index-dir i --bundle --bundle-size-gb 0.1 --bundle-mode add',
      { ...INDEX, bundle: { mode: 'add', directory: 'bundles', sizeLimit: 1e8 } },
    ],
    [
      '--index-dir i --only-crates names --retry-out again --log-path log',
      { source: { ...INDEX.source, only: 'names' }, retryOut: 'again', logPath: 'log' },
    ],
    [
      '--index-dir i --include serde* --latest 2',
      { source: { ...INDEX.source, rules: { ...NO_RULES, include: ['serde*'], latest: 2 } } },
    ],
    ['--index-dir i --explain serde@1.0.0', { ...INDEX, explain: { name: 'serde', version: '1.0.0' } }],
    [
      '--index-dir i --out s3://bucket/p/ --cache-dir c --s3-region r',
      {
        ...INDEX,
        out: 'c',
        bucket: {
          name: 's3://bucket/p',
          address: { bucket: 'bucket', prefix: 'p/' },
          s3: { endpoint: undefined, region: 'r', addressing: undefined, caFile: undefined },
          publicUrl: undefined,
        },
      },
    ],
    ['--index-dir i --user-agent x/1', { ...INDEX, userAgent: 'x/1' }],
    [
      '--index-dir i --crates-base-url https://m.example/c/',
      { ...INDEX, cratesBaseUrl: 'https://m.example/c' },
    ],
    [
      '--index-dir i --crates-base-url https://m.example:443/{lowerprefix}/{crate}-{version}.crate',
      { ...INDEX, cratesBaseUrl: 'https://m.example/{lowerprefix}/{crate}-{version}.crate' },
    ],
    [
      '--index-dir i --layout go --limit 7 --manifest m --verify-existing',
      { ...INDEX, layout: 'go', limit: 7, manifest: 'm', verifyExisting: true },
    ],
  ];
  for (const [line, expected] of table) {
    assert.deepEqual(
      parseDownloaderOptions(line.split(' ').filter(Boolean)),
      { ...DEFAULTS, ...expected },
      line,
    );
  }
});

test('whatever is wrong is named in one line', () => {
  const table: [string[], RegExp][] = [
    [['--out', 'x'], /^nothing to mirror: no source given$/],
    [
      ['--index-dir', 'i', '--on-removed', 'forget'],
      /'forget' is invalid. Allowed choices are keep, quarantine, delete$/,
    ],
    [
      ['--index-dir', 'i', '--max-removals', '5'],
      /^--max-removals does nothing while removed crate files are kept$/,
    ],
    [['--index-dir', 'i', '--yes'], /^--yes does nothing without --on-removed delete$/],
    [
      ['--index-dir', 'i', '--on-removed', 'quarantine', '--max-removals', '101%'],
      /^--max-removals: '101%' is neither a number nor a share up to 100%$/,
    ],
    [
      ['--index-dir', 'i', '--on-removed', 'quarantine', '--limit', '5'],
      /^--on-removed quarantine needs a run over a whole index, and --limit is given$/,
    ],
    [
      ['--list', 'l', '--on-removed', 'quarantine'],
      /^--on-removed quarantine needs a run over a whole index, and --list is given$/,
    ],
    [['--index-dir', 'i', '--list', 'l'], /^--index-dir and --list exclude each other$/],
    [['--sample', '--only-crates', 'c'], /^--only-crates is not for the sample, which is mirrored as it is$/],
    [['--sample', '--latest', '1'], /^--latest is not for the sample, which is mirrored as it is$/],
    [['--list', 'l', '--min-age', '7d'], /^--min-age is for the crates of an index, and --list has URLs$/],
    [['--index-dir', 'i', '--explain', 'a/b'], /^--explain: 'a\/b' is no crate$/],
    [['--list', 'l', '--sample'], /^--list and --sample exclude each other$/],
    [['--list', 'l', '--retry-out', 'r'], /^--retry-out is for the crates of an index, and --list has URLs$/],
    [['--list', 'l', '--only-crates', 'r'], /^--only-crates is for the crates of an index/],
    [['--index-dir', 'i', '--only-crates', ''], /^--only-crates: the value is empty$/],
    [['--index-dir', ''], /^--index-dir: the value is empty$/],
    [['--index-dir', 'i', '--concurrency', '0'], /^--concurrency: '0' is not a whole number from 1 to 4096$/],
    [['--index-dir', 'i', '--concurrency', '-5'], /^--concurrency: '-5' is not/],
    [
      ['--index-dir', 'i', '--concurrency', 'abc'],
      /^--concurrency: 'abc' is neither auto nor a number of requests$/,
    ],
    [
      ['--index-dir', 'i', '--max-connections', '0'],
      /^--max-connections: '0' is not a whole number from 1 to 4096$/,
    ],
    [['--index-dir', 'i', '--window', 'night'], /^--window: 'night' is not a time of the day$/],
    [['--index-dir', 'i', '--limit-rate', 'fast'], /^--limit-rate: 'fast' is not a rate$/],
    [['--index-dir', 'i', '--limit-rate', '50'], /^--limit-rate: '50' is 50 bytes a second/],
    [['--index-dir', 'i', '--timeout', '0'], /^--timeout: '0' leaves no time at all$/],
    [['--index-dir', 'i', '--retry-base', 'soon'], /^--retry-base: 'soon' is not a duration$/],
    [
      ['--index-dir', 'i', '--layout', '../{crate}-{version}'],
      /^--layout: layout '..\/{crate}-{version}' must be/,
    ],
    [['--index-dir', 'i', '--crates-base-url', 'ftp://x'], /^--crates-base-url: 'ftp:\/\/x' is not an http/],
    [
      ['--index-dir', 'i', '--crates-base-url', 'https://{crate}.example/'],
      /^--crates-base-url: .* has a marker in its host$/,
    ],
    [['--index-dir', 'i', '--contact', 'a\nb'], /only printable ASCII/],
    [['--index-dir', 'i', '--contact', 'a', '--user-agent', 'b'], /exclude each other/],
    [
      ['--index-dir', 'i', '--ca-file', '/does/not/exist'],
      /^--ca-file: cannot read \/does\/not\/exist: there is no such file/,
    ],
    [
      ['--index-dir', 'i', '--bundle-size-gb', '0'],
      /^--bundle-size-gb: '0' is not a size in GB from 0.001 to 100000$/,
    ],
    [['--index-dir', 'i', '--listen', '9090'], /^--listen: '9090' is not an address to listen on$/],
    [['--index-dir', 'i', '--bundles-out', 'b'], /^--bundles-out does nothing without --bundle$/],
    [['--index-dir', 'i', '--bundle-size-gb', '8GB'], /^--bundle-size-gb: '8GB' is not a size in GB/],
    [
      ['--index-dir', 'i', '--s3-region', 'r'],
      /^--s3-region is for a mirror in an object store, and --out out is a directory$/,
    ],
    [['--index-dir', 'i', '--public-url', 'https://m'], /^--public-url is for a mirror in an object store/],
    [
      ['--index-dir', 'i', '--out', 's3://bucket', '--public-url', 'https://m', '--layout', 'go'],
      /^--public-url needs a layout that a config.json can describe, and go is none$/,
    ],
    [
      ['--list', 'l', '--out', 's3://bucket', '--public-url', 'https://m'],
      /^--public-url publishes an index, and --list has URLs$/,
    ],
    [['--index-dir', 'i', '--out', 's3:///p'], /^--out: '' cannot be a bucket's name$/],
    [['--index-dir', 'i', '--shard', '3/2'], /'3\/2' is not a shard: the second of four is 2\/4/],
    [
      ['--index-dir', 'i', '--shard', '1/2', '--bundle'],
      /^--bundle works on the whole mirror, and --shard on a share of it$/,
    ],
    [
      ['--index-dir', 'i', '--shard', '1/2', '--on-removed', 'delete'],
      /^--on-removed delete works on the whole mirror/,
    ],
    [
      ['--index-dir', 'i', '--out', 's3://bucket', '--bundle', '--bundle-mode', 'add'],
      /^--bundle-mode add is for a mirror in a directory, and --out is an object store$/,
    ],
    [
      ['--index-dir', 'i', '--out', 's3://bucket', '--bundle', '--bundles-out', 'b'],
      /^--bundles-out is for a mirror in a directory/,
    ],
    [
      ['--index-dir', 'i', '--out', 's3://bucket', '--bundle', '--bundle-size-gb', '151'],
      /^--bundle-size-gb: a bundle in an object store has at most 150 GB$/,
    ],
    [
      ['--index-dir', 'i', '--out', 's3://bucket', '--verify-existing'],
      /^--verify-existing is for a mirror in a directory, and --out is an object store$/,
    ],
    [
      ['--index-dir', 'i', '--out', 's3://bucket', '--dry-run', '--advisories', 'a'],
      /^--advisories is for a mirror in a directory, and --out is an object store$/,
    ],
    [
      ['--index-dir', 'i', '--out', 's3://bucket', '--on-removed', 'quarantine'],
      /^--on-removed quarantine is for a mirror in a directory/,
    ],
    [['--index-dir', 'i', '--out', 's3://bucket', '--cache-dir', ' '], /^--cache-dir: the value is empty$/],
    [['--index-dir', 'i', '--out', './i'], /^--out \.\/i is inside of --index-dir i$/],
    [['--index-dir', '.'], /^--out out is inside of --index-dir \.$/],
    [
      ['--index-dir', 'i', '--bundle', '--bundles-out', 'i/b'],
      /^--bundles-out i\/b is inside of --index-dir i$/,
    ],
    [['--index-dir', 'i', '--bundle', '--bundles-out', ' '], /^--bundles-out: the value is empty$/],
    [['--index-dir', 'i', '--bundle-mode', 'both'], /Allowed choices are only, add$/],
    [['--index-dir', 'i', '--log-level', 'loud'], /Allowed choices are debug, info, warn, warning, error$/],
  ];
  for (const [argv, message] of table) {
    assert.throws(
      () => parseDownloaderOptions(argv),
      (error) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  }
});

test('a certificate file must hold a certificate', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ca-'));
  try {
    writeFileSync(join(directory, 'ca.pem'), 'hello');
    assert.throws(
      () => parseDownloaderOptions(['--index-dir', 'i', '--ca-file', join(directory, 'ca.pem')]),
      /holds no certificate in PEM/,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('each run of a shard has a manifest of its own, and a cache of its own', () => {
  const options = parseDownloaderOptions(
    '--index-dir i --shard 2/4 --out s3://bucket/p --cache-dir c --manifest m/all.jsonl'.split(' '),
  );
  assert.match(options.manifest, /^m\/all\.shard-2-of-4\.\d{8}T\d{6}\.\d{3}Z\.jsonl$/);
  assert.equal(options.out, join('c', 'shard-2-of-4'));
});
