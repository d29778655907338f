import type { Admin, AdminCallOptions, GroupDescription } from '../../../client/index.ts'
import { KafkaError } from '../../../client/index.ts'
import { delay } from '../../delay.ts'

/** How long it waits, and who hears of it. */
export interface UntilEmptyOptions extends Pick<AdminCallOptions, 'signal' | 'timeoutMs'> {
  /** Longest wait, in ms; default: as long as the signal lets it. */
  readonly maxWaitMs?: number | undefined
  /** Between two looks, in ms; default 250: in a rolling restart a group may have no members for a moment only. */
  readonly intervalMs?: number | undefined
  /** Groups that still have members, at each look. */
  readonly onWaiting?: ((groups: readonly GroupDescription[]) => void) | undefined
}

const INTERVAL_MS = 250

/**
 * Waits until none of these groups has members, so that their offsets can be set. Groups that do not exist have none.
 * @throws KafkaError TIMEOUT when it has waited for `maxWaitMs`; what describing groups fails with
 */
export async function untilEmpty(
  admin: Admin,
  groupIds: readonly string[],
  { maxWaitMs = Number.POSITIVE_INFINITY, intervalMs = INTERVAL_MS, onWaiting, ...call }: UntilEmptyOptions = {},
): Promise<void> {
  const { clock } = admin
  const deadlineMs = clock.monotonicMs() + maxWaitMs
  for (;;) {
    const described = await admin.describeGroups(groupIds, { ...call, partial: true })
    for (const failure of described.failures.values()) if (failure.code !== 'GROUP_ID_NOT_FOUND') throw failure
    const live = [...described.values()].filter(({ state }) => state !== 'Empty' && state !== 'Dead')
    if (live.length === 0) return
    onWaiting?.(live)
    if (clock.monotonicMs() >= deadlineMs)
      throw new KafkaError('TIMEOUT', `there still are members in ${live.map(({ groupId }) => groupId).join(', ')}`)
    await delay(admin, intervalMs, call.signal)
  }
}
