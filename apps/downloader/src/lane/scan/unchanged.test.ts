import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DirectorySource } from '@crates-mirror/crates-index';
import { ANY_IN_PATH, ANY_IN_URL, ChunkReader } from '@crates-mirror/manifest/unchanged';
import { UnchangedFile } from '@crates-mirror/manifest/unchanged-file';
import { NO_RULES } from '@crates-mirror/selection/options';
import { Batcher } from '../report/batcher.ts';
import type { Targets } from './targets.ts';
import { targetsOf } from './targets.ts';
import { Unchanged } from './unchanged.ts';

const FILE = 'se/rd/serde';
const SHA256 = createHash('sha256').update('crate file').digest('hex');

/** A mirror with an index, of which every crate file counts as in place. */
class Mirror {
  readonly root = mkdtempSync(join(tmpdir(), 'unchanged-'));
  readonly index = join(this.root, 'index');
  completed = 0;

  /** @returns the paths of the versions' crate files, each of ten bytes */
  writeIndex(name: string, versions: number): void {
    const directory = join(this.root, name, 'se/rd');
    mkdirSync(directory, { recursive: true });
    const lines = Array.from({ length: versions }, (_, i) =>
      JSON.stringify({
        name: 'serde',
        vers: `1.${i}.0`,
        deps: [],
        cksum: SHA256,
        features: {},
        yanked: false,
      }),
    );
    writeFileSync(join(directory, 'serde'), lines.map((line) => `${line}\n`).join(''));
    for (let i = 0; i < versions; i++) writeFileSync(this.crateFile(`1.${i}.0`), 'crate file');
  }

  crateFile(version: string): string {
    return join(this.root, `serde-${version}.crate`);
  }

  /** Processes the index once. @returns its targets, with undefined where it yielded to others */
  run(onTarget: () => void = () => {}): (string | undefined)[] {
    const path = join(this.root, 'unchanged-1');
    const file = new UnchangedFile(path, { temporaryDirectory: this.root, key: '' });
    const batcher = new Batcher('filesystem', undefined, (batch) => {
      this.completed += batch.counts.existing;
    });
    const index = new DirectorySource(this.index);
    const unchanged = new Unchanged({
      index,
      fileOf: (crate) => join(this.root, crate),
      chunks: new ChunkReader(path),
      templatesOf: (name) => ({
        name,
        path: `serde-${ANY_IN_PATH.version}.crate`,
        url: `https://x/${ANY_IN_URL.version}`,
      }),
      batcher,
      onPiece: (piece) => ('kept' in piece ? file.keep(piece.kept) : file.add(piece.added)),
    });
    const targets: Targets = targetsOf(
      {
        source: { kind: 'index', directory: this.index, rules: NO_RULES, only: undefined },
        layout: '{crate}-{version}.crate',
        cratesBaseUrl: 'https://x',
      },
      {
        index,
        select: ({ entries }) => entries,
        checksums: undefined,
        onProblem: () => {},
        onUnitDone: () => {},
        unchanged,
      },
    )({ kind: 'index', files: [FILE], most: undefined, chunks: file.chunksOf([FILE]) });
    const seen: (string | undefined)[] = [];
    for (const target of targets) {
      seen.push(target?.version);
      if (target === undefined) continue;
      const { size, mtimeMs } = statSync(this.crateFile(target.version));
      unchanged.note(target, {
        status: 'existing',
        size,
        mtimeMs,
        sha256: SHA256,
        storage: 'filesystem',
        bundle: null,
      });
      onTarget();
    }
    batcher.flush();
    file.commit();
    file.close();
    return seen;
  }
}

/** Stops the clock used for the age of a file, `ms` after the file's last change. */
function stopClock(t: TestContext, path: string, ms: number): void {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ['Date'], now: Math.floor(statSync(path).ctimeMs) + ms });
}

test('an index that is replaced while it is read is not taken for what was read', (t) => {
  const mirror = new Mirror();
  t.after(() => rmSync(mirror.root, { recursive: true }));
  mirror.writeIndex('old', 2);
  mirror.writeIndex('new', 3);
  const pointTo = (name: string): void => {
    symlinkSync(name, `${mirror.index}.next`);
    renameSync(`${mirror.index}.next`, mirror.index);
  };
  pointTo('old');
  stopClock(t, join(mirror.root, 'new', FILE), 2100);
  assert.deepEqual(
    mirror.run(() => pointTo('new')),
    ['1.0.0', '1.1.0'],
  );
  assert.deepEqual(mirror.run(), ['1.0.0', '1.1.0', '1.2.0']);
  assert.deepEqual([mirror.run(), mirror.completed], [[undefined], 3]);
});

test('an index file that was written a moment ago is read the next time, too', (t) => {
  const mirror = new Mirror();
  t.after(() => rmSync(mirror.root, { recursive: true }));
  mirror.writeIndex('index', 2);
  stopClock(t, join(mirror.index, FILE), 1900);
  for (let run = 0; run < 2; run++) assert.deepEqual(mirror.run(), ['1.0.0', '1.1.0']);
});

test('a crate with two names is read every time, and so is a file whose content alone is new', (t) => {
  const mirror = new Mirror();
  t.after(() => rmSync(mirror.root, { recursive: true }));
  mirror.writeIndex('index', 2);
  const path = join(mirror.index, FILE);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('"serde"', '"Serde"'));
  stopClock(t, path, 2100);
  for (let run = 0; run < 2; run++) assert.deepEqual(mirror.run(), ['1.0.0', '1.1.0']);
  writeFileSync(path, text);
  utimesSync(path, 1, 1);
  stopClock(t, path, 1900);
  for (let run = 0; run < 2; run++) assert.deepEqual(mirror.run(), ['1.0.0', '1.1.0']);
});

test('others have their turn while many crate files are looked at; an invalid file is not in place', (t) => {
  const mirror = new Mirror();
  t.after(() => rmSync(mirror.root, { recursive: true }));
  mirror.writeIndex('index', 120);
  const odd = mirror.crateFile('1.7.0');
  mkdirSync(`${odd}.directory`);
  const { size, mtimeMs } = statSync(`${odd}.directory`);
  writeFileSync(odd, 'x'.repeat(size));
  utimesSync(odd, mtimeMs / 1000, mtimeMs / 1000);
  utimesSync(`${odd}.directory`, mtimeMs / 1000, mtimeMs / 1000);
  assert.equal(statSync(odd).mtimeMs, statSync(`${odd}.directory`).mtimeMs);
  stopClock(t, join(mirror.index, FILE), 2100);
  assert.equal(mirror.run().length, 120);
  assert.deepEqual(mirror.run(), [undefined, undefined, undefined]);
  rmSync(odd);
  renameSync(`${odd}.directory`, odd);
  assert.equal(mirror.run().filter((version) => version !== undefined).length, 120);
});
