/**
 * Checks URLs that people and servers write, before they are used: Node reads `https:/host`, `https:host` and
 * backslashes as if they were well written, and other programs do not.
 */

const webSchemes = ['http', 'https'] as const;

/**
 * Why a text is no absolute URL of a host, or undefined when it is one. The reason is a sentence without a full stop
 * that does not repeat the text, which may hold a password.
 *
 * @param schemes in small letters
 */
export function webUrlDefect(text: string, schemes: readonly string[] = webSchemes): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return 'a blank, a control character or a backslash is in it';
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return `it does not begin with ${either(schemes)}`;
  const rest = text.slice(scheme.length + 1);
  if (!schemes.includes(scheme)) return `it begins with "${scheme}:" and not with ${either(schemes)}`;
  if (!rest.startsWith('//')) return `two slashes have to follow "${scheme}:"`;
  const authority = /^[^/?#]*/.exec(rest.slice(2))?.[0] ?? '';
  const defect = hostDefect(authority.slice(authority.lastIndexOf('@') + 1));
  return defect ?? (URL.canParse(text) ? undefined : 'its host is no name and no address');
}

function either(schemes: readonly string[]): string {
  return schemes.map((scheme) => `${scheme}://`).join(' or ');
}

function hostDefect(host: string): string | undefined {
  const port = /:([^:\]]*)$/.exec(host)?.[1];
  const name = port === undefined ? host : host.slice(0, -port.length - 1);
  if (name === '') return 'no host is named';
  if (port !== undefined && port !== '' && !/^[0-9]+$/.test(port)) return 'its port is no number';
  if (port !== undefined && port !== '' && (Number(port) < 1 || Number(port) > 65_535))
    return 'its port is not from 1 to 65535';
  return isReadAlike(name) ? undefined : 'its host is read as another by some programs';
}

/** `0x7f.1` is 127.0.0.1 to Node and a name to other programs; names beyond ASCII have one spelling for both. */
function isReadAlike(name: string): boolean {
  if (name.startsWith('[') || /[^!-~]/.test(name) || !URL.canParse(`http://${name}`)) return true;
  return new URL(`http://${name}`).hostname === name.toLowerCase();
}
