import { type ClientRequest, request as requestByHttp } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { CodedError } from '@crates-mirror/errors';
import type { OpenTunnel } from '@crates-mirror/h2-get';
import { describeProxy, type ProxySetting } from './proxies.ts';
import { ProxyError } from './proxy-error.ts';

/**
 * Opens tunnels through an HTTP proxy by CONNECT (RFC 9110, 9.3.6).
 *
 * @param proxy http: or https:, whose certificate must be one that the system trusts
 */
export function tunnelThrough(proxy: ProxySetting): OpenTunnel {
  const url = new URL(proxy.url);
  return (authority, done) => {
    const connecting = connectRequest(url, authority);
    const failed = (error: Error): void => done(new ProxyError(proxy, error));
    connecting.once('error', failed).on('error', () => {});
    connecting.once('connect', ({ statusCode = 0, statusMessage = '' }, socket: Socket, head: Buffer) => {
      connecting.off('error', failed);
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        done(socket);
      } else {
        socket.on('error', () => {}).destroy();
        done(refusal(proxy, `${statusCode} ${statusMessage}`.trim()));
      }
    });
    connecting.end();
    return () => {
      connecting.off('error', failed).removeAllListeners('connect').destroy();
    };
  };
}

function connectRequest(url: URL, authority: string): ClientRequest {
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const options = {
    method: 'CONNECT',
    hostname,
    port: url.port,
    path: authority,
    headers: { host: authority, ...authorization(url) },
    agent: false,
  } as const;
  if (url.protocol === 'http:') return requestByHttp(options);
  // Without a name, Node.js would expect the certificate of the Host header.
  return requestByHttps({ ...options, servername: isIP(hostname) === 0 ? hostname : '' });
}

function refusal(proxy: ProxySetting, status: string): CodedError {
  return new CodedError('proxy_refused', `${describeProxy(proxy)} answers CONNECT with ${status}`);
}

/** Basic credentials (RFC 7617) from the URL of a proxy. */
function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}
