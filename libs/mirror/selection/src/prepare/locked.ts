import { type Entry, type IndexProblem, indexPath } from '@crates-mirror/crates-index';
import { Gates } from '../decide/gates.ts';
import type { SelectionData } from '../model/data.ts';
import { describeReason, isoTime } from '../model/decision.ts';
import { type CargoLock, type LockedPackage, readCargoLock } from '../read/cargo-lock.ts';
import type { ReadCrate } from '../read/read-crate.ts';

/**
 * The versions pinned by lock files that are in the index with the same checksum and are not
 * excluded. Other versions in lock files are reported with the reason.
 *
 * @returns versions by index path
 * @throws UsageError if a lock file cannot be used
 */
export function lockedVersions(
  data: Omit<SelectionData, 'chosen'>,
  read: ReadCrate,
  onProblem: (problem: IndexProblem) => void,
): Map<string, Set<string>> {
  const gates = new Gates(data);
  const versions = new Map<string, Set<string>>();
  for (const lock of data.rules.cargoLocks.map(readCargoLock)) {
    reportOthers(lock, onProblem);
    for (const [path, packages] of byPath(lock.packages)) {
      const pinned = versions.get(path) ?? new Set();
      versions.set(path, pinned);
      for (const [one, flaw] of flawsOf(path, packages, gates, read)) {
        if (flaw === undefined) pinned.add(one.version);
        else onProblem({ file: lock.file, line: 0, message: `${one.name} ${one.version} ${flaw}` });
      }
    }
  }
  return new Map([...versions].filter(([, pinned]) => pinned.size > 0));
}

function reportOthers({ file, others }: CargoLock, onProblem: (problem: IndexProblem) => void): void {
  // Not from crates.io, so a mirror of it cannot have them.
  for (const { name, version, source } of others)
    onProblem({
      file,
      line: 0,
      message: `${name} ${version} is left out: it comes from ${source}`,
      count: 0,
    });
}

function byPath(packages: readonly LockedPackage[]): Map<string, LockedPackage[]> {
  return Map.groupBy(packages, ({ name }) => indexPath(name));
}

/** Why packages of one crate cannot be mirrored; undefined for those that can. */
function flawsOf(
  path: string,
  packages: readonly LockedPackage[],
  gates: Gates,
  read: ReadCrate,
): (readonly [LockedPackage, string | undefined])[] {
  const excluded = gates.refusalOfCrate(path);
  const crate = read(path);
  const entries = new Map(crate?.entries.map((entry) => [`${entry.name} ${entry.version}`, entry]));
  return packages.map((one) => {
    const kept = gates.refusalByDenylist(one.name, one.version) ?? excluded;
    if (kept !== undefined) return [one, `is pinned, and kept out: ${describeReason(kept.because)}`];
    const entry = entries.get(`${one.name} ${one.version}`);
    if (crate === undefined || entry === undefined) return [one, 'is pinned, and the index does not have it'];
    return [one, flawOf(one, entry) ?? ageFlawOf(gates.refusalByAge(crate, entry))];
  });
}

function flawOf({ checksum = '' }: LockedPackage, { cksum }: Entry): string | undefined {
  if (checksum === '' || checksum === cksum) return undefined;
  return `is pinned with the SHA-256 ${checksum}, and the index has ${cksum}: these are other bytes than were locked`;
}

function ageFlawOf(refusal: ReturnType<Gates['refusalByAge']>): string | undefined {
  if (refusal === undefined) return undefined;
  const since = refusal.until === undefined ? '' : `: it comes of age at ${isoTime(refusal.until)}`;
  return `is pinned, and refused: ${describeReason(refusal.because)}${since}`;
}
