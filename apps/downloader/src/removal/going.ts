import { randomUUID } from 'node:crypto';
import { ask } from '@crates-mirror/cli';
import type { RemovalOptions } from '@crates-mirror/downloader-options';
import { CodedError } from '@crates-mirror/errors';
import { formatCount } from '@crates-mirror/progress';
import { quarantinePath, type Removal } from '@crates-mirror/removals';
import { allowedRemovals, type MostRemovals } from '@crates-mirror/removals/limit';
import type { Findings, GoneFile } from './find-gone.ts';

const MAX_EXAMPLES = 5;

/** The journal entry for the removal of a file. */
export function planned(file: GoneFile, action: RemovalOptions['action']): Removal {
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

/** An emptied index must never empty a mirror. @throws CodedError */
export function checkNotTooMany({ gone, held }: Findings, most: MostRemovals): void {
  if (gone.length <= allowedRemovals(most, held)) return;
  const [first] = gone;
  const example = first === undefined ? '' : `, ${first.name} ${first.version} the first: ${first.why}`;
  throw new CodedError(
    'too_many_removals',
    `nothing is removed: ${formatCount(gone.length)} of the ${formatCount(held)} crate files would be, more than --max-removals allows${example}`,
    { hint: 'Check --index-dir and the selection, or give a larger --max-removals' },
  );
}

/** Asks for confirmation on the terminal. */
export function confirm(gone: readonly GoneFile[], signal: AbortSignal): Promise<boolean> {
  const examples = gone.slice(0, MAX_EXAMPLES).map(({ path, why }) => `  ${path}: ${why}\n`);
  const more = gone.length > MAX_EXAMPLES ? '  …\n' : '';
  const what = gone.length === 1 ? 'One crate file is' : `${formatCount(gone.length)} crate files are`;
  return ask(`${what} no longer to be mirrored:\n${examples.join('')}${more}Delete for good? [y/N] `, signal);
}
