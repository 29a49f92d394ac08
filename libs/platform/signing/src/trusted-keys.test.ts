import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { generateKey } from 'openpgp';
import { Signer } from './signer.ts';
import { TrustedKeys } from './trusted-keys.ts';

const directory = mkdtempSync(join(tmpdir(), 'trusted-'));
after(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

async function makeKey(name: string): Promise<{ privateFile: string; publicFile: string }> {
  const { privateKey, publicKey } = await generateKey({ userIDs: { name } });
  return { privateFile: file(`${name}.key`, privateKey), publicFile: file(`${name}.asc`, publicKey) };
}

test('a signature counts if a trusted key has made it over just these bytes', async () => {
  const alice = await makeKey('Alice');
  const bob = await makeKey('Bob');
  const signer = await Signer.open(alice.privateFile, undefined);
  const content = Buffer.from('a parcel');
  const signature = await signer.signFile(file('content', content.toString()));
  const both = await TrustedKeys.open('--trust', [bob.publicFile, alice.publicFile]);
  assert.deepEqual(await both.check(content, signature), {
    fingerprint: signer.fingerprint,
    userId: 'Alice',
  });
  await assert.rejects(both.check(Buffer.from('another'), signature), /is not good: .*digest/);
  const others = await TrustedKeys.open('--trust', [bob.publicFile]);
  await assert.rejects(
    others.check(content, signature),
    /^CodedError: is by the key [0-9A-F]{16}, which is not trusted here$/,
  );
  await assert.rejects(both.check(content, 'no signature'), /is no ASCII-armored OpenPGP signature/);
});

test('a signature outlives its key, and a clock that is behind does not matter', async (t) => {
  const { privateKey, publicKey } = await generateKey({
    userIDs: { name: 'Carol' },
    keyExpirationTime: 60,
    date: new Date(Date.now() - 1000),
  });
  const signer = await Signer.open(file('carol.key', privateKey), undefined);
  const signature = await signer.signFile(file('content', 'text'));
  const keys = await TrustedKeys.open('--trust', [file('carol.asc', publicKey)]);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  t.mock.timers.tick(3_600_000);
  assert.equal((await keys.check(Buffer.from('text'), signature)).userId, 'Carol');
  t.mock.timers.setTime(Date.now() - 86_400_000);
  assert.equal((await keys.check(Buffer.from('text'), signature)).userId, 'Carol');
});

test('one file may hold several keys, as gpg exports them or one after the other', async () => {
  const [alice, bob] = [
    await generateKey({ userIDs: { name: 'A' } }),
    await generateKey({ userIDs: { name: 'B' } }),
  ];
  const signer = await Signer.open(file('b.key', bob.privateKey), undefined);
  const signature = await signer.signFile(file('content', 'x'));
  const keys = await TrustedKeys.open('--trust', [file('two.asc', `${alice.publicKey}\n${bob.publicKey}`)]);
  assert.equal((await keys.check(Buffer.from('x'), signature)).userId, 'B');
});

test('an invalid public key is refused with what to do', async () => {
  const alice = await makeKey('Dave');
  const table: [string, RegExp][] = [
    [join(directory, 'none'), /^UsageError: --trust: cannot read .*none: /],
    [file('text', 'hello'), /^UsageError: --trust: .*text is no ASCII-armored OpenPGP key$/],
    [
      file('torn', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----'),
      /torn is no ASCII-armored/,
    ],
    [alice.privateFile, /has a private key in it$/],
  ];
  for (const [path, message] of table) await assert.rejects(TrustedKeys.open('--trust', [path]), message);
});

/** gpg with a keyring of its own, and a key by this name; undefined if gpg is not installed. */
function startGpg(
  t: TestContext,
  name: string,
): (((...args: string[]) => string) & { readonly home: string }) | undefined {
  if (spawnSync('gpg', ['--version']).error !== undefined) {
    t.skip('gpg is not installed');
    return undefined;
  }
  const home = mkdtempSync(join(directory, 'gnupg-'));
  const gpg = (...args: string[]): string => {
    const options = [
      '--homedir',
      home,
      '--batch',
      '--yes',
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      '',
    ];
    const run = spawnSync('gpg', [...options, ...args]);
    if (run.error !== undefined || run.status !== 0) throw new Error(String(run.stderr ?? run.error));
    return String(run.stdout);
  };
  t.after(() => spawnSync('gpgconf', ['--kill', 'gpg-agent'], { env: { ...process.env, GNUPGHOME: home } }));
  gpg('--quick-generate-key', name, 'rsa2048', 'sign', 'never');
  return Object.assign(gpg, { home });
}

test('signatures by gpg are verified here', async (t) => {
  const gpg = startGpg(t, 'Erin');
  if (gpg === undefined) return;
  const content = file('gpg-content', 'by gpg');
  const key = file('erin.asc', gpg('--armor', '--export', 'Erin'));
  const keys = await TrustedKeys.open('--trust', [key]);
  const sign = (...args: string[]): string => {
    gpg('--armor', ...args, '--output', `${content}.asc`, content);
    return readFileSync(`${content}.asc`, 'utf8');
  };
  const check = (armored: string, trusted = keys) => trusted.check(Buffer.from('by gpg'), armored);
  const good = sign('--detach-sign');
  assert.equal((await check(good)).userId, 'Erin');
  await assert.rejects(check(sign('--digest-algo', 'SHA1', '--detach-sign')), /is not good: .*SHA1/);
  const isNone = /is no ASCII-armored OpenPGP signature$/;
  await assert.rejects(check(sign('--clearsign')), isNone, 'what it signs is another text than ours');
  await assert.rejects(check(sign('--sign')), isNone);

  const [, fingerprint = ''] = /^fpr:+([0-9A-F]+):/m.exec(gpg('--with-colons', '--list-keys', 'Erin')) ?? [];
  const revocation = join(gpg.home, 'openpgp-revocs.d', `${fingerprint}.rev`);
  gpg('--import', file('revocation', readFileSync(revocation, 'utf8').replace(/^:---/m, '---')));
  const revoked = file('revoked.asc', gpg('--armor', '--export', 'Erin'));
  await assert.rejects(check(good, await TrustedKeys.open('--trust', [revoked])), /is not good: .*revoked/);
});
