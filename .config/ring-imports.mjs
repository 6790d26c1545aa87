// A lint rule: which directory of src may import which. Paths are resolved, since directories inside a ring may bear the name of another.
import { dirname, relative, resolve } from 'node:path';

const source = resolve(import.meta.dirname, '../src');
const ringOf = (path) => /^([a-z-]+)\//.exec(relative(source, path))?.[1];

const isAllowed = (allowed, ring, file, others) =>
  ring === undefined || ring === 'ports' || allowed.includes(ring) || (others[ring] ?? []).includes(file);

/** Options: the rings that may be imported, and for some other rings the files (from src) that may import them all the same. */
export const ringImports = {
  meta: { type: 'problem', schema: [{ type: 'array' }, { type: 'object' }], messages: { ring: '{{from}} may not import {{ring}} (docs/architecture.md)' } },
  create(context) {
    const [allowed, exceptions = {}] = context.options;
    const file = relative(source, context.filename);
    const check = ({ source: specifier }) => {
      if (typeof specifier?.value !== 'string' || !specifier.value.startsWith('.')) return;
      const ring = ringOf(resolve(dirname(context.filename), specifier.value));
      if (!isAllowed(allowed, ring, file, exceptions))
        context.report({ node: specifier, messageId: 'ring', data: { from: file, ring } });
    };
    return { ImportDeclaration: check, ImportExpression: check, ExportNamedDeclaration: check };
  },
};
