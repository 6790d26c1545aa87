/** What a ring may import, besides itself, errors.ts and ports/. */
export const rings: Readonly<Record<string, readonly string[]>>;

/** The files that build a run out of adapters, and may import them whatever their ring. Paths from src. */
export const wiring: readonly string[];
