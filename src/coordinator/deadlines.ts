/** A point in time of state, such as the end of a member's session. Set, moved and cleared through `Deadlines` only. */
export class Deadline<Owner> {
  readonly owner: Owner
  /** Monotonic; infinity while not set. */
  atMs = Number.POSITIVE_INFINITY
  /** Where it stands in the heap; -1 outside. */
  index = -1
  /** Breaks ties: deadlines of one millisecond fire in the order in which they were set. */
  order = 0

  constructor(owner: Owner) {
    this.owner = owner
  }
}

/**
 * The deadlines of one shard, the earliest first: timers are state here, and time comes in from outside.
 * A binary heap whose entries know their place, so that a heartbeat moves one without leaving a stale entry behind.
 */
export class Deadlines<Owner> {
  readonly #heap: Deadline<Owner>[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  /** Infinity when there is none. */
  nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY
  }

  set(deadline: Deadline<Owner>, atMs: number): void {
    deadline.atMs = atMs
    deadline.order = this.#order++
    if (deadline.index < 0) {
      deadline.index = this.#heap.length
      this.#heap.push(deadline)
    }
    this.#up(deadline)
    this.#down(deadline)
  }

  clear(deadline: Deadline<Owner>): void {
    const { index } = deadline
    if (index < 0) return
    const last = this.#heap.pop()!
    deadline.index = -1
    deadline.atMs = Number.POSITIVE_INFINITY
    if (last === deadline) return
    this.#heap[index] = last
    last.index = index
    this.#up(last)
    this.#down(last)
  }

  /** Takes the earliest deadline that is due; the caller acts on its owner. */
  takeDue(nowMs: number): Owner | undefined {
    const first = this.#heap[0]
    if (first === undefined || first.atMs > nowMs) return undefined
    this.clear(first)
    return first.owner
  }

  #up(deadline: Deadline<Owner>): void {
    while (deadline.index > 0) {
      const parent = this.#heap[(deadline.index - 1) >> 1]!
      if (!before(deadline, parent)) return
      this.#swap(deadline, parent)
    }
  }

  #down(deadline: Deadline<Owner>): void {
    for (;;) {
      const left = this.#heap[2 * deadline.index + 1]
      const right = this.#heap[2 * deadline.index + 2]
      const child = right !== undefined && left !== undefined && before(right, left) ? right : left
      if (child === undefined || !before(child, deadline)) return
      this.#swap(child, deadline)
    }
  }

  #swap(a: Deadline<Owner>, b: Deadline<Owner>): void {
    const index = a.index
    a.index = b.index
    b.index = index
    this.#heap[a.index] = a
    this.#heap[b.index] = b
  }
}

function before<Owner>(a: Deadline<Owner>, b: Deadline<Owner>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
