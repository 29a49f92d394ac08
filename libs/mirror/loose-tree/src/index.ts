export { breathe } from './breather.ts';
export { LooseTree, type OnReplace, receive } from './loose-tree.ts';
export type { ReadMember } from './read-member.ts';
