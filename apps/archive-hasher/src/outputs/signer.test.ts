import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateKey } from 'openpgp';
import { Signer } from './signer.ts';

const MINUTE = 60_000;

test('a key that expires before there is something to sign is told of in one line', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'signer-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const keyFile = join(directory, 'key.asc');
  const { privateKey } = await generateKey({ userIDs: { name: 'Alice' }, keyExpirationTime: 60 });
  writeFileSync(keyFile, privateKey);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const signer = await Signer.open(keyFile, undefined);
  assert.match(await signer.signFile(keyFile), /^-----BEGIN PGP SIGNATURE-----/);
  t.mock.timers.tick(2 * MINUTE);
  await assert.rejects(signer.signFile(keyFile), {
    name: 'FatalError',
    code: 'signing_failed',
    message: /^signing failed: .*expired$/,
  });
});
