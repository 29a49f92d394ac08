import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';

const LAUNCH = join(import.meta.dirname, 'launch.js');

/** Launches a program that prints its cache directory, in the main thread and in a worker. */
function run(directory: string, environment: NodeJS.ProcessEnv): string[] {
  writeFileSync(
    join(directory, 'program.mjs'),
    `import { getCompileCacheDir } from 'node:module';
     import { isMainThread, Worker } from 'node:worker_threads';
     console.log(String(getCompileCacheDir()));
     if (isMainThread) new Worker(new URL(import.meta.url));`,
  );
  writeFileSync(
    join(directory, 'main.mjs'),
    `import { launch } from ${JSON.stringify(LAUNCH)}; await launch(() => import('./program.mjs'));`,
  );
  const { stdout, stderr } = spawnSync(process.execPath, [join(directory, 'main.mjs')], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...environment },
  });
  assert.equal(stderr, '');
  return stdout.trim().split('\n');
}

test('threads share one cache, below node_modules or where the user wants it', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'launch-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [main, worker] = run(directory, {});
  assert.match(main ?? '', /node_modules\/\.cache\/crates-mirror\//);
  assert.equal(worker, main);
  const own = join(directory, 'own');
  const [first] = run(directory, { NODE_COMPILE_CACHE: own });
  assert.ok(first?.startsWith(own), String(first));
  assert.ok(readdirSync(own).length > 0);
  assert.deepEqual(run(directory, { NODE_DISABLE_COMPILE_CACHE: '1' }), ['undefined', 'undefined']);
});

test('a Node.js that cannot run TypeScript says where there is one that can', (t) => {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  const isOld = (node: string): boolean => {
    const script = 'process.stdout.write(String(process.features.typescript ?? false))';
    return spawnSync(node, ['-e', script], { encoding: 'utf8' }).stdout === 'false';
  };
  const old = directories.map((directory) => join(directory, 'node')).find(isOld);
  if (old === undefined) {
    t.skip('no older Node.js in PATH');
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'launch-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const main = join(directory, 'some-tool');
  writeFileSync(
    `${main}.mjs`,
    `import { launch } from ${JSON.stringify(LAUNCH)}; await launch(() => import('./missing.ts'));`,
  );
  const { status, stderr } = spawnSync(old, [`${main}.mjs`], { encoding: 'utf8' });
  assert.match(
    stderr,
    /^some-tool\.mjs: Node\.js v\d+\.\S+ is too old to run this\. .*node_modules\/\.bin first in PATH, or start it with npx\n$/,
  );
  assert.equal(status, 2);
});
