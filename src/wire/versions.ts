/** Versions from `lowest` to `highest`, both included; none when `lowest > highest`. */
export interface VersionRange {
  readonly lowest: number
  readonly highest: number
}

const parsed = new Map<string, VersionRange>()

/** Reads '3', '0-9', '6+' or 'none', the notation of Kafka's message definitions. */
export function parseVersions(text: string): VersionRange {
  let range = parsed.get(text)
  if (range === undefined) {
    range = parse(text)
    // Only schemas say versions: there are some dozens of texts.
    parsed.set(text, range)
  }
  return range
}

function parse(text: string): VersionRange {
  if (text === 'none') return { lowest: 0, highest: -1 }
  const match = /^(\d+)(?:-(\d+)|(\+))?$/.exec(text)
  if (match === null) throw new Error(`'${text}' is no range of versions`)
  const lowest = Number(match[1])
  if (match[3] !== undefined) return { lowest, highest: Number.MAX_SAFE_INTEGER }
  return { lowest, highest: match[2] === undefined ? lowest : Number(match[2]) }
}

export function inVersions(text: string | undefined, version: number): boolean {
  if (text === undefined) return true
  const { lowest, highest } = parseVersions(text)
  return version >= lowest && version <= highest
}
