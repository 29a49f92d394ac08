export { EventStream } from './event-stream.ts';
export type { Chart, Failure, Figure, PageModel, Series } from './model.ts';
export { statusPage } from './page.ts';
export { RateHistory, type Rates } from './rate-history.ts';
