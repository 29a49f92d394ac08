export type { CheckedRecord } from './parse-record.ts';
export { readManifest } from './reader.ts';
export {
  encodeRecord,
  isOk,
  type ManifestRecord,
  type NewRecord,
  type RecordError,
  type RecordStatus,
  SCHEMA_VERSION,
  type Storage,
} from './record.ts';
export { repairLedger, ShardLedger } from './shard-ledger.ts';
export { type ChunkPlace, ChunkReader, type NewChunk, newChunk } from './unchanged/chunk.ts';
export {
  type EncodedSection,
  encodeSection,
  type IndexFileState,
  type Section,
  type UnchangedCrate,
} from './unchanged/section.ts';
export { ANY_IN_PATH, ANY_IN_URL, type CrateTemplates } from './unchanged/template.ts';
export { UnchangedFile } from './unchanged/unchanged-file.ts';
export { VerifiedLedger } from './verified-ledger.ts';
export { type Verified, VerifiedTable } from './verified-table.ts';
export { ManifestWriter } from './writer.ts';
