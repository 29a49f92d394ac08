import type { Hash } from 'node:crypto';
import { createSha256 } from '@crates-mirror/hashing';
import { paddingOf } from '@crates-mirror/tar';
import type { PlacedMember } from '../format/member.ts';
import { tarHeader } from '../format/tar-header.ts';

/** Checks tar piece by piece, byte for byte, against the sequence of expected members. */
export class TarCheck {
  readonly #expected: Iterator<PlacedMember>;
  #whole: PlacedMember[] = [];
  #member: PlacedMember | undefined;
  #hash: Hash = createSha256();
  /** Expected literal bytes: a header before content, padding after it. */
  #literal: Buffer = Buffer.alloc(0);
  #contentLeft = 0;
  #offset = 0;

  constructor(expected: Iterator<PlacedMember>) {
    this.#expected = expected;
  }

  /** bytes checked */
  get offset(): number {
    return this.#offset;
  }

  get isBetweenMembers(): boolean {
    return this.#member === undefined;
  }

  /** The members completed since the last call. */
  takeWhole(): PlacedMember[] {
    return this.#whole.splice(0);
  }

  /** @returns whether the piece is as expected; after false, nothing more may be pushed */
  push(piece: Buffer): boolean {
    let rest = piece;
    while (rest.length > 0) {
      if (this.#member === undefined && !this.#begin()) return false;
      const taken = this.#take(rest);
      if (taken === undefined) return false;
      rest = rest.subarray(taken);
      this.#offset += taken;
      if (!this.#endIfDone()) return false;
    }
    return true;
  }

  #begin(): boolean {
    const { value: member, done } = this.#expected.next();
    if (done === true) return false;
    this.#literal = tarHeader(member.path, member.size);
    if (member.offset !== this.#offset + this.#literal.length) return false;
    this.#member = member;
    this.#hash = createSha256();
    this.#contentLeft = member.size;
    return true;
  }

  /** @returns the number of bytes checked */
  #take(bytes: Buffer): number | undefined {
    const isContent = this.#literal.length === 0;
    const count = Math.min(bytes.length, isContent ? this.#contentLeft : this.#literal.length);
    const part = bytes.subarray(0, count);
    if (isContent) {
      this.#hash.update(part);
      this.#contentLeft -= count;
      if (this.#contentLeft === 0)
        this.#literal = Buffer.alloc(paddingOf((this.#member as PlacedMember).size));
    } else {
      if (!part.equals(this.#literal.subarray(0, count))) return undefined;
      this.#literal = this.#literal.subarray(count);
    }
    return count;
  }

  #endIfDone(): boolean {
    const member = this.#member as PlacedMember;
    if (this.#literal.length > 0 || this.#contentLeft > 0) return true;
    this.#member = undefined;
    this.#whole.push(member);
    return this.#hash.digest('hex') === member.sha256;
  }
}
