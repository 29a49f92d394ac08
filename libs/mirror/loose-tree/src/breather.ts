import { setImmediate as nextTurn } from 'node:timers/promises';

const MAX_STRETCH_MS = 20;
let next = 0;

/** Lets signals and the progress bar have their turn now and then, between steps that never wait for anything. */
export async function breathe(): Promise<void> {
  if (performance.now() < next) return;
  await nextTurn();
  next = performance.now() + MAX_STRETCH_MS;
}
