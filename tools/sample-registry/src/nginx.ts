import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, makeCertificate } from '@crates-mirror/upstream-server';

export interface Nginx {
  /** `https://127.0.0.1:PORT`, or `http://…` */
  readonly origin: string;
  /** Of its master process. */
  readonly pid: number;
  /** The certificate to trust, PEM. */
  readonly caFile: string;
  stop(): Promise<void>;
}

export interface NginxOptions {
  /** An empty or missing directory for its configuration and logs. */
  readonly home: string;
  /** The directory it serves. */
  readonly root: string;
  /** Requests after which it sends GOAWAY. */
  readonly keepaliveRequests: number;
  /** A `server` block that replaces ours, for an unencrypted port of 127.0.0.1. */
  readonly server?: (port: number) => string;
}

/**
 * Debian's nginx over HTTP/2 and TLS 1.3 on 127.0.0.1, one worker: an independently developed
 * server.
 */
export async function startNginx({ home, root, keepaliveRequests, server }: NginxOptions): Promise<Nginx> {
  mkdirSync(home, { recursive: true });
  const { cert, key } = await makeCertificate();
  writeFileSync(join(home, 'cert.pem'), cert);
  writeFileSync(join(home, 'key.pem'), key);
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${home}/${kind};`,
  );
  writeFileSync(
    join(home, 'nginx.conf'),
    `daemon off; worker_processes 1; worker_rlimit_nofile 65536; pid ${home}/pid; error_log ${home}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; ${temporary.join(' ')}
  keepalive_requests ${keepaliveRequests};
  ${server === undefined ? secureServer(home, root, port) : server(port)}
}
`,
  );
  const child = spawn('nginx', ['-c', join(home, 'nginx.conf'), '-p', home, '-e', join(home, 'error.log')], {
    stdio: 'ignore',
  });
  await reachable(port, child);
  const scheme = server === undefined ? 'https' : 'http';
  return {
    origin: `${scheme}://127.0.0.1:${port}`,
    pid: child.pid as number,
    caFile: join(home, 'cert.pem'),
    stop: () => stop(child),
  };
}

function secureServer(home: string, root: string, port: number): string {
  return `server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${home}/cert.pem; ssl_certificate_key ${home}/key.pem; ssl_protocols TLSv1.3;
    http2_max_concurrent_streams 256; root ${root};
  }`;
}

/** Whether nginx is installed. */
export function hasNginx(): boolean {
  return spawnSync('nginx', ['-v']).error === undefined;
}

async function stop(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.on('close', resolve));
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await closed;
}

async function reachable(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.end());
    });
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`nginx did not start: it ended with ${child.exitCode ?? child.signalCode}`);
}
