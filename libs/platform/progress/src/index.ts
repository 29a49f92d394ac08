export { exactDuration, formatBytes, formatCount, formatDuration } from './format.ts';
export { Progress, type ProgressOptions } from './progress.ts';
export { RateMeter, type Rates, timeLeft } from './rate.ts';
export type { ProgressSnapshot } from './snapshot.ts';
