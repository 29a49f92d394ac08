import { errorMessage } from '@crates-mirror/errors';

/** Describes a system error without a path of this machine. */
export function reasonOf(error: unknown): string {
  const message = errorMessage(error);
  const [, code, words] = /^([A-Z0-9]+|Unknown system error -\d+): ([^,]+), /.exec(message) ?? [];
  if (words === undefined) return message;
  return words === code ? words : `${words} (${code})`;
}
