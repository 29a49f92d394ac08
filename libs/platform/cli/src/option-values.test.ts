import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OptionSpec, parseCommand, repeatable, valueName, wholeNumber } from './index.ts';

const OPTIONS = [
  { flags: '--index-dir <dir>', description: '', group: '' },
  { flags: '--limit <n>', description: '', group: '', default: '0', parse: wholeNumber(0) },
  { flags: '--include-yanked', description: '', group: '' },
  { flags: '--tar', description: '', group: '' },
  { flags: '--no-tar', description: '', group: '' },
  { flags: '--mode <mode>', description: '', group: '', default: 'only', choices: ['only', 'add'] },
  { flags: '--exclude <pattern...>', description: '', group: '' },
  { flags: '--latest <n>', description: '', group: '', ...repeatable(Number) },
] as const satisfies readonly OptionSpec[];

function parse(...argv: string[]) {
  const spec = { name: 'tool', version: '1', description: '', examples: '', options: OPTIONS };
  return parseCommand(spec, argv);
}

test('values have the names and types that the table of options gives them', () => {
  const { values, given } = parse('--index-dir', 'i', '--no-tar', '--latest', '1', '--latest', '2');
  const indexDir: string | undefined = values.indexDir;
  const limit: number = values.limit;
  const tar: boolean | undefined = values.tar;
  const mode: 'only' | 'add' = values.mode;
  const latest: readonly number[] | undefined = values.latest;
  const exclude: readonly string[] | undefined = values.exclude;
  assert.deepEqual(
    { indexDir, limit, tar, mode, latest, exclude, includeYanked: values.includeYanked },
    {
      indexDir: 'i',
      limit: 0,
      tar: false,
      mode: 'only',
      latest: [1, 2],
      exclude: undefined,
      includeYanked: undefined,
    },
  );
  assert.ok(given.has('tar') && !given.has('mode'));
});

test('a name or type that the table does not give is an error of types', () => {
  const { values, given } = parse();
  // @ts-expect-error no option is called that
  assert.equal(values.indexdir, undefined);
  // @ts-expect-error it has no default, so that it may be undefined
  const indexDir: string = values.indexDir;
  // @ts-expect-error it is none of the choices
  const isMany = values.mode === 'many';
  // @ts-expect-error no option is called that
  const isGiven = given.has('no-tar');
  assert.deepEqual([indexDir, isMany, isGiven], [undefined, false, false]);
});

test('names of values are those that commander gives them', () => {
  const names: readonly string[] = OPTIONS.map(valueName);
  const argv = ['-index-dir=i', '-include-yanked', '-tar', '-exclude=x', '-latest=1'];
  assert.deepEqual([...new Set(names)].sort(), Object.keys(parse(...argv).values).sort());
});
