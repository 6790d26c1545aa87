/** Codes that messages carry: each that the source names is in the documented list. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { repository } from '../support/genuine/programs.ts';

const reference = readFileSync(`${repository}/docs/reference.md`, 'utf8');

/** Calls whose arguments hold codes: log messages, cautions, and what makes errors. */
const carriers = /^(?:debug|info|warn|error|notice|caution|said|rephrased|withDetails)$/;
const code = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** Every text in capitals with an underscore that is an argument of such a call, or the first of an error. */
function codesIn(path: string): readonly string[] {
  const found: string[] = [];
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && carries(node.expression)) {
      for (const argument of node.arguments ?? [])
        if (ts.isStringLiteral(argument)) found.push(argument.text);
    }
    // What a caller passes on to the log: a message and its code.
    if (ts.isArrayLiteralExpression(node) && node.elements.length === 2) {
      const [message, last] = node.elements;
      if (
        message !== undefined &&
        ts.isTemplateLiteral(message) &&
        last !== undefined &&
        ts.isStringLiteral(last)
      )
        found.push(last.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.filter((text) => code.test(text));
}

function carries(callee: ts.Expression): boolean {
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  return carriers.test(name) || name.endsWith('Error');
}

const used = [...new Set(sourceFiles(`${repository}/src`).flatMap(codesIn))].sort();

describe('the codes of messages', () => {
  it('the codes of messages are found in the source', () => {
    expect(used.length).toBeGreaterThan(80);
    expect(used).toEqual(
      expect.arrayContaining([
        'KEY_NOT_FOUND',
        'ROLE_RENEWED',
        'DELEGATION_GONE',
        'TARGET_NOT_THERE',
        'FOREIGN_FILE',
      ]),
    );
  });

  it('the codes of messages are all in the documented list', () => {
    expect(used.filter((one) => !reference.includes(`\`${one}\``))).toEqual([]);
  });
});
