export { type Line, readLines } from './lines.ts';
export { linesWith } from './lines-with.ts';
