import type { ParcelFile } from './manifest.ts';

/** A line as `sha256sum` writes it, for a name that has nothing to escape. */
export function sumLine(name: string, sha256: string): string {
  return `${sha256}  ${name}\n`;
}

/** `SHA256SUMS` of a volume. */
export function volumeSums(files: readonly ParcelFile[]): string {
  return files.map(({ name, sha256 }) => sumLine(name, sha256)).join('');
}
