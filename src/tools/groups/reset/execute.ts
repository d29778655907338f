import type { Admin, AdminCallOptions, KafkaError } from '../../../client/index.ts'
import type { ResetPlan } from './reset-plan.ts'
import type { UndoPlan } from './undo.ts'

/** What was set, and what failed, by `topic-partition`. */
export interface Executed {
  readonly done: number
  readonly failures: ReadonlyMap<string, KafkaError>
}

/** Commits the offsets of a plan for a group without members. The coordinator refuses it where one has joined since. */
export async function executeReset(
  admin: Admin,
  { groupId, changes }: ResetPlan,
  { signal, timeoutMs }: Pick<AdminCallOptions, 'signal' | 'timeoutMs'> = {},
): Promise<Executed> {
  const offsets = changes.flatMap(({ topic, partition, newOffset }) =>
    newOffset === undefined ? [] : [{ topic, partition, offset: newOffset }],
  )
  const options = { signal, timeoutMs, partial: true }
  const altered = await admin.alterGroupOffsets(groupId, offsets, options)
  return { done: altered.size, failures: altered.failures }
}

/** Puts back what an undo file says. */
export async function executeUndo(
  admin: Admin,
  { groupId, restore, forget }: UndoPlan,
  { signal, timeoutMs }: Pick<AdminCallOptions, 'signal' | 'timeoutMs'> = {},
): Promise<Executed> {
  const options = { signal, timeoutMs, partial: true }
  const restored = await admin.alterGroupOffsets(groupId, restore, options)
  const forgotten = await admin.deleteGroupOffsets(groupId, forget, options)
  return {
    done: restored.size + forgotten.size,
    failures: new Map([...restored.failures, ...forgotten.failures]),
  }
}
