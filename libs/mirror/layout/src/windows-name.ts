/** Names of devices, which are reserved with any extension. `¹` to `³` count as digits. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)/i;
const FORBIDDEN = /[<>:"|?*\\\p{Cc}]/u;
/** UTF-16 units. */
const MAX_PART = 255;

/**
 * Why Windows does not allow a file of this name, phrased to follow "its name". Source: Microsoft,
 * "Naming Files, Paths, and Namespaces".
 *
 * @param path relative, with `/`
 */
export function windowsFlaw(path: string): string | undefined {
  for (const part of path.split('/')) {
    if (FORBIDDEN.test(part)) return `has a character that Windows does not allow: '${part}'`;
    if (/[. ]$/.test(part)) return `has '${part}' in it, of which Windows drops the end`;
    if (DEVICE.test(part)) return `has '${part}' in it, which is a device on Windows`;
    if (part.length > MAX_PART) return `has a part of more than ${MAX_PART} characters`;
  }
  return undefined;
}
