/** Holds what `--json` prints against the schema that documents it. */

import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import canonicalize from 'canonicalize';
import { expect } from 'vitest';
import { repository } from './genuine/programs.ts';

export const schema = JSON.parse(readFileSync(`${repository}/docs/schema/output.schema.json`, 'utf8')) as {
  $defs: { error: { properties: { error: { properties: { code: { enum: string[] } } } } } };
};
const ajv = new Ajv({ strict: true, allowUnionTypes: true });
ajv.addSchema(schema, 'output');

/** Expects one line of RFC 8785 JSON that fits a definition of the schema; returns it. */
export function expectDocument(line: string, definition: string): unknown {
  expect(line.endsWith('\n') && line.indexOf('\n') === line.length - 1).toBe(true);
  const document: unknown = JSON.parse(line);
  expect(`${canonicalize(document) ?? ''}\n`).toBe(line);
  const valid = ajv.validate(`output#/$defs/${definition}`, document);
  expect(ajv.errorsText()).toBe(valid ? 'No errors' : '');
  return document;
}
