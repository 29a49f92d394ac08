import type { OpenBundle } from './bundles/open-bundle.ts';

/** Callback for a one-line message to the operator. */
export type OnNote = (message: string) => void;

/** A crate file as promised by an index entry. */
export interface WantedFile {
  readonly name: string;
  readonly version: string;
  /** lower-case hex */
  readonly sha256: string;
}

/** The place of a crate file in a mirror. */
export type Place = LoosePlace | MemberPlace;

export interface LoosePlace {
  readonly kind: 'loose';
  /** Path in the file system, or address in an object store. */
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** ms since the epoch */
  readonly mtimeMs: number;
  /** The object, if it is in an object store. */
  readonly object?: PlacedObject;
}

/** One version of an object. */
export interface PlacedObject {
  readonly key: string;
  readonly etag: string;
  /** Whether the store knows the object's checksum, and it is the one that is wanted. */
  readonly isConfirmed: boolean;
}

export interface MemberPlace {
  readonly kind: 'member';
  readonly bundle: OpenBundle;
  /** bytes of tar from its start */
  readonly offset: number;
  /** bytes */
  readonly size: number;
  /** mtime of the bundle, ms since the epoch */
  readonly mtimeMs: number;
}

/** Callback for a copy whose bytes do not match the index. It is called once for each copy. */
export type OnDamage = (wanted: WantedFile, place: Place) => void;

/** Identifies a place together with the file that was there. */
export function keyOf(place: Place): string {
  return place.kind === 'loose'
    ? `${place.path} ${place.size} ${place.object?.etag ?? place.mtimeMs}`
    : `${place.bundle.id} ${place.offset}`;
}

/** The operator's message about a damaged copy. */
export function describeDamage({ name, version }: WantedFile, place: Place): string {
  return `${name} ${version} is damaged in ${describePlace(place)}, and not served from there until that is put right`;
}

/** The file name for messages. */
export function describePlace(place: Place): string {
  return place.kind === 'loose' ? place.path : place.bundle.name;
}
