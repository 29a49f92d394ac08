import { PathSet, readMembers } from '@crates-mirror/bundle/reading';
import { errorMessage, oneLine } from '@crates-mirror/errors';
import { checkMemberPath } from '@crates-mirror/layout/member-path';
import { breathe } from '@crates-mirror/loose-tree';
import type { FoundBundle } from './find-bundles.ts';
import { isOfBundle, isWanted, membersOf } from './members.ts';
import type { Wanted } from './options.ts';
import type { Report } from './report.ts';
import type { Withdrawn } from './withdrawn.ts';

/**
 * Prints a line for every selected member: path, size, SHA-256 (if a manifest contains it) and
 * bundle, separated by tabs. The newest bundle comes first, as in an extraction. A line ends in a
 * mark if a newer bundle has a file of the same name, or if the member is withdrawn.
 */
export async function list(
  bundles: readonly FoundBundle[],
  { wanted, withdrawn }: { readonly wanted: Wanted | undefined; readonly withdrawn: Withdrawn },
  report: Report,
  isStopped: () => boolean,
): Promise<void> {
  const met = new PathSet();
  for (const bundle of bundles) {
    // The folder may be from an untrusted source, with arbitrary characters in its file names.
    const shown = oneLine(bundle.name);
    for await (const { path, size, sha256 } of listed(bundle, wanted, report)) {
      await breathe();
      if (isStopped() || process.stdout.destroyed) return;
      report.done += 1;
      const mark = met.add(path) ? (withdrawn.has(path, sha256) ? '\twithdrawn' : '') : '\tsuperseded';
      const line = `${path}\t${size}\t${sha256 ?? '-'}\t${shown}${mark}\n`;
      if (!process.stdout.write(line)) await writable();
    }
  }
}

/** Waits until stdout is writable, or its reader has closed it (`| head`). */
function writable(): Promise<void> {
  const { stdout } = process;
  return new Promise((resolve) => {
    const go = (): void => {
      stdout.off('drain', go).off('close', go);
      resolve();
    };
    stdout.once('drain', go).once('close', go);
  });
}

interface Listed {
  readonly path: string;
  readonly size: number;
  readonly sha256?: string;
}

async function* listed(
  bundle: FoundBundle,
  wanted: Wanted | undefined,
  report: Report,
): AsyncGenerator<Listed> {
  if (bundle.manifest === undefined) {
    yield* membersOf(bundle, { wanted, isVerifying: false }, report);
    return;
  }
  try {
    for (const member of readMembers(bundle.manifest, wanted?.name)) {
      if (wanted !== undefined && !isWanted(wanted, member.name, member.version)) continue;
      const checked = checkMemberPath(member.path);
      if ('path' in checked) yield member;
      else report.fail(`${bundle.name}: ${member.path}`, `its name ${checked.refused}`);
    }
  } catch (error) {
    if (!isOfBundle(error)) throw error;
    report.fail(bundle.name, errorMessage(error));
  }
}
