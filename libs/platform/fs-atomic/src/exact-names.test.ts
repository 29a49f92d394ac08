import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExactNames, type NamedFiles } from './index.ts';

/** One directory with these names, on a case-sensitive or case-insensitive file system. */
function files(present: string, isFolding: boolean): NamedFiles {
  const names = ['.crates-mirror', present];
  const key = (path: string): string => (isFolding ? basename(path).toLowerCase() : basename(path));
  return {
    exists: (path) => names.some((name) => key(name) === key(path)),
    list: () => names,
  };
}

const names = fc.stringMatching(/^[aAbB]-1\.0\.0-(rc|RC|Rc)1$/);

test('a name is taken where one that differs in case alone is there, and no cases are distinguished', () => {
  fc.assert(
    fc.property(names, names, fc.boolean(), (present, name, isFolding) => {
      const isTaken = isFolding && present !== name && present.toLowerCase() === name.toLowerCase();
      const check = () => new ExactNames('/m/.crates-mirror', files(present, isFolding)).check(`/m/${name}`);
      if (isTaken)
        assert.throws(check, { code: 'case_collision', message: new RegExp(`${name} and ${present}`) });
      else check();
    }),
  );
});

test('this machine’s own file system is asked', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'names-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const name of ['witness', 'a-1.0.0-rc1']) writeFileSync(join(directory, name), name);
  const exact = new ExactNames(join(directory, 'witness'));
  for (const name of ['a-1.0.0-rc1', 'b']) exact.check(join(directory, name));
});
