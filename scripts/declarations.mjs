// Makes one file of declarations of what an entry exports, without what nobody outside can name.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';

/**
 * The declarations of an entry and of the files that it takes them from.
 *
 * @param entry a TypeScript file that only re-exports by name
 * @throws Error for an export that is not found, or whose type cannot be told from its own file
 */
export function declarations(entry) {
  const declared = new Map();
  const exported = new Map();
  read(resolve(entry), declared, exported);
  const kept = new Set();
  const keep = (name) => {
    const found = declared.get(name);
    if (found === undefined || kept.has(name)) return;
    kept.add(name);
    for (const other of found.mentioned) keep(other);
  };
  for (const name of exported.keys()) {
    if (!declared.has(name)) throw new Error(`${entry}: ${name} is exported and not declared`);
    keep(name);
  }
  const texts = [...declared].filter(([name]) => kept.has(name)).map(([, { text }]) => text);
  const names = [...exported].map(([name, typeOnly]) => (typeOnly ? `type ${name}` : name));
  return `${texts.join('\n\n')}\n\nexport { ${names.join(', ')} };\n`;
}

/** Reads a file's declarations, then those of the files that it imports, each file once. */
function read(path, declared, exported, seen = new Set()) {
  if (seen.has(path)) return;
  seen.add(path);
  const { outputText, diagnostics } = ts.transpileDeclaration(readFileSync(path, 'utf8'), {
    fileName: path,
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.Node20 },
    reportDiagnostics: true,
  });
  for (const { messageText } of diagnostics ?? []) {
    throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  }
  const file = ts.createSourceFile(path, outputText, ts.ScriptTarget.Latest, true);
  for (const statement of file.statements) {
    const specifier = statement.moduleSpecifier?.text;
    if (specifier === undefined) declare(statement, file, declared);
    else if (specifier.startsWith('.')) read(resolve(dirname(path), specifier), declared, exported, seen);
    if (specifier !== undefined && ts.isExportDeclaration(statement)) {
      for (const one of statement.exportClause.elements) {
        exported.set(one.name.text, statement.isTypeOnly || one.isTypeOnly);
      }
    }
  }
}

/** Notes a statement under its name, with its comments and without `export`. */
function declare(statement, file, declared) {
  const name = statement.name?.text;
  if (name === undefined) return;
  if (declared.has(name)) throw new Error(`${file.fileName}: another file declares ${name} too`);
  const mentioned = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node)) mentioned.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(statement);
  const [comment] = ts.getJSDocCommentsAndTags(statement).filter(ts.isJSDoc);
  const bare = statement.getText(file).replace(/^export /, '');
  const needsDeclare = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  const text = needsDeclare && !bare.startsWith('declare ') ? `declare ${bare}` : bare;
  declared.set(name, { mentioned, text: comment === undefined ? text : `${comment.getText(file)}\n${text}` });
}
