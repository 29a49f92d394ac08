import { CodedError, errorMessage } from '@crates-mirror/errors';
import type { ConnectionSlots } from '@crates-mirror/h2-get';
import { type buildConnector, type Dispatcher, Pool } from 'undici';
import { describeProxy, type Proxies } from './proxies.ts';
import { slottedConnector } from './slotted-connector.ts';
import type { UndiciOrigin } from './undici-handler.ts';

/** A connection to a proxy failed, which says nothing about the server behind it. */
export class ProxyError extends CodedError {
  constructor(proxy: string, cause: Error) {
    super('proxy_unreachable', `${proxy} cannot be reached: ${errorMessage(cause)}`, { cause });
  }
}

type Factory<Origin> = (origin: Origin, options: object) => Dispatcher;

/**
 * undici's option `clientFactory`: opens connections to a proxy; errors name the proxy and its
 * variable. These connections are the ones that are counted: each carries a tunnel.
 */
export function proxyPoolFactory(
  proxies: Proxies,
  slots: ConnectionSlots,
  state: UndiciOrigin,
): Factory<URL> {
  return (origin, options) => {
    const { connect, ...others } = options as { connect: buildConnector.connector };
    const proxy = [proxies.https, proxies.http].find(
      (one) => one && new URL(one.url).origin === origin.origin,
    );
    const name = proxy === undefined ? `the proxy ${origin.origin}` : describeProxy(proxy);
    const named: buildConnector.connector = (target, done) =>
      connect(target, (...result) => {
        if (result[0] === null) done(...result);
        else done(new ProxyError(name, result[0]), null);
      });
    return new Pool(origin, { ...others, connect: slottedConnector(named, slots, state) });
  };
}

/**
 * undici's option `factory`: opens connections through a tunnel, or to a proxy that needs none for
 * http.
 */
export function poolFactory(
  proxies: Proxies,
  slots: ConnectionSlots,
  state: UndiciOrigin,
): Factory<string | URL> {
  const toProxy = proxyPoolFactory(proxies, slots, state);
  const isProxy = (origin: string): boolean =>
    [proxies.https, proxies.http].some((one) => one && new URL(one.url).origin === origin);
  return (origin, options) => {
    const url = new URL(origin);
    if (isProxy(url.origin)) return toProxy(url, { ...options, connections: slots.most });
    return new Pool(origin, options);
  };
}
