import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexPath } from '@crates-mirror/crates-index';
import {
  compareVersions,
  compatibleRange,
  meets,
  parseRequirement,
  parseVersion,
} from '@crates-mirror/semver';
import fc from 'fast-check';
import type { DependencyVersions, SelectionRules } from '../model/rules.ts';
import { crateOf } from '../test-crates.ts';
import { Closure } from './closure.ts';

interface MadeDependency {
  readonly name: string;
  readonly req: string;
  readonly kind?: string | null;
  readonly optional?: boolean;
  readonly package?: string;
  readonly registry?: string | null;
}

interface MadeVersion {
  readonly vers: string;
  readonly yanked?: boolean;
  readonly deps: readonly MadeDependency[];
}

type Registry = Readonly<Record<string, readonly MadeVersion[]>>;
type Followed = Pick<SelectionRules, 'optionalDeps' | 'buildDeps'>;

const ALL: Followed = { optionalDeps: true, buildDeps: true };

function closureOf(
  registry: Registry,
  roots: readonly string[],
  versions: DependencyVersions,
  rules = ALL,
): Closure {
  const files = new Map(
    Object.entries(registry).map(([name, lines]) => [indexPath(name), crateOf(name, lines)]),
  );
  const closure = new Closure({
    rules,
    versions,
    read: (path) => files.get(path),
    isUsable: ({ entries }) => entries.map(({ yanked }) => !yanked),
    isExplained: true,
  });
  for (const root of roots) {
    const [name = '', version] = root.split(' ');
    const lines = registry[name] ?? [];
    closure.add(
      crateOf(name, lines),
      lines.flatMap(({ vers }, place) => (version === undefined || vers === version ? [place] : [])),
    );
  }
  closure.run();
  return closure;
}

/** `name version` of the dependencies that are not roots. */
function neededOf(closure: Closure): string[] {
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  return [...closure.needed()]
    .flatMap(([path, versions]) => versions.map((one) => `${nameOf(path)} ${one}`))
    .sort();
}

function on(name: string, req: string, more: Partial<MadeDependency> = {}): MadeDependency {
  return { name, req, kind: 'normal', optional: false, ...more };
}

const REGISTRY: Registry = {
  app: [{ vers: '1.0.0', deps: [on('lib', '^1'), on('tests', '*', { kind: 'dev' })] }],
  lib: [
    { vers: '0.9.0', deps: [] },
    { vers: '1.0.0', deps: [on('app', '*', { kind: 'dev' }), on('old', '=0.1.0')] },
    {
      vers: '1.1.0',
      deps: [on('maker', '1', { kind: 'build' }), on('extra', '>=1, <3', { optional: true })],
    },
    { vers: '1.2.0', yanked: true, deps: [on('lost', '1')] },
    { vers: '2.0.0', deps: [] },
  ],
  old: [{ vers: '0.1.0', deps: [on('circle', '1')] }],
  circle: [{ vers: '1.0.0', deps: [on('old', '0.1')] }],
  maker: [{ vers: '1.0.0', deps: [on('renamed', '1', { package: 'Real_Name' })] }],
  Real_Name: [
    { vers: '1.0.0', deps: [on('elsewhere', '1', { registry: 'https://registry.example/index' })] },
  ],
  extra: [
    { vers: '1.0.0', deps: [] },
    { vers: '1.5.0', deps: [on('app', '1', { registry: 'https://github.com/rust-lang/crates.io-index' })] },
    { vers: '2.0.0', deps: [on('gone', '1'), on('lib', 'no requirement')] },
    { vers: '3.0.0', deps: [] },
  ],
};

test('every version that could be resolved is a dependency, but those for development', () => {
  const closure = closureOf(REGISTRY, ['app'], 'all');
  assert.deepEqual(neededOf(closure), [
    ...['circle 1.0.0', 'extra 1.0.0', 'extra 1.5.0', 'extra 2.0.0', 'lib 1.0.0', 'lib 1.1.0', 'maker 1.0.0'],
    ...['old 0.1.0', 'real_name 1.0.0'],
  ]);
  assert.deepEqual(closure.because('ex/tr/extra', '1.5.0'), {
    path: '3/l/lib',
    version: '1.1.0',
    requirement: '>=1, <3',
  });
  assert.equal(closure.because('3/a/app', '1.0.0'), undefined);
  assert.equal(closure.because('ex/tr/extra', '3.0.0'), undefined);
  assert.deepEqual(closure.leftOut, [
    {
      path: 're/al/real_name',
      version: '1.0.0',
      name: 'elsewhere',
      registry: 'https://registry.example/index',
    },
  ]);
});

test('of each range of compatible versions the newest, where that is enough', () => {
  assert.deepEqual(neededOf(closureOf(REGISTRY, ['app'], 'newest')), [
    ...['extra 1.5.0', 'extra 2.0.0', 'lib 1.1.0', 'maker 1.0.0', 'real_name 1.0.0'],
  ]);
});

test('optional and build dependencies can be left out', () => {
  const needed = (rules: Partial<Followed>): string =>
    neededOf(closureOf(REGISTRY, ['app'], 'newest', { ...ALL, ...rules })).join(', ');
  assert.equal(needed({ optionalDeps: false }), 'lib 1.1.0, maker 1.0.0, real_name 1.0.0');
  assert.equal(needed({ buildDeps: false }), 'extra 1.5.0, extra 2.0.0, lib 1.1.0');
});

test('a yanked version that is one to begin with has its dependencies, too', () => {
  const registry = { ...REGISTRY, lost: [{ vers: '1.0.0', deps: [] }] };
  assert.deepEqual(neededOf(closureOf(registry, ['lib 1.2.0'], 'all')), ['lost 1.0.0']);
});

test('an index file that changes while it is followed is read by its versions, not by their places', () => {
  const before = crateOf('lib', ['1.0.0', { vers: '1.1.0', deps: [on('other', '1')] }]);
  const after = crateOf('lib', [{ vers: '1.1.0', deps: [on('other', '1')] }, '2.0.0']);
  const reads = [before, after];
  const circle = crateOf('circle', [{ vers: '1.0.0', deps: [on('lib', '=1.1.0'), on('lib', '=1.0.0')] }]);
  const others = [circle, crateOf('other', ['1.0.0'])];
  const closure = new Closure({
    rules: ALL,
    versions: 'all',
    read: (path) => (path === '3/l/lib' ? reads.shift() : others.find((one) => one.path === path)),
    isUsable: ({ entries }) => entries.map(() => true),
    isExplained: false,
  });
  // The first wave reaches lib 1.0.0, the second 1.1.0.
  closure.add(crateOf('app', [{ vers: '1.0.0', deps: [on('lib', '=1.0.0'), on('circle', '1')] }]), [0]);
  closure.run();
  assert.deepEqual(reads, []);
  assert.deepEqual(neededOf(closure), ['circle 1.0.0', 'lib 1.0.0', 'lib 1.1.0', 'other 1.0.0']);
});

/** A slow reference implementation: visits all versions repeatedly until nothing is added. */
function plainly(registry: Registry, roots: readonly string[], versions: DependencyVersions): string[] {
  const found = new Set(roots.flatMap((name) => (registry[name] ?? []).map(({ vers }) => `${name} ${vers}`)));
  const begun = new Set(found);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const one of [...found]) {
      const [name = '', vers] = one.split(' ');
      const deps = registry[name]?.find((version) => version.vers === vers)?.deps ?? [];
      for (const { name: other, req, kind } of deps) {
        const requirement = parseRequirement(req);
        if (kind === 'dev' || requirement === undefined) continue;
        const all = (registry[other] ?? [])
          .filter((version) => version.yanked !== true)
          .map((version) => version.vers);
        const matching = all.filter((version) => meets(parseVersion(version), requirement));
        for (const version of versions === 'all' ? matching : matching.filter((a) => isNewest(a, matching)))
          found.add(`${other} ${version}`);
      }
    }
  }
  return [...found].filter((one) => !begun.has(one)).sort();
}

function isNewest(version: string, all: readonly string[]): boolean {
  const [one, others] = [parseVersion(version), all.map(parseVersion)];
  return others.every(
    (other) => compatibleRange(other) !== compatibleRange(one) || compareVersions(other, one) <= 0,
  );
}

const NAMES = ['aa', 'bb', 'cc', 'dd', 'ee'];
const number = fc.nat(2);
const vers = fc
  .tuple(number, number, number, fc.constantFrom('', '', '', '-rc'))
  .map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`);
const req = fc
  .tuple(fc.constantFrom('', '^', '~', '=', '>=', '<', '<='), vers)
  .map(([operator, version]) => operator + version);
const dep = fc.record({
  name: fc.constantFrom(...NAMES, 'zz'),
  req: fc.oneof(req, fc.constant('*')),
  kind: fc.constantFrom('normal', 'build', 'dev', null),
});
const crate = fc.uniqueArray(
  fc.record({ vers, yanked: fc.boolean(), deps: fc.array(dep, { maxLength: 3 }) }),
  {
    selector: (version) => version.vers,
    maxLength: 6,
  },
);
const registry = fc.record(Object.fromEntries(NAMES.map((name) => [name, crate])));

test('in any registry, what a slow and plain resolver finds', () => {
  fc.assert(
    fc.property(
      registry,
      fc.subarray(NAMES, { maxLength: 2 }),
      fc.constantFrom('all', 'newest'),
      (made, roots, versions) => {
        const closure = closureOf(made, roots, versions);
        assert.deepEqual(neededOf(closure), plainly(made, roots, versions));
        for (const [path, needed] of closure.needed())
          for (const version of needed) assert.ok(closure.because(path, version), `${path} ${version}`);
      },
    ),
    { numRuns: 300 },
  );
});
