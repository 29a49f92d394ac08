import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NewDirectories } from './new-directories.ts';

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

test('every directory above a crate file counts once, unless it is there', () => {
  fc.assert(
    fc.property(fc.array(path), fc.array(path), (files, there) => {
      const exists = (directory: string): boolean =>
        there.some((one) => one === directory || one.startsWith(`${directory}/`));
      const directories = new NewDirectories(exists);
      const wanted = new Set<string>();
      for (const file of files) {
        directories.add(file);
        const parts = file.split('/');
        for (let end = 1; end < parts.length; end++) wanted.add(parts.slice(0, end).join('/'));
      }
      const expected = [...wanted].filter((directory) => !exists(directory)).length;
      assert.equal(directories.take().length / 2, expected);
      assert.equal(directories.take().length, 0);
    }),
  );
});
