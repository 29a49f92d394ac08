import { pick } from '../chapter.ts';

const LONGEST = 4096;
/** Numbers at which parsers err. */
const NUMBERS = ['0', '-1', '1e9', '4294967296', '9007199254740993', '00', '1.5', 'NaN'];

type Random = () => number;
type Mutation = (data: Buffer, random: Random, corpus: readonly Buffer[]) => Buffer;

function place(data: Buffer, random: Random): number {
  return Math.floor(random() * (data.length + 1));
}

/** A place and another one, in order. */
function span(data: Buffer, random: Random): [number, number] {
  const from = place(data, random);
  return [from, Math.min(data.length, from + 1 + Math.floor(random() * 16))];
}

function splice(data: Buffer, from: number, to: number, insert: Buffer): Buffer {
  return Buffer.concat([data.subarray(0, from), insert, data.subarray(to)]);
}

const MUTATIONS: readonly Mutation[] = [
  (data, random) => {
    const at = place(data, random);
    return splice(data, at, at + 1, Buffer.of((data[at] ?? 0) ^ (1 << Math.floor(random() * 8))));
  },
  (data, random) => {
    const at = place(data, random);
    return splice(data, at, at + 1, Buffer.of(Math.floor(random() * 256)));
  },
  (data, random) => splice(data, ...span(data, random), Buffer.alloc(0)),
  (data, random) => {
    const [from, to] = span(data, random);
    return splice(data, to, to, data.subarray(from, to));
  },
  (data, random, corpus) => {
    const other = pick(random, corpus);
    const at = place(data, random);
    return splice(data, at, at, other.subarray(...span(other, random)));
  },
  (data, random, corpus) => {
    const other = pick(random, corpus);
    return Buffer.concat([data.subarray(0, place(data, random)), other.subarray(place(other, random))]);
  },
  (data, random) => splice(data, ...span(data, random), Buffer.from(pick(random, NUMBERS))),
];

/** Changes an input in one to four ways. */
export function mutate(data: Buffer, corpus: readonly Buffer[], random: Random): Buffer {
  let mutated = data;
  for (let i = 1 + Math.floor(random() * 4); i > 0; i--)
    mutated = pick(random, MUTATIONS)(mutated, random, corpus);
  return mutated.subarray(0, LONGEST);
}
