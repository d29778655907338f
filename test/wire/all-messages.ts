import * as wire from '../../src/wire/index.ts'

export interface MessageVersion {
  readonly name: string
  readonly version: number
  readonly message: wire.Message<unknown, unknown>
}

/** Every version of every message. */
export function allMessageVersions(): MessageVersion[] {
  return Object.values(wire)
    .filter((value): value is typeof value & wire.Message<unknown, unknown> => 'decodePrefix' in Object(value))
    .flatMap((message) => {
      const { lowestVersion, highestVersion, name } = message
      const count = highestVersion - lowestVersion + 1
      return Array.from({ length: count }, (_, index) => ({ name, version: lowestVersion + index, message }))
    })
}
