import type { Given } from '@crates-mirror/cli';
import { checkOutside } from '@crates-mirror/cli/outside';
import type { NamedFile } from '@crates-mirror/cli/separate-files';
import { UsageError } from '@crates-mirror/errors';
import { selectionFiles, selectionRules } from '@crates-mirror/selection/options';
import type { RawValues } from './option-table.ts';
import type { BundleOptions, Source } from './options.ts';

/** The source of the targets; undefined if none is given. @throws UsageError if there are two */
export function sourceOf(raw: RawValues, given: Given<RawValues>): Source | undefined {
  const sources = [
    ...(raw.indexDir === undefined ? [] : ['--index-dir']),
    ...(raw.list === undefined ? [] : ['--list']),
    ...(raw.sample === true ? ['--sample'] : []),
  ];
  if (sources.length > 1)
    throw new UsageError(`${sources.join(' and ')} exclude each other`, { hint: 'Run once for each' });
  if (raw.list !== undefined) return { kind: 'list', file: notEmpty('--list', raw.list) };
  if (raw.indexDir === undefined) return undefined;
  return {
    kind: 'index',
    directory: notEmpty('--index-dir', raw.indexDir),
    rules: selectionRules(raw, given),
    only: raw.onlyCrates,
  };
}

/** All files named by options. */
export function filesOf(raw: RawValues): NamedFile[] {
  return [
    { option: '--list', path: raw.list, isWritten: false },
    { option: '--only-crates', path: raw.onlyCrates, isWritten: false },
    ...selectionFiles(raw),
    { option: '--checksums', path: raw.checksums, isWritten: false },
    { option: '--deny', path: raw.deny, isWritten: false },
    { option: '--ca-file', path: raw.caFile, isWritten: false },
    { option: '--manifest', path: raw.manifest, isWritten: true },
    // One run's output may be the next run's input.
    { option: '--retry-out', path: raw.retryOut, isWritten: true, replaces: '--only-crates' },
    { option: '--log-path', path: raw.logPath, isWritten: true },
  ];
}

/** Rejects outputs below an index, where they would be taken for index files. @throws UsageError */
export function checkPlaces(
  { out, sampleIndex }: RawValues,
  source: Source | undefined,
  bundle: BundleOptions | undefined,
): void {
  const indexes = [
    { option: '--index-dir', path: source?.kind === 'index' ? source.directory : undefined },
    { option: '--sample-index', path: sampleIndex },
  ];
  for (const { option, path } of indexes) {
    if (path === undefined) continue;
    checkOutside({ option: '--out', path: out }, { option, path });
    if (bundle !== undefined)
      checkOutside({ option: '--bundles-out', path: bundle.directory }, { option, path });
  }
}

/** @throws UsageError */
export function notEmpty(option: string, value: string): string {
  if (value.trim() === '') throw new UsageError(`${option}: the value is empty`);
  return value;
}
