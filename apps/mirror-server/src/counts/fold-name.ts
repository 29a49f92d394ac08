/**
 * Normalizes a name for comparison: crates.io treats names that differ only in case, or in `-` and
 * `_`, as the same.
 */
export function foldName(text: string): string {
  return text.toLowerCase().replace(/[_ ]/g, '-');
}
