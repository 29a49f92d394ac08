import type { ConnectionSlots } from '@crates-mirror/h2-get';
import { type buildConnector, type Dispatcher, Pool } from 'undici';
import type { ProxySetting } from './proxies.ts';
import { ProxyError } from './proxy-error.ts';
import { slottedConnector } from './slotted-connector.ts';
import type { UndiciOrigin } from './undici-handler.ts';

type Factory<Origin> = (origin: Origin, options: object) => Dispatcher;

/**
 * undici's option `clientFactory`: opens connections to a proxy; errors name the proxy and its
 * variable. These connections are the ones that are counted: each carries a tunnel.
 */
export function proxyPoolFactory(
  proxy: ProxySetting,
  slots: ConnectionSlots,
  state: UndiciOrigin,
): Factory<URL> {
  return (origin, options) => {
    const { connect, ...others } = options as { connect: buildConnector.connector };
    const named: buildConnector.connector = (target, done) =>
      connect(target, (...result) => {
        if (result[0] === null) done(...result);
        else done(new ProxyError(proxy, result[0]), null);
      });
    return new Pool(origin, { ...others, connect: slottedConnector(named, slots, state) });
  };
}

/**
 * undici's option `factory`: opens connections through a tunnel, or to a proxy that needs none for
 * http.
 */
export function poolFactory(
  proxy: ProxySetting,
  slots: ConnectionSlots,
  state: UndiciOrigin,
): Factory<string | URL> {
  const toProxy = proxyPoolFactory(proxy, slots, state);
  return (origin, options) => {
    const url = new URL(origin);
    if (url.origin === new URL(proxy.url).origin)
      return toProxy(url, { ...options, connections: slots.most });
    return new Pool(origin, options);
  };
}
