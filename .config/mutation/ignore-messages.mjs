// What is said to people is not mutated: the texts of errors, hints and log messages. Transcripts and the tests of
// the command line hold the wording; codes, details and the choice between two texts are mutated as everything else is.
import { createHash } from 'node:crypto';
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const levels = ['debug', 'info', 'warn', 'error'];
const named = /(hint|message|advice|sentence|wording)$/i;

/** True when the node stands where a text for people belongs, alone or as a part of it. */
function isSaid(path) {
  const { node, parent, parentPath: above } = path;
  if (!above) return false;
  if (above.isConditionalExpression()) return parent.test !== node && isSaid(above);
  if (above.isLogicalExpression() || above.isTemplateLiteral()) return isSaid(above);
  if (above.isBinaryExpression({ operator: '+' })) return isSaid(above);
  if (above.isNewExpression()) {
    const name = parent.callee.name ?? '';
    return name.endsWith('Error') && parent.arguments.indexOf(node) === (name === 'NotaryError' ? 1 : 0);
  }
  if (above.isCallExpression()) {
    const called = parent.callee.property?.name ?? parent.callee.name;
    const at = parent.arguments.indexOf(node);
    return (levels.includes(called) && at === 0) || (called === 'caution' && at === 1);
  }
  if (above.isObjectProperty()) return named.test(parent.key.name ?? '');
  if (above.isVariableDeclarator()) return named.test(parent.id.name ?? '');
  if (above.isReturnStatement() || above.isArrowFunctionExpression({ body: node })) return named.test(nameOf(above));
  return false;
}

/** The name of the function around a node; empty when it has none. */
function nameOf(path) {
  const { node, parent } = path.isFunction() ? path : path.getFunctionParent();
  return node.id?.name ?? node.key?.name ?? node.key?.id?.name ?? parent.id?.name ?? '';
}

/** Several words in small letters are a sentence, wherever it is handed on to. */
function isSentence({ node }) {
  const text = node.value ?? node.quasis.map(({ value }) => value.raw).join('…');
  return /[a-z]{2,} [a-z]+ /.test(text);
}

const isTrace = (path) => path.isCallExpression() && path.node.callee.property?.name === 'debug';

/** With MUTATION_SAMPLE=3 a third of the functions is mutated, chosen by their names: the same ones each time. */
const sample = Number(process.env.MUTATION_SAMPLE ?? 1);

function isLeftOut(path) {
  if (sample <= 1 || !path.isFunction() || path.getFunctionParent() !== null) return false;
  const bytes = createHash('sha256').update(nameOf(path)).digest();
  return bytes.readUInt32BE(0) % sample !== 0;
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'messages', {
    shouldIgnore(path) {
      if (isLeftOut(path)) return 'not in the sample';
      if (isTrace(path)) return 'a trace for people';
      const text = path.isStringLiteral() || path.isTemplateLiteral();
      return text && (isSaid(path) || isSentence(path)) ? 'a text for people' : undefined;
    },
  }),
];
