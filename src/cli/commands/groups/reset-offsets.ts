import { writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { Command } from 'commander'
import type { TopicPartition } from '../../../assignor/index.ts'
import type { Admin } from '../../../client/index.ts'
import {
  executeReset,
  formatUndo,
  planReset,
  type ResetChange,
  type ResetEffect,
  type ResetPlan,
  type ResetTarget,
  readCommitted,
  readResetEffects,
  readResetFacts,
  refusalOfLiveGroup,
  type UndoGroup,
  undoOf,
} from '../../../tools/groups/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { CliError, ExitCode, UsageError } from '../../exit-code.ts'
import { reportFailures } from '../../failures.ts'
import { repeatable } from '../../options.ts'
import { addOutputOption, type Output, type OutputOptions, openOutput, startProgress } from '../../output/index.ts'
import { topicPartitions } from '../../topic-partitions.ts'
import { printPlans } from './reset-print.ts'
import { addTargetOptions, type TargetOptions, targetOf } from './reset-target.ts'
import { undoReset } from './reset-undo.ts'
import { waitUntilEmpty } from './reset-wait.ts'

export interface ResetOptions extends ConnectOptions, OutputOptions, TargetOptions {
  readonly topic?: readonly string[]
  readonly allTopics?: boolean
  readonly clamp?: boolean
  readonly execute?: boolean
  readonly dryRun?: boolean
  readonly undoFile?: string
  readonly undo?: string
  readonly force?: boolean
  readonly whenEmpty?: boolean
  readonly wait?: string
}

/** A plan with what it means. */
export interface ShownPlan {
  readonly plan: ResetPlan
  readonly effects: ReadonlyMap<string, ResetEffect>
  /** Why it cannot be executed now. */
  readonly refusal: string | undefined
}

export function resetOffsetsCommand(): Command {
  const command = new Command()
    .argument('[group...]', 'groups without live members')
    .addOption(repeatable('--topic <topic>', 'a topic, or TOPIC:0,1 for two of its partitions; repeatable'))
    .option('--all-topics', 'all partitions in which the group has committed something')
  addTargetOptions(command)
    .option('--clamp', 'take the nearest offset inside of the log, instead of refusing one outside')
    .option('--execute', 'do it; without it, only what would be changed is shown')
    .option('--dry-run', 'show what would be changed (the default)')
    .option('--when-empty', 'with --execute: wait until the groups have no members, and do it then')
    .option('--wait <time>', 'with --when-empty: give up after so long: 90s, 15m, 1h (default: never)')
    .option('--undo-file <file>', 'where to write what undoes it (default: kohort-undo-TIME.json)')
    .option('--undo <file>', 'put back what an undo file says')
    .option('--force', 'with --undo: also where somebody has committed since')
  return addConnectOptions(addOutputOption(command)).action(reset)
}

async function reset(groupIds: readonly string[], options: ResetOptions): Promise<void> {
  if (options.execute === true && options.dryRun === true) throw new UsageError('Give either --execute or --dry-run.')
  if (options.whenEmpty === true && options.execute !== true) throw new UsageError('--when-empty is for --execute.')
  if (options.wait !== undefined && options.whenEmpty !== true) throw new UsageError('--wait is for --when-empty.')
  const output = openOutput(options)
  if (options.undo !== undefined) return undoReset(groupIds, options.undo, options, output)
  if (groupIds.length === 0) throw new UsageError('Which groups? Name them.')
  await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    await waitUntilEmpty(admin, groupIds, options, signal)
    const progress = startProgress('reading offsets')
    const plans: ShownPlan[] = []
    try {
      for (const groupId of new Set(groupIds)) plans.push(await shownPlan(admin, groupId, options, signal))
    } finally {
      progress.end()
    }
    printPlans(plans, output)
    const refusals = plans.flatMap(({ refusal }) => refusal ?? [])
    for (const refusal of refusals) process.stderr.write(`kohort: ${refusal}\n`)
    if (refusals.length > 0) process.exitCode = ExitCode.FAILED
    else if (options.execute === true) await execute(admin, plans, options, signal, output)
    else process.stderr.write('Nothing was changed: add --execute to do it.\n')
  })
}

async function shownPlan(
  admin: Admin,
  groupId: string,
  options: ResetOptions,
  signal: AbortSignal,
): Promise<ShownPlan> {
  const groups = await admin.describeGroups([groupId], { signal, partial: true })
  const failure = groups.failures.get(groupId)
  if (failure !== undefined && failure.code !== 'GROUP_ID_NOT_FOUND') throw failure
  const group = groups.get(groupId)
  if (group?.type === 'share')
    throw new CliError(`Group ${groupId} is a share group: it has no committed offsets that could be set.`)
  const live = group === undefined ? undefined : refusalOfLiveGroup(group)
  const { target, partitions } = await scopeOf(admin, groupId, options, signal)
  const { facts, problems } = await readResetFacts(admin, groupId, partitions, target, { signal })
  const plan = planReset(groupId, target, facts, options.clamp === true ? 'clamp' : 'refuse')
  const effects = await readResetEffects(admin, plan, { signal })
  const wrong = [...problems, ...plan.changes.flatMap(problemOf)]
  const named = wrong.slice(0, PROBLEMS_MAX).map(([key, problem]) => `${key}: ${problem}`)
  const more = wrong.length > PROBLEMS_MAX ? [`and ${wrong.length - PROBLEMS_MAX} more`] : []
  const sentence = [...named, ...more].join('; ')
  const hint = plan.changes.some(({ problem }) => problem?.startsWith('offset '))
    ? '; --clamp takes the nearest one'
    : ''
  return { plan, effects, refusal: live ?? (wrong.length === 0 ? undefined : `group ${groupId}: ${sentence}${hint}.`) }
}

/** The table shows them all. */
const PROBLEMS_MAX = 3

function problemOf({ topic, partition, problem }: ResetChange): readonly (readonly [string, string])[] {
  return problem === undefined ? [] : [[`${topic}-${partition}`, problem]]
}

async function scopeOf(
  admin: Admin,
  groupId: string,
  options: ResetOptions,
  signal: AbortSignal,
): Promise<{ readonly target: ResetTarget; readonly partitions: readonly TopicPartition[] }> {
  const { topic: topics = [], allTopics = false } = options
  const given = targetOf(options, admin.clock.wallMs())
  const named = topics.length === 0 ? undefined : await topicPartitions(admin, topics, { signal })
  if (named !== undefined && allTopics) throw new UsageError('Give either --topic or --all-topics.')
  if (given.to === 'file') {
    const lines = given.lines.filter((line) => (line.groupId ?? groupId) === groupId)
    if (lines.length === 0) throw new CliError(`The file has no offsets for group ${groupId}.`)
    const offsets = new Map(lines.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]))
    const places = [
      ...new Map(lines.map(({ topic, partition }) => [`${topic}-${partition}`, { topic, partition }])).values(),
    ]
    return { target: { to: 'offsets', offsets }, partitions: named ?? places }
  }
  if (named !== undefined) return { target: given, partitions: named }
  if (!allTopics) throw new UsageError('Which partitions? Give --topic or --all-topics.')
  const committed = [...(await readCommitted(admin, groupId, { signal })).keys()]
  if (committed.length === 0)
    throw new CliError(`Group ${groupId} has committed nothing: name its topics with --topic.`)
  const partitions = committed.map((key) => {
    const at = key.lastIndexOf('-')
    return { topic: key.slice(0, at), partition: Number(key.slice(at + 1)) }
  })
  return { target: given, partitions }
}

async function execute(
  admin: Admin,
  plans: readonly ShownPlan[],
  options: ResetOptions,
  signal: AbortSignal,
  output: Output,
): Promise<void> {
  const { clusterId } = await admin.describeCluster({ signal })
  const committed = await admin.listGroupOffsets(
    plans.map(({ plan }) => plan.groupId),
    { signal, partial: true },
  )
  const groups: readonly UndoGroup[] = plans.map(({ plan }) => undoOf(plan, committed.get(plan.groupId) ?? []))
  const atMs = admin.clock.wallMs()
  const path = options.undoFile ?? `kohort-undo-${new Date(atMs).toISOString().replaceAll(/[:.]/g, '-')}.json`
  writeUndo(path, formatUndo({ clusterId, atMs, ...whoAndHow(), groups }))
  for (const { plan } of plans) {
    const { done, failures } = await executeReset(admin, plan, { signal })
    if (output.format === 'table')
      output.write(`Set ${done} ${done === 1 ? 'offset' : 'offsets'} of group ${plan.groupId}.\n`)
    reportFailures(`group ${plan.groupId}:`, failures)
  }
  process.stderr.write(`To undo it: kohort groups reset-offsets --undo ${path} --execute\n`)
}

/** For whoever finds the file. */
function whoAndHow(): { readonly by: string; readonly command: string } {
  const words = process.argv
    .slice(2)
    .map((word) => (/^[\w.,:=@/+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
  return { by: `${userName()}@${hostname()}`, command: `kohort ${words.join(' ')}` }
}

/** A user without a name, as containers have them, is a number. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

/** Before anything is changed, and never over another file. */
function writeUndo(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CliError(
      `The undo file ${path} cannot be written (${code}), so nothing was changed; --undo-file says where.`,
    )
  }
}
