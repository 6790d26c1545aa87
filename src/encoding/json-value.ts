/** Describes what JSON documents are read into. */

import { NotaryError } from '../errors.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

export interface JsonOptions {
  /** Deepest nesting of arrays and objects. Default 64. */
  readonly maxDepth?: number;
  /** Accept fractions and exponents that do not yield an integer. Default false: trust data has none. */
  readonly fractions?: boolean;
}

/** The error for a document that is not as it should be. */
export function malformed(message: string, cause?: unknown): NotaryError {
  return new NotaryError('MALFORMED_JSON', message, { cause });
}

/** True for a member that is missing or null. */
export function isAbsent(value: JsonValue | undefined): value is null | undefined {
  return value === null || value === undefined;
}

/** What is known of a text before it is read. */
export interface TextFacts {
  readonly ascii: boolean;
  /** No backslash and no control in it. */
  readonly plain: boolean;
}
