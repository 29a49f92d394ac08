import { UsageError } from '@crates-mirror/errors';

export interface Proxies {
  readonly http: string | undefined;
  readonly https: string | undefined;
}

/** The proxies that the environment names, as URLs; without a scheme `http://` is meant, as everywhere. @throws UsageError */
export function proxiesOf(environment: NodeJS.ProcessEnv): Proxies {
  return {
    http: proxyOf(environment, ['http_proxy', 'HTTP_PROXY']),
    https: proxyOf(environment, ['https_proxy', 'HTTPS_PROXY']),
  };
}

function proxyOf(environment: NodeJS.ProcessEnv, names: readonly string[]): string | undefined {
  const name = names.find((one) => environment[one] !== undefined && environment[one] !== '');
  if (name === undefined) return undefined;
  const value = environment[name] as string;
  const url = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(url) || !/^(https?|socks5?):$/.test(new URL(url).protocol)) {
    throw new UsageError(`${name} is not a proxy's URL`, { hint: 'Write it like http://proxy.example:3128' });
  }
  return url;
}
