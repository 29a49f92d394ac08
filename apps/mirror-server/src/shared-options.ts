import type { Given, OptionSpec, OptionValues } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { LAYOUT_NAMES, parseLayout } from '@crates-mirror/layout/options';
import { SELECTION_OPTIONS, selectionRulesIfGiven } from '@crates-mirror/selection/options';
import type { MirrorOptions } from './options.ts';

const MIRROR = 'Mirror';

/** The options for the location of a mirror. */
export const MIRROR_OPTIONS = [
  { flags: '--mirror <dir>', description: "loose crate files: the downloader's --out", group: MIRROR },
  {
    flags: '--index-dir <dir>',
    description: 'crates.io index: a checkout, or a bare repository',
    group: MIRROR,
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
] as const satisfies readonly OptionSpec[];

type RawMirror = OptionValues<typeof MIRROR_OPTIONS>;

/** @throws UsageError */
export function mirrorOptions(raw: RawMirror, given: Given<RawMirror>): MirrorOptions {
  const { mirror, indexDir, bundlesDir, layout, deny } = raw;
  if (isBlank(indexDir))
    throw new UsageError('--index-dir is missing: where is the index?', { hint: 'See --help' });
  if (isBlank(mirror) && isBlank(bundlesDir))
    throw new UsageError('--mirror and --bundles-dir are missing: where are the crate files?', {
      hint: 'Give one of them, or both',
    });
  if (deny?.trim() === '') throw new UsageError('--deny: the value is empty');
  return {
    indexDir: indexDir as string,
    mirror: isBlank(mirror) ? undefined : mirror,
    bundlesDir: isBlank(bundlesDir) ? undefined : bundlesDir,
    layout,
    rules: selectionRulesIfGiven(raw, given),
    deny,
  };
}

export function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}

/**
 * Parses the URL at which clients reach a server.
 *
 * @returns it without a trailing slash
 * @throws UsageError
 */
export function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new UsageError(`'${text}' is not an http:// or https:// URL`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new UsageError('a public URL takes no user name, password, query or fragment');
  // cargo would interpret braces as template markers.
  if (/[{}]|%7[bd]/i.test(url.href)) throw new UsageError(`'${text}' has a brace in it`);
  return url.href.replace(/\/+$/, '');
}

function checkedLayout(text: string): string {
  parseLayout(text);
  return text;
}
