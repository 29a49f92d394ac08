/**
 * The anchor that GitHub gives a heading. The site gives the same, so that a link within the documents holds in both.
 *
 * @param heading its text without markup
 */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
