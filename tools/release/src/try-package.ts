import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a built package: mirrors the embedded sample, bundles, verifies, extracts, carries, hashes
 * and serves it.
 *
 * @param node the Node.js to run it with
 * @param bin the package's programs
 * @param directory target directory, in which folders are created
 * @throws AssertionError and any error of the programs
 */
export async function tryPackage(node: string, bin: string, directory: string): Promise<void> {
  const cwd = directory;
  // Nothing is inherited from this process, so files of a user's home or a repository have no
  // influence.
  const env = { HOME: join(directory, 'home'), PATH: '' };
  const start = (args: readonly string[]): Promise<{ stdout: string }> =>
    run(node, [join(bin, 'crates-mirror.js'), ...args], { cwd, env });
  const mirror = ['--bundle', '--bundle-mode', 'add', '--listen', ':0'];
  const { stdout } = await start(['download', '--sample', '--sample-index', 'index', ...mirror]);
  assert.match(stdout, /^Mirrored all 33 crate files into out and bundles/);
  assert.match(stdout, /\n {2}crates-mirror serve --index-dir index --mirror out --bundles-dir bundles\n/);
  await start(['sidecars', '--index-dir', 'index', '--out', 'out', '--include-yanked']);
  await start(['extract', '--bundles-dir', 'bundles', '--verify']);
  await start(['extract', '--bundles-dir', 'bundles', '--out', 'extracted']);
  assert.equal(countCrates(join(directory, 'extracted')), 33);
  await start(['pack', '--mirror', 'out', '--index-dir', 'index', '--to', 'parcels']);
  const far = ['--mirror', 'far', '--index-dir', 'far-index', '--unsigned', '--loose'];
  await start(['unpack', '--from', 'parcels', ...far, '--receipt-out', 'receipt.json']);
  assert.equal(countCrates(join(directory, 'far')), 33);
  await start(['hash', '--dir', 'out', '--compress', 'zstd']);
  await start(['verify', 'out.yaml', '--algorithms', 'all']);
  const server = spawn(
    node,
    [
      join(bin, 'crates-mirror-server.js'),
      '--index-dir',
      'index',
      '--bundles-dir',
      'bundles',
      '--listen',
      ':0',
    ],
    { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    const origin = await originOf(server);
    const config = (await (await fetch(`${origin}index/config.json`)).json()) as { dl: string };
    assert.match(config.dl, /^http:\/\/127\.0\.0\.1/);
    const page = await fetch(origin);
    assert.match(await page.text(), /^<!doctype html>/);
  } finally {
    server.kill();
    await new Promise((done) => server.on('close', done));
  }
}

function countCrates(directory: string): number {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => path.endsWith('.crate')).length;
}

function originOf(server: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let log = '';
    server.stderr?.on('data', (data) => {
      log += data;
      const origin = /serving on (\S+)/.exec(log)?.[1];
      if (origin !== undefined) done(origin);
    });
    server.on('close', () => fail(new Error(log)));
  });
}
