import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DoubtfulCrates } from './doubtful-crates.ts';

test('every crate file that may be of a doubtful crate is kept, and no other', () => {
  const doubtful = new DoubtfulCrates();
  assert.equal(doubtful.mayHave('te/xt/text-kit-1.0.0.crate'), false);
  doubtful.add('te/xt/text-kit');
  const table: [string, boolean][] = [
    ['te/xt/text-kit-1.0.0.crate', true],
    ['te/xt/Text-Kit-1.0.0-rc.1+b.2.crate', true],
    // The path alone does not show where the name ends and the version begins.
    ['te/xt/text-kit-extra-1.0.0.crate', true],
    ['te/xt/text-1.0.0.crate', false],
    ['te/xt/text-kits-1.0.0.crate', false],
    ['xt/te/text-kit-1.0.0.crate', false],
    ['left-over', false],
  ];
  for (const [path, expected] of table) assert.equal(doubtful.mayHave(path), expected, path);
});
