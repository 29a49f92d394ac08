import { isSimilar } from '../edit-distance.ts';

/** Suggests known names similar to an unknown one, for an error's hint. */
export function suggestion(typed: string, known: readonly string[]): string {
  const plain = typed.replaceAll('_', '-');
  const meant = known.find((one) => isSimilar(plain, one));
  return meant === undefined ? `There are ${known.join(', ')}` : `Did you mean ${meant}?`;
}
