/**
 * The anchor that GitHub generates for a heading. The site uses the same, so that links within the
 * documents work in both.
 *
 * @param heading its text without markup
 */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
