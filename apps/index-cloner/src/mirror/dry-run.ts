import { ExitCode } from '@crates-mirror/cli';
import { shellWord } from '@crates-mirror/cli/shell-word';
import { redactCredentials } from '@crates-mirror/errors';
import { remoteHead } from '@crates-mirror/git';
import type { ClonerOptions } from '../command/options.ts';
import type { CurrentIndex } from '../index/current-index.ts';
import { checkRemote } from '../index/follow-remote.ts';
import { checkPlace, realPath, stateOfDirectory } from '../index/index-directory.ts';
import { readIndex } from '../index/read-index.ts';
import { retrying } from '../index/retrying.ts';
import { checkIsNotToBeBare } from '../index/update-index.ts';
import type { Executable } from './downloader-process.ts';
import { compareWithLast } from './last-run.ts';
import { selectFor } from './mirror-index.ts';
import type { RunDeps } from './run-deps.ts';
import type { Selection } from './selection.ts';
import { whyEverything } from './settings.ts';
import { describeSelection } from './summary.ts';

const NO_INDEX: CurrentIndex = {
  commit: undefined,
  before: undefined,
  repaired: new Set(),
  hasFiles: true,
};

/** What a run would first do with the index. */
interface Outlook {
  /** Undefined with --skip-index-update. */
  readonly line: string | undefined;
  /** Whether the update would produce an index that is not available locally. */
  readonly isOther: boolean;
}

/**
 * Reports the known figures of a run in advance, without performing it. The remote's HEAD is
 * queried, and nothing is fetched.
 *
 * @returns the exit code
 */
export async function dryRun(options: ClonerOptions, deps: RunDeps): Promise<number> {
  const { indexDir, skipIndexUpdate, downloader } = options;
  const state = skipIndexUpdate ? undefined : stateOfDirectory(indexDir);
  const isThere = state !== 'missing';
  if (state === 'missing') checkPlace(indexDir);
  if (state === 'checkout') checkIsNotToBeBare(options);
  const index = isThere ? await readIndex(options, deps.update) : NO_INDEX;
  const { line, isOther } = await outlook(options, deps, index, isThere);
  const lines = line === undefined ? [] : [line];
  const { executable } = deps;
  if (executable !== undefined) {
    const selection = await knownSelection(options, { ...deps, executable }, index, isThere);
    lines.push(describeNext(selection, isOther));
    const command = [executable.file, ...executable.args, ...downloader.args, ...downloader.extra];
    lines.push(`The downloader: ${command.map(shellWord).join(' ')}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return ExitCode.done;
}

/** @returns undefined if the index would have to be available to determine it */
async function knownSelection(
  options: ClonerOptions,
  deps: RunDeps & { readonly executable: Executable },
  index: CurrentIndex,
  isThere: boolean,
): Promise<Selection | undefined> {
  const { executable, state } = deps;
  if (!isThere && whyEverything(options.isFull, options.downloader, state) === undefined) return undefined;
  const comparison = await compareWithLast(index, options, deps, undefined);
  return selectFor(options, executable, state, { index, comparison });
}

function describeNext(selection: Selection | undefined, isOther: boolean): string {
  if (selection === undefined) return 'Which crates there are to look at is known only once it is there.';
  const known = describeSelection(selection);
  if (!isOther || selection.kind === 'everything') return `${known}.`;
  const unknown = 'Which crates that adds or changes is known only once it is fetched.';
  return selection.kind === 'nothing'
    ? `${unknown} Apart from them, there is nothing to download.`
    : `${unknown} Apart from them: ${known.replace(/^L/, 'l')}.`;
}

async function outlook(
  options: ClonerOptions,
  { update }: RunDeps,
  { commit }: CurrentIndex,
  isThere: boolean,
): Promise<Outlook> {
  const { indexDir, skipIndexUpdate } = options;
  if (skipIndexUpdate) return { line: undefined, isOther: false };
  const indexUrl = redactCredentials(options.indexUrl);
  if (!isThere) return { line: `${indexUrl} would be cloned into ${indexDir}.`, isOther: true };
  const git = { directory: realPath(indexDir), signal: update.signal };
  await checkRemote(options, git);
  const head = await retrying(update, () => remoteHead('origin', git));
  const isOther = head.commit !== commit?.id;
  const line = isOther
    ? `The index in ${indexDir} would be updated from ${short(commit?.id ?? 'nothing')} to ${short(head.commit)}.`
    : `The index in ${indexDir} is what ${indexUrl} has, ${short(head.commit)}.`;
  return { line, isOther };
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
