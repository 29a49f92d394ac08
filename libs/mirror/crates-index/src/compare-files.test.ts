import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareIndexFiles } from './index.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const FILE = 'se/rd/serde';

function content(...versions: [vers: string, yanked?: boolean, cksum?: string, more?: string][]): Buffer {
  const lines = versions.map(
    ([vers, yanked = false, cksum = A, more = '']) =>
      `{"name":"Serde","vers":"${vers}","deps":[],"cksum":"${cksum}","features":{},"yanked":${yanked}${more}}\n`,
  );
  return Buffer.from(lines.join(''));
}

function changesOf(before: Buffer | undefined, after: Buffer | undefined): string[] {
  return compareIndexFiles(FILE, before, after).map((change) =>
    'version' in change
      ? `${change.change} ${change.version} ${change.cksum[0]}${change.yanked ? ' yanked' : ''}${change.previous_cksum?.[0] ?? ''}`
      : `${change.change} ${change.name} ${change.index_path}`,
  );
}

test('what happened to a crate and to its versions', () => {
  const table: [Buffer | undefined, Buffer | undefined, string[]][] = [
    [
      undefined,
      content(['1.0.0'], ['1.0.1', true]),
      ['crate_added', 'version_added 1.0.0 a', 'version_added 1.0.1 a yanked'],
    ],
    [content(['1.0.0']), undefined, ['crate_removed', 'version_removed 1.0.0 a']],
    [content(['1.0.0']), content(['1.0.0'], ['1.0.0+b']), ['crate_changed', 'version_added 1.0.0+b a']],
    [content(['1.0.0'], ['2.0.0']), content(['2.0.0']), ['crate_changed', 'version_removed 1.0.0 a']],
    [content(['1.0.0']), content(['1.0.0', true]), ['crate_changed', 'version_yanked 1.0.0 a yanked']],
    [content(['1.0.0', true]), content(['1.0.0']), ['crate_changed', 'version_unyanked 1.0.0 a']],
    // The crate was deleted, and another owner took its name.
    [content(['1.0.0']), content(['1.0.0', false, B]), ['crate_changed', 'checksum_changed 1.0.0 ba']],
    [
      content(['1.0.0', true]),
      content(['1.0.0', false, B]),
      ['crate_changed', 'checksum_changed 1.0.0 ba', 'version_unyanked 1.0.0 b'],
    ],
    // Only fields that are not compared differ.
    [
      content(['1.0.0']),
      content(['1.0.0', false, A, ',"pubtime":"2020-01-01T00:00:00Z"']),
      ['crate_changed'],
    ],
    // The last line for a version wins.
    [content(['1.0.0']), content(['1.0.0', false, B], ['1.0.0']), ['crate_changed']],
    [content(['1.0.0']), Buffer.concat([content(['1.0.0']), Buffer.from('nonsense\n')]), ['crate_changed']],
  ];
  for (const [before, after, expected] of table) {
    assert.deepEqual(
      changesOf(before, after),
      expected.map((line) => (line.startsWith('crate_') ? `${line} Serde ${FILE}` : line)),
    );
  }
});

test('a file without one entry goes by its own name', () => {
  assert.deepEqual(changesOf(undefined, Buffer.from('nonsense')), [`crate_added serde ${FILE}`]);
});
