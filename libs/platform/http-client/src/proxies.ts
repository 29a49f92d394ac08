import { redactCredentials, UsageError } from '@crates-mirror/errors';
import { NoProxy } from './no-proxy.ts';

/** A proxy named in the environment. */
export interface ProxySetting {
  /** with its credentials, if any */
  readonly url: string;
  /** The variable that names it, like `HTTPS_PROXY`. */
  readonly variable: string;
}

export interface Proxies {
  readonly http: ProxySetting | undefined;
  readonly https: ProxySetting | undefined;
  readonly except: NoProxy;
}

/**
 * The proxies named in the environment; one without a scheme is an `http://` one, as in curl.
 *
 * @throws UsageError
 */
export function proxiesOf(environment: NodeJS.ProcessEnv): Proxies {
  return {
    http: proxyOf(environment, ['http_proxy', 'HTTP_PROXY']),
    https: proxyOf(environment, ['https_proxy', 'HTTPS_PROXY']),
    except: new NoProxy(environment['no_proxy'] ?? environment['NO_PROXY'] ?? ''),
  };
}

/** @returns the proxy for an origin; undefined for direct connections */
export function proxyFor({ http, https, except }: Proxies, origin: string): ProxySetting | undefined {
  const proxy = origin.startsWith('https:') ? https : http;
  return proxy === undefined || except.excludes(new URL(origin)) ? undefined : proxy;
}

/** Whether a proxy offers tunnels by CONNECT, as a SOCKS proxy does not. */
export function isHttpProxy({ url }: ProxySetting): boolean {
  return /^https?:/i.test(url);
}

/** `the proxy http://proxy.example:3128 (HTTPS_PROXY)`, without its credentials */
export function describeProxy({ url, variable }: ProxySetting): string {
  return `the proxy ${redactCredentials(url).replace(/\/$/, '')} (${variable})`;
}

function proxyOf(environment: NodeJS.ProcessEnv, variables: readonly string[]): ProxySetting | undefined {
  const variable = variables.find((one) => environment[one] !== undefined && environment[one] !== '');
  if (variable === undefined) return undefined;
  const value = environment[variable] as string;
  const url = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(url) || !/^(https?|socks5?):$/.test(new URL(url).protocol)) {
    throw new UsageError(`${variable} is not a proxy's URL`, {
      hint: 'Write it like http://proxy.example:3128',
    });
  }
  return { url, variable };
}
