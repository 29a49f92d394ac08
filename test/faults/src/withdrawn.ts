import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pick, type Round } from './chapter.ts';

/** A reason for which versions are no longer to be mirrored. */
export interface Withdrawal {
  readonly name: string;
  /** The index of this day, and further arguments that all tools take. */
  readonly index: string;
  readonly args: readonly string[];
  /** Paths of the crate files in question. */
  readonly gone: ReadonlySet<string>;
}

const SHARE = 0.3;

/**
 * Takes some crates, and some versions of others, out of the index, the selection, or the
 * policy.
 */
export function withdrawSome({ ground, random, directory: cwd }: Round): Withdrawal {
  const paths = [...ground.files.keys()];
  const crates = [...new Set(paths.map(crateOf))].filter(() => random() < SHARE);
  const ofCrates = new Set(paths.filter((path) => crates.includes(crateOf(path))));
  assert.ok(ofCrates.size > 0);
  const withdrawals = {
    'left the index': () => leftIndex(ground.index, join(cwd, 'index'), crates, paths, random),
    excluded: () => ({
      index: ground.index,
      args: crates.flatMap((name) => ['--exclude', name]),
      gone: ofCrates,
    }),
    denied: () => {
      const list = join(cwd, 'deny.toml');
      const rules = crates.map((name) => `[[deny]]\ncrate = "${name}"\nreason = "a fault"\n`);
      writeFileSync(list, `version = 1\n${rules.join('')}`);
      return { index: ground.index, args: ['--deny', list], gone: ofCrates };
    },
  };
  const name = pick(random, ['left the index', 'left the index', 'excluded', 'denied'] as const);
  return { name, ...withdrawals[name]() };
}

/** Of every other crate only the first version leaves. */
function leftIndex(
  from: string,
  index: string,
  crates: readonly string[],
  paths: readonly string[],
  random: () => number,
): Omit<Withdrawal, 'name'> {
  cpSync(from, index, { recursive: true });
  const gone = new Set<string>();
  for (const name of crates) {
    const file = join(index, 'cr/at', name);
    const [first = '', ...rest] = readFileSync(file, 'utf8').split('\n');
    const { vers } = JSON.parse(first) as { vers: string };
    const isWhole = random() < 0.5;
    if (isWhole) rmSync(file);
    else writeFileSync(file, rest.join('\n'));
    for (const path of paths)
      if (crateOf(path) === name && (isWhole || path.endsWith(`/${name}-${vers}.crate`))) gone.add(path);
  }
  return { index, args: [], gone };
}

/** `crate-0001`, of the path of one of its crate files. */
function crateOf(path: string): string {
  return basename(path).slice(0, 'crate-0000'.length);
}
