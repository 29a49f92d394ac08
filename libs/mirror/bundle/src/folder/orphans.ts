import { ENTRY_START } from '../format/catalog.ts';
import { bundleNumber } from '../format/names.ts';

/** What lies beside bundles, and is none. */
export const BESIDE_BUNDLES: RegExp = /\.(sha256|manifest\.jsonl(\.partial)?)$/;

/** A catalog with more is none, and they would take memory. */
const MAX_BAD_LINES = 1000;

/** A line of a catalog that is no entry. */
export interface BadLine {
  /** 1-based */
  readonly number: number;
  readonly text: string;
}

/** What readCatalog tells of bad lines goes into `lines`. */
export function keepIn(lines: BadLine[]): (number: number, text: string) => void {
  return (number, text) => {
    if (lines.length < MAX_BAD_LINES) lines.push({ number, text });
  };
}

/**
 * The bundles that manifests and `.sha256` files lie beside, or should: no catalog may tell of them any more, an older one
 * for instance. While a bundle is being finished, these have their names before it has its own.
 *
 * @param names of all files in a folder
 */
export function namedBeside(names: readonly string[]): string[] {
  // What has no number is nobody's bundle.
  const passedOver = new Set([
    undefined,
    ...names.filter((name) => name.endsWith('.partial')).map(bundleNumber),
  ]);
  return names
    .filter((name) => BESIDE_BUNDLES.test(name) && !passedOver.has(bundleNumber(name)))
    .map((name) => name.replace(BESIDE_BUNDLES, '').replace(/(\.tar\.zst)?$/, '.tar.zst'));
}

/**
 * Those lines that may stand for a bundle of which nothing else tells. One that was torn by a power cut stands beside that
 * which the next run has written: what it tells of is known all the same.
 */
export function linesOfUnknown(
  lines: readonly BadLine[],
  known: ReadonlySet<number | undefined>,
): readonly BadLine[] {
  return lines.filter(({ text }) => {
    const told = text.match(/bundle-\d{4,8}/g) ?? [];
    if (told.length === 0) return !isTornEarly(text);
    return !told.every((id) => known.has(bundleNumber(`${id}.`)));
  });
}

/** What a power cut leaves of an entry that has come to no number yet; some file systems fill up the rest with zeros. */
function isTornEarly(text: string): boolean {
  const left = text.replace(/\0+$/, '');
  return ENTRY_START.startsWith(left.replace(/\d{1,3}$/, ''));
}
