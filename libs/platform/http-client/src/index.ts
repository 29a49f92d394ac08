export { HttpClient } from './http-client.ts';
export type { HttpClientOptions } from './http-client-options.ts';
export type { BodySink, GetFailure, GetOutcome, GetSuccess } from './outcome.ts';
export { ByteBudget } from './pace/byte-budget.ts';
export { type Proxies, proxiesOf } from './proxies.ts';
export type { Location } from './redirect.ts';
export type { Resume } from './resume.ts';
export type { TrafficCounts } from './traffic.ts';
