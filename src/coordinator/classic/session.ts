import type { GroupContext } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ClassicMember } from './member.ts'

/** A sign of life: the member's session ends this much later. */
export function renewSession(
  _group: ClassicGroup,
  member: ClassicMember,
  context: GroupContext,
  timeoutMs = member.sessionTimeoutMs,
): void {
  context.deadlines.set(member.session, context.step.nowMs + timeoutMs)
}
