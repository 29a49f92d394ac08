import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync } from 'node:fs';

/** Runs one project's tests: `run-tests.ts NAME ROOT`. Counts go to .nx/test-counts/NAME.json for the summary. */
const [name, root] = process.argv.slice(2);
if (name === undefined || root === undefined) throw new Error('usage: run-tests.ts NAME ROOT');

const files = globSync(`${root}/**/*.test.ts`, { exclude: (path) => path.includes('node_modules') });
if (files.length === 0) throw new Error(`${name} has no test`);
mkdirSync('.nx/test-counts', { recursive: true });

const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    // No test takes minutes; one that waits for ever must not make CI wait with it.
    '--test-timeout=300000',
    '--test-reporter=dot',
    '--test-reporter-destination=stdout',
    `--test-reporter=${import.meta.dirname}/count-reporter.ts`,
    `--test-reporter-destination=.nx/test-counts/${name}.json`,
    ...files,
  ],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
