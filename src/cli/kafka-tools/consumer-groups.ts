import type { Admin, ListedGroup } from '../../client/index.ts'
import { withKafka } from '../connect.ts'
import { listConsumerGroups } from './admin-calls.ts'
import { consumerGroupsSpecs, parseConsumerGroupsOptions } from './consumer-groups-options.ts'
import { deleteGroups, deleteOffsets } from './delete-groups.ts'
import { describeGroups } from './describe-groups.ts'
import { OptionException, type OptionSet, usageOf } from './jopt.ts'
import { resetOffsets } from './reset-offsets.ts'
import { err, out, padded, printError, ToolError, UsageError, widest } from './tool-output.ts'
import { KAFKA_VERSION } from './version.ts'

const ABOUT =
  'This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.'
const DEFAULT_TIMEOUT = '30000'
const actions = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets', 'validate-regex'] as const

/** kafka-consumer-groups as of Apache Kafka 4.2. @returns the exit code, which is 0 for errors of the cluster: so it is in Kafka's tool. */
export async function consumerGroupsTool(args: readonly string[]): Promise<number> {
  try {
    const options = parseConsumerGroupsOptions(args)
    if (args.length === 0 || options.has('help')) throw new UsageError(ABOUT)
    if (options.has('version')) {
      out(`${KAFKA_VERSION}\n`)
      return 0
    }
    if (actions.filter((action) => options.has(action)).length !== 1)
      throw new UsageError(
        `Command must include exactly one action: ${actions.map((action) => `--${action}`).join(', ')}`,
      )
    await run(options)
    return 0
  } catch (error) {
    if (error instanceof OptionException) {
      err(`Exception in thread "main" ${error.javaClass}: ${error.message}\n`)
      return 1
    }
    if (!(error instanceof UsageError)) throw error
    err(`${error.message}\n${usageOf(consumerGroupsSpecs)}`)
    return 1
  }
}

async function run(options: OptionSet): Promise<void> {
  const regex = options.value('validate-regex')
  if (regex !== undefined) return validateRegex(regex)
  try {
    const timeoutMs = Number(options.value('timeout') ?? DEFAULT_TIMEOUT)
    const commandConfig = options.value('command-config')
    const connect = {
      bootstrapServer: options.value('bootstrap-server')!,
      ...(commandConfig !== undefined && { commandConfig }),
      timeout: timeoutMs,
    }
    await withKafka(connect, (kafka, signal) => act(kafka.admin(), options, { signal, timeoutMs }))
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error
    const trace =
      error instanceof ToolError
        ? error.trace
        : error instanceof OptionException
          ? [`${error.javaClass}: ${error.message}`]
          : []
    printError(`Executing consumer group command failed due to ${error.message}`, trace)
  }
}

async function act(admin: Admin, options: OptionSet, call: { signal: AbortSignal; timeoutMs: number }): Promise<void> {
  const has = (name: string): boolean => options.has(name)
  if (has('list')) return list(admin, options, call)
  if (has('reset-offsets')) return resetOffsets(admin, options, call)
  if (has('delete-offsets')) return deleteOffsets(admin, options.value('group')!, options.values('topic'), call)
  const groupIds = has('all-groups')
    ? (await listConsumerGroups(admin, call)).map(({ groupId }) => groupId)
    : options.values('group')
  if (has('delete')) return deleteGroups(admin, groupIds, call)
  const view = has('members') ? 'members' : has('state') ? 'state' : 'offsets'
  return describeGroups(admin, groupIds, { view, verbose: has('verbose') }, call)
}

const states = ['CompletingRebalance', 'Stable', 'Empty', 'Assigning', 'Reconciling', 'PreparingRebalance', 'Dead']
const types = ['Consumer', 'Classic']

async function list(admin: Admin, options: OptionSet, call: { signal: AbortSignal; timeoutMs: number }): Promise<void> {
  const withType = options.has('type')
  const withState = options.has('state')
  const wantedTypes = chosen(options.value('type'), types, 'types').map((type) => type.toLowerCase())
  const wantedStates = chosen(options.value('state'), states, 'state')
  const groups = await listConsumerGroups(admin, call, { types: wantedTypes, states: wantedStates })
  if (withType || withState) printGroups(groups, { withType, withState })
  else for (const { groupId } of groups) out(`${groupId}\n`)
}

/** `stable,empty`: with Kafka's spelling. @throws UsageError for one that is none */
function chosen(text: string | undefined, known: readonly string[], what: string): readonly string[] {
  if (text === undefined || text === '') return []
  return text.split(',').map((part) => {
    const wanted = part.trim().toLowerCase()
    const found = known.find((one) => one.toLowerCase() === wanted)
    if (found === undefined)
      throw new UsageError(
        `Invalid ${what} list '${text}'. Valid ${what}${what.endsWith('s') ? '' : 's'} are: ${known.join(', ')}`,
      )
    return found
  })
}

function printGroups(
  groups: readonly ListedGroup[],
  { withType, withState }: { readonly withType: boolean; readonly withState: boolean },
): void {
  const widths = [
    widest(
      15,
      groups.map(({ groupId }) => groupId),
    ) + 10,
    20,
    20,
  ]
  const line = (groupId: string, type: string, state: string): string => {
    const cells = [groupId, ...(withType ? [type] : []), ...(withState ? [state] : [])]
    return `${padded(cells, widths)}\n`
  }
  out(line('GROUP', 'TYPE', 'STATE'))
  for (const { groupId, type = 'unknown', state = 'Unknown' } of groups) {
    out(line(groupId, type.charAt(0).toUpperCase() + type.slice(1), state))
  }
}

async function validateRegex(regex: string): Promise<void> {
  const { RE2JS } = await import('re2js')
  try {
    RE2JS.compile(regex)
    out(`The regular expression \`${regex}\` is valid.\n`)
  } catch (error) {
    const description =
      (error as Error & { getDescription?: () => string }).getDescription?.() ?? (error as Error).message
    out(`The regular expression \`${regex}\` is invalid: ${description}.\n`)
  }
}
