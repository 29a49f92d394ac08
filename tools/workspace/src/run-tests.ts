import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

/**
 * Test files run at once. Most of them wait: for delays, timeouts, or tools to start. Node.js's
 * default would be one on two cores.
 */
const CONCURRENCY = Math.max(3, availableParallelism());

/**
 * The tools' own cache (libs/platform/launch): test files share most modules, but run in separate
 * processes.
 */
const COMPILE_CACHE = resolve('node_modules/.cache/crates-mirror');

/**
 * Runs one project's tests: `run-tests.ts NAME ROOT`. Counts are written to
 * .nx/test-counts/NAME.json for the summary.
 */
const [name, root] = process.argv.slice(2);
if (name === undefined || root === undefined) throw new Error('usage: run-tests.ts NAME ROOT');

const files = globSync(`${root}/src/**/*.test.ts`);
if (files.length === 0) throw new Error(`${name} has no test`);
mkdirSync('.nx/test-counts', { recursive: true });

/** Prepares what all tests of a project share. @returns environment variables with its location */
async function prepared(): Promise<NodeJS.ProcessEnv> {
  const path = resolve(root ?? '', 'src/prepare-tests.ts');
  if (!existsSync(path)) return {};
  const { prepare } = (await import(path)) as { prepare: () => Promise<NodeJS.ProcessEnv> };
  return prepare();
}

const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    // No test takes minutes on an idle machine; one that hangs must not block CI.
    '--test-timeout=600000',
    `--test-concurrency=${CONCURRENCY}`,
    '--test-reporter=dot',
    '--test-reporter-destination=stdout',
    `--test-reporter=${import.meta.dirname}/count-reporter.ts`,
    `--test-reporter-destination=.nx/test-counts/${name}.json`,
    ...files,
  ],
  { stdio: 'inherit', env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, ...(await prepared()) } },
);
process.exitCode = status ?? 1;
