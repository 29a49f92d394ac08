import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextPrinted } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { NO_RULES } from '@crates-mirror/selection/options';
import { parseServeOptions } from './command-line.ts';
import { parseExportOptions } from './export-command-line.ts';

const LOGGING = { logFormat: 'text', logLevel: 'info', progressInterval: 0, progressEvery: 0 };
const SERVE = ['--mirror', 'm', '--index-dir', 'i'];
const EXPORT = [...SERVE, '--out', 'o', '--public-url', 'https://mirror.example/'];

test('serving: options that are not given have their defaults', () => {
  assert.deepEqual(parseServeOptions(['-mirror', 'm', '-index-dir=i']), {
    indexDir: 'i',
    mirror: 'm',
    bundlesDir: undefined,
    layout: undefined,
    rules: undefined,
    explain: undefined,
    deny: undefined,
    listen: { host: '127.0.0.1', port: 8080 },
    publicUrl: undefined,
    trustedProxies: [],
    tls: undefined,
    maxConnections: undefined,
    idleTimeout: 60_000,
    drainTimeout: 30_000,
    crateMaxAge: 600_000,
    advisories: undefined,
    serveRemoved: false,
    stored: undefined,
    ...LOGGING,
  });
});

test('serving: every option', () => {
  const argv = [
    ...['--index-dir', 'i', '--bundles-dir', 'b', '--layout', 'upstream', '--listen', '[::]:443'],
    ...['--public-url', 'https://mirror.example/crates-io//', '--tls-cert', 'c.pem', '--tls-key', 'k.pem'],
    ...['--max-connections', '7', '--idle-timeout', '5s', '--drain-timeout', '1m', '--log-format', 'json'],
    ...['--crate-max-age', '0', '--serve-removed', '--deny', 'd.toml', '--advisories', 'db'],
    ...['--log-level', 'debug', '--progress-interval', '10s', '--progress-every', '100'],
  ];
  assert.deepEqual(parseServeOptions(argv), {
    indexDir: 'i',
    mirror: undefined,
    bundlesDir: 'b',
    layout: 'upstream',
    rules: undefined,
    explain: undefined,
    deny: 'd.toml',
    listen: { host: '::', port: 443 },
    publicUrl: 'https://mirror.example/crates-io',
    trustedProxies: [],
    tls: { certFile: 'c.pem', keyFile: 'k.pem' },
    maxConnections: 7,
    idleTimeout: 5000,
    drainTimeout: 60_000,
    crateMaxAge: 0,
    advisories: 'db',
    serveRemoved: true,
    stored: undefined,
    logFormat: 'json',
    logLevel: 'debug',
    progressInterval: 10_000,
    progressEvery: 100,
  });
});

test('exporting', () => {
  assert.deepEqual(parseExportOptions([...EXPORT, '--files', 'copy', '--prune']), {
    indexDir: 'i',
    mirror: 'm',
    bundlesDir: undefined,
    layout: undefined,
    rules: undefined,
    explain: undefined,
    deny: undefined,
    out: 'o',
    bucket: undefined,
    publicUrl: 'https://mirror.example',
    requireExisting: false,
    manifest: undefined,
    files: 'copy',
    prune: true,
    repair: false,
    onRemoved: 'delete',
    maxRemovals: { share: 0.01 },
    ...LOGGING,
  });
  const { files, prune, repair } = parseExportOptions([...EXPORT, '--repair']);
  assert.deepEqual({ files, prune, repair }, { files: 'link', prune: false, repair: true });
  assert.equal(parseExportOptions([...EXPORT, '--manifest', 'x.jsonl']).manifest, 'x.jsonl');
  assert.equal(parseExportOptions([...EXPORT, '--require-existing']).requireExisting, true);
  assert.equal(parseExportOptions([...EXPORT, '--on-removed', 'keep']).onRemoved, 'keep');
  assert.deepEqual(parseExportOptions([...EXPORT, '--max-removals', '50%']).maxRemovals, { share: 0.5 });
});

test('exporting to an object store', () => {
  const common = [...SERVE, '--public-url', 'https://m.example', '--site', 's3://bucket/a/b'];
  const argv = [
    ...common,
    '--cache-dir',
    'c',
    '--s3-endpoint',
    'https://s3.example/',
    '--s3-addressing',
    'virtual',
  ];
  const { out, bucket } = parseExportOptions(argv);
  assert.equal(out, 's3://bucket/a/b');
  assert.deepEqual(bucket, {
    address: { bucket: 'bucket', prefix: 'a/b/' },
    s3: { endpoint: 'https://s3.example', region: undefined, addressing: 'virtual', caFile: undefined },
    environment: process.env,
    cacheDirectory: 'c',
  });
});

test('all held versions are served unless an option of a selection is given', () => {
  const rulesOf = (...args: string[]) =>
    parseServeOptions(['--index-dir', 'i', '--mirror', 'm', ...args]).rules;
  assert.equal(rulesOf(), undefined);
  assert.deepEqual(rulesOf('--include-yanked'), { ...NO_RULES, includeYanked: true });
  assert.deepEqual(rulesOf('--min-age', '7d'), { ...NO_RULES, minAge: 7 * 24 * 3_600_000 });
});

test('wrong usage is one line that says what to do', () => {
  const see = 'See --help';
  const table: [(argv: string[]) => unknown, string[], string, string | undefined][] = [
    [parseServeOptions, [], '--index-dir is missing: where is the index?', see],
    [parseServeOptions, ['--index-dir', ' '], '--index-dir is missing: where is the index?', see],
    [
      parseServeOptions,
      ['--index-dir', 'i', '--mirror', 'm', '--serve-removed', '--latest', '1'],
      '--serve-removed also serves versions that are not selected',
      'Leave it out, or the selection',
    ],
    [
      parseServeOptions,
      ['--index-dir', 'i'],
      '--mirror and --bundles-dir are missing: where are the crate files?',
      'Give one of them, or both',
    ],
    [
      parseServeOptions,
      [...SERVE, '--tls-cert', 'c.pem'],
      '--tls-cert and --tls-key go together',
      'Give both, or neither',
    ],
    [parseExportOptions, [...EXPORT, '--s3-region', 'x'], '--s3-region is for --site', 'Leave it out'],
    [
      parseExportOptions,
      ['--index-dir', 'i', '--mirror', 'm', '--public-url', 'https://m.example', '--out', 's3://b/c'],
      '--out: s3://b/c is in an object store, and a directory on this machine is needed',
      'Give it as --site',
    ],
    [
      parseExportOptions,
      [...EXPORT, '--on-removed', 'keep', '--prune'],
      '--on-removed keep and --prune exclude each other',
      undefined,
    ],
    [
      parseServeOptions,
      [...SERVE, '--crate-max-age', '61m'],
      "--crate-max-age: '61m' is more than an hour",
      'Withdrawn crate files would stay in caches for as long',
    ],
    [
      parseServeOptions,
      [...SERVE, '--listen', '8080'],
      "--listen: '8080' is not an address to listen on",
      'Write it like :9090 (this machine only), 0.0.0.0:9090 (everybody) or [::1]:9090',
    ],
    [
      parseServeOptions,
      [...SERVE, '--public-url', 'mirror.example'],
      "--public-url: 'mirror.example' is not an http:// or https:// URL",
      undefined,
    ],
    [
      parseServeOptions,
      [...SERVE, '--public-url', 'https://u:p@mirror.example'],
      '--public-url: a public URL takes no user name, password, query or fragment',
      undefined,
    ],
    [
      parseServeOptions,
      [...SERVE, '--public-url', 'https://mirror.example/{crate}'],
      "--public-url: 'https://mirror.example/{crate}' has a brace in it",
      undefined,
    ],
    [
      parseServeOptions,
      [...SERVE, '--layout', '{name}'],
      "--layout: layout '{name}' needs both {crate} and {version}, or versions would overwrite each other",
      'Use cargo, crate-dirs, upstream, go or a template like {lowerprefix}/{crate}-{version}.crate',
    ],
    [
      parseServeOptions,
      [...SERVE, '--max-connections', '0'],
      "--max-connections: '0' is not a whole number from 1 to 1000000",
      undefined,
    ],
    [
      parseServeOptions,
      [...SERVE, '--idle-timeout', '0'],
      "--idle-timeout: '0' leaves no time at all",
      'Give a time above 0, like 30s',
    ],
    [
      parseServeOptions,
      [...SERVE, 'exprot'],
      'too many arguments. Expected 0 arguments but got 1: exprot',
      see,
    ],
    [
      parseServeOptions,
      [...SERVE, 'export', '--out', 'o'],
      "'export' comes before its options",
      'See crates-mirror-server export --help',
    ],
    [
      parseExportOptions,
      SERVE,
      '--out is missing: where should the files go?',
      'See crates-mirror-server export --help',
    ],
    [
      parseExportOptions,
      [...SERVE, '--out', 'o'],
      '--public-url is missing: cargo needs the URL of the crate files',
      'Give the URL that --out will be served at, like https://mirror.example',
    ],
    [
      parseExportOptions,
      [
        '--bundles-dir',
        'b',
        '--index-dir',
        'i',
        '--out',
        'o',
        '--public-url',
        'https://x.example',
        '--repair',
      ],
      '--repair needs --mirror: crate files are put back as loose ones',
      "Name the downloader's --out; its next full run fetches damaged bundles anew",
    ],
  ];
  for (const [parse, argv, message, hint] of table) {
    const expected = new UsageError(message, hint === undefined ? {} : { hint });
    assert.throws(() => parse(argv), expected, argv.join(' '));
  }
});

test('--help and --version print and stop', (t) => {
  const written: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string) => written.push(text));
  for (const argv of [['--help'], ['--version']]) {
    assert.throws(() => parseServeOptions(argv), TextPrinted);
    assert.throws(() => parseExportOptions(argv), TextPrinted);
  }
  t.mock.restoreAll();
  assert.match(written.join(''), /mirror-server 0\.1\.0\n/);
  assert.match(written.join(''), /--drain-timeout <time>/);
});

test('serving: proxies to trust', () => {
  const argv = [...SERVE, '--trusted-proxy', '10.0.0.0/8', '--trusted-proxy=::1'];
  assert.deepEqual(parseServeOptions(argv).trustedProxies, [
    { family: 'ipv4', address: '10.0.0.0', prefix: 8 },
    { family: 'ipv6', address: '::1', prefix: 128 },
  ]);
  assert.throws(
    () => parseServeOptions([...SERVE, '--trusted-proxy', 'proxy.example']),
    new UsageError("--trusted-proxy: 'proxy.example' is not an IP address or a CIDR range", {
      hint: 'Write it like 10.0.0.5, 10.0.0.0/8, ::1 or fd00::/8',
    }),
  );
  assert.throws(
    () => parseServeOptions([...argv, '--public-url', 'https://mirror.example']),
    new UsageError('--public-url and --trusted-proxy exclude each other', {
      hint: 'With --public-url, no header changes where cargo is sent',
    }),
  );
});
