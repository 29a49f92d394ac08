export { type JournalEntry, keyOfFile, RemovalJournal, type Restorer } from './journal.ts';
export { removalRecords, restoredRecord, type UrlOf } from './records.ts';
export { type Action, quarantinePath, type ReasonCode, type Removal } from './removal.ts';
export { Remover, type RemoverDeps, type Step } from './remover.ts';
export { type RestoreDeps, restorable, restore } from './restore.ts';
export { type ReplacedFile, SetAside } from './set-aside.ts';
export { type MemberId, WithdrawnMembers } from './withdrawn-members.ts';
