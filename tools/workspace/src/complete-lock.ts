import { readFileSync, writeFileSync } from 'node:fs';
import { type LockPackages, missingOptionalPackages } from './lock-file.ts';

/**
 * Completes package-lock.json after an `npm install` against a registry without packages for other
 * platforms.
 */
const PATH = 'package-lock.json';
const lock = JSON.parse(readFileSync(PATH, 'utf8')) as { packages: LockPackages };
const missing = missingOptionalPackages(lock.packages);
const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
lock.packages = Object.fromEntries(packages.sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(PATH, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${missing.size} entries added\n`);
