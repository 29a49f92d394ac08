import { prepare as prepareTests } from '@crates-mirror/e2e/prepare-tests';

/** In a folder of their own, since other tests run at the same time. */
export function prepare(): Promise<NodeJS.ProcessEnv> {
  return prepareTests('.nx/programs-of-faults');
}
