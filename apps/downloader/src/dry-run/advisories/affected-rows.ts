import { formatCount } from '@crates-mirror/progress';
import type { AffectedCrate } from './affected.ts';

/** Maximum number of versions named in a line. */
const MAX_NAMED = 10;

/**
 * Summary rows for the held versions that advisories affect, for people.
 *
 * @param affected undefined if this was not checked
 */
export function affectedText(affected: readonly AffectedCrate[] | undefined): string[] {
  if (affected === undefined) return [];
  if (affected.length === 0) return ['', 'No crate file here is of a version that an advisory is about.'];
  const count = new Set(
    affected.flatMap(({ advisory, versions }) => versions.map((version) => `${advisory.package} ${version}`)),
  ).size;
  const what = count === 1 ? 'One version here is' : `${formatCount(count)} versions here are`;
  return ['', `${what} what advisories are about:`, ...affected.map(line)];
}

function line({ advisory, versions }: AffectedCrate): string {
  const { id, package: name, title, informational = 'vulnerability' } = advisory;
  const more = versions.length - MAX_NAMED;
  const named = `${versions.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
  return `  ${id}  ${name} ${named} (${informational}): ${title}`;
}

/** The same for scripts. */
export function affectedJson(affected: readonly AffectedCrate[] | undefined): unknown {
  if (affected === undefined) return null;
  return affected.map(
    ({ advisory: { id, package: crate, date, title, informational = null }, versions }) => ({
      id,
      crate,
      versions,
      date,
      informational,
      title,
    }),
  );
}
