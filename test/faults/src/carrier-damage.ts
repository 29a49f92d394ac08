import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTree, runTool } from '@crates-mirror/e2e/tools';
import { CarrierGround } from './carrier-ground.ts';
import { type Chapter, type Figures, pick, type Round } from './chapter.ts';

const PARCELS_A_ROUND = 5;

interface Wrong {
  readonly name: string;
  /** Makes a wrong parcel in an empty directory. */
  readonly make: (round: Round, directory: string) => void;
}

function copy({ directory }: Round, parcel: string, to: string): string {
  const place = join(to, parcel.replace(/^.*\//, ''));
  cpSync(join(directory, parcel), place, { recursive: true });
  return place;
}

/** A file of the next parcel, copied to be damaged. */
function anyFile(round: Round, to: string): string {
  const place = copy(round, 'parcels/parcel-0003', to);
  const files = readdirSync(place, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  // Checksums for plain tools are not read by unpack.
  const read = files.filter(({ name }) => !name.startsWith('SHA256SUMS'));
  const { parentPath, name } = pick(round.random, read);
  return join(parentPath, name);
}

const WRONGS: readonly Wrong[] = [
  {
    name: 'damaged',
    make: (round, to) => {
      const path = anyFile(round, to);
      const bytes = readFileSync(path);
      const at = Math.floor(round.random() * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(round.random() * 7));
      writeFileSync(path, bytes);
    },
  },
  {
    name: 'cut short',
    make: (round, to) => {
      const path = anyFile(round, to);
      truncateSync(path, Math.floor(round.random() * readFileSync(path).length));
    },
  },
  { name: 'missing', make: (round, to) => rmSync(anyFile(round, to)) },
  { name: 'reordered', make: (round, to) => copy(round, 'parcels/parcel-0004', to) },
  { name: 'replayed', make: (round, to) => copy(round, 'parcels/parcel-0001', to) },
  { name: 'foreign', make: (round, to) => copy(round, 'foreign/parcel-0001', to) },
];

function state(directory: string): Map<string, Buffer> {
  return new Map(
    ['far', 'far-index'].flatMap((side) =>
      [...readTree(join(directory, side))].map(([path, bytes]) => [`${side}/${path}`, bytes] as const),
    ),
  );
}

/** Unpacks wrong parcels into a mirror that waits for the third of four. */
async function run(round: Round): Promise<Figures> {
  const { random, directory, t } = round;
  const ground = await CarrierGround.make(round);
  for (const [day, since] of [undefined, 'last', 'last', 'last'].entries()) {
    ground.near.become(day);
    await ground.complete(ground.packArgs(since));
    if (day === 1) await ground.complete(ground.unpackArgs('parcels', true));
  }
  await ground.complete(ground.packArgs('none', 'foreign'));
  const figures: Record<string, number> = {};
  for (let i = 0; i < PARCELS_A_ROUND; i++) {
    const wrong = pick(random, WRONGS);
    const to = ground.at(`wrong-${i}`);
    wrong.make(round, to);
    const before = state(directory);
    const { code, stderr } = await runTool(t, 'mirror-carrier', ground.unpackArgs(to, true), directory);
    const story = `${wrong.name}: ${stderr}`;
    assert.equal(code, 2, story);
    assert.match(stderr, /^mirror-carrier: [^\n]+\n$/, story);
    assert.deepEqual(state(directory), before, story);
    figures[wrong.name] = (figures[wrong.name] ?? 0) + 1;
    rmSync(to, { recursive: true });
  }
  await ground.complete(ground.unpackArgs('parcels', true));
  ground.checkSame(true);
  return figures;
}

export const carrierDamage: Chapter = {
  name: 'carrier-damage',
  promise:
    'A parcel that is damaged, cut short, incomplete, out of order, replayed or of another chain is refused with one line, and changes nothing',
  run,
};
