/**
 * The subscribers of one topic by how many partitions they have (Kafka: MemberAssignmentBalancer). It gives out the least loaded member, to
 * give a partition to, and the most loaded one, to take one from, and counts on that being done.
 *
 *           ^                         most loaded range
 * partition |               [##<- ]##
 * count     | [..->  ]######[#####]##   the members at its right have nothing to give
 *           | [######]######[#####]##
 *           +------------------------> members
 *              least loaded range
 */
export class MemberBalancer {
  readonly #sizes: Int32Array
  #members: number[] = []
  #leastEnd = 0
  #leastLevel = -1
  #nextLeast = 0
  #mostStart = 0
  #mostEnd = 0
  #mostLevel = 1
  #nextMost = -1

  /** @param sizes how many partitions each member has; not written here. */
  constructor(sizes: Int32Array) {
    this.#sizes = sizes
  }

  /** @returns by how many partitions the most loaded of the members differs from the least loaded. */
  start(members: readonly number[]): number {
    const sizes = this.#sizes
    this.#members = [...members].sort((a, b) => sizes[a]! - sizes[b]! || a - b)
    const least = sizes[this.#members[0]!]!
    const most = sizes[this.#members.at(-1)!]!
    this.#leastEnd = 0
    this.#leastLevel = least - 1
    this.#nextLeast = 0
    this.#mostStart = members.length
    this.#mostEnd = members.length
    this.#mostLevel = most + 1
    this.#nextMost = members.length - 1
    return most - least
  }

  nextLeastLoaded(): number {
    if (this.#nextLeast >= this.#leastEnd) {
      this.#leastLevel++
      while (this.#leastEnd < this.#members.length && this.#sizeAt(this.#leastEnd) === this.#leastLevel)
        this.#leastEnd++
      this.#nextLeast = 0
    }
    return this.#members[this.#nextLeast++]!
  }

  /** -1 when nobody has anything to give any more. */
  nextMostLoaded(): number {
    if (this.#nextMost < this.#mostStart) {
      // When all of the range was excluded, the next lower level is that of the next member, wherever that is.
      if (this.#mostEnd <= this.#mostStart && this.#mostStart > 0) this.#mostLevel = this.#sizeAt(this.#mostStart - 1)
      else this.#mostLevel--
      while (this.#mostStart > 0 && this.#sizeAt(this.#mostStart - 1) === this.#mostLevel) this.#mostStart--
      this.#nextMost = this.#mostEnd - 1
    }
    return this.#nextMost < 0 ? -1 : this.#members[this.#nextMost--]!
  }

  /** The member that `nextMostLoaded` gave has nothing to give. */
  excludeMostLoaded(): void {
    const at = this.#nextMost + 1
    const member = this.#members[at]!
    this.#members[at] = this.#members[this.#mostEnd - 1]!
    this.#members[this.#mostEnd - 1] = member
    this.#mostEnd--
  }

  isBalanced(): boolean {
    return this.#mostLevel - this.#leastLevel <= 1
  }

  #sizeAt(index: number): number {
    return this.#sizes[this.#members[index]!]!
  }
}
