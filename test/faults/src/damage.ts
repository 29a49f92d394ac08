import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '@crates-mirror/e2e/tools';
import { type Chapter, type Figures, pick, type Round } from './chapter.ts';
import { assertWhole, MODES } from './modes.ts';
import { troubledRun } from './troubled-run.ts';

type Spoil = (body: Buffer, random: () => number) => Buffer;

const SPOILS: Readonly<Record<string, Spoil>> = {
  'a bit flipped': (body, random) => {
    const spoiled = Buffer.from(body);
    const at = Math.floor(random() * body.length);
    if (body.length > 0) spoiled[at] = (spoiled[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    return spoiled;
  },
  'cut short': (body, random) => body.subarray(0, Math.floor(random() * body.length)),
  emptied: () => Buffer.alloc(0),
  'a block of zeros': (body, random) => {
    const spoiled = Buffer.from(body);
    const at = Math.floor(random() * body.length);
    return spoiled.fill(0, at, Math.min(at + 4096, body.length));
  },
  'more at its end': (body) => Buffer.concat([body, Buffer.from('\u0000more\n')]),
};

/**
 * The files that the tools keep: crate files, bundles with catalog and manifests, markers, ledger,
 * the manifest of the runs.
 */
function kept(cwd: string): string[] {
  return globSync(['m/**', 'b/**', 'all.jsonl'], { cwd })
    .filter((path) => statSync(join(cwd, path)).isFile())
    .sort();
}

/** Spoils a file, and restores its times. */
function spoil(path: string, how: Spoil, random: () => number): void {
  const { atimeMs, mtimeMs } = statSync(path);
  const body = how(readFileSync(path), random);
  truncateSync(path, 0);
  writeFileSync(path, body);
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
}

function kindOf(path: string): string {
  if (path.endsWith('.crate')) return 'crate file';
  if (path.includes('/.crates-mirror/')) return 'state of the mirror';
  return path.startsWith('b/') ? 'bundle' : 'manifest';
}

async function run({ ground, random, directory: cwd, t }: Round): Promise<Figures> {
  const mode = pick(random, MODES);
  const upstream = await ground.serve(t);
  const args = [...ground.argsFor(upstream), '--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
  const first = await runTool(t, 'downloader', args, cwd);
  assert.equal(first.code, 0, first.stderr);
  const figures: Record<string, number> = {};
  const damages: string[] = [];
  for (let i = 0; i < pick(random, [1, 1, 3]); i++) {
    const path = pick(random, kept(cwd));
    const how = pick(random, Object.keys(SPOILS));
    spoil(join(cwd, path), SPOILS[how] as Spoil, random);
    damages.push(`${path}: ${how}`);
    figures[kindOf(path)] = (figures[kindOf(path)] ?? 0) + 1;
  }
  const found = await troubledRun(t, 'downloader', [...args, '--verify-existing'], cwd);
  assert.notEqual(found.code, null);
  const next = await runTool(t, 'downloader', args, cwd);
  const story = `${mode.name}; ${damages.join('; ')}\n${found.stderr}\n${next.stderr}`;
  if (next.code === 2) {
    // A person has to resolve an unreadable marker. The line names it.
    assert.match(next.stderr, /m\/\.crates-mirror|bundles|b\//, story);
    return { ...figures, refused: 1 };
  }
  assert.equal(next.code, 0, story);
  try {
    await assertWhole(t, cwd, mode, ground.files, [0, 1]);
  } catch (error) {
    throw new Error(`${story}\n${error instanceof Error ? error.message : error}`);
  }
  return { ...figures, repaired: 1, [`verifying ended with ${found.code}`]: 1 };
}

export const damage: Chapter = {
  name: 'damage',
  promise: 'What has been damaged at rest is found by --verify-existing and repaired, whatever file it is',
  run,
};
