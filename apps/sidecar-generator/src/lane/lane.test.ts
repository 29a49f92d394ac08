import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs, { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DirectorySource } from '@crates-mirror/crates-index';
import { plainSelection, selectorOf } from '@crates-mirror/selection';
import { Lane } from './lane.ts';
import type { FromLane } from './protocol.ts';

const CKSUM = '0123456789abcdef'.repeat(4);
const SOMEBODY = 65534;

/** Lets a lane process two index files as a user to whom permissions apply. */
function processIn(root: string): FromLane {
  const module = new URL('./lane.ts', import.meta.url).href;
  const options = {
    out: join(root, 'out'),
    layout: 'upstream',
    cratesBaseUrl: 'https://x.example',
    pretty: true,
  };
  const index = import.meta.resolve('@crates-mirror/crates-index');
  const selection = import.meta.resolve('@crates-mirror/selection');
  const program = `import { Lane } from ${JSON.stringify(module)};
    import { DirectorySource } from ${JSON.stringify(index)};
    import { plainSelection, selectorOf } from ${JSON.stringify(selection)};
    const index = new DirectorySource(${JSON.stringify(join(root, 'index'))});
    const lane = new Lane({ options: ${JSON.stringify(options)}, root: ${JSON.stringify(options.out)} }, index, await selectorOf(plainSelection(true)));
    // Root may have to load modules that are loaded on demand.
    lane.process({ files: ['1/c'] });
    if (process.getuid() === 0) process.seteuid(${SOMEBODY});
    console.log(JSON.stringify(lane.process({ files: ['1/a', '1/b'] })));`;
  const text = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  return JSON.parse(text) as FromLane;
}

test('what cannot be written is a problem of its own, and the rest is written', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'lane-'));
  t.after(() => rmSync(root, { recursive: true }));
  chmodSync(root, 0o755);
  mkdirSync(join(root, 'index/1'), { recursive: true });
  for (const [name, mode] of [
    ['a', 0o555],
    ['b', 0o777],
    ['c', 0o777],
  ] as const) {
    writeFileSync(join(root, 'index/1', name), `{"name":"${name}","vers":"1.0.0","cksum":"${CKSUM}"}\n`);
    mkdirSync(join(root, 'out', name), { recursive: true });
    chmodSync(join(root, 'out', name), mode);
  }
  const { counts, problems, fatal } = processIn(root);
  const [problem, ...others] = problems;
  assert.deepEqual([problem?.file, problem?.line, others], ['a/a-1.0.0.crate.json', 0, []]);
  assert.match(problem?.message ?? '', /^EACCES: permission denied, open '/);
  assert.deepEqual([counts.fresh, fatal], [1, undefined]);
});

test('where names that differ only in case are one, the second version is a problem of its own', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'lane-'));
  t.after(() => rmSync(root, { recursive: true }));
  const out = join(root, 'out');
  mkdirSync(join(root, 'index/1'), { recursive: true });
  mkdirSync(out);
  const lines = ['1.0.0-rc1', '1.0.0-RC1', '1.0.0'].map(
    (vers) => `{"name":"a","vers":"${vers}","cksum":"${CKSUM}"}\n`,
  );
  writeFileSync(join(root, 'index/1/a'), lines.join(''));
  const options = { out, layout: 'upstream', cratesBaseUrl: 'https://x.example', pretty: true };
  const selector = await selectorOf(plainSelection(true));
  const lane = new Lane(
    { options, root: out, bundleFiles: {} },
    new DirectorySource(join(root, 'index')),
    selector,
  );
  // Such a file system finds each file by any spelling.
  t.mock.method(fs, 'existsSync', () => true);
  syncBuiltinESMExports();
  try {
    const { counts, problems } = lane.process({ kind: 'index', files: ['1/a'], most: undefined });
    assert.equal(counts.fresh, 2);
    assert.deepEqual(
      problems.map(({ file, line }) => [file, line]),
      [['a/a-1.0.0-RC1.crate.json', 0]],
    );
    assert.match(problems[0]?.message ?? '', /takes a-1\.0\.0-RC1.* and a-1\.0\.0-rc1.* for one name/);
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
});
