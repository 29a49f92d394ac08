import { CodedError } from '@crates-mirror/errors';
import { parseDenylist } from './parse-denylist.ts';

export const seeds = [
  'version = 1\n[[deny]]\ncrate = "serde"\nversions = ">=1.2, <1.4"\nreason = "bad"\nsince = 2026-11-30\n',
  'version = 1\ndeny = [{crate = "a", reason = """\\u0041"""}]\n',
];

/** A denylist in TOML is read, or refused with a reason. */
export async function fuzz(data: Buffer): Promise<void> {
  try {
    await parseDenylist(data.toString());
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
  }
}
