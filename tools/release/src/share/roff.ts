/** Escapes text for man(7), so that nothing in it is a request or an escape. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll(/^(?=\.)/gm, '\\&');
}

/** Paragraphs, the first of which follows a heading. */
export function paragraphs(lines: readonly string[]): string {
  return lines.join('\n.PP\n');
}
