import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { WORDS } from '@crates-mirror/suite/words';
import { load } from 'js-yaml';
import { parseOptions } from './command-line.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, '.github/workflows');

interface Step {
  readonly run?: string;
  readonly uses?: string;
}

interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, { readonly steps: Step[]; readonly 'timeout-minutes': number }>;
}

const WORKFLOWS = readdirSync(FOLDER).map(
  (name) => load(readFileSync(join(FOLDER, name), 'utf8')) as Workflow,
);
const STEPS = WORKFLOWS.flatMap(({ jobs }) => Object.values(jobs).flatMap(({ steps }) => steps));

test('workflows may only read, have a limit of time, and use actions of a fixed version', () => {
  for (const { permissions, jobs } of WORKFLOWS) {
    assert.deepEqual(permissions, { contents: 'read' });
    for (const job of Object.values(jobs)) assert.ok(job['timeout-minutes'] > 0);
  }
  const uses = STEPS.flatMap((step) => step.uses ?? []);
  assert.ok(uses.length > 0);
  for (const action of uses) assert.match(action, /^actions\/[a-z-]+@v\d+$/);
  for (const { run, uses: action } of STEPS) assert.ok((run === undefined) !== (action === undefined));
});

test('what workflows run is there', () => {
  const runs = STEPS.flatMap((step) => step.run ?? []);
  const named = runs.flatMap((run) => /^crates-mirror (\S+)/.exec(run)?.[1] ?? []);
  assert.ok(named.length > 3);
  for (const word of named)
    assert.ok(
      WORDS.some((one) => one.word === word),
      word,
    );
  for (const run of runs) {
    const [, project, target, args = ''] = /^npx nx run ([a-z-]+):([a-z-]+) ?(.*)$/.exec(run) ?? [];
    if (project === undefined) continue;
    const [path = ''] = globSync(`{apps,tools}/${project}/package.json`, { cwd: ROOT });
    const manifest = JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
    assert.ok(target !== undefined && target in manifest.nx.targets, run);
    assert.equal(parseOptions(args.split(' ')).out, 'dist');
  }
  assert.ok(runs.some((run) => run.includes('.ci/run')) && existsSync(join(ROOT, '.ci/run')));
});
