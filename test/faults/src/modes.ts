import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, readTree, runTool } from '@crates-mirror/e2e/tools';

/**
 * A way to store crate files, with its options. Bundles are small enough that a run fills several.
 */
export interface Mode {
  readonly name: 'loose' | 'only' | 'add';
  readonly args: readonly string[];
}

const BUNDLE = ['--bundle', '--bundles-out', 'b', '--bundle-size-gb', '0.001'];

export const MODES: readonly Mode[] = [
  { name: 'loose', args: [] },
  { name: 'only', args: BUNDLE },
  { name: 'add', args: [...BUNDLE, '--bundle-mode', 'add'] },
];

/**
 * Fails unless the mirror `m`, and the bundles `b` beside it, contain exactly `files`.
 *
 * @param codes allowed exit codes of an extraction: it ends with 1 while a damaged bundle exists
 *   beside its replacements
 */
export async function assertWhole(
  t: Cleanup,
  cwd: string,
  { name }: Mode,
  files: ReadonlyMap<string, Buffer>,
  codes: readonly number[] = [0],
): Promise<void> {
  if (name !== 'only') assertTree(join(cwd, 'm'), files);
  if (name === 'loose') return;
  rmSync(join(cwd, 'x'), { recursive: true, force: true });
  const { code, stderr } = await runTool(t, 'bundle-extractor', ['--bundles-dir', 'b', '--out', 'x'], cwd);
  assert.ok(codes.includes(code ?? -1), `extraction ended with ${code}\n${stderr}`);
  assertTree(join(cwd, 'x'), files);
}

/** Fails unless a tree contains exactly `files`, byte for byte. */
export function assertTree(root: string, files: ReadonlyMap<string, Buffer>): void {
  const tree = readTree(root);
  assert.deepEqual([...tree.keys()].sort(), [...files.keys()].sort(), root);
  assertRight(tree, files);
}

/** Fails if a file has wrong content. */
export function assertRight(tree: ReadonlyMap<string, Buffer>, files: ReadonlyMap<string, Buffer>): void {
  for (const [path, body] of tree) assert.ok(files.get(path)?.equals(body), `${path} has other bytes`);
}
