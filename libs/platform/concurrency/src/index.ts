export type { Bounds } from './bounds.ts';
export { beginControl, type Control, control, type Reason } from './control.ts';
export type { Sample } from './sample.ts';
