/** The program `fault-points.ts` as a file that `node --require` takes. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { makeScratch } from './genuine/scratch.ts';

let made: string | undefined;

export function faultPoints(): string {
  if (made === undefined) {
    const source = readFileSync(join(import.meta.dirname, 'fault-points.ts'), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
      },
    });
    made = join(makeScratch(), 'fault-points.cjs');
    writeFileSync(made, outputText);
  }
  return made;
}
