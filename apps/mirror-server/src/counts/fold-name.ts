/** A name as it is compared: crates.io takes names for the same that differ in case, or in `-` and `_`, only. */
export function foldName(text: string): string {
  return text.toLowerCase().replace(/[_ ]/g, '-');
}
