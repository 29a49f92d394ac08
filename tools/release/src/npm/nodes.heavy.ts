import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { build } from '../build.ts';
import { tryPackage } from '../try-package.ts';
import { npm } from './pack.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** The oldest version allowed by `engines`, and the newest of each line. */
const LINES = ['22.15.0', '22', '24', '26'];

const directory = mkdtempSync(join(tmpdir(), 'crates-mirror-nodes-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const [archive = ''] = await build(ROOT, { out: directory, platforms: [] });

for (const line of LINES) {
  test(`installed by npm and run by Node.js ${line}`, async (t) => {
    const home = join(directory, line);
    mkdirSync(home);
    writeFileSync(join(home, 'package.json'), '{"private":true}');
    const node = installNode(home, line);
    if (node === undefined) {
      t.skip(`the registry gives no Node.js ${line} for ${process.platform} ${process.arch}`);
      return;
    }
    // npm itself runs with the machine's Node.js, which does not affect what it installs.
    npm(
      ['install', '--global', '--silent', '--prefix', join(home, 'prefix'), join(directory, archive)],
      home,
    );
    const bin = join(home, 'prefix/bin');
    assert.ok(readdirSync(bin).length >= 7);
    const env = { HOME: home, PATH: join(node, '..') };
    const version = execFileSync(join(bin, 'crates-mirror'), ['--version'], { encoding: 'utf8', env });
    assert.match(version, /^crates-mirror \d/);
    const work = join(home, 'work');
    mkdirSync(work);
    await tryPackage(node, join(home, 'prefix/lib/node_modules/crates-mirror/bin'), work);
  });
}

/**
 * Installs Node.js from its platform package, which needs no install script.
 *
 * @returns the executable
 */
function installNode(home: string, line: string): string | undefined {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    npm(['install', '--silent', '--no-audit', '--no-fund', `${name}@${line}`], home);
  } catch {
    return undefined;
  }
  const node = join(home, 'node_modules', name, 'bin/node');
  return existsSync(node) ? node : undefined;
}
