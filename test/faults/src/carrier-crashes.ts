import { setTimeout as sleep } from 'node:timers/promises';
import { startTool } from '@crates-mirror/e2e/tools';
import { CarrierGround } from './carrier-ground.ts';
import type { Chapter, Figures, Round } from './chapter.ts';
import { endOf } from './troubled-run.ts';

const KILLS = 3;

/** Kills a command at random moments of its duration, then lets it end, with a check after each. */
async function kill(
  { random, directory, t }: Round,
  ground: CarrierGround,
  args: readonly string[],
  lasts: number,
  check: () => Promise<void> | void,
): Promise<number> {
  let kills = 0;
  for (let i = 0; i < KILLS; i++) {
    const tool = startTool(t, 'mirror-carrier', args, directory);
    const ended = endOf(tool);
    await Promise.race([sleep(lasts * random()), ended]);
    tool.child.kill('SIGKILL');
    const isKilled = (await ended).code === null;
    await check();
    if (!isKilled) return kills;
    kills += 1;
  }
  await ground.complete(args);
  await check();
  return kills;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}

/**
 * Packs and unpacks a first state and a later day. The runs of the first state are undisturbed, and
 * as long as those of the day, which are killed.
 */
async function run(round: Round): Promise<Figures> {
  const { random } = round;
  const ground = await CarrierGround.make(round);
  const isLoose = random() < 0.5;
  ground.near.become(0);
  const packing = await timed(() => ground.complete(ground.packArgs(undefined)));
  const unpacking = await timed(() => ground.complete(ground.unpackArgs('parcels', isLoose)));
  ground.near.become(1);
  const packs = await kill(round, ground, ground.packArgs('receipt.json'), packing, () =>
    ground.checkParcels(),
  );
  const unpacks = await kill(round, ground, ground.unpackArgs('parcels', isLoose), unpacking, () =>
    ground.checkHeld(),
  );
  ground.checkSame(isLoose);
  return { 'kills of pack': packs, 'kills of unpack': unpacks };
}

export const carrierCrashes: Chapter = {
  name: 'carrier-crashes',
  promise:
    'After a kill of pack, no parcel is published that is not whole; after one of unpack, the index names nothing that is not held; one more run completes both',
  run,
};
