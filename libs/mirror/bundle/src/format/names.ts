/** The largest number of eight digits. Longer numbers are not bundle names. */
export const LAST_NUMBER = 99_999_999;

/** The name of a bundle before it is finished, and its permanent id in records: `bundle-0007`. */
export function bundleId(number: number): string {
  return `bundle-${String(number).padStart(4, '0')}`;
}

/** The number in a bundle's file name, finished or not; undefined for any other name. */
export function bundleNumber(fileName: string): number | undefined {
  const digits = /^bundle-(\d{4,8})[-.]/.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether a catalog may list a finished bundle's file by this name. */
export function isFinalName(fileName: string): boolean {
  return /^bundle-\d{4,8}-[A-Za-z0-9_-]+\.[a-z.]+$/.test(fileName);
}

export const CATALOG_NAME = 'bundles.index.jsonl';

/** File names of an unfinished bundle. */
export function partialNames(id: string): { bundle: string; manifest: string } {
  return { bundle: `${id}.tar.zst.partial`, manifest: `${id}.manifest.jsonl.partial` };
}

/** File names of a finished bundle. */
export function finalNames(
  id: string,
  firstCrate: string,
  lastCrate: string,
): { bundle: string; manifest: string; sums: string } {
  const base = `${id}-${firstCrate}-to-${lastCrate}`;
  const bundle = `${base}.tar.zst`;
  return { bundle, manifest: `${base}.manifest.jsonl`, sums: `${bundle}.sha256` };
}
