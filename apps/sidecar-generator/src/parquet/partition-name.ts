const SUFFIX = '.parquet';
const NAME = /^[a-z0-9_-]{1,2}$/;

/**
 * The partition of an index file: the first directory of its path, which depends only on the
 * crate's name.
 */
export function partitionOf(file: string): string {
  return file.slice(0, file.indexOf('/'));
}

/**
 * @param directory or `s3://bucket/prefix`
 * @param name name of a partition that has entries, and so is derived from crate names
 */
export function partitionPath(directory: string, name: string): string {
  return `${directory}/${name}${SUFFIX}`;
}

/** The name of a partition's file or object. */
export function partitionFile(name: string): string {
  return name + SUFFIX;
}

/** The partition whose file has this name; undefined if it is not that of a partition. */
export function partitionCalled(fileName: string): string | undefined {
  if (!fileName.endsWith(SUFFIX)) return undefined;
  const name = fileName.slice(0, -SUFFIX.length);
  return NAME.test(name) ? name : undefined;
}
