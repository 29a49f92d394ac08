import { CodedError, errorMessage } from '@crates-mirror/errors';
import { describeProxy, type ProxySetting } from './proxies.ts';

/** A connection to a proxy failed, which says nothing about the server behind it. */
export class ProxyError extends CodedError {
  constructor(proxy: ProxySetting, cause: Error) {
    super('proxy_unreachable', `${describeProxy(proxy)} cannot be reached: ${errorMessage(cause)}`, {
      cause,
    });
  }
}
