import { type Given, type OptionValues, valueName } from '@crates-mirror/cli';
import type { NamedFile } from '@crates-mirror/cli/separate-files';
import { UsageError } from '@crates-mirror/errors';
import { type DependencyVersions, needsAge, type SelectionRules } from '../model/rules.ts';
import { SELECTION_OPTIONS } from './option-table.ts';
import { type FileValues, readSelectionFile } from './selection-file.ts';

/** The values of the selection options on a command line. */
export type RawSelection = OptionValues<typeof SELECTION_OPTIONS>;

/**
 * The rules of a command line combined with those of its selection file. Repeatable options are
 * added to those of the file; other options replace them.
 *
 * @param given the options that were given explicitly
 * @throws UsageError
 */
export function selectionRules(raw: RawSelection, given: Given<RawSelection>): SelectionRules {
  const file = raw.selection === undefined ? {} : readSelectionFile(raw.selection);
  const unknown = given.has('minAgeUnknown') ? raw.minAgeUnknown : (file['min-age-unknown'] ?? 'deny');
  const rules: SelectionRules = {
    include: listOf(file, 'include', raw.include),
    exclude: listOf(file, 'exclude', raw.exclude),
    names: listOf(file, 'names', raw.names),
    cargoLocks: listOf(file, 'cargo-lock', raw.cargoLock),
    includeYanked: raw.includeYanked === true || file['include-yanked'] === true,
    latest: raw.latest ?? numberOf(file, 'latest'),
    minAge: raw.minAge ?? numberOf(file, 'min-age'),
    newerThan: raw.newerThan ?? numberOf(file, 'newer-than'),
    maxSize: raw.maxSize ?? numberOf(file, 'max-size'),
    minAgeUnknown: unknown === 'allow' ? 'allow' : 'deny',
    deps: raw.deps ?? depsOf(file['deps']),
    optionalDeps: !(raw.withoutOptionalDeps === true || file['without-optional-deps'] === true),
    buildDeps: !(raw.withoutBuildDeps === true || file['without-build-deps'] === true),
    // The denylist is a separate file, read only after all options have been validated.
    denied: [],
  };
  checkUse(rules, given, file);
  return rules;
}

/**
 * Like {@link selectionRules}, but undefined if no selection option is given. Everything present is
 * then selected.
 * @throws UsageError
 */
export function selectionRulesIfGiven(
  raw: RawSelection,
  given: Given<RawSelection>,
): SelectionRules | undefined {
  const rules = selectionRules(raw, given);
  const isGiven = SELECTION_OPTIONS.some((option) => given.has(valueName(option)));
  return isGiven ? rules : undefined;
}

/** The files that the selection options of a command line refer to. */
export function selectionFiles({ selection, names = [], cargoLock = [] }: RawSelection): NamedFile[] {
  return [
    { option: '--selection', path: selection, isWritten: false },
    ...names.map((path) => ({ option: '--names', path, isWritten: false })),
    ...cargoLock.map((path) => ({ option: '--cargo-lock', path, isWritten: false })),
  ];
}

function checkUse(rules: SelectionRules, given: Given<RawSelection>, file: FileValues): void {
  for (const [isLeftOut, option] of [
    [!rules.optionalDeps, '--without-optional-deps'],
    [!rules.buildDeps, '--without-build-deps'],
  ] as const)
    if (isLeftOut && rules.deps === undefined)
      throw new UsageError(`${option} does nothing without --deps`, { hint: 'Leave it out' });
  const saysUnknown = given.has('minAgeUnknown') || 'min-age-unknown' in file;
  if (saysUnknown && !needsAge(rules))
    throw new UsageError('--min-age-unknown does nothing without --min-age or --newer-than', {
      hint: 'Leave it out',
    });
}

function depsOf(value: unknown): DependencyVersions | undefined {
  return value === 'all' || value === 'newest' ? value : undefined;
}

function listOf(file: FileValues, key: string, more: readonly string[] = []): readonly string[] {
  const value = file[key];
  return [...(Array.isArray(value) ? value : []), ...more];
}

function numberOf(file: FileValues, key: string): number | undefined {
  const value = file[key];
  return typeof value === 'number' ? value : undefined;
}
