import { type IndexSource, indexPath } from '@crates-mirror/crates-index';

/** Of a name with more, the others are taken as they are written: cargo tries no more than so many, either. */
const MAX_SEPARATORS = 10;
const SEPARATORS = /[-_]/g;

/**
 * The path by which the index has a crate: `-` and `_` may be written one for the other, since crates.io has no two crates that
 * differ in these alone.
 *
 * @param path of an index file, as somebody has written the name
 * @returns undefined where the index has none of them
 */
export function spellingOf(path: string, index: IndexSource): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  for (const spelling of spellings(name)) {
    const file = indexPath(spelling);
    if (index.stateOf(file) !== undefined) return file;
  }
  return undefined;
}

/** The name itself first, then the others. */
function* spellings(name: string): Generator<string> {
  const places = Array.from(name.matchAll(SEPARATORS), ({ index }) => index).slice(0, MAX_SEPARATORS);
  for (let mask = 0; mask < 2 ** places.length; mask++) {
    const letters = [...name];
    for (const [bit, place] of places.entries())
      if ((mask >> bit) & 1) letters[place] = letters[place] === '-' ? '_' : '-';
    yield letters.join('');
  }
}
