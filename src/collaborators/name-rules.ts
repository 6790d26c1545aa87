/** Decides which names a collaborator may have: names that cannot be taken for a key ID or for another name. */
import { isKeyIdPrefix } from '../crypto/keys/key-id.ts';

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

/** Characters that a display may leave out: variation selectors, fillers, joiners. */
const ignorable = /\p{Default_Ignorable_Code_Point}/u;

/** Blanks other than that of ASCII: they look like it, or like none. */
const otherBlanks = /[^\P{Zs} ]/u;

/** Marks that are drawn through or around a letter (of combining class 1, and enclosing ones). */
const overlays = /[\p{Me}\u0334-\u0338\u20d2\u20d3\u20d8-\u20da\u20e5\u20e6\u20ea\u20eb]/u;

/** The form in which names are compared: Unicode has several for one text. */
export function normalName(name: string): string {
  return name.normalize('NFC');
}

/** The form that names which are taken for each other have in common: letters of one size and one width. */
export function foldedName(name: string): string {
  // By way of capitals: ß and ss, ς and σ are one.
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/** Why a text is no name of a collaborator, to follow the name in a message; undefined for a good one. */
export function nameDefect(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (invisible.test(name) || ignorable.test(name)) return 'has a control character or an invisible one';
  if (name !== name.trim()) return 'begins or ends with a blank';
  if (otherBlanks.test(name)) return 'has a blank that is not that of ASCII';
  if (overlays.test(name)) return 'has a mark that is drawn through or around a letter';
  if (normalName(name).normalize('NFKC') !== normalName(name))
    return `has characters that stand for others, so that it can be taken for ${JSON.stringify(name.normalize('NFKC'))}`;
  if (isKeyIdPrefix(name)) return 'looks like a key ID';
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
