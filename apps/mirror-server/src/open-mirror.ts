import { statSync } from 'node:fs';
import { CrateFiles, type OnDamage, type OnNote } from '@crates-mirror/crate-files';
import { type IndexSource, openIndex } from '@crates-mirror/crates-index';
import { DenyFile, NO_DENIALS } from '@crates-mirror/denylist';
import { UsageError } from '@crates-mirror/errors';
import { checkMarker, type Layout, parseLayout, readLayout } from '@crates-mirror/layout';
import { LivePolicy } from '@crates-mirror/selection/live';
import { liveIndex, SparseIndex } from '@crates-mirror/sparse-index';
import type { MirrorOptions } from './options.ts';

/** A mirror that is opened read-only. */
export interface OpenMirror {
  readonly files: CrateFiles;
  readonly index: SparseIndex;
  /** The index at the time of opening. */
  readonly source: IndexSource;
  /** Selects what is served. */
  readonly policy: LivePolicy;
  /** Layout of the loose files. */
  readonly layout: Layout;
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
