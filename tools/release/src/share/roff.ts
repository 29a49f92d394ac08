/** Text as man(7) takes it: nothing in it is a request or an escape. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll(/^(?=\.)/gm, '\\&');
}

/** Paragraphs, of which the first follows a heading. */
export function paragraphs(lines: readonly string[]): string {
  return lines.join('\n.PP\n');
}
