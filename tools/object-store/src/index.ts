export { type Fault, type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
export { MemoryObjects } from './memory-objects.ts';
export { type MemoryStore, startMemoryStore } from './memory-store.ts';
export { type Cleanup, makeBucket, NO_SWIFT, putPlainly, type Swift, startSwift } from './swift.ts';
