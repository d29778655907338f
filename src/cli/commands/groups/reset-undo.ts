import { readFileSync } from 'node:fs'
import type { Admin } from '../../../client/index.ts'
import {
  executeUndo,
  parseUndo,
  planUndo,
  readCommitted,
  refusalOfLiveGroup,
  type UndoFile,
  type UndoGroup,
} from '../../../tools/groups/index.ts'
import { withKafka } from '../../connect.ts'
import { CliError, ExitCode, UsageError } from '../../exit-code.ts'
import { reportFailures } from '../../failures.ts'
import { type Column, type Output, printTable } from '../../output/index.ts'
import type { ResetOptions } from './reset-offsets.ts'
import { waitUntilEmpty } from './reset-wait.ts'

interface Row {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly now: bigint | undefined
  readonly before: bigint | undefined
  readonly hasMoved: boolean
}

const columns: readonly Column<Row>[] = [
  { key: 'groupId', head: 'GROUP', value: ({ groupId }) => groupId },
  { key: 'topic', value: ({ topic }) => topic },
  { key: 'partition', value: ({ partition }) => partition },
  { key: 'committedOffset', head: 'FROM', value: ({ now }) => now },
  { key: 'newOffset', head: 'TO', value: ({ before }) => before, text: ({ before }) => String(before ?? 'forgotten') },
  {
    key: 'hasMoved',
    head: 'NOTE',
    value: ({ hasMoved }) => hasMoved,
    text: ({ hasMoved }) => (hasMoved ? 'somebody has committed since' : '-'),
    style: ({ hasMoved }) => (hasMoved ? 'yellow' : undefined),
  },
]

/** Puts back what was committed before a reset, for the groups of the file or those of them that are named. */
export async function undoReset(
  groupIds: readonly string[],
  path: string,
  options: ResetOptions,
  output: Output,
): Promise<void> {
  const file = readUndo(path)
  const groups = file.groups.filter(({ groupId }) => groupIds.length === 0 || groupIds.includes(groupId))
  if (groups.length === 0) throw new UsageError(`${path} is not about ${groupIds.join(', ')}.`)
  await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    const { clusterId } = await admin.describeCluster({ signal })
    if (file.clusterId !== null && clusterId !== null && file.clusterId !== clusterId)
      throw new CliError(`${path} is of cluster ${file.clusterId}, and this is ${clusterId}.`)
    await waitUntilEmpty(
      admin,
      groups.map(({ groupId }) => groupId),
      options,
      signal,
    )
    const refusals: string[] = []
    const plans = []
    for (const group of groups) {
      const now = await readCommitted(admin, group.groupId, { signal })
      const plan = planUndo(group, now)
      plans.push({ plan, rows: rowsOf(group, now) })
      const live = await liveRefusal(admin, group.groupId, signal)
      if (live !== undefined) refusals.push(live)
      else if (plan.moved.length > 0 && options.force !== true)
        refusals.push(
          `group ${group.groupId} has committed since in ${plan.moved.length} of ${group.partitions.length} partitions: add --force to put them back all the same.`,
        )
    }
    printTable(
      plans.flatMap(({ rows }) => rows),
      columns,
      { output, title: titleOf(file) },
    )
    for (const refusal of refusals) process.stderr.write(`kohort: ${refusal}\n`)
    if (refusals.length > 0) process.exitCode = ExitCode.FAILED
    else if (options.execute !== true) process.stderr.write('Nothing was changed: add --execute to do it.\n')
    else {
      for (const { plan } of plans) {
        const { done, failures } = await executeUndo(admin, plan, { signal })
        if (output.format === 'table')
          output.write(`Put back ${done} ${done === 1 ? 'offset' : 'offsets'} of group ${plan.groupId}.\n`)
        reportFailures(`group ${plan.groupId}:`, failures)
      }
    }
  })
}

function titleOf({ atMs, by, command }: UndoFile): string {
  const who = by === undefined ? '' : `, before ${by} did: ${command}`
  return `Back to ${new Date(atMs).toISOString()}${who}`
}

function readUndo(path: string): UndoFile {
  try {
    return parseUndo(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(`The undo file ${path} cannot be read: ${code ?? message}.`)
  }
}

async function liveRefusal(admin: Admin, groupId: string, signal: AbortSignal): Promise<string | undefined> {
  const group = (await admin.describeGroups([groupId], { signal, partial: true })).get(groupId)
  return group === undefined ? undefined : refusalOfLiveGroup(group)
}

function rowsOf({ groupId, partitions }: UndoGroup, committed: ReadonlyMap<string, bigint>): readonly Row[] {
  return partitions.map(({ topic, partition, before, after }) => {
    const now = committed.get(`${topic}-${partition}`)
    const hasMoved = now !== after && now !== before?.offset
    return { groupId, topic, partition, now, before: before?.offset, hasMoved }
  })
}
