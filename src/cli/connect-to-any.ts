import { parseAddress } from './address.ts'
import { WireConnection } from './wire-connection.ts'

const DEFAULT_PORT = 9092

/**
 * A connection to the first broker of a `--bootstrap-server` list that takes one, or why none does.
 * @param timeoutMs of each attempt and of each answer
 */
export async function connectToAny(servers: string, timeoutMs: number): Promise<WireConnection | string> {
  let reason = 'there is no address in --bootstrap-server'
  for (const text of servers.split(',').filter((part) => part.trim() !== '')) {
    const address = parseAddress(text.trim(), '--bootstrap-server', DEFAULT_PORT)
    try {
      return await WireConnection.open(address, timeoutMs)
    } catch (error) {
      reason = `no broker answers at ${text.trim()} (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`
    }
  }
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`
}
