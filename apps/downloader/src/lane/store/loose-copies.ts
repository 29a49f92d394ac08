import type { CrateStore } from './crate-store.ts';

/** What bundling needs of the loose files of a mirror. */
export type LooseCopies = Pick<
  CrateStore,
  'find' | 'remember' | 'load' | 'remove' | 'newBody' | 'release' | 'place' | 'write' | 'flush'
>;
