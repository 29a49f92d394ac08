import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeSample } from '../support/mirror-server-tools.ts';
import { runTool, scratch } from '../support/tools.ts';

/** Every tool that asks the policy, with the options that it needs. */
const TOOLS: readonly (readonly [name: string, ...args: string[]])[] = [
  ['downloader', '--out', 'out'],
  ['index-cloner', '--output-dir', 'out'],
  ['sidecar-generator', '--out', 'out'],
  ['mirror-server', '--mirror', 'out'],
  ['mirror-server', 'export', '--mirror', 'out', '--out', 'site', '--public-url', 'https://mirror.example'],
  ['mirror-carrier', 'pack', '--mirror', 'out', '--to', 'parcels'],
];

const DENIED = `snow_flake: 1 of 2 versions are selected.

  0.2.0  no   denied since 2026-11-02: reads credentials
    in quarantine since 2026-11-03: denied since 2026-11-02: reads credentials
  0.2.1  yes  --include snow*
`;

test('all tools give the same answer to --explain for the same options, and do nothing', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  writeFileSync(
    join(cwd, 'deny.toml'),
    'version = 1\n[[deny]]\ncrate = "snow-flake"\nversions = "=0.2.0"\nreason = "reads credentials"\nsince = 2026-11-02\n',
  );
  writeFileSync(join(cwd, 'names.txt'), 'snow_flake\n');
  mkdirSync(join(cwd, 'out/.crates-mirror'));
  const removal = {
    schema_version: 1,
    id: 'one',
    action: 'quarantine',
    name: 'snow_flake',
    version: '0.2.0',
    path: 'sn/ow/snow_flake-0.2.0.crate',
    sha256: 'a'.repeat(64),
    size: 7,
    bundle: null,
    to: 'quarantine/2026-11-03/snow_flake-0.2.0-aaaaaaaaaaaaaaaa.crate',
    reason: 'denied',
    why: 'denied since 2026-11-02: reads credentials',
    at: '2026-11-03T00:00:00.000Z',
  };
  writeFileSync(
    join(cwd, 'out/.crates-mirror/removals.jsonl'),
    ['planned', 'done'].map((state) => `${JSON.stringify({ ...removal, state })}\n`).join(''),
  );
  const answers = async (tools: typeof TOOLS, ...options: string[]): Promise<Map<string, string>> => {
    const all = new Map<string, string>();
    for (const [tool, ...args] of tools) {
      const ended = await runTool(t, tool, [...args, '--index-dir', 'index', ...options], cwd);
      assert.equal(ended.code, 0, `${tool}: ${ended.stderr}`);
      all.set([tool, args[0]].join(' '), ended.stdout);
    }
    return all;
  };
  const denying = TOOLS.filter(([tool]) => tool !== 'sidecar-generator');
  const denied = await answers(
    denying,
    '--include',
    'snow*',
    '--deny',
    'deny.toml',
    '--explain',
    'snow_flake',
  );
  assert.deepEqual([...new Set(denied.values())], [DENIED], JSON.stringify([...denied]));
  const needed = ['--names', 'names.txt', '--deps', '--max-size', '1GB'];
  const chains = await answers(TOOLS, ...needed, '--explain', 'snow_flake', '--log-format', 'json');
  assert.equal(new Set(chains.values()).size, 1, JSON.stringify([...chains]));
});
