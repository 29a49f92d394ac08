/** What a lane needs to settle what has not changed, and no more: a run with nothing to do loads nothing else. */
export { type ChunkPlace, ChunkReader, type NewChunk, newChunk } from './chunk.ts';
export {
  type EncodedSection,
  encodeSection,
  type IndexFileState,
  type Section,
  type UnchangedCrate,
} from './section.ts';
export { ANY_IN_PATH, ANY_IN_URL, type CrateTemplates } from './template.ts';
