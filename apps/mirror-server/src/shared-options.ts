import type { Given, OptionSpec, OptionValues } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { LAYOUT_NAMES, parseLayout } from '@crates-mirror/layout/options';
import { isS3 } from '@crates-mirror/s3/address';
import { EXPLAIN, SELECTION_OPTIONS, selectionRulesIfGiven } from '@crates-mirror/selection/options';
import type { MirrorOptions } from './options.ts';

const MIRROR = 'Mirror';

/** The options for the location of a mirror. */
export const MIRROR_OPTIONS = [
  {
    flags: '--mirror <dir>',
    description: "loose crate files: the downloader's --out, or s3://bucket/prefix to serve from",
    group: MIRROR,
    acceptsStore: true,
  },
  {
    flags: '--index-dir <dir>',
    description: 'crates.io index: a checkout, or a bare repository',
    group: MIRROR,
    storeHint:
      'Give a checkout, or a bare repository; to serve a mirror in an object store with its own index, leave it out',
  },
  {
    flags: '--bundles-dir <dir>',
    description: "bundles, read in place: the downloader's --bundles-out",
    group: MIRROR,
  },
  {
    flags: '--layout <layout>',
    description: `how the loose files are laid out: ${LAYOUT_NAMES.join(', ')} or a template`,
    group: MIRROR,
    parse: checkedLayout,
  },
  {
    flags: '--deny <file>',
    description: 'refuse the versions in this denylist, with the reason',
    group: MIRROR,
  },
  ...SELECTION_OPTIONS,
  EXPLAIN,
] as const satisfies readonly OptionSpec[];

type RawMirror = OptionValues<typeof MIRROR_OPTIONS>;

/** A mirror on this machine. @throws UsageError */
export function mirrorOptions(raw: RawMirror, given: Given<RawMirror>): MirrorOptions {
  const { mirror, indexDir, bundlesDir, layout, deny } = raw;
  if (mirror !== undefined && isS3(mirror))
    throw new UsageError(`--mirror: ${mirror} is in an object store, and a directory is needed`, {
      hint: 'Export from a mirror on this machine',
    });
  if (isBlank(indexDir))
    throw new UsageError('--index-dir is missing: where is the index?', { hint: 'See --help' });
  if (isBlank(mirror) && isBlank(bundlesDir))
    throw new UsageError('--mirror and --bundles-dir are missing: where are the crate files?', {
      hint: 'Give one of them, or both',
    });
  checkDeny(deny);
  return {
    indexDir: indexDir as string,
    mirror: isBlank(mirror) ? undefined : mirror,
    bundlesDir: isBlank(bundlesDir) ? undefined : bundlesDir,
    layout,
    rules: selectionRulesIfGiven(raw, given),
    explain: raw.explain,
    deny,
  };
}

/** The served part of a mirror in an object store. @throws UsageError */
export function storedMirrorOptions(
  raw: RawMirror,
  given: Given<RawMirror>,
): Omit<MirrorOptions, 'indexDir'> & { readonly indexDir: string | undefined } {
  const { bundlesDir, layout, deny } = raw;
  const indexDir = isBlank(raw.indexDir) ? undefined : raw.indexDir;
  if (bundlesDir !== undefined)
    throw new UsageError('--bundles-dir is for a mirror on this machine', {
      hint: 'Leave it out: the bundles of a mirror in an object store are found there',
    });
  const rules = selectionRulesIfGiven(raw, given);
  if (rules !== undefined && indexDir === undefined)
    throw new UsageError('a selection needs the whole index on this machine', {
      hint: 'Give --index-dir, or leave the selection out',
    });
  checkDeny(deny);
  const { explain } = raw;
  if (explain !== undefined && indexDir === undefined)
    throw new UsageError('--explain needs the index on this machine', { hint: 'Give --index-dir' });
  return { indexDir, mirror: undefined, bundlesDir: undefined, layout, rules, explain, deny };
}

function checkDeny(deny: string | undefined): void {
  if (deny?.trim() === '') throw new UsageError('--deny: the value is empty');
}

export function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}

function checkedLayout(text: string): string {
  parseLayout(text);
  return text;
}
