/** An object whose numbers are cells of a row. */
export class NumberRow {
  protected cells: Float64Array
  protected at: number

  constructor(cells: Float64Array, at: number) {
    this.cells = cells
    this.at = at
  }
}

/**
 * A class with the named numbers, `cells[at]` and those after it. Half a million partitions of groups have some twenty numbers each: as fields each would be an
 * object of its own, and take three times as much.
 */
export function rowOf<const N extends readonly string[]>(
  ...names: N
): new (
  cells: Float64Array,
  at: number,
) => NumberRow & Record<N[number], number> {
  class NamedRow extends NumberRow {}
  for (const [i, name] of names.entries()) {
    Object.defineProperty(NamedRow.prototype, name, {
      get(this: NamedRow) {
        return this.cells[this.at + i]
      },
      set(this: NamedRow, value: number) {
        this.cells[this.at + i] = value
      },
    })
  }
  return NamedRow as unknown as ReturnType<typeof rowOf<N>>
}

/** A block of rows in which nothing is known. */
export function unknownCells(count: number): Float64Array {
  return new Float64Array(count).fill(Number.NaN)
}
