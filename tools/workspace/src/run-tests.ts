import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

/** Test files at once. Most of them wait: for delays, for timeouts, for a tool that starts. Node.js would take one on two cores. */
const CONCURRENCY = Math.max(3, availableParallelism());

/** The tools' own (libs/platform/launch): test files share most modules, and each is a process of its own. */
const COMPILE_CACHE = resolve('node_modules/.cache/crates-mirror');

/** Runs one project's tests: `run-tests.ts NAME ROOT`. Counts go to .nx/test-counts/NAME.json for the summary. */
const [name, root] = process.argv.slice(2);
if (name === undefined || root === undefined) throw new Error('usage: run-tests.ts NAME ROOT');

const files = globSync(`${root}/src/**/*.test.ts`);
if (files.length === 0) throw new Error(`${name} has no test`);
mkdirSync('.nx/test-counts', { recursive: true });

/** What a project makes once for all of its tests. @returns variables that tell them where it is */
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
    // No test takes minutes on a machine of its own; one that waits for ever must not make CI wait with it.
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
