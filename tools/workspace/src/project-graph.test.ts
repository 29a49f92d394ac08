import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, matchesGlob, resolve } from 'node:path';
import { test } from 'node:test';
import { type LockPackages, missingOptionalPackages } from './lock-file.ts';
import { findBreaches, type Project, readProjects } from './project-graph.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');

function project(root: string, specifiers: string[], declared: string[] = specifiers): Project {
  const name = `@crates-mirror/${root.split('/').at(-1)}`;
  return {
    name,
    root,
    declared,
    entries: [name, `${name}/options`],
    imports: specifiers.map((specifier) => ({ file: `${root}/src/x.ts`, specifier })),
  };
}

test('this repository keeps its import rules', () => {
  const projects = readProjects(REPOSITORY);
  assert.ok(projects.length >= 10, `${projects.length} projects`);
  assert.ok(projects.some((one) => one.imports.length > 5));
  assert.deepEqual(findBreaches(projects), []);
});

test('every rule finds its breach', () => {
  const table: [Project[], string][] = [
    [
      [project('apps/a', ['@crates-mirror/b']), project('apps/b', [])],
      'apps/a/src/x.ts may not import from apps: @crates-mirror/b',
    ],
    [
      [project('apps/a', ['@crates-mirror/suite']), project('apps/suite', [])],
      'apps/a/src/x.ts may not import from apps/suite: @crates-mirror/suite',
    ],
    [
      [project('libs/platform/a', ['@crates-mirror/b']), project('libs/mirror/b', [])],
      'libs/platform/a/src/x.ts may not import from libs/mirror: @crates-mirror/b',
    ],
    [
      [project('libs/mirror/a', ['@crates-mirror/b']), project('tools/b', [])],
      'libs/mirror/a/src/x.ts may not import from tools: @crates-mirror/b',
    ],
    [
      [project('test', ['@crates-mirror/b']), project('apps/b', [])],
      'test/src/x.ts may not import from apps: @crates-mirror/b',
    ],
    [
      [project('apps/a', ['@crates-mirror/b/src/inner.ts'], []), project('libs/mirror/b', [])],
      "apps/a/src/x.ts imports @crates-mirror/b/src/inner.ts, which is no package's public entry",
    ],
    [
      [project('libs/mirror/a', ['../../b/src/index.ts'], [])],
      'libs/mirror/a/src/x.ts reaches out of its package: ../../b/src/index.ts',
    ],
    [
      [project('apps/a', ['@crates-mirror/b'], []), project('libs/mirror/b', [])],
      'apps/a/src/x.ts imports @crates-mirror/b, not in its package.json',
    ],
    [[project('apps/a', ['undici'], [])], 'apps/a/src/x.ts imports undici, not in its package.json'],
    [[project('apps/a', [], ['undici'])], 'apps/a declares undici and never imports it'],
    [
      [project('libs/mirror/a', ['@crates-mirror/b']), project('libs/mirror/b', ['@crates-mirror/a'])],
      'import cycle: @crates-mirror/a → @crates-mirror/b → @crates-mirror/a',
    ],
  ];
  for (const [projects, breach] of table) assert.deepEqual(findBreaches(projects), [breach]);
});

test('the program for all imports the others', () => {
  const projects = [project('apps/suite', ['@crates-mirror/a']), project('apps/a', [])];
  assert.deepEqual(findBreaches(projects), []);
});

test('a package may have more than one public entry', () => {
  const projects = [
    project('apps/a', ['@crates-mirror/b/options'], ['@crates-mirror/b']),
    project('libs/mirror/b', []),
  ];
  assert.deepEqual(findBreaches(projects), []);
});

test('a file of a package counts as the package', () => {
  assert.deepEqual(findBreaches([project('libs/mirror/a', ['@x/y/z.js', 'b/c'], ['@x/y', 'b'])]), []);
});

test('every package has its Nx name, its tests and the suite’s version', () => {
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    version: string;
  };
  for (const { root } of readProjects(REPOSITORY)) {
    const manifest = JSON.parse(readFileSync(join(REPOSITORY, root, 'package.json'), 'utf8'));
    const folder = root === 'test' ? 'e2e' : root.split('/').at(-1);
    assert.equal(manifest.nx.name, folder, root);
    assert.equal(manifest.name, `@crates-mirror/${folder}`);
    assert.equal(manifest.version, version, root);
    assert.deepEqual(Object.keys(manifest.nx.targets).slice(0, 3), ['lint', 'typecheck', 'test'], root);
  }
});

test('the one type check of the whole repository checks every package by the package’s own options', () => {
  const read = (path: string) => readFileSync(join(REPOSITORY, path, 'tsconfig.json'), 'utf8');
  const whole = JSON.parse(read('.')) as { include: string[]; exclude: string[] };
  const { targets } = JSON.parse(readFileSync(join(REPOSITORY, 'tools/workspace/package.json'), 'utf8')).nx;
  for (const { root } of readProjects(REPOSITORY)) {
    const { extends: base, include, ...others } = JSON.parse(read(root)) as Record<string, unknown>;
    assert.equal(join(root, String(base)), 'tsconfig.base.json', root);
    assert.deepEqual(include, ['src'], root);
    const command = `tsc --project ${root}/tsconfig.json`;
    if (whole.exclude.includes(root)) assert.ok(targets['typecheck-all'].options.commands.includes(command));
    else {
      assert.ok(
        whole.include.some((glob) => matchesGlob(`${root}/src`, glob)),
        root,
      );
      assert.deepEqual(others, {}, `${root} has options of its own: exclude it in tsconfig.json`);
    }
  }
});

test('the lock file records no download addresses and every platform’s packages', () => {
  const lock = readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8');
  assert.doesNotMatch(lock, /"resolved": "http/);
  const { packages } = JSON.parse(lock) as { packages: LockPackages };
  const unverified = Object.entries(packages).filter(
    ([path, entry]) =>
      path.includes('node_modules/') && !entry.link && !entry.optional && entry.integrity === undefined,
  );
  assert.deepEqual(unverified, [], 'remove every node_modules and package-lock.json, and run `npm run lock`');
  const missing = [...missingOptionalPackages(packages).keys()];
  assert.deepEqual(missing, [], 'run `npm run lock` and commit package-lock.json');
});

test('a package for another platform is locked by what its name says', () => {
  const packages = {
    '': {},
    'node_modules/nx': {
      dev: true,
      optionalDependencies: { '@nx/nx-linux-x64-gnu': '1.2.3', '@nx/nx-darwin-arm64': '^1.2.3' },
    },
    'node_modules/x/node_modules/@nx/nx-linux-x64-gnu': {},
  };
  assert.deepEqual(
    [...missingOptionalPackages(packages)],
    [
      [
        'node_modules/@nx/nx-darwin-arm64',
        { version: '1.2.3', dev: true, cpu: ['arm64'], optional: true, os: ['darwin'] },
      ],
    ],
  );
});

test('no file is both tracked and ignored', (t) => {
  let output: string;
  try {
    output = execFileSync('git', ['ls-files', '--cached', '--ignored', '--exclude-standard'], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    });
  } catch {
    t.skip('not in a git checkout');
    return;
  }
  assert.equal(output, '');
});
