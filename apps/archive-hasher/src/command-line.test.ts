import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { ALGORITHM_NAMES } from '@crates-mirror/hashing';
import { parseOptions } from './command-line.ts';
import { parseVerifyOptions } from './verify/command-line.ts';

const LOGGING = {
  progress: true,
  logFormat: 'text',
  logLevel: 'info',
  progressInterval: process.stderr.isTTY === true ? 0 : 3000,
  progressEvery: 0,
};
const DEFAULTS = {
  dir: 'd',
  bucket: undefined,
  exclude: [],
  outDir: undefined,
  outPrefix: undefined,
  tar: undefined,
  compress: 'none',
  compressLevel: 3,
  mtime: undefined,
  gpgkey: undefined,
  passphraseFile: undefined,
  failFast: false,
  algorithms: ALGORITHM_NAMES,
  hashWorkers: availableParallelism(),
  ...LOGGING,
};

test('from argv to options', () => {
  const table: [string, object][] = [
    ['--dir d', {}],
    ['-dir d -progress-interval 10s -out-dir o', { progressInterval: 10_000, outDir: 'o' }],
    ['-dir=d -progress=false', { progress: false, progressInterval: 0 }],
    ['-dir d -progress -verbose', { logLevel: 'debug' }],
    ['--dir d --no-progress --progress-every 5', { progress: false, progressInterval: 0 }],
    ['--dir d --no-tar --fail-fast --out-prefix p', { tar: false, failFast: true, outPrefix: 'p' }],
    ['--dir d --tar', { tar: true }],
    ['--dir d --compress none', { compress: 'none' }],
    ['--dir d --compress zstd --hash-workers 7', { tar: true, compress: 'zstd', hashWorkers: 7 }],
    ['--dir d --compress zstd --compress-level 19', { tar: true, compress: 'zstd', compressLevel: 19 }],
    ['--dir d --mtime @1000000000', { mtime: 1_000_000_000 }],
    ['--dir d --mtime 2001-09-09T03:46:40+02:00', { mtime: 1_000_000_000 }],
    ['--dir d --gpgkey k --gpgkey-passphrase-file f', { gpgkey: 'k', passphraseFile: 'f' }],
    ['--dir d --algorithms SHA512,kt128', { algorithms: ['kt128', 'sha512'] }],
    ['--dir d --algorithms none', { algorithms: [] }],
    ['--exclude a/** -exclude *.log -exclude=b/ --dir d', { exclude: ['a/**', '*.log', 'b/'] }],
  ];
  for (const [line, expected] of table)
    assert.deepEqual(parseOptions(line.split(' ')), { ...DEFAULTS, ...expected }, line);
});

test('from argv to options of verify', () => {
  const expected = {
    inventory: 'x.yaml',
    dir: undefined,
    bucket: undefined,
    algorithms: [],
    hashWorkers: availableParallelism(),
  };
  assert.deepEqual(parseVerifyOptions(['x.yaml']), { ...expected, ...LOGGING });
  assert.deepEqual(parseVerifyOptions('-dir d x.yaml -algorithms all'.split(' ')), {
    ...expected,
    ...LOGGING,
    dir: 'd',
    bucket: undefined,
    algorithms: ALGORITHM_NAMES,
  });
});

test('whatever is wrong is named in one line', () => {
  const table: [string, string][] = [
    ['', '--dir is missing: which directory?'],
    ['--dir d --out-prefix a/b', "--out-prefix: 'a/b' cannot begin a file name"],
    ['--dir d --out-prefix ..', "--out-prefix: '..' cannot begin a file name"],
    ['--dir d --out-dir=', '--out-dir: the value is empty'],
    ['--dir d --no-tar --compress zstd', '--no-tar leaves nothing to compress'],
    ['--dir d --compress-level 9', '--compress-level does nothing without --compress zstd'],
    ['--dir d --gpgkey-passphrase-file f', '--gpgkey-passphrase-file needs a key'],
    ['--dir d --mtime yesterday', "--mtime: 'yesterday' is no time"],
    ['--dir d --mtime 2026-13-01T00:00:00Z', "--mtime: '2026-13-01T00:00:00Z' is no time"],
    ['--dir d --mtime 2026-02-30T00:00:00Z', "--mtime: '2026-02-30T00:00:00Z' is no time"],
    ['--dir d --algorithms sha256,md5', "--algorithms: there is no algorithm 'md5'"],
    ['--dir d --algorithms none,sha256', "--algorithms: 'none' stands alone"],
    ['--dir d --hash-workers 0', "--hash-workers: '0' is not a whole number from 1 to 256"],
    ['--dir d --read', '--read is for objects, and --dir is a directory, whose files are always read'],
    ['--dir s3://bucket/x --tar', 'an archive is made of a directory, and --dir is an object store'],
    [
      '--dir s3://bucket/x --algorithms sha256',
      '--algorithms are digests of all content, and only --read reads that of objects',
    ],
    ['--dir s3://bucket/..', "--dir: the prefix in 's3://bucket/..' has an empty segment, '.' or '..'"],
    ['d', "'d' is not a command of crates-mirror-archive-hasher"],
    ['--dir d verify i.yaml', "'verify' comes before its options"],
    ['--dir verify --hash-workers 0', "--hash-workers: '0' is not a whole number from 1 to 256"],
  ];
  for (const [line, message] of table) {
    assert.throws(
      () => parseOptions(line.split(' ').filter(Boolean)),
      (error) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.equal(error.message, message);
        return true;
      },
    );
  }
});
