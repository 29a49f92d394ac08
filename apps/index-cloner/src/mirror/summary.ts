import type { Commit } from '@crates-mirror/git';
import { formatCount } from '@crates-mirror/progress';
import type { ChangeCounts } from '../changes/index-changes.ts';
import type { Since } from './last-run.ts';
import type { Selection } from './selection.ts';

/** The report on the index. */
export interface IndexReport {
  readonly indexDir: string;
  readonly commit: Commit | undefined;
  /** The earlier state it was compared with. */
  readonly since: Since | undefined;
  /** Undefined if there was nothing to compare with. */
  readonly counts: ChangeCounts | undefined;
}

const ROWS: readonly (readonly [keyof ChangeCounts, string])[] = [
  ['crate_added', 'crates added'],
  ['crate_changed', 'crates changed'],
  ['crate_removed', 'crates removed'],
  ['version_added', 'versions added'],
  ['version_removed', 'versions removed'],
  ['version_yanked', 'versions yanked'],
  ['version_unyanked', 'versions un-yanked'],
  ['checksum_changed', 'checksums changed'],
];

/** The report on the index, for people. */
export function reportText({ indexDir, commit, since, counts }: IndexReport): string {
  const place =
    commit === undefined
      ? `The index in ${indexDir} was used as it is, without a look at its git history.`
      : `The index in ${indexDir} is at ${shortName(commit.id)} of ${shortTime(commit.committedAt)}.`;
  if (counts === undefined || since === undefined) return `${place}\n\n`;
  const compared = since.isRun
    ? `since the run of ${shortTime(since.at)} (${shortName(since.commit)})`
    : `since ${shortName(since.commit)} of ${shortTime(since.at)}`;
  if (ROWS.every(([name]) => counts[name] === 0)) return `${place} Nothing has changed ${compared}.\n\n`;
  const rows = ROWS.map(([name, label]) => `  ${label.padEnd(20)}${formatCount(counts[name]).padStart(9)}\n`);
  return `${place} What has changed ${compared}:\n\n${rows.join('')}\n`;
}

/** The report for machines: one JSON object. */
export function reportJson(
  { indexDir, commit, since, counts }: IndexReport,
  selection: Selection | undefined,
): string {
  return `${JSON.stringify({
    tool: 'index-cloner',
    index_dir: indexDir,
    commit: commit?.id ?? null,
    tree: commit?.tree ?? null,
    committed_at: commit?.committedAt ?? null,
    since: since?.commit ?? null,
    changes: counts ?? null,
    selection: selection?.kind ?? null,
    selected: selection?.kind === 'some' ? selection.paths.length : null,
  })}\n`;
}

/** Describes the run about to begin, as one sentence without its final period. */
export function describeSelection(selection: Selection): string {
  if (selection.kind === 'nothing')
    return 'Nothing to download: no crate is new or changed, and none is left to try again';
  if (selection.kind === 'everything')
    return selection.leftBy === undefined
      ? `Looking at every crate: ${selection.reason}`
      : `Looking at the crates that ${selection.leftBy} leaves, changed or not`;
  const { changed, again } = selection;
  const parts = [
    changed > 0 ? `${crates(changed)} that ${changed === 1 ? 'is' : 'are'} new or changed` : '',
    again > 0 ? `${crates(again)} to try again` : '',
  ].filter(Boolean);
  return `Looking at ${parts.join(' and ')}`;
}

function crates(count: number): string {
  return count === 1 ? '1 crate' : `${formatCount(count)} crates`;
}

function shortName(commit: string): string {
  return commit.slice(0, 12);
}

function shortTime(iso: string): string {
  return iso.replace(/\.\d+Z$/, 'Z');
}
