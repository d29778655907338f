/** A listener as `listeners` of server.properties has it. */
export interface ListenerAddress {
  /** `PLAINTEXT` in `PLAINTEXT://localhost:9092`, in capitals. */
  readonly name: string
  /** '' = all addresses. IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

export type ListenersResult =
  | { readonly ok: true; readonly listeners: readonly ListenerAddress[] }
  | { readonly ok: false; readonly message: string }

/**
 * Reads `listeners` or `advertised.listeners`, without the controller's listeners.
 * @param securityProtocols `listener.security.protocol.map`: anything but PLAINTEXT is refused, since serving it without
 *   its protection would be worse than not serving it
 */
export function parseListeners(
  listeners: readonly string[],
  securityProtocols: string,
  controllerListenerNames: readonly string[],
): ListenersResult {
  const protocols = new Map(securityProtocols.split(/\s*,\s*/).map(protocolOf))
  const controllers = controllerListenerNames.map((name) => name.toUpperCase())
  const parsed: ListenerAddress[] = []
  for (const text of listeners) {
    const listener = parseListener(text)
    if (listener === undefined) return { ok: false, message: `${text} is not a listener: write NAME://HOST:PORT.` }
    if (controllers.includes(listener.name)) continue
    const protocol = protocols.get(listener.name)
    if (protocol === undefined) {
      const map = 'listener.security.protocol.map'
      return { ok: false, message: `The listener ${listener.name} has no security protocol: name it in ${map}.` }
    }
    if (protocol !== 'PLAINTEXT') {
      return { ok: false, message: `The listener ${listener.name} asks for ${protocol}; only PLAINTEXT is served yet.` }
    }
    parsed.push(listener)
  }
  const twice = parsed.find((listener, index) => parsed.findIndex((other) => isSame(listener, other)) !== index)
  if (twice !== undefined)
    return { ok: false, message: `${twice.host}:${twice.port} stands twice among the listeners.` }
  return { ok: true, listeners: parsed }
}

/** Unlike Kafka, one name may stand at several addresses (127.0.0.1 and ::1); port 0 is another one each time. */
function isSame(a: ListenerAddress, b: ListenerAddress): boolean {
  return a.port === b.port && a.host === b.host && (a === b || a.port !== 0)
}

function protocolOf(pair: string): [string, string] {
  const colon = pair.lastIndexOf(':')
  return [
    pair.slice(0, Math.max(0, colon)).trim().toUpperCase(),
    pair
      .slice(colon + 1)
      .trim()
      .toUpperCase(),
  ]
}

function parseListener(text: string): ListenerAddress | undefined {
  const match = /^([^:/\s]+):\/\/(?:\[([0-9a-fA-F:.%\w]+)\]|([^:/[\]\s]*)):(\d{1,5})$/.exec(text.trim())
  if (match === null || Number(match[4]) > 65_535) return undefined
  return { name: match[1]!.toUpperCase(), host: match[2] ?? match[3]!, port: Number(match[4]) }
}
