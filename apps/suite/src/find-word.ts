import { isSimilar } from '@crates-mirror/cli/edit-distance';
import { UsageError } from '@crates-mirror/errors';
import { WORDS, type Word } from './words.ts';

/** @throws UsageError for an unknown command, with a suggestion */
export function findWord(typed: string): Word {
  const found = WORDS.find(({ word }) => word === typed);
  if (found !== undefined) return found;
  const meant = WORDS.find(({ word }) => isMeant(typed, word));
  const advice =
    meant === undefined
      ? `There are ${WORDS.map(({ word }) => word).join(', ')}.`
      : `Did you mean ${meant.word}?`;
  const what = typed.startsWith('-') ? 'an option of crates-mirror itself' : 'a command of crates-mirror';
  throw new UsageError(`'${typed}' is not ${what}`, { hint: `${advice} See crates-mirror --help` });
}

/** Whether a command was mistyped or shares its beginning: `dowload`, `downloader`. */
function isMeant(typed: string, word: string): boolean {
  const isBegun = typed.length >= 3 && (word.startsWith(typed) || typed.startsWith(word));
  return isBegun || isSimilar(typed, word);
}
