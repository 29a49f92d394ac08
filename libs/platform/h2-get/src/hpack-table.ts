import { HpackError } from './hpack-error.ts';

export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** RFC 7541, appendix A: names, with a value where the entry has one. */
const STATIC: readonly HeaderField[] = `:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`
  .split('\n')
  .map((line) => {
    const [name = '', ...value] = line.split(' ');
    return { name, value: value.join(' ') };
  });

/** Overhead of an entry beyond its name and value (RFC 7541, 4.1), bytes. */
const ENTRY_OVERHEAD = 32;

/**
 * The dynamic table is moved to the front of its array once this many entries before it are unused.
 */
const MAX_GONE = 1024;

/** The static and the dynamic table, in one address space that starts at 1 (RFC 7541, 2.3). */
export class HpackTable {
  /** Newest last; entries before `#first` are evicted. */
  #dynamic: HeaderField[] = [];
  #first = 0;
  readonly #limit: number;
  #size = 0;
  #maxSize: number;

  /** @param limit SETTINGS_HEADER_TABLE_SIZE, bytes */
  constructor(limit: number) {
    this.#limit = limit;
    this.#maxSize = limit;
  }

  /** @throws HpackError */
  get(index: number): HeaderField {
    const at = this.#dynamic.length - (index - STATIC.length);
    const field =
      index <= STATIC.length ? STATIC[index - 1] : at < this.#first ? undefined : this.#dynamic[at];
    if (field === undefined) throw new HpackError(`no header field has index ${index}`);
    return field;
  }

  add(field: HeaderField): void {
    const size = sizeOf(field);
    this.#evict(this.#maxSize - size);
    // An entry larger than the whole table only empties it.
    if (size > this.#maxSize) return;
    this.#dynamic.push(field);
    this.#size += size;
  }

  /** @throws HpackError when it exceeds the agreed limit */
  resize(maxSize: number): void {
    if (maxSize > this.#limit) throw new HpackError(`a table of ${maxSize} bytes, ${this.#limit} agreed on`);
    this.#maxSize = maxSize;
    this.#evict(maxSize);
  }

  #evict(size: number): void {
    while (this.#size > size && this.#first < this.#dynamic.length) {
      this.#size -= sizeOf(this.#dynamic[this.#first] as HeaderField);
      this.#first += 1;
    }
    if (this.#first < MAX_GONE) return;
    this.#dynamic = this.#dynamic.slice(this.#first);
    this.#first = 0;
  }
}

function sizeOf({ name, value }: HeaderField): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}
