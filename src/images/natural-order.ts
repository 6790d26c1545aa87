/** Orders names as people read them: numbers in them by value (docker CLI 28.2.2). */

/** Runs of digits, and every other character by itself. */
function piecesOf(name: string): readonly string[] {
  return name.match(/[0-9]+|[^0-9]/g) ?? [];
}

const isNumber = (piece: string) => /^[0-9]/.test(piece);

/**
 * Compares from the left: digits before anything else, runs of digits by their value and then with fewer leading zeros
 * first, other characters by their code, a prefix before what it begins.
 */
export function compareNatural(one: string, other: string): number {
  const [left, right] = [piecesOf(one), piecesOf(other)];
  for (const [index, piece] of left.entries()) {
    const against = right[index];
    if (against === undefined) return 1;
    const order = comparePieces(piece, against);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function comparePieces(one: string, other: string): number {
  if (isNumber(one) && isNumber(other)) {
    const [left, right] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
    if (left.length !== right.length) return left.length - right.length;
    if (left !== right) return left < right ? -1 : 1;
    return one.length - other.length;
  }
  if (isNumber(one) !== isNumber(other)) return isNumber(one) ? -1 : 1;
  return one < other ? -1 : one > other ? 1 : 0;
}
