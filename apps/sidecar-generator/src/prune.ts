import { type Dirent, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ask } from '@crates-mirror/cli';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { HOME_DIRECTORY, parseLayout } from '@crates-mirror/layout';
import { formatSidecars } from './format-sidecars.ts';
import type { IndexRoot } from './index-root.ts';
import { KnownPaths } from './known-paths.ts';
import type { Problem } from './lane/protocol.ts';
import type { SidecarOptions } from './options.ts';
import { type OwnSidecar, readOwnSidecar } from './own-sidecar.ts';
import { SIDECAR_SUFFIX } from './sidecar-suffix.ts';

const MAX_EXAMPLES = 5;
/** Files that are looked at before signals are heard again. */
const FILES_A_TURN = 64;

export interface PruneParts {
  readonly options: Pick<SidecarOptions, 'layout' | 'yes'> & { readonly out: string };
  readonly index: IndexRoot;
  /** Stops it between two files. */
  readonly signal: AbortSignal;
  /** Told of what cannot be looked at or removed, which is passed over. */
  readonly report: (problem: Problem) => void;
  /** Told of each sidecar that was removed. */
  readonly onRemoved: (path: string) => void;
}

/** A sidecar that nothing in the index stands for. */
interface Orphan {
  /** Its path below the mirror's root. */
  readonly path: string;
  readonly sidecar: OwnSidecar;
}

/**
 * Finds the sidecars that no entry of the index has the path of, asks whether to remove them, and does: the version is gone, or its
 * path is another one now (with a checksum that has changed, say). A file is taken for a sidecar only if it says of itself
 * what one says, and stands where it says it belongs. Where an index file has lines that make no sense, its sidecars are
 * left alone.
 *
 * @throws FatalError when the index cannot be relied on; what was removed before was reported
 */
export async function prune(parts: PruneParts): Promise<void> {
  const { options, index, signal } = parts;
  const orphans = await findOrphans(parts);
  if (orphans.length === 0 || signal.aborted) return;
  index.check();
  if (!options.yes && !(await confirm(orphans, parts))) return;
  // Looked at once more, since the index may have changed: who is asked may take hours.
  const known = new KnownPaths(index, parseLayout(options.layout));
  for (const { path, sidecar } of orphans) {
    await nextTurn();
    if (signal.aborted) return;
    if (!known.has(sidecar.index_path, sidecar.crate_file)) remove(path, parts);
  }
}

/** Looks at every JSON file of the mirror. @returns when stopped, some of them. @throws FatalError as {@link prune} */
async function findOrphans(parts: PruneParts): Promise<Orphan[]> {
  const { out, layout } = parts.options;
  const known = new KnownPaths(parts.index, parseLayout(layout));
  const orphans: Orphan[] = [];
  for (const files of jsonFiles('', parts)) {
    await nextTurn();
    for (const [i, path] of files.entries()) {
      if (i % FILES_A_TURN === FILES_A_TURN - 1) await nextTurn();
      if (parts.signal.aborted) return orphans;
      const sidecar = tryOrReport(path, 'read', parts, () => readOwnSidecar(join(out, path)));
      if (sidecar === undefined || sidecar.crate_file + SIDECAR_SUFFIX !== path) continue;
      if (!known.has(sidecar.index_path, sidecar.crate_file)) orphans.push({ path, sidecar });
    }
  }
  return orphans;
}

function remove(path: string, parts: PruneParts): void {
  const isRemoved = tryOrReport(path, 'removed', parts, () => {
    unlinkSync(join(parts.options.out, path));
    return true;
  });
  if (isRemoved === true) parts.onRemoved(path);
}

/** What may be a sidecar, a directory at a time. */
function* jsonFiles(directory: string, parts: PruneParts): Generator<string[]> {
  const entries = tryOrReport(directory, 'read', parts, () => list(join(parts.options.out, directory))) ?? [];
  const pathOf = ({ name }: Dirent): string => (directory === '' ? name : `${directory}/${name}`);
  yield entries.filter((entry) => entry.isFile() && entry.name.endsWith(SIDECAR_SUFFIX)).map(pathOf);
  for (const entry of entries)
    if (entry.isDirectory() && pathOf(entry) !== HOME_DIRECTORY) yield* jsonFiles(pathOf(entry), parts);
}

function list(directory: string): Dirent[] {
  return readdirSync(directory, { withFileTypes: true });
}

/** What has gone meanwhile is nobody's problem. @returns undefined where it could not be done */
function tryOrReport<T>(
  path: string,
  done: 'read' | 'removed',
  { options, report }: PruneParts,
  operation: () => T,
): T | undefined {
  try {
    return operation();
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && path !== '') return undefined;
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    report({
      file: path === '' ? options.out : path,
      line: 0,
      message: `cannot be ${done}: ${errorMessage(error)}`,
    });
    return undefined;
  }
}

/** Asks on the terminal. */
function confirm(orphans: readonly Orphan[], { options, signal }: PruneParts): Promise<boolean> {
  const count = orphans.length;
  const examples = orphans.slice(0, MAX_EXAMPLES);
  const shown = examples.map(({ path }) => `  ${path}\n`).join('');
  const more = count > examples.length ? '  …\n' : '';
  return ask(
    `The index no longer has what ${formatSidecars(count)} in ${options.out} ${count === 1 ? 'tells' : 'tell'} of:\n${shown}${more}Remove them? [y/N] `,
    signal,
  );
}
