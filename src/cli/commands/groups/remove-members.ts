import { Command } from 'commander'
import type { GroupMemberDescription, MemberToRemove } from '../../../client/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { CliError, UsageError } from '../../exit-code.ts'
import { reportFailures } from '../../failures.ts'
import { repeatable } from '../../options.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printTable } from '../../output/index.ts'
import { partitionsText } from '../../partitions-text.ts'

interface Options extends ConnectOptions, OutputOptions {
  readonly member?: readonly string[]
  readonly instance?: readonly string[]
  readonly all?: boolean
  readonly reason?: string
  readonly yes?: boolean
}

export function removeMembersCommand(): Command {
  const command = new Command()
    .argument('<group>')
    .addOption(repeatable('--member <id>', 'a member by its id; repeatable'))
    .addOption(repeatable('--instance <id>', 'a static member by its group.instance.id; repeatable'))
    .option('--all', 'all members')
    .option(
      '--reason <text>',
      "why, for the broker's log and the timeline (KIP-800)",
      'removed by kohort groups remove-members',
    )
    .option('--yes', 'remove them; without it, only who would be removed is shown')
  return addConnectOptions(addOutputOption(command)).action(remove)
}

const columns: readonly Column<GroupMemberDescription>[] = [
  { key: 'memberId', head: 'CONSUMER-ID', value: ({ memberId }) => memberId, canShrink: true },
  { key: 'groupInstanceId', head: 'INSTANCE-ID', value: ({ groupInstanceId }) => groupInstanceId },
  { key: 'host', value: ({ host }) => host },
  { key: 'clientId', value: ({ clientId }) => clientId },
  { key: 'assignment', value: ({ assignment }) => partitionsText(assignment), canShrink: true },
]

async function remove(groupId: string, options: Options): Promise<void> {
  const { member: memberIds = [], instance: instanceIds = [], all = false, reason, yes = false } = options
  const isNamed = memberIds.length + instanceIds.length > 0
  if (isNamed === all) throw new UsageError('Which members? Give --member and --instance, or --all.')
  const output = openOutput(options)
  await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    const { members } = (await admin.describeGroups([groupId], { signal })).get(groupId)!
    const missing = [
      ...memberIds.filter((id) => !members.some(({ memberId }) => memberId === id)),
      ...instanceIds.filter((id) => !members.some(({ groupInstanceId }) => groupInstanceId === id)),
    ]
    if (missing.length > 0) throw new CliError(`Group ${groupId} has no member ${missing.join(', ')}.`)
    const meant = members.filter(({ memberId, groupInstanceId }) => {
      return all || memberIds.includes(memberId) || (groupInstanceId !== null && instanceIds.includes(groupInstanceId))
    })
    printTable(meant, columns, {
      output,
      title: yes
        ? `Removing from group ${groupId}:`
        : `Would be removed from group ${groupId}; those that live join again:`,
      whenEmpty: 'Nobody: the group has no members.',
    })
    if (!yes) {
      if (meant.length > 0) process.stderr.write('Nobody was removed: add --yes to do it.\n')
      return
    }
    const removed = await admin.removeMembers(groupId, meant.map(identityOf), { signal, reason, partial: true })
    if (output.format === 'table')
      output.write(`Removed ${removed.size} ${removed.size === 1 ? 'member' : 'members'} from group ${groupId}.\n`)
    reportFailures(`group ${groupId}:`, removed.failures)
  })
}

/** A static member keeps its place when only its member id leaves. */
function identityOf({ memberId, groupInstanceId }: GroupMemberDescription): MemberToRemove {
  return groupInstanceId === null ? { memberId } : { groupInstanceId }
}
