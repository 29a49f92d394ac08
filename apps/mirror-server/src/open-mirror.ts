import { statSync } from 'node:fs';
import { CrateFiles, type OnDamage, type OnNote } from '@crates-mirror/crate-files';
import { type IndexSource, openIndex } from '@crates-mirror/crates-index';
import { DenyFile, NO_DENIALS } from '@crates-mirror/denylist';
import { UsageError } from '@crates-mirror/errors';
import { checkMarker, type Layout, parseLayout, readLayout } from '@crates-mirror/layout';
import { LivePolicy } from '@crates-mirror/selection/live';
import { liveIndex, SparseIndex } from '@crates-mirror/sparse-index';
import type { StoredMirror } from '@crates-mirror/stored-mirror';
import type { MirrorOptions, ServeOptions } from './options.ts';

/** A mirror that is opened read-only. */
export interface OpenMirror {
  readonly files: CrateFiles;
  readonly index: SparseIndex;
  /** The index at the time of opening. */
  readonly source: IndexSource;
  /** Selects the versions that are served. */
  readonly policy: LivePolicy;
  /** Layout of the loose files. */
  readonly layout: Layout;
}

/** A mirror that is served, on this machine or in an object store. */
export interface ServedMirror extends Omit<OpenMirror, 'source'> {
  /** The mirror, if it is in an object store. */
  readonly stored: StoredMirror | undefined;
}

/**
 * @param onDamage called with damaged copies
 * @throws UsageError as {@link openMirror} does
 */
export async function openServed(
  options: ServeOptions,
  onNote: OnNote,
  onDamage: OnDamage,
): Promise<ServedMirror> {
  const { indexDir, stored: place, deny, rules, layout } = options;
  if (place === undefined)
    return {
      ...(await openMirror({ ...options, indexDir: indexDir ?? '' }, onNote, onDamage)),
      stored: undefined,
    };
  // Loaded only when needed.
  const { openStoredMirror } = await import('@crates-mirror/stored-mirror');
  const stored = await openStoredMirror(place, layout, { onNote, onDamage });
  const denials = deny === undefined ? NO_DENIALS : await DenyFile.open(deny, onNote);
  const policy = await LivePolicy.open({ indexDir: indexDir ?? '', rules, denials, onNote });
  const live = indexDir === undefined ? stored.index : await liveIndex(await openIndex(indexDir), true);
  const index = new SparseIndex(live, stored.files, policy);
  return { files: stored.files, index, policy, layout: stored.layout, stored };
}

/**
 * @param onDamage called with damaged copies; without it, they go to `onNote`
 * @throws UsageError if there is no mirror or no index, or the denylist cannot be used
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
  const { indexDir, rules } = options;
  const policy = await LivePolicy.open({ indexDir, rules, denials, onNote });
  const index = new SparseIndex(await liveIndex(source, true), files, policy);
  return { files, index, source, policy, layout };
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
