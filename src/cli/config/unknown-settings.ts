/** Finds settings of the configuration that have no effect: misspelt names, a server that is given as text. */

import { editDistance } from '../../encoding/edit-distance.ts';
import type { JsonObject } from '../../encoding/json-value.ts';

/** Small letters; the section of pins refuses unknown names itself. */
const sections: Readonly<Record<string, readonly string[]>> = {
  remote_server: ['url', 'root_ca', 'tls_client_cert', 'tls_client_key', 'skipTLSVerify'],
};
const known = [
  'trust_dir',
  'collaborators',
  'expiry',
  'passphrase_command',
  'trust_pinning',
  ...Object.entries(sections).flatMap(([section, names]) => [
    section,
    ...names.map((name) => `${section}.${name}`),
  ]),
];

/** One sentence for each setting that has no effect, with the one that may be meant. */
export function settingsWithoutEffect(settings: JsonObject): readonly string[] {
  return [...settings].flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    const names = sections[lower];
    if (names === undefined) {
      const isKnown = known.some((one) => one.toLowerCase() === lower) || lower.startsWith('trust_pinning.');
      return isKnown ? [] : [withoutEffect(name, known)];
    }
    if (!(value instanceof Map)) {
      const shape = `has to be an object, such as {"${lower}": {"url": "https://HOST:PORT"}}`;
      return value === null ? [] : [`the setting ${JSON.stringify(name)} has no effect: it ${shape}`];
    }
    const members = [...(value as JsonObject).keys()];
    const strange = members.filter(
      (member) => !names.some((one) => one.toLowerCase() === member.toLowerCase()),
    );
    return strange.map((member) => withoutEffect(`${name}.${member}`, known));
  });
}

function withoutEffect(name: string, names: readonly string[]): string {
  const distance = (other: string) => Math.min(apart(name, other), apart(name, lastWord(other)));
  const nearest = names.reduce((best, other) => (distance(other) < distance(best) ? other : best));
  const meant = distance(nearest) <= 3 ? `; the nearest one is ${JSON.stringify(nearest)}` : '';
  return `the setting ${JSON.stringify(name)} is not known and has no effect${meant}`;
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** Without regard to case and to what separates words, with and without a section before it. */
function apart(name: string, other: string): number {
  const letters = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '')
      .slice(0, 64);
  return Math.min(
    editDistance(letters(name), letters(other)),
    editDistance(letters(lastWord(name)), letters(other)),
  );
}
