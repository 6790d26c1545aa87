/**
 * Parses header values with parameters, `type/subtype; name=token; name="quoted"` (RFC 2045 5.1, RFC 2231), as
 * leniently and as strictly as Notary 0.7.0.
 */

export interface ParametrisedValue {
  /** In lower case. */
  readonly value: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /^[^\x00-\x20\x7f-\uffff()<>@,;:\\"/[\]?=]+/;
const specials = '()<>@,;:\\"/[]?=';

/** Undefined for what is not of this form, or gives one parameter twice. */
export function parseParametrised(text: string): ParametrisedValue | undefined {
  const [first = ''] = text.split(';', 1);
  const value = first.trim().toLowerCase();
  const [type = '', subtype, ...more] = value.split('/');
  if (!isToken(type) || (subtype !== undefined && !isToken(subtype)) || more.length > 0) return undefined;
  const sent = new Map<string, string>();
  let rest = text.slice(first.length).trimStart();
  while (rest !== '') {
    const parameter = readParameter(rest);
    if (parameter === undefined) return rest.trim() === ';' ? { value, parameters: joined(sent) } : undefined;
    if (sent.has(parameter.name)) return undefined;
    sent.set(parameter.name, parameter.value);
    rest = parameter.rest.trimStart();
  }
  return { value, parameters: joined(sent) };
}

function isToken(text: string): boolean {
  return token.exec(text)?.[0] === text;
}

interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly rest: string;
}

/** One `; name=value` at the start of the text. */
function readParameter(text: string): Parameter | undefined {
  if (!text.startsWith(';')) return undefined;
  const afterSemicolon = text.slice(1).trimStart();
  const name = token.exec(afterSemicolon)?.[0];
  if (name === undefined) return undefined;
  const afterName = afterSemicolon.slice(name.length).trimStart();
  if (!afterName.startsWith('=')) return undefined;
  const found = readValue(afterName.slice(1).trimStart());
  return found && { name: name.toLowerCase(), ...found };
}

function readValue(text: string): Omit<Parameter, 'name'> | undefined {
  if (text.startsWith('"')) return readQuoted(text);
  const value = token.exec(text)?.[0];
  return value === undefined ? undefined : { value, rest: text.slice(value.length) };
}

/** A backslash before anything but a special character stands for itself, as in paths of old browsers. */
function readQuoted(text: string): Omit<Parameter, 'name'> | undefined {
  let value = '';
  for (let at = 1; at < text.length; at++) {
    const unit = text.charAt(at);
    if (unit === '"') return { value, rest: text.slice(at + 1) };
    if (unit === '\r' || unit === '\n') return undefined;
    const escaped = unit === '\\' && at + 1 < text.length && specials.includes(text.charAt(at + 1));
    value += escaped ? text.charAt(++at) : unit;
  }
  return undefined;
}

/** `name*=` decoded, and `name*0=…; name*1=…` put together. */
function joined(sent: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const parameters = new Map([...sent].filter(([name]) => !name.includes('*')));
  for (const name of new Set(
    [...sent.keys()].filter((key) => key.includes('*')).map((key) => key.split('*', 1)[0] ?? ''),
  )) {
    const whole = sent.get(`${name}*`);
    const value = whole === undefined ? pieces(name, sent) : decodeExtended(whole);
    if (value !== undefined) parameters.set(name, value);
  }
  return parameters;
}

function pieces(name: string, sent: ReadonlyMap<string, string>): string | undefined {
  let text: string | undefined;
  for (let number = 0; ; number++) {
    const encoded = sent.get(`${name}*${number}*`);
    const decoded = encoded && (number === 0 ? decodeExtended(encoded) : unescaped(encoded));
    const piece = sent.get(`${name}*${number}`) ?? decoded;
    if (piece === undefined) return text;
    text = (text ?? '') + piece;
  }
}

/** `charset'language'percent-encoded`, of the two character sets that Notary knows. */
function decodeExtended(text: string): string | undefined {
  const [charset = '', , encoded, ...more] = text.split("'");
  if (encoded === undefined || more.length > 0 || !/^(us-ascii|utf-8)$/i.test(charset)) return undefined;
  return unescaped(encoded);
}

function unescaped(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  return Buffer.from(
    text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString();
}
