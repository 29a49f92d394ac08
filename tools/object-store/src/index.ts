export { type Fault, type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
export { type Cleanup, makeBucket, NO_SWIFT, putPlainly, type Swift, startSwift } from './swift.ts';
