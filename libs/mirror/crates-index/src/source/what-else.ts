import type { Dirent } from 'node:fs';
import { basename, resolve } from 'node:path';
import { shellWord } from '@crates-mirror/cli/shell-word';

/** What a directory is if it was mistaken for an index. */
interface OtherThing {
  readonly what: string;
  readonly hint?: string;
}

/** Recognizes directories that are easily mistaken for an index. */
export function whatElse(root: string, entries: readonly Dirent[]): OtherThing | undefined {
  const has = (name: string): boolean => entries.some((entry) => entry.name === name);
  if (basename(resolve(root)) === '.cache' || has('.cache'))
    return {
      what: "it is cargo's own cache of an index, which has only the crates that cargo has looked up, in a form of cargo's own",
    };
  if (has('.git'))
    return {
      what: 'it is a clone whose files are not checked out, or not all of them: it has no config.json',
      hint: `Check them out: git -C ${shellWord(root)} sparse-checkout disable && git -C ${shellWord(root)} checkout -f HEAD`,
    };
  return undefined;
}
