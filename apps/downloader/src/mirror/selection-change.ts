import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { IndexLocation } from '@crates-mirror/crates-index';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { errorMessage } from '@crates-mirror/errors';
import { mirrorHome } from '@crates-mirror/layout/mirror-home';
import { formatCount } from '@crates-mirror/progress';
import { isPlain } from '@crates-mirror/selection/options';
import { plainSelection, type SelectionData } from '@crates-mirror/selection/selector';

export interface SelectionChange {
  /** Directory of the mirror. */
  readonly out: string;
  readonly selection: SelectionData;
  /** Undefined for a list. */
  readonly index: IndexLocation | undefined;
  readonly logger: Readonly<Record<'info' | 'warn', (message: string) => void>>;
  /** Whether the mirror was empty, so that the run cannot leave anything behind. */
  readonly isNew: boolean;
  /** Whether the run removes what is no longer selected. */
  readonly isRemoving: boolean;
  /** Whether the run modifies the mirror, and so stores the selection. */
  readonly isRemembered: boolean;
}

/** Stores the selection for the next run, once the mirror matches it. */
export type Remember = () => Promise<void>;

/**
 * If the mirror was last brought up to another selection, logs what this run adds and what it
 * leaves behind. A mirror that selects everything, now as
 * before, is not examined.
 *
 * @returns a function to call when the run has completed; until then the mirror still has the
 *   previous selection. The selection of a new mirror is stored at once, as the mirror is empty.
 */
export async function reportSelectionChange(change: SelectionChange): Promise<Remember> {
  const { out, selection, index } = change;
  const { selectionFile } = mirrorHome(resolve(out));
  if (index === undefined || (isPlain(selection.rules) && !existsSync(selectionFile))) return async () => {};
  const { identityOf, readRemembered } = await import('@crates-mirror/selection/remembered');
  const before = readRemembered(selectionFile);
  const isSame = before !== undefined && identityOf(before.data) === identityOf(selection);
  const isFirst = change.isNew && before === undefined;
  if (!isSame && !isFirst) await tell(change, index, before);
  const remember = (): Promise<void> => write(change, isSame ? before.since : new Date().toISOString());
  if (isFirst && change.isRemembered) await remember();
  return remember;
}

async function tell(
  { selection, logger, isRemoving }: SelectionChange,
  index: IndexLocation,
  before: { readonly data: SelectionData; readonly since: string } | undefined,
): Promise<void> {
  const { compareSelections } = await import('@crates-mirror/selection/compare');
  const data = before?.data ?? plainSelection(false);
  const { added, leftBehind } = await compareSelections(data, selection, await openIndexAt(index));
  const since = before === undefined ? '' : `, which is from ${before.since.slice(0, 10)}`;
  const fate = isRemoving
    ? 'and are to be removed as far as the mirror holds them'
    : 'and stay in the mirror as far as it holds them';
  const left = `${versions(leftBehind)} no longer selected, ${fate}`;
  logger.info(`the selection is not that of the last run${since}: ${versions(added)} added, ${left}`);
}

function versions(count: number): string {
  return count === 1 ? '1 version is' : `${formatCount(count)} versions are`;
}

async function write({ out, selection, logger }: SelectionChange, since: string): Promise<void> {
  const { selectionFile, temporaryDirectory } = mirrorHome(resolve(out));
  const { remember } = await import('@crates-mirror/selection/remembered');
  try {
    remember(selectionFile, selection, since, temporaryDirectory);
  } catch (error) {
    logger.warn(
      `cannot write ${selectionFile}: ${errorMessage(error)}. The next run compares with an older one`,
    );
  }
}
