export const MANIFEST_NAME = 'parcel.json';
export const SUMS_NAME = 'SHA256SUMS';
export const INDEX_REMOVED_NAME = 'index-removed.txt';
export const NOT_HELD_NAME = 'not-held.jsonl';
export const REMOVALS_NAME = 'removals.jsonl';
export const SIDECARS_REMOVED_NAME = 'sidecars-removed.txt';

const PARCEL_NAME = /^parcel-\d{4,8}$/;

/** Name of the detached signature of a file in a parcel. */
export function signatureName(name: string): string {
  return `${name}.asc`;
}

/** `parcel-0003` */
export function parcelName(sequence: number): string {
  return `parcel-${String(sequence).padStart(4, '0')}`;
}

export function isParcelName(name: string): boolean {
  return PARCEL_NAME.test(name);
}

/** Name of a portable archive of the tools. */
export const TOOLS_NAME: RegExp = /^crates-mirror-[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(tar\.(gz|xz|zst)|zip)$/;

/** Name of the directory of a volume. */
export const VOLUME_NAME: RegExp = /^volume-\d{3,}$/;

/** Whether a file is a bundle, or belongs to one. */
export function isBundleFile(name: string): boolean {
  return name.startsWith('bundle-');
}

/** @param number 1-based */
export function volumeName(number: number): string {
  return `volume-${String(number).padStart(3, '0')}`;
}

/** @param number 1-based */
export function indexArchiveName(number: number): string {
  return `index-${String(number).padStart(4, '0')}.tar.zst`;
}

/** @param number 1-based */
export function sidecarArchiveName(number: number): string {
  return `sidecars-${String(number).padStart(4, '0')}.tar.zst`;
}

/** Name of the file in which a receiver records its state for the sender. */
export function receiptName(sequence: number): string {
  return `receipt-${String(sequence).padStart(4, '0')}.json`;
}
