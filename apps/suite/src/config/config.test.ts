import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCommand } from '@crates-mirror/cli';
import { optionKey, parseConfig, sectionOf, variablesOf } from '@crates-mirror/cli/config';
import { parse } from '@iarna/toml';
import { COMMANDS } from '../commands.ts';
import { inForce } from './in-force.ts';
import { sectionText } from './print.ts';
import { unknownVariables } from './unknown-variables.ts';

test('no variable stands for two options', () => {
  const names = COMMANDS.flatMap((spec) => {
    const section = sectionOf(spec) as string;
    return [...new Set(spec.options.map(optionKey))].map((key) => variablesOf(section, key));
  });
  const own = names.map(([name]) => name);
  const common = new Set(names.flatMap(([, name]) => name ?? []));
  assert.equal(common.size, 4);
  assert.equal(new Set([...own, ...common]).size, own.length + common.size);
});

test('a file with every option of every command comes back as it is', () => {
  for (const spec of COMMANDS) {
    const section = sectionOf(spec) as string;
    const options = inForce(spec, section, {}, undefined);
    assert.ok(options.length > 3, section);
    const text = sectionText(section, options);
    const [, ...lines] = text.split('\n');
    const file = parseConfig('c.toml', text);
    assert.deepEqual(
      [...(file.sections.get(section)?.keys() ?? [])],
      options.map(({ key }) => key),
    );
    assert.equal(lines.length, options.length);
  }
});

test('settings in force are shown with their origin', () => {
  const spec = COMMANDS.find((one) => sectionOf(one) === 'serve') as (typeof COMMANDS)[number];
  const text =
    'log-level = "warn"\n[serve]\nmirror = "m"\ntrusted-proxy = ["10.0.0.1", "::1"]\nserve-removed = true\n';
  const directory = mkdtempSync(join(tmpdir(), 'config-'));
  writeFileSync(join(directory, 'c.toml'), text);
  const file = { ...parseConfig('c.toml', text), path: join(directory, 'c.toml') };
  const env = {
    CRATES_MIRROR_SERVE_MIRROR: 'e',
    CRATES_MIRROR_SERVE_LISTEN: ':1',
    CRATES_MIRROR_LOG_FORMAT: '',
  };
  const found = new Map(inForce(spec, 'serve', env, file).map((one) => [one.key, one]));
  rmSync(directory, { recursive: true });
  const origins: [string, string[], RegExp][] = [
    ['mirror', ['e'], /^CRATES_MIRROR_SERVE_MIRROR$/],
    ['listen', [':1'], /^CRATES_MIRROR_SERVE_LISTEN$/],
    ['trusted-proxy', ['10.0.0.1', '::1'], /c\.toml: \[serve\] trusted-proxy$/],
    ['serve-removed', ['true'], /c\.toml: \[serve\] serve-removed$/],
    ['log-level', ['warn'], /c\.toml: log-level$/],
    ['log-format', ['text'], /^default$/],
  ];
  for (const [key, texts, origin] of origins) {
    assert.deepEqual(found.get(key)?.texts, texts, key);
    assert.match(found.get(key)?.origin ?? '', origin, key);
  }
  assert.equal(found.has('public-url'), false);
  assert.deepEqual(parse(sectionText('serve', [...found.values()]))['serve'] !== undefined, true);
  assert.throws(() => parseCommand(spec, [], { CRATES_MIRROR_SERVE_LISTEN: 'x' }), {
    message: "CRATES_MIRROR_SERVE_LISTEN: 'x' is not an address to listen on",
  });
});

test('variables that set nothing are named', () => {
  const env = {
    CRATES_MIRROR_DOWLOAD_OUT: 'x',
    CRATES_MIRROR_SERVICE_HOST: 'y',
    CRATES_MIRROR_LOG_LEVEL: 'z',
    OTHER: 'o',
  };
  assert.deepEqual(unknownVariables(COMMANDS, env), [
    'CRATES_MIRROR_DOWLOAD_OUT sets no option, and is ignored. Did you mean CRATES_MIRROR_DOWNLOAD_OUT?',
    'CRATES_MIRROR_SERVICE_HOST sets no option, and is ignored',
  ]);
});

test('crates-mirror config refuses what a command would not take, of any section', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'config-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'c.toml');
  const main = join(import.meta.dirname, '../main.js');
  const run = (text: string): { status: number | null; stdout: string; stderr: string } => {
    writeFileSync(file, text);
    return spawnSync(process.execPath, [main, 'config', '--config', file], { encoding: 'utf8' });
  };
  const wrong = run('[hash]\nhash-worker = 2\n');
  assert.equal(wrong.status, 2);
  assert.equal(
    wrong.stderr,
    `crates-mirror config: ${file}: [hash] has no option hash-worker. Did you mean hash-workers?\n`,
  );
  const right = run('[download]\nout = "m"\n');
  assert.equal(right.status, 0);
  assert.match(right.stdout, new RegExp(`^out = "m" +# ${file}: \\[download\\] out$`, 'm'));
  assert.match(right.stdout, /^concurrency = "auto" +# default$/m);
});

test('a switch is printed as a boolean, whatever word it was given by', () => {
  const printed = (word: string): string =>
    sectionText('serve', [{ key: 'serve-removed', isSwitch: true, texts: [word], origin: 'here' }]);
  for (const word of ['true', 'TRUE', 'yes', 'on', '1'])
    assert.match(printed(word), /^serve-removed = true {2}# here$/m);
  for (const word of ['false', 'No', 'off', '0']) assert.match(printed(word), /^serve-removed = false {2}#/m);
});
