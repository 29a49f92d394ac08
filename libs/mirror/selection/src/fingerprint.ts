import type { SelectionData } from './data.ts';
import { isPlain } from './rules.ts';

/** The same for two selections that select the same of the same index, now. */
export function fingerprintOf({ rules, chosen }: SelectionData): string | boolean {
  if (isPlain(rules)) return rules.includeYanked;
  const { names: _names, cargoLocks, ...rest } = rules;
  // Loaded only here: a plain selection needs no hash, and loading it takes as long as a third of the modules of a run.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const hash = createHash('sha256').update(JSON.stringify({ ...rest, isLocked: cargoLocks.length > 0 }));
  if (chosen !== undefined) hash.update(new Uint8Array(chosen));
  return hash.digest('hex');
}
