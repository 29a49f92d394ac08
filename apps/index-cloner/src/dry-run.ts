import { ExitCode } from '@crates-mirror/cli';
import { redactCredentials } from '@crates-mirror/errors';
import { remoteHead } from '@crates-mirror/git';
import type { CurrentIndex } from './current-index.ts';
import { checkRemote } from './follow-remote.ts';
import { realPath, stateOfDirectory } from './index-directory.ts';
import { compareWithLast } from './last-run.ts';
import { selectFor } from './mirror-index.ts';
import type { ClonerOptions } from './options.ts';
import { readIndex } from './read-index.ts';
import { retrying } from './retrying.ts';
import type { RunParts } from './run-parts.ts';
import { describeSelection } from './summary.ts';

const NO_INDEX: CurrentIndex = { commit: undefined, before: undefined, repaired: new Set() };

/** Says what a run would do, and does nothing: the remote is asked for its HEAD, no more. @returns the exit code */
export async function dryRun(options: ClonerOptions, parts: RunParts): Promise<number> {
  const { indexDir, skipIndexUpdate, downloader } = options;
  const isThere = skipIndexUpdate || stateOfDirectory(indexDir) === 'repository';
  const index = isThere ? await readIndex(options, parts.update) : NO_INDEX;
  const lines: string[] = [];
  if (!skipIndexUpdate) lines.push(await wouldUpdate(options, parts, index, isThere));
  const { executable, state } = parts;
  if (executable !== undefined) {
    const comparison = await compareWithLast(index, options, parts, undefined);
    const selection = await selectFor(options, executable, state, { index, comparison });
    lines.push(`With the index as it is now: ${describeSelection(selection)}.`);
    const command = [executable.file, ...executable.args, ...downloader.args, ...downloader.extra];
    lines.push(`The downloader: ${command.map(quoted).join(' ')}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return ExitCode.done;
}

async function wouldUpdate(
  options: ClonerOptions,
  { update }: RunParts,
  { commit }: CurrentIndex,
  isThere: boolean,
): Promise<string> {
  const { indexDir } = options;
  const indexUrl = redactCredentials(options.indexUrl);
  if (!isThere) return `${indexUrl} would be cloned into ${indexDir}.`;
  const git = { directory: realPath(indexDir), signal: update.signal };
  await checkRemote(options, git);
  const head = await retrying(update, () => remoteHead('origin', git));
  if (head.commit === commit?.id)
    return `The index in ${indexDir} is what ${indexUrl} has, ${short(head.commit)}.`;
  return `The index in ${indexDir} would be updated from ${short(commit?.id ?? 'nothing')} to ${short(head.commit)}.`;
}

function short(commit: string): string {
  return commit.slice(0, 12);
}

/** As a shell takes it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
