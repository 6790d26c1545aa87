/** Orders names as people read them: numbers in them by value (docker CLI 28.2.2). */

/** A run of digits, or any other character by itself. */
function pieceAt(name: string, start: number): string {
  let end = start;
  while (isDigit(name.charCodeAt(end))) end++;
  return name.slice(start, Math.max(end, start + 1));
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const isNumber = (piece: string) => isDigit(piece.charCodeAt(0));

/**
 * Compares from the left: digits before anything else, runs of digits by their value and then with fewer leading zeros
 * first, other characters by their code, a prefix before what it begins.
 */
export function compareNatural(one: string, other: string): number {
  // Up to here both are the same.
  let at = 0;
  while (at < one.length && at < other.length) {
    const piece = pieceAt(one, at);
    const order = comparePieces(piece, pieceAt(other, at));
    if (order !== 0) return order;
    at += piece.length;
  }
  return one.length - other.length;
}

function comparePieces(one: string, other: string): number {
  if (one === other) return 0;
  if (isNumber(one) && isNumber(other)) {
    const [left, right] = [withoutZeros(one), withoutZeros(other)];
    if (left.length !== right.length) return left.length - right.length;
    if (left !== right) return left < right ? -1 : 1;
    return one.length - other.length;
  }
  if (isNumber(one) !== isNumber(other)) return isNumber(one) ? -1 : 1;
  return one < other ? -1 : 1;
}

function withoutZeros(digits: string): string {
  return digits.startsWith('0') ? digits.replace(/^0+/, '') : digits;
}
