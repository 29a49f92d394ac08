import type { OpenBundle } from './bundles/open-bundle.ts';

/** Told what an operator should know, in one line. */
export type OnNote = (message: string) => void;

/** A crate file as an index entry promises it. */
export interface WantedFile {
  readonly name: string;
  readonly version: string;
  /** lower-case hex */
  readonly sha256: string;
}

/** Where a mirror has a crate file. */
export type Place = LoosePlace | MemberPlace;

export interface LoosePlace {
  readonly kind: 'loose';
  /** In the file system. */
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** ms since the epoch */
  readonly mtimeMs: number;
}

export interface MemberPlace {
  readonly kind: 'member';
  readonly bundle: OpenBundle;
  /** bytes of tar from its start */
  readonly offset: number;
  /** bytes */
  readonly size: number;
  /** Of the bundle, ms since the epoch. */
  readonly mtimeMs: number;
}

/** Told of a copy whose bytes are not those that the index promises, once. */
export type OnDamage = (wanted: WantedFile, place: Place) => void;

/** Tells a place, and what was there, from all others. */
export function keyOf(place: Place): string {
  return place.kind === 'loose'
    ? `${place.path} ${place.size} ${place.mtimeMs}`
    : `${place.bundle.id} ${place.offset}`;
}

/** What an operator is told of a damaged copy. */
export function describeDamage({ name, version }: WantedFile, place: Place): string {
  return `${name} ${version} is damaged in ${describePlace(place)}, and not served from there until that is put right`;
}

/** For people: the file. */
export function describePlace(place: Place): string {
  return place.kind === 'loose' ? place.path : place.bundle.name;
}
