import { CodedError, errorMessage } from '@crates-mirror/errors';
import { type buildConnector, Pool } from 'undici';
import { describeProxy, type Proxies } from './proxies.ts';

/** No connection to a proxy can be made: this says nothing of the server behind it. */
export class ProxyError extends CodedError {
  constructor(proxy: string, cause: Error) {
    super('proxy_unreachable', `${proxy} cannot be reached: ${errorMessage(cause)}`, { cause });
  }
}

/** undici's option `clientFactory`: makes connections to a proxy, whose failures name it and its variable. */
export function proxyPoolFactory(proxies: Proxies): (origin: URL, options: object) => Pool {
  return (origin, options) => {
    const { connect, ...others } = options as { connect: buildConnector.connector };
    const proxy = [proxies.https, proxies.http].find(
      (one) => one && new URL(one.url).origin === origin.origin,
    );
    const name = proxy === undefined ? `the proxy ${origin.origin}` : describeProxy(proxy);
    return new Pool(origin, {
      ...others,
      connect: (target, done) =>
        connect(target, (...result) => {
          if (result[0] === null) done(...result);
          else done(new ProxyError(name, result[0]), null);
        }),
    });
  };
}
