export { breathe } from './breather.ts';
export { LooseTree, receive } from './loose-tree.ts';
export type { ReadMember } from './read-member.ts';
