import type { ErrorName } from '../../wire/index.ts'
import type { CommandOf } from '../commands.ts'
import type { GroupContext } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'
import { emitFenced } from './fenced.ts'
import { noteTold } from './handover.ts'
import { renewSession } from './session.ts'

/** Heartbeat: renews the session, and tells a member that it has to rejoin. */
export function heartbeat(group: ClassicGroup, command: CommandOf<'Heartbeat'>, context: GroupContext): ErrorName {
  const { memberId, groupInstanceId, generationId } = command.request
  const error = group.validateMember(memberId, groupInstanceId)
  if (error === 'FENCED_INSTANCE_ID') emitFenced(group, context, command.request, command.client)
  if (error !== 'NONE') return error
  if (generationId !== group.generationId) return 'ILLEGAL_GENERATION'
  switch (group.state) {
    case 'Empty':
      return 'UNKNOWN_MEMBER_ID'
    case 'PreparingRebalance':
      renewSession(group, group.members.get(memberId)!, context)
      noteTold(group.members.get(memberId)!, context)
      return 'REBALANCE_IN_PROGRESS'
    // A member that has its generation but not its assignment yet does nothing wrong: telling it to rejoin would loop.
    case 'CompletingRebalance':
    case 'Stable':
      renewSession(group, group.members.get(memberId)!, context)
      return 'NONE'
  }
}
