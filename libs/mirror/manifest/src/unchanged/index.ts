/** The part that a lane needs to process unchanged files, separate so that little is loaded. */
export { type ChunkPlace, ChunkReader, type NewChunk, newChunk } from './chunk.ts';
export {
  type EncodedSection,
  encodeSection,
  type IndexFileState,
  type Section,
  type UnchangedCrate,
} from './section.ts';
export { ANY_IN_PATH, ANY_IN_URL, type CrateTemplates } from './template.ts';
