/** Sources of the sizes of crate files to download. */
export const SIZE_SOURCES = ['ledger', 'bundles', 'manifests', 'sidecars'] as const;
export type SizeSource = (typeof SIZE_SOURCES)[number];
