export { HttpClient, type HttpClientOptions } from './http-client.ts';
export type { BodySink, GetFailure, GetOutcome, GetSuccess } from './outcome.ts';
export { type Proxies, proxiesOf } from './proxies.ts';
export type { Location } from './redirect.ts';
