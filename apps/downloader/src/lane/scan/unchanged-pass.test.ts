import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Work } from '../../plan/work.ts';
import { UnchangedPass } from './unchanged-pass.ts';

interface Ended {
  readonly completed: readonly string[];
  /** Number of pieces that were ended. */
  readonly ends: number;
  /** Undefined if nothing was left to read. */
  readonly rest: readonly (readonly string[])[] | undefined;
}

/**
 * Runs a pass over index files in pieces. File names with capitals denote changed files.
 *
 * @param onCompleted called for each unchanged file
 */
function run(
  pieces: readonly (readonly string[])[],
  onCompleted: (file: string, pass: UnchangedPass) => void = () => {},
): Promise<Ended> {
  const left: Work[] = pieces.map((files) => ({ kind: 'index', files: [...files], most: undefined }));
  const completed: string[] = [];
  let ends = 0;
  let units = 0;
  return new Promise((resolve) => {
    const end = (rest: Ended['rest']): void => {
      assert.equal(units, completed.length);
      assert.ok(pass.isOver);
      resolve({ completed, ends, rest });
    };
    const pass: UnchangedPass = new UnchangedPass({
      unchanged: {
        begin: () => {},
        *complete(file) {
          yield undefined;
          if (file !== file.toLowerCase()) return false;
          completed.push(file);
          onCompleted(file, pass);
          return true;
        },
        end: () => {
          ends += 1;
        },
      },
      onUnitDone: () => {
        units += 1;
      },
      onWantsWork: () => {
        const work = left.shift();
        if (work === undefined) pass.finish();
        else pass.accept(work);
      },
      onRest: (pieces) => end(pieces.map((piece) => (piece.kind === 'index' ? piece.files : []))),
      onDone: () => end(undefined),
    });
  });
}

test('where nothing has changed, all is completed and nothing is left', async () => {
  assert.deepEqual(await run([['a', 'b'], [], ['c']]), {
    completed: ['a', 'b', 'c'],
    ends: 3,
    rest: undefined,
  });
  assert.deepEqual(await run([]), { completed: [], ends: 0, rest: undefined });
});

test('what follows the first index file that has changed is left, with the pieces that wait', async () => {
  const { completed, ends, rest } = await run([['a'], ['b', 'C', 'd'], ['e'], ['f']]);
  assert.deepEqual([completed, ends], [['a', 'b'], 2]);
  // The next piece was requested while the previous one was being completed.
  assert.deepEqual(rest, [['C', 'd'], ['e']]);
});

test('one that is stopped completes nothing more', async () => {
  const ended = await run([['a', 'b', 'c'], ['d']], (file, pass) => {
    if (file === 'b') pass.stop();
  });
  assert.deepEqual([ended.completed, ended.rest], [['a', 'b'], undefined]);
});
