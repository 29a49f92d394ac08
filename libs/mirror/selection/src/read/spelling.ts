import { type IndexSource, indexPath } from '@crates-mirror/crates-index';

/** Further separators in a name are not varied; cargo has the same limit. */
const MAX_SEPARATORS = 10;
const SEPARATORS = /[-_]/g;

/**
 * The path of a crate in the index. `-` and `_` are interchangeable in the name, because crates.io
 * has no two crates that differ only in these.
 *
 * @param path of an index file, with the name as a user wrote it
 * @returns undefined if the index has none of the spellings
 */
export function spellingOf(path: string, index: IndexSource): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  for (const spelling of spellings(name)) {
    const file = indexPath(spelling);
    if (index.stateOf(file) !== undefined) return file;
  }
  return undefined;
}

/** The given spelling first, then the others. */
function* spellings(name: string): Generator<string> {
  const places = Array.from(name.matchAll(SEPARATORS), ({ index }) => index).slice(0, MAX_SEPARATORS);
  for (let mask = 0; mask < 2 ** places.length; mask++) {
    const letters = [...name];
    for (const [bit, place] of places.entries())
      if ((mask >> bit) & 1) letters[place] = letters[place] === '-' ? '_' : '-';
    yield letters.join('');
  }
}
