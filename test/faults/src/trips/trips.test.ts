import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratch } from '@crates-mirror/e2e/tools';
import { Ground } from '../ground.ts';
import { makeTrips, type Trip } from './trips.ts';

test('after each trip, crate files, index and answers of the far side are those of the near side', async (t) => {
  const directory = scratch(t);
  const { index } = await Ground.make(t, directory);
  const trips: Trip[] = [];
  const options = { from: index, directory: join(directory, 'trips'), days: 2, per: 95 };
  await makeTrips(t, options, (trip) => trips.push(trip));
  assert.equal(trips.length, 3);
  assert.ok(trips.slice(1).some(({ crateFiles }) => crateFiles > 0));
});
