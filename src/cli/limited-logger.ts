import type { Clock, Logger } from '../platform/index.ts'

type Level = 'info' | 'warn' | 'error'

const WINDOW_MS = 10_000
/** Of lines that differ in numbers at most: addresses, partitions, offsets. */
const ALIKE_MAX = 10
/** Of all lines of a level: the names in them may be anybody's. */
const LEVEL_MAX = 500

/** Lines of one level and text, or of one level, in the present window. */
class Kind {
  readonly level: Level
  readonly max: number
  count = 0
  /** The last line that was left out. */
  left: { readonly fields: object; readonly message: string } | undefined

  constructor(level: Level, max: number) {
    this.level = level
    this.max = max
  }

  /** Whether the line may be written. */
  add(fields: object, message: string): boolean {
    this.count++
    if (this.count <= this.max) return true
    this.left = { fields, message }
    return false
  }
}

/**
 * A log that nobody can flood: of lines that say the same only the first ten in ten seconds are written, at the end of which one line says
 * how many more there were. Debug lines are for who asked for them, and all written.
 */
export function limitedLogger(logger: Logger, clock: Clock): Logger {
  const limiter = new Limiter(logger, clock)
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => limiter.write('info', fields, message),
    warn: (fields, message) => limiter.write('warn', fields, message),
    error: (fields, message) => limiter.write('error', fields, message),
  }
}

class Limiter {
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #kinds = new Map<string, Kind>()

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger
    this.#clock = clock
  }

  write(level: Level, fields: object, message: string): void {
    if (this.#kinds.size === 0) this.#clock.at(this.#clock.monotonicMs() + WINDOW_MS, () => this.#endWindow())
    if (!this.#kindOf(level, level, LEVEL_MAX).add(fields, message)) return
    const alike = this.#kindOf(`${level} ${message.replace(/\d+/g, '#')}`, level, ALIKE_MAX)
    if (alike.add(fields, message)) this.#logger[level](fields, message)
  }

  #kindOf(key: string, level: Level, max: number): Kind {
    let kind = this.#kinds.get(key)
    if (kind === undefined) {
      kind = new Kind(level, max)
      this.#kinds.set(key, kind)
    }
    return kind
  }

  #endWindow(): void {
    const kinds = [...this.#kinds.values()]
    this.#kinds.clear()
    for (const { level, count, max, left } of kinds) {
      if (left === undefined) continue
      const leftOut = count - max
      const lines = `${leftOut} ${leftOut === 1 ? 'line' : 'lines'}${max === ALIKE_MAX ? ' like this' : ''}`
      const { fields, message } = left
      this.#logger[level](
        { ...fields, leftOut },
        `${message} (the last of ${lines} that are left out here, in ${WINDOW_MS / 1000} s)`,
      )
    }
  }
}
