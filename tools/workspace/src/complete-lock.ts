import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  isUnchecked,
  type LockEntry,
  type LockPackages,
  missingOptionalPackages,
  packageName,
} from './lock-file.ts';

/**
 * Completes package-lock.json after an `npm install` against a registry without packages for other
 * platforms. Their checksums and licenses are those that the registry states.
 */
const PATH = 'package-lock.json';
const lock = JSON.parse(readFileSync(PATH, 'utf8')) as { packages: LockPackages };
const missing = missingOptionalPackages(lock.packages);
const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
const unchecked = packages.filter(([path, entry]) => isUnchecked(path, entry));
for (const [path, entry] of unchecked) Object.assign(entry, described(packageName(path), entry));
lock.packages = Object.fromEntries(packages.sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(PATH, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${missing.size} entries added, ${unchecked.length} checksums\n`);

function described(name: string, { version }: LockEntry): Partial<LockEntry> {
  const args = ['view', '--json', `${name}@${version}`, 'dist.integrity', 'license'];
  const { stdout, status } = spawnSync('npm', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the registry does not describe ${name}@${version}`);
  const { 'dist.integrity': integrity, license } = JSON.parse(stdout) as Record<string, string>;
  return { ...(integrity === undefined ? {} : { integrity }), ...(license === undefined ? {} : { license }) };
}
