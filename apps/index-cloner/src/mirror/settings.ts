import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { unreadable } from '@crates-mirror/errors';
import { sha256File, sha256Hex } from '@crates-mirror/hashing';
import { isPlain, NO_RULES, type SelectionRules } from '@crates-mirror/selection/options';
import type { DownloaderCall } from '../command/options.ts';
import type { MirrorState } from './state.ts';

/** What decides which crate files a mirror has, as far as the command line does. @throws UsageError */
export function settingsOf({ options, extra, path }: DownloaderCall): MirrorState['settings'] {
  const { source, layout, cratesBaseUrl, checksums, bundle, deny } = options;
  return {
    include_yanked: rulesOf(source).includeYanked,
    layout,
    crates_base_url: cratesBaseUrl,
    checksums: checksums === undefined ? null : digestOf('--checksums', checksums),
    // States of before do not know of it.
    ...(deny === undefined ? {} : { deny: digestOf('--deny', deny) }),
    bundle: bundle === undefined ? null : { mode: bundle.mode, directory: resolve(bundle.directory) },
    ...(isPlain(rulesOf(source)) ? {} : { selection: digestOfRules(rulesOf(source)) }),
    // The workspace's downloader has said above what they mean.
    ...(path === undefined ? {} : { downloader: resolve(path), extra }),
  };
}

function rulesOf(source: DownloaderOptions['source']): SelectionRules {
  return source.kind === 'index' ? source.rules : NO_RULES;
}

/** Of what the rules say, and of the files that they name. The denylist is a setting of its own. */
function digestOfRules({ names, cargoLocks, denied: _denied, ...rules }: SelectionRules): string {
  const files = [names, cargoLocks].map((paths) => paths.map((path) => digestOf('--selection', path)));
  return sha256Hex(JSON.stringify([rules, files]));
}

function digestOf(option: string, file: string): string {
  try {
    return sha256File(file).sha256;
  } catch (error) {
    throw unreadable(option, file, error);
  }
}

/** Why a run is not one that the next could go on from; undefined where it is. */
export function whyPartial({ limit, source }: DownloaderOptions): string | undefined {
  if (limit > 0) return '--limit';
  return source.kind === 'index' && source.only !== undefined ? '--only-crates' : undefined;
}

/** Why every crate must be looked at, as far as options and files tell; undefined where what has changed is enough. */
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

/** What a user calls a setting. */
function optionOf(setting: string): string {
  if (setting === 'extra') return 'what follows --';
  return setting === 'downloader' ? '--downloader-path' : `--${setting.replaceAll('_', '-')}`;
}

function changedSetting(before: MirrorState['settings'], now: MirrorState['settings']): string | undefined {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].find((name) => !isDeepStrictEqual(before[name], now[name]));
}
