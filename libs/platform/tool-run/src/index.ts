export { type Run, type RunOptions, withRun } from './run.ts';
