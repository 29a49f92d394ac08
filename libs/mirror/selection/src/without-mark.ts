/** Text without a byte order mark, with which editors on Windows begin a file. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}
