/** What a lane needs only where somebody looks at metrics; loaded only then. */
export { LaneProfiling } from './lane-profiling.ts';
export { Meter } from './meter.ts';
