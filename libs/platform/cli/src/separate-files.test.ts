import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { checkSeparate } from './separate-files.ts';

const OWN = { name: '.own', except: ['readable'] };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'separate-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function check(out: string, other: string | undefined, isWritten = true): void {
  checkSeparate(
    [
      { option: '--other', path: other === undefined ? undefined : join(directory, other), isWritten },
      { option: '--out', path: join(directory, out), isWritten: true },
    ],
    OWN,
  );
}

test('one file by two names is refused where one of the options has it written', () => {
  mkdirSync(join(directory, 'real'));
  writeFileSync(join(directory, 'real/a'), '');
  linkSync(join(directory, 'real/a'), join(directory, 'hard'));
  symlinkSync('real/a', join(directory, 'soft'));
  symlinkSync('real', join(directory, 'dir'));
  symlinkSync('dir/new', join(directory, 'dangling'));
  symlinkSync('loop', join(directory, 'loop'));
  const same = [
    ['new', 'new'],
    ['new', './x/../new'],
    ['real/a', 'real/a'],
    ['hard', 'real/a'],
    ['soft', 'hard'],
    ['dir/new', 'real/new'],
    ['dangling', 'real/new'],
    ['none/new', 'none/new'],
    ['real/a/b', 'real/a/b'],
    ['loop', 'loop'],
  ] as const;
  for (const [out, other] of same)
    for (const isWritten of [true, false])
      assert.throws(
        () => check(out, other, isWritten),
        {
          name: 'UsageError',
          message: `--other ${join(directory, other)} and --out ${join(directory, out)} are the same file`,
        },
        `${out} ${other}`,
      );
  for (const [out, other] of [
    ['new', 'newer'],
    ['real/a', 'real/b'],
    ['real/a', 'dangling'],
    ['real/a', undefined],
    ['real', 'real'],
  ] as const)
    check(out, other);
});

test('read-only paths, devices and pipes may be named twice', () => {
  const read = (option: string) => ({ option, path: join(directory, 'a'), isWritten: false });
  checkSeparate([read('--x'), read('--y')], OWN);
  const null_ = (option: string) => ({ option, path: '/dev/null', isWritten: true });
  checkSeparate([null_('--x'), null_('--y')], OWN);
});

test('a file that was read to its end may be replaced by the option that is for that', () => {
  const path = join(directory, 'a');
  const [read, replaced, written] = [
    { option: '--in', path, isWritten: false },
    { option: '--out', path, isWritten: true, replaces: '--in' },
    { option: '--log', path, isWritten: true },
  ] as const;
  checkSeparate([read, replaced], OWN);
  const message = `--in ${path} and --log ${path} are the same file`;
  assert.throws(() => checkSeparate([read, replaced, written], OWN), { message });
});

test('the tools’ own files may be read, and are written by nobody else', () => {
  mkdirSync(join(directory, 'm/.own'), { recursive: true });
  writeFileSync(join(directory, 'm/.own/state'), '');
  symlinkSync('m/.own/state', join(directory, 'link'));
  for (const path of ['m/.own/state', 'm/.own/deep/er', 'm/.OWN/new', 'link'])
    assert.throws(() => check(path, undefined), {
      name: 'UsageError',
      message: `--out: ${join(directory, path)} is inside of .own, where the tools keep what they know`,
    });
  check('m/.own/readable', 'm/.own/state', false);
  check('m/.owner', undefined);
});
