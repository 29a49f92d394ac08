import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateKey } from 'openpgp';
import { Signer } from './signer.ts';

const MINUTE = 60_000;
const MIB = 1 << 20;

test('a key that expires before there is something to sign is reported in one line', async (t) => {
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

test('memory does not grow with the signed file', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'signer-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [keyFile, file] = [join(directory, 'key.asc'), join(directory, 'file')];
  const { privateKey } = await generateKey({ userIDs: { name: 'Alice' } });
  writeFileSync(keyFile, privateKey);
  writeFileSync(file, '');
  const script = `
    import { truncateSync } from 'node:fs';
    import { Signer } from ${JSON.stringify(join(import.meta.dirname, 'signer.ts'))};
    const [keyFile, file] = ${JSON.stringify([keyFile, file])};
    const signer = await Signer.open(keyFile, undefined);
    const before = process.resourceUsage().maxRSS;
    truncateSync(file, ${300 * MIB});
    await signer.signFile(file);
    process.stdout.write(String((process.resourceUsage().maxRSS - before) / 1024));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script]);
  assert.equal(String(stderr), '');
  assert.ok(Number(stdout) < 150, `${stdout} MiB more`);
});
