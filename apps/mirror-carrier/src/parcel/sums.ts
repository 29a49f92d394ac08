import type { ParcelFile } from './manifest.ts';

/** A line in the format of `sha256sum`, for a name that needs no escaping. */
export function sumLine(name: string, sha256: string): string {
  return `${sha256}  ${name}\n`;
}

/** `SHA256SUMS` of a volume. */
export function volumeSums(files: readonly ParcelFile[]): string {
  return files.map(({ name, sha256 }) => sumLine(name, sha256)).join('');
}
