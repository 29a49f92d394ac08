import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { Selection } from '../decide/selection.ts';
import { type Chosen, ChosenTable } from '../model/chosen-table.ts';
import type { SelectionData } from '../model/data.ts';
import { NO_RULES, type SelectionRules } from '../model/rules.ts';

const FORMAT_VERSION = 1;

/** The selection that a mirror was last updated to. */
export interface Remembered {
  readonly data: SelectionData;
  /** When a run first used it. */
  readonly since: string;
}

/** @returns undefined if there is none or it cannot be read; it is used only to report changes */
export function readRemembered(file: string): Remembered | undefined {
  try {
    const { format_version, since, rules, chosen } = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly format_version: unknown;
      readonly since: unknown;
      readonly rules: Partial<SelectionRules>;
      readonly chosen: Readonly<Record<string, Chosen>> | null;
    };
    if (format_version !== FORMAT_VERSION || typeof since !== 'string' || typeof chosen !== 'object')
      return undefined;
    const now = new Date(since).getTime();
    const table = chosen === null ? undefined : ChosenTable.of(new Map(Object.entries(chosen)));
    const data = { rules: { ...NO_RULES, ...rules }, chosen: table?.memory, now };
    // Throws if the rules are invalid.
    return { since, data: new Selection(data).data };
  } catch {
    return undefined;
  }
}

/** @throws the system error */
export function remember(
  file: string,
  { rules, chosen }: SelectionData,
  since: string,
  temporaryDirectory: string,
): void {
  const table = chosen === undefined ? undefined : new ChosenTable(chosen);
  const rows = table && Object.fromEntries(Array.from(table.paths(), (path) => [path, table.get(path)]));
  const value = { format_version: FORMAT_VERSION, since, rules, chosen: rows ?? null };
  writeFileAtomic(file, `${JSON.stringify(value)}\n`, { temporaryDirectory });
}

/** Identifies the user's rules, regardless of changes in the index and the dependencies. */
export function identityOf({ rules, chosen }: SelectionData): string {
  const { names: _names, cargoLocks, ...said } = rules;
  const hash = createHash('sha256').update(JSON.stringify([said, cargoLocks.length > 0]));
  const table = chosen === undefined ? undefined : new ChosenTable(chosen);
  for (const path of table?.paths() ?? []) {
    const { isNamed = false, locked = [] } = table?.get(path) ?? {};
    if (isNamed || locked.length > 0) hash.update(JSON.stringify([path, isNamed, locked]));
  }
  return hash.digest('hex');
}
