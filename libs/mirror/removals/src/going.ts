import { randomUUID } from 'node:crypto';
import { ask } from '@crates-mirror/cli';
import { CodedError } from '@crates-mirror/errors';
import { formatCount } from '@crates-mirror/progress';
import type { HeldFile } from './held-files.ts';
import { allowedRemovals, type MostRemovals } from './limit.ts';
import { quarantinePath, type ReasonCode, type Removal } from './removal.ts';

const MAX_EXAMPLES = 5;

/** A crate file that is no longer to be mirrored, and why. */
export interface GoingFile extends HeldFile {
  readonly name: string;
  readonly version: string;
  readonly reason: ReasonCode;
  /** The reason, for people. */
  readonly why: string;
}

/** The crate files to be removed from a mirror, and the number of all that it holds. */
interface Going {
  readonly gone: readonly GoingFile[];
  readonly held: number;
}

/** The journal entry for the removal of a file. */
export function planned(file: GoingFile, action: 'keep' | 'quarantine' | 'delete'): Removal {
  const { name, version, path, sha256, size, bundle, reason, why } = file;
  // A bundle never changes after it was written.
  const done = bundle !== null ? 'withdraw' : action === 'delete' ? 'delete' : 'quarantine';
  const removal = {
    id: randomUUID(),
    action: done,
    ...{ name, version, path, sha256, size, bundle, reason, why },
    isReplaced: false,
    at: new Date().toISOString(),
  } as const;
  return { ...removal, to: done === 'quarantine' ? quarantinePath(removal) : null };
}

/**
 * An emptied index must never empty a mirror.
 *
 * @param source what may be wrong if these are too many, for the hint
 * @throws CodedError
 */
export function checkNotTooMany(findings: Going, most: MostRemovals, source: string): void {
  const why = whyTooMany(findings, most);
  if (why === undefined) return;
  throw new CodedError('too_many_removals', why, {
    hint: `Check ${source}, or give a larger --max-removals`,
  });
}

/** Why nothing may be removed, in one line; undefined if the removals are not too many. */
export function whyTooMany({ gone, held }: Going, most: MostRemovals): string | undefined {
  if (gone.length <= allowedRemovals(most, held)) return undefined;
  const [first] = gone;
  const example = first === undefined ? '' : `, ${first.name} ${first.version} the first: ${first.why}`;
  return `nothing is removed: ${formatCount(gone.length)} of the ${formatCount(held)} crate files would be, more than --max-removals allows${example}`;
}

/** Asks for confirmation on the terminal. */
export function confirm(gone: readonly GoingFile[], signal: AbortSignal): Promise<boolean> {
  const examples = gone.slice(0, MAX_EXAMPLES).map(({ path, why }) => `  ${path}: ${why}\n`);
  const more = gone.length > MAX_EXAMPLES ? '  …\n' : '';
  const what = gone.length === 1 ? 'One crate file is' : `${formatCount(gone.length)} crate files are`;
  return ask(`${what} no longer to be mirrored:\n${examples.join('')}${more}Delete for good? [y/N] `, signal);
}
