import type { ListenerCall } from './machine.ts'
import type { MembershipHost } from './membership.ts'

/**
 * Resolves when the application is done; its errors are reported and change nothing (as in Java).
 * @param lost aborted, with why in words, when the member is put out meanwhile
 */
export async function callListener(host: MembershipHost, call: ListenerCall, lost: AbortSignal): Promise<void> {
  try {
    switch (call.type) {
      case 'assigned':
        return await host.assigned(call.added, call.all)
      case 'revoked':
        return await host.revoked(call.partitions, call.reason, lost)
      case 'lost':
        return await host.lost(call.partitions, call.reason)
    }
  } catch (error) {
    host.listenerFailed(error)
  }
}
