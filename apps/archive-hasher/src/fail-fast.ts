import { FatalError } from '@crates-mirror/errors';
import { type BytePath, shownPath } from './byte-path.ts';

/** Ends a run with `--fail-fast`. @throws FatalError */
export function endIfFailFast(
  { failFast }: { readonly failFast: boolean },
  path: BytePath,
  problem: string,
): void {
  if (!failFast) return;
  throw new FatalError('fail_fast', `${shownPath(path)}: ${problem}`, {
    hint: 'Without --fail-fast it is listed in the inventory, and all else is hashed',
  });
}
