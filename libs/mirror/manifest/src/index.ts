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
export { type VerifiedFile, VerifiedLedger } from './verified-ledger.ts';
export { type Verified, VerifiedTable } from './verified-table.ts';
