import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { Signer } from '@crates-mirror/signing';
import { generateKey } from 'openpgp';
import { Gap } from './test-crates.ts';

const keys = mkdtempSync(join(tmpdir(), 'keys-'));
after(() => rmSync(keys, { recursive: true }));
for (const name of ['alice', 'mallory']) {
  const { privateKey, publicKey } = await generateKey({ userIDs: { name } });
  writeFileSync(join(keys, `${name}.key`), privateKey);
  writeFileSync(join(keys, `${name}.asc`), publicKey);
}
const ALICE = { gpgkey: join(keys, 'alice.key'), passphraseFile: undefined };
const TRUST = [join(keys, 'alice.asc')];

/** Three parcels signed by Alice, of which the first is unpacked. */
async function makeGap(t: TestContext): Promise<Gap> {
  const gap = new Gap(t);
  for (const [i, since] of [undefined, 'last', 'last'].entries()) {
    gap.publish('crate', `1.0.${i}`, `version ${i}`);
    await gap.pack({ since, ...ALICE });
  }
  await gap.unpack({ from: gap.at('parcels/parcel-0001'), trust: TRUST });
  return gap;
}

/**
 * Asserts that parcels are rejected with one line, and that nothing on the far side has changed.
 */
async function assertRefused(gap: Gap, from: string, message: RegExp): Promise<void> {
  const before = [
    gap.tree('far'),
    gap.tree('far-index'),
    readFileSync(gap.at('far/.crates-mirror/carrier/received.json'), 'utf8'),
  ];
  await assert.rejects(gap.unpack({ from: gap.at(from), trust: TRUST }), (error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, message);
    return true;
  });
  const after = [
    gap.tree('far'),
    gap.tree('far-index'),
    readFileSync(gap.at('far/.crates-mirror/carrier/received.json'), 'utf8'),
  ];
  assert.deepEqual(after, before, from);
}

function copyOf(gap: Gap, parcel: string, to: string, change: (directory: string) => void): string {
  const directory = `${to}/${parcel}`;
  cpSync(gap.at('parcels', parcel), gap.at(directory), { recursive: true });
  change(gap.at(directory));
  return to;
}

test('parcels out of order, of the past, of another chain or another mirror are refused', async (t) => {
  const gap = await makeGap(t);
  await assertRefused(
    gap,
    'parcels/parcel-0003',
    /^parcel-0003 is out of order: parcel 2 must come first, the mirror is at parcel 1$/,
  );
  gap.publish('crate', '2.0.0', 'another second parcel');
  await gap.pack({ since: gap.at('parcels/parcel-0001'), to: gap.at('fork'), ...ALICE });
  await gap.pack({ since: 'none', to: gap.at('anew'), ...ALICE });
  await assertRefused(
    gap,
    'anew',
    /^parcel-0001 begins a new chain of parcels, and the mirror is at parcel 1$/,
  );

  await gap.unpack({ trust: TRUST });
  await assertRefused(
    gap,
    'parcels/parcel-0002',
    /^parcel-0002 was unpacked before: the mirror is at parcel 3$/,
  );
  await assertRefused(gap, 'fork', /^parcel-0002 does not go on from parcel 3 as the mirror has it$/);

  const other = new Gap(t);
  other.publish('crate', '1.0.0', 'of another mirror');
  await other.pack({ to: gap.at('other'), ...ALICE });
  await assertRefused(gap, 'other', /^parcel-0001 is of another mirror than what was unpacked before$/);
  await assert.rejects(
    gap.unpack({
      from: gap.at('parcels/parcel-0002'),
      mirror: gap.at('new'),
      indexDir: gap.at('new-index'),
      trust: TRUST,
    }),
    /^UsageError: parcel-0002 goes on from parcel 1, and the mirror has none$/,
  );
});

test('a parcel that nobody trusted has signed is refused', async (t) => {
  const gap = await makeGap(t);
  const signature = 'parcel.json.asc';
  const unsigned = copyOf(gap, 'parcel-0002', 'unsigned', (at) => rmSync(`${at}/${signature}`));
  await assertRefused(gap, unsigned, /^parcel-0002 is not signed: there is no parcel\.json\.asc$/);
  const mallory = await Signer.open(join(keys, 'mallory.key'), undefined);
  const resigned = await mallory.signFile(gap.at('parcels/parcel-0002/parcel.json'));
  const byMallory = copyOf(gap, 'parcel-0002', 'mallory', (at) =>
    writeFileSync(`${at}/${signature}`, resigned),
  );
  await assertRefused(
    gap,
    byMallory,
    /^parcel-0002 has a signature that is by the key [0-9A-F]{16}, which is not trusted here/,
  );
  const swapped = copyOf(gap, 'parcel-0002', 'swapped', (at) =>
    cpSync(gap.at('parcels/parcel-0003', signature), `${at}/${signature}`),
  );
  await assertRefused(gap, swapped, /^parcel-0002 has a signature that is not good/);
  const tampered = copyOf(gap, 'parcel-0002', 'tampered', (at) => {
    const text = readFileSync(`${at}/parcel.json`, 'utf8');
    writeFileSync(`${at}/parcel.json`, text.replace('"not_held": 0', '"not_held": 1'));
  });
  await assertRefused(gap, tampered, /^parcel-0002 has a signature that is not good/);
});

test('a parcel of which something is missing or damaged is refused, with the volume that must come again', async (t) => {
  const gap = await makeGap(t);
  const bundle = 'volume-001/bundle-0002-crate-to-crate.tar.zst';
  const flips = copyOf(gap, 'parcel-0002', 'flips', (at) => {
    const bytes = readFileSync(`${at}/${bundle}`);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(`${at}/${bundle}`, bytes);
  });
  await assertRefused(
    gap,
    flips,
    /^parcel-0002 is not whole: volume-001\/bundle-0002.* is damaged: it does not have its SHA-256; volume 1 must come again$/,
  );
  const cut = copyOf(gap, 'parcel-0002', 'cut', (at) => truncateSync(`${at}/${bundle}`, 10));
  await assertRefused(gap, cut, /has 10 bytes instead of \d+; volume 1 must come again$/);
  const lost = copyOf(gap, 'parcel-0002', 'lost', (at) => rmSync(`${at}/volume-001`, { recursive: true }));
  await assertRefused(
    gap,
    lost,
    /^parcel-0002 is not whole: volume-001\/.* is missing, and 3 more; volume 1 must come again$/,
  );
  const torn = copyOf(gap, 'parcel-0002', 'torn', (at) => truncateSync(`${at}/parcel.json`, 100));
  await assertRefused(gap, torn, /^parcel-0002 has a parcel\.json that is no manifest of a parcel$/);
  const later = copyOf(gap, 'parcel-0002', 'later', (at) => {
    const text = readFileSync(`${at}/parcel.json`, 'utf8');
    writeFileSync(`${at}/parcel.json`, text.replace('"format_version": 1', '"format_version": 2'));
  });
  await assertRefused(gap, later, /has format 2, this tool knows 1/);
  mkdirSync(gap.at('empty'));
  await assertRefused(gap, 'empty', /^--from: there is no parcel in/);
  // A damaged later parcel does not affect the ones before it, but all are rejected until it is
  // intact.
  renameSync(gap.at('parcels/parcel-0003/volume-001'), gap.at('away'));
  await assertRefused(gap, 'parcels', /^parcel-0003 is not whole/);
  renameSync(gap.at('away'), gap.at('parcels/parcel-0003/volume-001'));
  assert.equal((await gap.unpack({ trust: TRUST })).report['parcels'], 2);
});

test('places that cannot be written are refused before anything is unpacked', async (t) => {
  const gap = await makeGap(t);
  const before = gap.tree('far');
  for (const [options, message] of [
    [{ receiptOut: gap.at('far') }, /^--receipt-out: .*far is a directory$/],
    [{ receiptOut: gap.at('no/receipt.json') }, /^--receipt-out: cannot write to .*no, where the receipt/],
    [{ indexDir: gap.at('parcels/parcel-0001/parcel.json') }, /^--index-dir: .* is not a directory$/],
    [{ sidecars: gap.at('parcels/parcel-0001/parcel.json') }, /^--sidecars: /],
  ] as const)
    await assert.rejects(gap.unpack({ trust: TRUST, ...options }), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, message);
      return true;
    });
  assert.deepEqual(gap.tree('far'), before);
});

test('verify finds what only an import by hand would take, and gaps between parcels', async (t) => {
  const gap = await makeGap(t);
  const verify = (from: string) => gap.verify({ from: gap.at(from), trust: TRUST });
  assert.equal((await verify('parcels')).code, 0);
  const cases: [string, (directory: string) => void, RegExp][] = [
    [
      'sums',
      (at) => appendFileSync(join(at, 'SHA256SUMS'), 'x'),
      /SHA256SUMS\b.*is not what the manifest lists/,
    ],
    ['volume', (at) => rmSync(join(at, 'volume-001/SHA256SUMS')), /volume-001\/SHA256SUMS\b.*is missing/],
    ['asc', (at) => rmSync(join(at, 'SHA256SUMS.asc')), /is not signed: there is no SHA256SUMS.asc/],
    [
      'more',
      (at) => writeFileSync(join(at, 'volume-001/index-9999.tar.zst'), ''),
      /index-9999.tar.zst\b.*is not listed/,
    ],
    [
      'endless',
      (at) => linkTo('/dev/zero', join(at, 'parcel.json.asc')),
      /has a parcel.json.asc that is no signature/,
    ],
  ];
  for (const [to, change, message] of cases) {
    const { code, report } = await verify(copyOf(gap, 'parcel-0002', to, change));
    assert.equal(code, 1, to);
    assert.match(report, message);
  }
  await assertRefused(gap, 'endless', /has a parcel.json.asc that is no signature$/);
  for (const parcel of ['parcel-0001', 'parcel-0003']) copyOf(gap, parcel, 'gap', () => {});
  assert.match((await verify('gap')).report, /does not go on from parcel-0001: parcels between/);
});

/** Replaces a file by a link. */
function linkTo(target: string, path: string): void {
  rmSync(path);
  symlinkSync(target, path);
}

test('a key or receipt that is a pipe without a writer, or a directory, is refused at once', async (t) => {
  const gap = await makeGap(t);
  const pipe = gap.at('pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) return t.skip('needs mkfifo');
  await assert.rejects(gap.pack({ since: pipe }), /^UsageError: --since: .* is a pipe without content$/);
  await assert.rejects(
    gap.pack({ since: 'none', gpgkey: pipe }),
    /^UsageError: --gpgkey: .* is a pipe without content$/,
  );
  await assert.rejects(
    gap.pack({ since: 'none', gpgkey: gap.at('near') }),
    /^UsageError: --gpgkey: cannot read .*near: it is a directory$/,
  );
  await assert.rejects(gap.unpack({ trust: [pipe] }), /^UsageError: --trust: .* is a pipe without content$/);
});
