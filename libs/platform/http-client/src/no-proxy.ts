interface Exception {
  readonly host: string;
  /** undefined for every port */
  readonly port: number | undefined;
}

/** The hosts that NO_PROXY excludes from the use of a proxy. */
export class NoProxy {
  readonly #exceptions: readonly Exception[];

  /**
   * @param value of NO_PROXY, as in curl: hosts, separated by commas or spaces, each for its
   *   subdomains too, and optionally with a port; `*` for all
   */
  constructor(value: string) {
    this.#exceptions = value
      .split(/[,\s]+/)
      .filter(Boolean)
      .map(parse);
  }

  /** @param url of the request */
  excludes({ protocol, hostname, port }: URL): boolean {
    const ownPort = Number(port) || (protocol === 'https:' ? 443 : 80);
    const host = withoutDot(hostname);
    return this.#exceptions.some(
      (one) =>
        (one.port === undefined || one.port === ownPort) &&
        (one.host === '*' || host === one.host || host.endsWith(`.${one.host}`)),
    );
  }
}

/** @param entry like `example.org`, `.example.org`, `*.example.org:8080`, `::1` or `[::1]:443` */
function parse(entry: string): Exception {
  if (/^[^[]*:[^[]*:/.test(entry)) return { host: `[${entry.toLowerCase()}]`, port: undefined };
  const [, name = '', port] = /^(.+?)(?::(\d+))?$/.exec(entry) ?? [];
  const host = withoutDot(name.toLowerCase().replace(/^\*?\./, ''));
  return { host, port: port === undefined ? undefined : Number(port) };
}

/** A name may end in the dot of the root (RFC 1034, 3.1). */
function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
