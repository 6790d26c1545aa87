/** Decides which names a collaborator may have: names that cannot be taken for a key ID or for another name. */

/** What a key ID or the beginning of one looks like. */
export const looksLikeKeyId = /^[0-9a-f]{7,64}$/i;

/**
 * Scripts whose letters are taken for each other, or that many people write in. A name has the letters of one of them;
 * those that one writing system puts together stand in one row (Unicode TR 39, "highly restrictive", without Latin).
 */
const scripts: readonly RegExp[] = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Georgian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Hebrew}/u,
  /\p{Script=Arabic}/u,
  /\p{Script=Devanagari}/u,
  /\p{Script=Thai}/u,
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u,
];
const ofNoScript = /[\p{Script=Common}\p{Script=Inherited}]/u;

/** Control, format, private and unassigned characters, and separators of lines. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]/u;

/** The form in which names are compared: Unicode has several for one text. */
export function normalName(name: string): string {
  return name.normalize('NFC');
}

/** Why a text is no name of a collaborator, to follow the name in a message; undefined for a good one. */
export function nameDefect(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (invisible.test(name)) return 'has a control character or an invisible one';
  if (name !== name.trim()) return 'begins or ends with a blank';
  if (looksLikeKeyId.test(name)) return 'looks like a key ID';
  if (hasMixedScripts(name))
    return 'mixes letters of several scripts, so that it can be taken for another name';
  return undefined;
}

function hasMixedScripts(name: string): boolean {
  const found = new Set<number>();
  for (const letter of name)
    if (!ofNoScript.test(letter)) found.add(scripts.findIndex((script) => script.test(letter)));
  return found.size > 1;
}
