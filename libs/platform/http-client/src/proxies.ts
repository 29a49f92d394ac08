import { redactCredentials, UsageError } from '@crates-mirror/errors';

/** A proxy that the environment names. */
export interface Proxy {
  /** with its credentials, where it has any */
  readonly url: string;
  /** Where it is named, like `HTTPS_PROXY`. */
  readonly variable: string;
}

export interface Proxies {
  readonly http: Proxy | undefined;
  readonly https: Proxy | undefined;
}

/**
 * The proxies that the environment names; one without a scheme is an `http://` one, as curl has it.
 *
 * @throws UsageError
 */
export function proxiesOf(environment: NodeJS.ProcessEnv): Proxies {
  return {
    http: proxyOf(environment, ['http_proxy', 'HTTP_PROXY']),
    https: proxyOf(environment, ['https_proxy', 'HTTPS_PROXY']),
  };
}

/** `the proxy http://proxy.example:3128 (HTTPS_PROXY)`, without its credentials */
export function describeProxy({ url, variable }: Proxy): string {
  return `the proxy ${redactCredentials(url).replace(/\/$/, '')} (${variable})`;
}

function proxyOf(environment: NodeJS.ProcessEnv, variables: readonly string[]): Proxy | undefined {
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
