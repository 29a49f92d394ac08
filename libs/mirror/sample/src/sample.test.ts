import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { parseIndexFile } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { startRegistry } from '@crates-mirror/upstream-server';
import { buildSample, generatedBody, serveSample, sizeProfile, writeSampleIndex } from './index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sample-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('every line of the sample’s index names a crate file with its checksum', async () => {
  const { index, crates } = await buildSample();
  let entries = 0;
  for (const [path, lines] of index) {
    const content = parseIndexFile(Buffer.from(lines), path);
    assert.deepEqual(content.problems, []);
    for (const { name, version, cksum } of content.entries) {
      const body = crates.get(`/crates/${name}/${name}-${version}.crate`);
      assert.equal(sha256Hex(body as Buffer), cksum);
      entries += 1;
    }
  }
  assert.equal(entries, crates.size);
  assert.ok(entries >= 30, `${entries} entries`);
});

test('the sample is the same every time it is packed', async () => {
  const [one, other] = [await buildSample(), await buildSample()];
  assert.deepEqual([...one.index], [...other.index]);
});

test('tar reads a sample crate file as cargo lays it out', async () => {
  const { crates } = await buildSample();
  const file = join(directory, 'x.crate');
  writeFileSync(file, crates.get('/crates/checked/checked-1.2.3.crate') as Buffer);
  const { stdout } = spawnSync('tar', ['-tzf', file], { encoding: 'utf8' });
  const names = ['Cargo.toml', 'Cargo.toml.orig', 'README.md', 'build.rs', 'src/lib.rs'];
  assert.deepEqual(
    stdout.trim().split('\n'),
    names.map((name) => `checked-1.2.3/${name}`),
  );
});

test('cargo builds the whole sample from its own sparse index', async (t) => {
  if (spawnSync('cargo', ['--version']).status !== 0) {
    t.skip('cargo is not installed');
    return;
  }
  const sample = await buildSample();
  const registry = await startRegistry({
    find: serveSample(sample, () => `${registry.origin}/crates/{crate}/{crate}-{version}.crate`),
    protocol: 'http',
  });
  try {
    mkdirSync(join(directory, 'src'));
    mkdirSync(join(directory, '.cargo'));
    writeFileSync(
      join(directory, '.cargo/config.toml'),
      `[source.crates-io]\nreplace-with = "sample"\n[source.sample]\nregistry = "sparse+${registry.origin}/index/"\n`,
    );
    writeFileSync(
      join(directory, 'Cargo.toml'),
      '[package]\nname = "user"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nshowcase = "1"\n',
    );
    writeFileSync(join(directory, 'src/main.rs'), 'fn main() {\n    println!("{}", showcase::show());\n}\n');
    const { status, stdout, stderr } = await runAsync('cargo', ['run', '--quiet'], directory);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^#{4}\n312e33\n6\ntrue\n/);
    assert.match(stdout, /MMXXVI/);
  } finally {
    await registry.close();
  }
});

async function runAsync(command: string, args: string[], cwd: string) {
  const { spawn } = await import('node:child_process');
  const env = {
    ...process.env,
    CARGO_HOME: join(directory, 'cargo-home'),
    CARGO_TARGET_DIR: join(directory, 'target'),
  };
  const child = spawn(command, args, { cwd, env });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    text.stdout += data;
  });
  child.stderr.on('data', (data) => {
    text.stderr += data;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, ...text };
}

test('generated bodies depend on name and version alone, and spread like crates.io’s', () => {
  const profile = sizeProfile(14_000);
  assert.ok(generatedBody('a', '1.0.0', profile).equals(generatedBody('a', '1.0.0', profile)));
  const sizes = Array.from({ length: 4000 }, (_, i) => generatedBody('a', `1.0.${i}`, profile).length).sort(
    (a, b) => a - b,
  );
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  assert.ok(Math.abs((sizes[2000] as number) - 14_000) < 1500, `median ${sizes[2000]}`);
  assert.ok(Math.abs(mean - 33_000) < 5000, `mean ${mean}`);
  assert.ok((sizes.at(-1) as number) <= 4_000_000);
});

test('the sample’s index on disk is what it is in memory', async () => {
  const sample = await buildSample();
  writeSampleIndex(sample, directory, 'https://x.example/crates');
  assert.equal(readFileSync(join(directory, 'sh/ow/showcase'), 'utf8'), sample.index.get('sh/ow/showcase'));
  assert.deepEqual(JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')), {
    dl: 'https://x.example/crates',
    api: null,
  });
});
