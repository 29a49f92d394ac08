import { setImmediate as nextTurn } from 'node:timers/promises';

const MAX_STRETCH_MS = 20;
let next = 0;

/** Yields now and then to signals and the progress bar, between steps that never wait. */
export async function breathe(): Promise<void> {
  if (performance.now() < next) return;
  await nextTurn();
  next = performance.now() + MAX_STRETCH_MS;
}
