export type { Resume } from '@crates-mirror/h2-get';
export { ByteBudget } from '@crates-mirror/h2-get/budget';
export { HttpClient } from './http-client.ts';
export type { HttpClientOptions } from './http-client-options.ts';
export type { BodySink, GetFailure, GetOutcome, GetSuccess } from './outcome.ts';
export { type Proxies, proxiesOf } from './proxies.ts';
export type { Location } from './redirect.ts';
export type { TrafficCounts } from './traffic.ts';
