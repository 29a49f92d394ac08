/** Removes the byte order mark that editors on Windows put at the start of a file. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}
