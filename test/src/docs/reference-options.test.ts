import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { EXPLAIN, SELECTION_OPTIONS } from '@crates-mirror/selection/options';
import { runTool, scratch } from '../support/tools.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const PAGES = join(REPOSITORY, 'docs/reference');
const REFERENCE = readdirSync(PAGES)
  .map((page) => readFileSync(join(PAGES, page), 'utf8'))
  .join('\n');

/**
 * The sections of docs/reference that describe the options of each command. A command without a
 * table names them in its text.
 */
const COMMANDS = [
  { tool: 'downloader', argv: [], heading: '## Options of `downloader`' },
  { tool: 'index-cloner', argv: [], heading: '## Every night: the index, then the mirror' },
  { tool: 'bundle-extractor', argv: [], heading: '## Options of `bundle-extractor`' },
  { tool: 'sidecar-generator', argv: [], heading: '## Sidecars: the metadata of every version' },
  { tool: 'archive-hasher', argv: [], heading: '## Inventories: a directory that anyone can verify' },
  { tool: 'mirror-server', argv: [], heading: '## Let cargo build from it' },
  { tool: 'mirror-server', argv: ['export'], heading: '### With nginx, Caddy or an object store' },
  { tool: 'mirror-carrier', argv: ['pack'], heading: '### Options of `pack`' },
  { tool: 'mirror-carrier', argv: ['unpack'], heading: '### Options of `unpack`' },
] as const;

/** Options of several commands, described once, with the downloader. */
const SHARED: ReadonlySet<string> = new Set([
  ...[
    '--version',
    '--help',
    '--config',
    '--log-format',
    '--log-level',
    '--progress-interval',
    '--progress-every',
  ],
]);

/** Options shared by all commands with a selection. */
const SELECTION: ReadonlySet<string> = new Set(
  [...SELECTION_OPTIONS, EXPLAIN].map(({ flags }) => flags.split(' ')[0] as string),
);

interface Described {
  readonly option: string;
  readonly text: string;
}

/**
 * Options of a help text with their descriptions. Options that index-cloner passes on belong to the
 * downloader.
 */
function optionsOfHelp(help: string): Described[] {
  const own = help.split('\nPassed on: ')[0] as string;
  const entries = own.split(/\n {2}(?=-)/).slice(1);
  return entries.map((entry) => {
    const text = (entry.split(/\n(?! {8})/)[0] as string).replaceAll(/\s+/g, ' ');
    return { option: (/--[a-z-]+/.exec(text) as RegExpExecArray)[0], text };
  });
}

function defaultOf({ text }: Described): string | undefined {
  return /\((?:.*, )?default: (.*)\)$/.exec(text)?.[1]?.replace(/^(crates-mirror\/)[\d.]+/, '$1VERSION');
}

function sectionOf(heading: string): string {
  const [, section] = REFERENCE.split(`\n${heading}\n`);
  assert.ok(section !== undefined, `docs/reference has no '${heading}'`);
  return section.split(/\n##/)[0] as string;
}

/**
 * Rows of a section's table of options, one per option: its name, and the cell with its default.
 */
function optionsOfTable(section: string): Described[] {
  const rows = section.split('\n').filter((line) => line.startsWith('| `--'));
  return rows.flatMap((row) => {
    const cells = row.split(' | ');
    const options = (cells[0] as string).matchAll(/--[a-z-]+/g);
    return Array.from(options, ([option]) => ({
      option,
      text: (cells[2] ?? '').replace(/\s*\|$/, '').trim(),
    }));
  });
}

for (const { tool, argv, heading } of COMMANDS) {
  test(`docs/reference has the options of ${[tool, ...argv].join(' ')}, with their defaults`, async (t) => {
    const { stdout } = await runTool(t, tool, [...argv, '--help'], scratch(t));
    const options = optionsOfHelp(stdout);
    assert.ok(options.length > SHARED.size, stdout);
    const table = optionsOfTable(sectionOf(heading));
    for (const option of options.filter(
      ({ option }) => tool === 'downloader' || !(SHARED.has(option) || SELECTION.has(option)),
    )) {
      const row = table.find((one) => one.option === option.option);
      assert.ok(row !== undefined, `${option.option} is not in the table`);
      const value = defaultOf(option);
      if (value !== undefined)
        assert.ok(row.text.includes(value), `${option.option}: ${value}, not ${row.text}`);
      for (const [, literal] of row.text.matchAll(/^`([^`]+)`$/g))
        assert.ok(`${value} ${option.text}`.includes(literal as string), `${option.option}: ${literal}`);
    }
    const known = new Set(options.map(({ option }) => option));
    for (const { option } of table) assert.ok(known.has(option), `there is no ${option}`);
  });
}

test('docs/reference names every option of verify and status of mirror-carrier', async (t) => {
  const section = sectionOf('### Options of `unpack`');
  for (const command of ['verify', 'status']) {
    const { stdout } = await runTool(t, 'mirror-carrier', [command, '--help'], scratch(t));
    for (const { option } of optionsOfHelp(stdout))
      if (!SHARED.has(option)) assert.ok(section.includes(`\`${option}`), option);
  }
});

test('docs/reference names every option of archive-hasher verify', async (t) => {
  const { stdout } = await runTool(t, 'archive-hasher', ['verify', '--help'], scratch(t));
  const section = sectionOf('## Inventories: a directory that anyone can verify');
  for (const { option } of optionsOfHelp(stdout))
    if (!SHARED.has(option)) assert.ok(section.includes(`\`${option}`), option);
});

test('every command that a help text shows can be copied: it has the name of a tool, and options of it', async (t) => {
  const others = [
    { tool: 'archive-hasher', argv: ['verify'] },
    { tool: 'mirror-carrier', argv: ['verify'] },
    { tool: 'mirror-carrier', argv: ['status'] },
  ];
  for (const { tool, argv } of [...COMMANDS, ...others]) {
    const { stdout } = await runTool(t, tool, [...argv, '--help'], scratch(t));
    const [options = '', examples = ''] = stdout.split(/\nExamples?:\n/);
    const [, name = ''] = /^Usage: (\S+)/.exec(options) ?? [];
    assert.ok(existsSync(join(REPOSITORY, 'node_modules/.bin', name)), name);
    const lines = examples.split('\n\n')[0]?.match(/^ {2}\S.*(?:\\\n.*)*/gm) ?? [];
    assert.ok(lines.length > 0, stdout);
    for (const line of lines) {
      // Options after a step belong to another tool.
      if (!line.startsWith(`  ${name} `)) {
        assert.ok(
          existsSync(join(REPOSITORY, 'node_modules/.bin', line.trim().split(' ')[0] as string)),
          line,
        );
        continue;
      }
      if (/ (?:export|verify) /.test(line) && argv.length === 0) continue;
      for (const [option] of line.matchAll(/--[a-z-]+/g)) assert.ok(options.includes(`  ${option}`), line);
    }
  }
});
