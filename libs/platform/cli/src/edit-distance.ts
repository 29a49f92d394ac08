/** Wrong letters allowed, in a word with more than twice as many letters. */
const MAX_EDITS = 2;

/** Whether a word is a misspelling of another. Case is ignored. */
export function isSimilar(typed: string, meant: string): boolean {
  if (Math.abs(typed.length - meant.length) > MAX_EDITS) return false;
  return editDistance(typed.toLowerCase(), meant.toLowerCase()) <= MAX_EDITS;
}

/** Number of letters to insert, remove or replace (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, against] of [...other].entries()) {
      const replaced = (row[j] ?? 0) + (letter === against ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
