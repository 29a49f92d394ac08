import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { unreadable } from '@crates-mirror/errors';
import { sha256File, sha256Hex } from '@crates-mirror/hashing';
import { isPlain, NO_RULES, type SelectionRules } from '@crates-mirror/selection/options';
import type { DownloaderCall } from '../command/options.ts';
import type { MirrorState } from './state.ts';

/**
 * The command-line settings that determine which crate files a mirror contains.
 *
 * @throws UsageError
 */
export function settingsOf({ options, extra, path }: DownloaderCall): MirrorState['settings'] {
  const { source, layout, cratesBaseUrl, checksums, bucket, bundle, deny } = options;
  return {
    include_yanked: rulesOf(source).includeYanked,
    layout,
    crates_base_url: cratesBaseUrl,
    checksums: checksums === undefined ? null : digestOf('--checksums', checksums),
    // States written by older versions lack this setting.
    ...(deny === undefined ? {} : { deny: digestOf('--deny', deny) }),
    ...(bucket === undefined ? {} : { out: bucket.name, public_url: bucket.publicUrl ?? null }),
    bundle: bundle === undefined ? null : { mode: bundle.mode, directory: resolve(bundle.directory) },
    ...(isPlain(rulesOf(source)) ? {} : { selection: digestOfRules(rulesOf(source)) }),
    // For the workspace's downloader, the parsed options above are sufficient.
    ...(path === undefined ? {} : { downloader: resolve(path), extra }),
  };
}

function rulesOf(source: DownloaderOptions['source']): SelectionRules {
  return source.kind === 'index' ? source.rules : NO_RULES;
}

/** Digest of the rules and of the files they name. The denylist is a separate setting. */
function digestOfRules({ names, cargoLocks, denied: _denied, ...rules }: SelectionRules): string {
  const digests = [
    names.map((path) => digestOf('--names', path)),
    cargoLocks.map((path) => digestOf('--cargo-lock', path)),
  ];
  return sha256Hex(JSON.stringify([rules, digests]));
}

function digestOf(option: string, file: string): string {
  try {
    return sha256File(file).sha256;
  } catch (error) {
    throw unreadable(option, file, error);
  }
}

/** Why the next run cannot continue from this one; undefined if it can. */
export function whyPartial({ limit, source }: DownloaderOptions): string | undefined {
  if (limit > 0) return '--limit';
  return source.kind === 'index' && source.only !== undefined ? '--only-crates' : undefined;
}

/**
 * Why every crate must be checked, according to options and files; undefined if only changes need
 * to be.
 */
export function whyEverything(
  isFull: boolean,
  call: DownloaderCall,
  state: MirrorState | undefined,
): string | undefined {
  const { options } = call;
  const partial = whyPartial(options);
  if (partial !== undefined) return `${partial} is given`;
  if (isFull) return '--full is given';
  if (options.verifyExisting) return '--verify-existing is given';
  const { minAge, deps } = rulesOf(options.source);
  if (minAge !== undefined) return 'versions come of age without a change of the index';
  if (deps !== undefined) return 'versions become dependencies without a change of their own';
  if (state === undefined) return 'no run has been completed yet';
  const changed = changedSetting(state.settings, settingsOf(call));
  if (changed !== undefined) return `${optionOf(changed)} is not what it was in the last run`;
  if (options.bundle !== undefined && !existsSync(options.bundle.directory))
    return `${options.bundle.directory} is gone`;
  return undefined;
}

/** The name of a setting for users. */
function optionOf(setting: string): string {
  if (setting === 'extra') return 'what follows --';
  // Several options, and the files that they name, make one setting.
  if (setting === 'selection') return 'the selection of crates';
  return setting === 'downloader' ? '--downloader-path' : `--${setting.replaceAll('_', '-')}`;
}

function changedSetting(before: MirrorState['settings'], now: MirrorState['settings']): string | undefined {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].find((name) => !isDeepStrictEqual(before[name], now[name]));
}
