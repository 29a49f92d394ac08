import type { SelectionData } from './data.ts';
import { isPlain } from './rules.ts';

/** Equal for two selections that currently select the same versions of the same index. */
export function fingerprintOf({ rules, chosen }: SelectionData): string | boolean {
  if (isPlain(rules)) return rules.includeYanked;
  const { names: _names, cargoLocks, ...rest } = rules;
  // Loaded only here: a plain selection needs no hash, and loading it takes a third as long as
  // loading the modules of a run.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const hash = createHash('sha256').update(JSON.stringify({ ...rest, isLocked: cargoLocks.length > 0 }));
  if (chosen !== undefined) hash.update(new Uint8Array(chosen));
  return hash.digest('hex');
}
