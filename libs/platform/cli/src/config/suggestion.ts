import { isSimilar } from '../edit-distance.ts';

/** What may be meant by a name that is not known, for an error's hint. */
export function suggestion(typed: string, known: readonly string[]): string {
  const plain = typed.replaceAll('_', '-');
  const meant = known.find((one) => isSimilar(plain, one));
  return meant === undefined ? `There are ${known.join(', ')}` : `Did you mean ${meant}?`;
}
