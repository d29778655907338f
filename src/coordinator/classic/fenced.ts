import type { ClientInfo } from '../commands.ts'
import { emit } from '../events.ts'
import type { GroupContext } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'

/** A member that uses an id which is another's by now: its request was refused. */
export function emitFenced(
  group: ClassicGroup,
  context: GroupContext,
  { memberId, groupInstanceId }: { readonly memberId: string; readonly groupInstanceId: string | null },
  client: ClientInfo,
): void {
  const owner = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId)
  emit(group, context, 'member-fenced', {
    trigger: 'fenced',
    reason: `a request of member ${memberId} was refused: ${owner} has its instance id ${groupInstanceId} now`,
    member: { memberId, groupInstanceId, ...client },
  })
}
