import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import {
  buildSample,
  makeCertificate,
  type Sample,
  type SampleCrate,
  serveSample,
  startRegistry,
  writeSampleIndex,
} from '@crates-mirror/sample-registry';
import { NO_CARGO, type Program, Project } from '../support/cargo-project.ts';
import { startServer } from '../support/mirror-server-tools.ts';
import { type Cleanup, readTree, runTool, scratch } from '../support/tools.ts';

function crate(name: string, version: string, more: Partial<SampleCrate> = {}): SampleCrate {
  const source = `pub fn name() -> &'static str {\n    "${name} ${version}"\n}\n`;
  return { name, version, description: name, source, ...more };
}

/**
 * Several majors, features, a renamed crate, dependencies of every kind, and a circle through
 * development dependencies.
 */
const CRATES: readonly SampleCrate[] = [
  crate('alpha', '1.0.0', {
    dependencies: [
      { name: 'beta', req: '^1', features: ['loud'] },
      { name: 'gamma', req: '0.3', optional: true },
      { name: 'alpha-tests', req: '*', kind: 'dev' },
      { name: 'maker', req: '1', kind: 'build' },
      { name: 'elsewhere', req: '~1.2', target: 'cfg(windows)' },
    ],
    features: { default: ['dep:gamma'] },
    buildScript: 'fn main() {\n    assert_eq!(maker::name(), "maker 1.0.1");\n}\n',
  }),
  crate('alpha', '2.0.0', { dependencies: [{ name: 'beta', req: '>=2, <4' }] }),
  crate('alpha-tests', '1.0.0'),
  crate('beta', '0.9.0'),
  crate('beta', '1.0.0', {
    features: { loud: [] },
    dependencies: [{ name: 'alpha', req: '1', kind: 'dev' }],
  }),
  crate('beta', '1.1.0', { features: { loud: [] } }),
  crate('beta', '2.0.0'),
  crate('beta', '3.0.0-rc.1'),
  crate('gamma', '0.3.0'),
  crate('gamma', '0.3.1', { dependencies: [{ name: 'renamed', package: 'Delta_Crate', req: '=0.1.0' }] }),
  crate('gamma', '0.4.0'),
  crate('Delta_Crate', '0.1.0'),
  crate('Delta_Crate', '0.1.1'),
  crate('elsewhere', '1.2.0'),
  crate('maker', '1.0.1'),
  crate('unrelated', '1.0.0'),
];
const YANKED_LATER = 'beta 1.1.0';

const PROGRAM: Program = {
  manifest: `[package]
name = "application"
version = "0.1.0"
edition = "2021"

[dependencies]
alpha = "1"
alpha2 = { package = "alpha", version = "2" }
`,
  main: 'fn main() {\n    println!("{}, {}", alpha::name(), alpha2::name());\n}\n',
};

/**
 * The generated registry, usable by cargo: its index in `index`, and its certificate in `ca.pem`.
 *
 * @returns its origin
 */
async function startRegistryOf(t: Cleanup, sample: Sample, cwd: string): Promise<string> {
  const certificate = await makeCertificate();
  const registry = await startRegistry({
    find: serveSample(sample, () => 'https://upstream.invalid'),
    protocol: 'h2',
    certificate,
  });
  t.after(() => registry.close());
  writeSampleIndex(sample, join(cwd, 'index'), 'https://upstream.invalid/crates');
  writeFileSync(join(cwd, 'ca.pem'), certificate.cert);
  return registry.origin;
}

/** The content of a mirror: `name version` of each crate file. */
function held(directory: string): string[] {
  const files = [...readTree(directory).keys()].filter((path) => path.endsWith('.crate'));
  return files.map((path) => basename(path, '.crate').replace(/-(?=\d+\.\d)/, ' ')).sort();
}

/** The packages that cargo has resolved, for all targets, except the application. */
async function resolved(project: Project): Promise<string[]> {
  const { stdout } = await project.cargo('metadata', '--locked', '--format-version', '1');
  const { packages } = JSON.parse(stdout) as {
    packages: { name: string; version: string; source: string | null }[];
  };
  return packages
    .filter(({ source }) => source !== null)
    .map(({ name, version }) => `${name} ${version}`)
    .sort();
}

test('cargo builds from a mirror of what its lock file pins, and resolves anew from one of dependencies', {
  skip: NO_CARGO,
}, async (t) => {
  const cwd = scratch(t);
  const sample = await buildSample(CRATES);
  const registry = await startRegistryOf(t, sample, cwd);
  const upstream = ['--index-dir', 'index', '--crates-base-url', `${registry}/crates`, '--ca-file', 'ca.pem'];
  const mirror = async (out: string, ...args: string[]): Promise<string> => {
    const ended = await runTool(
      t,
      'downloader',
      [...upstream, '--out', out, '--manifest', `${out}.jsonl`, ...args],
      cwd,
    );
    assert.equal(ended.code, 0, ended.stderr + ended.stdout);
    return (await startServer(t, ['--mirror', out, '--index-dir', 'index'], cwd)).origin;
  };
  const everything = new Project(cwd, registry, { CARGO_HTTP_CAINFO: join(cwd, 'ca.pem') }, PROGRAM);
  await everything.cargo('generate-lockfile');
  assert.ok(everything.locked.has(YANKED_LATER));
  copyFileSync(join(cwd, 'application/Cargo.lock'), join(cwd, 'Cargo.lock'));

  // A locked version stays usable after it is yanked, and needs no --include-yanked.
  const later = CRATES.map((one) =>
    `${one.name} ${one.version}` === YANKED_LATER ? { ...one, yanked: true } : one,
  );
  writeSampleIndex(await buildSample(later), join(cwd, 'index'), 'https://upstream.invalid/crates');
  const pinned = new Project(cwd, await mirror('pinned', '--cargo-lock', 'Cargo.lock'), {}, PROGRAM);
  copyFileSync(join(cwd, 'Cargo.lock'), join(cwd, 'application/Cargo.lock'));
  const built = await pinned.cargo('run', '--locked');
  assert.equal(built.stdout, 'alpha 1.0.0, alpha 2.0.0\n');
  assert.deepEqual(held(join(cwd, 'pinned')), await resolved(pinned));

  writeFileSync(join(cwd, 'names'), 'alpha\n');
  const open = new Project(cwd, await mirror('open', '--names', 'names', '--deps'), {}, PROGRAM);
  await open.cargo('generate-lockfile');
  await open.cargo('fetch', '--locked');
  const all = held(join(cwd, 'open'));
  const used = await resolved(open);
  for (const one of used) assert.ok(all.includes(one), one);
  // The remaining versions are possible resolutions: older versions in the same range.
  assert.deepEqual(
    all.filter((one) => !used.includes(one)),
    ['gamma 0.3.0'],
  );
  assert.ok(
    used.includes('beta 1.0.0') && used.includes('Delta_Crate 0.1.0') && used.includes('elsewhere 1.2.0'),
  );

  const newest = ['--names', 'names', '--deps', 'newest'];
  const least = new Project(cwd, await mirror('least', ...newest), {}, PROGRAM);
  await least.cargo('fetch');
  assert.deepEqual(held(join(cwd, 'least')), await resolved(least));
});
