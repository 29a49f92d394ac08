import { ENTRY_START } from '../format/catalog.ts';
import { bundleNumber } from '../format/names.ts';

/** File names that occur beside bundles but are not bundles. */
export const BESIDE_BUNDLES: RegExp = /\.(sha256|manifest\.jsonl(\.partial)?)$/;

/** More bad lines than this mean that the file is not a catalog. They would also take memory. */
const MAX_BAD_LINES = 1000;

/** A catalog line that is not an entry. */
export interface BadLine {
  /** 1-based */
  readonly number: number;
  readonly text: string;
}

/** Returns a callback for readCatalog that collects bad lines in `lines`. */
export function keepIn(lines: BadLine[]): (number: number, text: string) => void {
  return (number, text) => {
    if (lines.length < MAX_BAD_LINES) lines.push({ number, text });
  };
}

/**
 * Names the bundles that belong to the manifests and `.sha256` files in a folder. The catalog may
 * not list them, for instance because an older one was restored. While a bundle is being finished,
 * these files get their final names before the bundle does.
 *
 * @param names of all files in a folder
 */
export function namedBeside(names: readonly string[]): string[] {
  // Names without a number do not belong to a bundle.
  const passedOver = new Set([
    undefined,
    ...names.filter((name) => name.endsWith('.partial')).map(bundleNumber),
  ]);
  return names
    .filter((name) => BESIDE_BUNDLES.test(name) && !passedOver.has(bundleNumber(name)))
    .map((name) => name.replace(BESIDE_BUNDLES, '').replace(/(\.tar\.zst)?$/, '.tar.zst'));
}

/**
 * Selects the lines that may stand for a bundle without any other trace. A line torn by a power
 * failure is ignored if the next run wrote its bundle's entry again.
 */
export function linesOfUnknown(
  lines: readonly BadLine[],
  known: ReadonlySet<number | undefined>,
): readonly BadLine[] {
  return lines.filter(({ text }) => {
    const ids = text.match(/bundle-\d{4,8}/g) ?? [];
    if (ids.length === 0) return !isTornEarly(text);
    return !ids.every((id) => known.has(bundleNumber(`${id}.`)));
  });
}

/** Whether an entry is torn before its number. Some file systems pad the rest with zeros. */
function isTornEarly(text: string): boolean {
  const left = text.replace(/\0+$/, '');
  return ENTRY_START.startsWith(left.replace(/\d{1,3}$/, ''));
}
