import { statSync } from 'node:fs';
import { CrateFiles, type OnDamage, type OnNote } from '@crates-mirror/crate-files';
import { type IndexSource, openIndex } from '@crates-mirror/crates-index';
import { type Denials, DenyFile, NO_DENIALS } from '@crates-mirror/denylist';
import { UsageError } from '@crates-mirror/errors';
import { checkMarker, type Layout, parseLayout, readLayout } from '@crates-mirror/layout';
import type { LiveSelection } from '@crates-mirror/selection/live';
import { liveIndex, SparseIndex } from '@crates-mirror/sparse-index';
import type { MirrorOptions } from './options.ts';

/** A mirror that is read, never written. */
export interface OpenMirror {
  readonly files: CrateFiles;
  readonly index: SparseIndex;
  /** The index as it was when it was opened. */
  readonly source: IndexSource;
  /** What is not handed out. */
  readonly denials: Denials;
  /** What is handed out of the rest; undefined for all of it. */
  readonly selection: LiveSelection | undefined;
  /** Of the loose files. */
  readonly layout: Layout;
}

/**
 * @param onDamage told of damaged copies, which are noted otherwise
 * @throws UsageError where there is no mirror or no index, or the denylist cannot be used
 */
export async function openMirror(
  options: MirrorOptions,
  onNote: OnNote,
  onDamage?: OnDamage,
): Promise<OpenMirror> {
  const source = await openIndex(options.indexDir);
  const { mirror, bundlesDir } = options;
  if (mirror !== undefined) checkDirectory(mirror, '--mirror');
  if (bundlesDir !== undefined) checkDirectory(bundlesDir, '--bundles-dir');
  const layout = layoutOf(options);
  const files = new CrateFiles({
    mirror: mirror === undefined ? undefined : { root: mirror, layout },
    bundlesDirectory: bundlesDir,
    onNote,
    ...(onDamage === undefined ? {} : { onDamage }),
  });
  const denials = options.deny === undefined ? NO_DENIALS : await DenyFile.open(options.deny, onNote);
  const selection = await openSelection(options, onNote);
  const index = new SparseIndex(await liveIndex(source, true), files, denials, selection);
  return { files, index, source, denials, selection, layout };
}

/** Loaded only where it is needed. */
async function openSelection(
  { indexDir, rules }: MirrorOptions,
  onNote: OnNote,
): Promise<LiveSelection | undefined> {
  if (rules === undefined) return undefined;
  const { LiveSelection } = await import('@crates-mirror/selection/live');
  return LiveSelection.open({ indexDir, rules }, onNote);
}

function layoutOf({ mirror, layout }: MirrorOptions): Layout {
  const remembered = mirror === undefined ? undefined : readLayout(mirror);
  if (layout === undefined) return remembered ?? parseLayout('cargo');
  const asked = parseLayout(layout);
  if (mirror !== undefined) checkMarker(mirror, asked);
  return asked;
}

function checkDirectory(path: string, option: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new UsageError(`${option}: there is no ${path}`, { hint: 'Mirror something first' });
  if (!stats.isDirectory()) throw new UsageError(`${option}: ${path} is not a directory`);
}
