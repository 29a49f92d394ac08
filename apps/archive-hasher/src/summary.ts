import { shellWord } from '@crates-mirror/cli/shell-word';
import { oneLine } from '@crates-mirror/errors';
import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import type { Signer } from '@crates-mirror/signing';
import type { Listing } from './bucket/list-bucket.ts';
import { type LeftOut, shownRule } from './exclude/exclusions.ts';
import type { HasherOptions } from './options.ts';
import type { OutputFile } from './outputs/output-file.ts';
import type { Places } from './places.ts';
import type { Report } from './report.ts';

/** How a run ended. */
export type Ending =
  | { readonly kind: 'interrupted' }
  | {
      readonly kind: 'done';
      readonly outputs: readonly OutputFile[];
      readonly leftOut: readonly LeftOut[];
      /** Number of files whose names b3sum does not accept. */
      readonly leftOutOfB3Sums: number;
      readonly signer: Signer | undefined;
      /** By whom checksums were determined, if nothing was read. */
      readonly listing: Listing | undefined;
    };

/** Summary of a run for people. */
export function summaryText(report: Report, options: HasherOptions, places: Places, ending: Ending): string {
  const elapsed = formatDuration(report.elapsedMs);
  const what = `${count(report.files, 'file')} (${formatBytes(report.bytes)})`;
  if (ending.kind === 'interrupted')
    return `Interrupted after ${elapsed} and ${what}: nothing was written.\n`;
  const rate = formatBytes(report.bytes / (report.elapsedMs / 1000));
  const lines = [
    ending.listing === undefined
      ? `Hashed ${what} of ${options.dir} with ${count(options.algorithms.length, 'algorithm')} in ${elapsed}, ${rate}/s.`
      : `Listed ${what} of ${options.dir} in ${elapsed}; no content was read.`,
    '',
  ];
  const row = (label: string, value: number, note = ''): void => {
    lines.push(`  ${label.padEnd(18)}${formatCount(value).padStart(11)}${note === '' ? '' : `   ${note}`}`);
  };
  row('files', report.files);
  if (ending.listing !== undefined) checksumRows(ending.listing, row);
  else row('symbolic links', report.symlinks);
  row('skipped', report.skipped, report.skipped === 0 ? '' : 'listed in the inventory');
  for (const rule of ending.leftOut) {
    // Shows the built-in rule, which has exceptions, only if it excluded something, but a user's
    // rule even if it did not.
    if (rule.count > 0 || rule.except === undefined) row('left out', rule.count, oneLine(shownRule(rule)));
  }
  if (report.doubtful > 0) row('doubtful', report.doubtful, 'marked in the inventory');
  if (report.firstProblems.length > 0) lines.push('', ...problemLines(report));
  lines.push('', `In ${places.outDir}:`);
  for (const { name, size } of ending.outputs) lines.push(`  ${formatBytes(size).padStart(9)}  ${name}`);
  if (options.bucket === undefined && options.tar === undefined && !places.tar)
    lines.push('', 'No archive was made, since bundles are archives already: --tar makes one of them.');
  lines.push('', ...notes(ending, places));
  return `${lines.join('\n')}\n`;
}

function checksumRows(
  { store, uploader, none }: Listing,
  row: (label: string, value: number, note?: string) => void,
): void {
  row('SHA-256', store, 'computed by the store');
  row('', uploader, 'noted by the uploader');
  if (none > 0) row('', none, 'not known: --read computes them');
}

function notes(ending: Ending & { kind: 'done' }, { outDir }: Places): string[] {
  const { signer, outputs, leftOutOfB3Sums } = ending;
  const sums = (outputs.at(-1)?.name ?? '').replace(/^-/, './-');
  const lines = [
    signer === undefined
      ? 'Nothing is signed: there was no --gpgkey.'
      : `Signed with ${signer.fingerprint}${signer.userIds.map((id) => `, ${id}`).join('')}.`,
    `To check the outputs: cd ${shellWord(outDir)} && sha256sum -c ${shellWord(sums)}`,
  ];
  if (leftOutOfB3Sums > 0)
    lines.push(
      `${count(leftOutOfB3Sums, 'name')} ${leftOutOfB3Sums === 1 ? 'is' : 'are'} not in the B3SUMS: b3sum takes no name that is not UTF-8 or contains U+FFFD.`,
    );
  return lines;
}

function problemLines({ firstProblems, problems }: Report): string[] {
  const shown = firstProblems.map(({ path, message }) => `  ${path}\n      ${message}`);
  const hidden = problems - firstProblems.length;
  const more = `  and ${formatCount(hidden)} more: the log and the inventory have them all`;
  return ['First problems:', ...shown, ...(hidden > 0 ? [more] : [])];
}

function count(number: number, noun: string): string {
  return `${formatCount(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** Summary of a run for machines: one JSON object. */
export function summaryJson(report: Report, options: HasherOptions, places: Places, ending: Ending): string {
  const isDone = ending.kind === 'done';
  return `${JSON.stringify({
    dir: options.dir,
    out_dir: places.outDir,
    files: report.files,
    bytes: report.bytes,
    directories: report.directories,
    symlinks: report.symlinks,
    skipped: report.skipped,
    doubtful: report.doubtful,
    disturbed: report.isDisturbed,
    sha256_from: isDone ? (ending.listing ?? null) : null,
    left_out: isDone ? ending.leftOut : [],
    elapsed_ms: Math.round(report.elapsedMs),
    interrupted: !isDone,
    outputs: isDone ? ending.outputs.map(({ name, size, sha256 }) => ({ name, size, sha256 })) : [],
    signed_with: isDone ? (ending.signer?.fingerprint ?? null) : null,
    left_out_of_b3sums: isDone ? ending.leftOutOfB3Sums : 0,
    problems: report.firstProblems.map(({ path, message }) => ({ path, message })),
  })}\n`;
}
