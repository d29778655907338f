import { Command, InvalidArgumentError, Option } from 'commander'
import {
  readSimulationInput,
  type SimulatedAssignor,
  type SimulatedShare,
  type Simulation,
  type SimulationInput,
  simulate,
  simulatedAssignors,
} from '../../../tools/simulate/index.ts'
import { bytesText, count, rateText } from '../../../tools/words/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../../connect.ts'
import { UsageError } from '../../exit-code.ts'
import { repeatable } from '../../options.ts'
import {
  addOutputOption,
  type Column,
  type OutputOptions,
  openOutput,
  printJson,
  printTable,
  startProgress,
} from '../../output/index.ts'
import { parseDurationMs } from './since.ts'

interface Options extends ConnectOptions, OutputOptions {
  readonly assignor?: SimulatedAssignor
  readonly members?: number
  readonly partitions?: readonly string[]
  readonly measure: string
}

export function simulateCommand(): Command {
  const command = new Command()
    .argument('<group>')
    .addOption(
      new Option(
        '--assignor <name>',
        'what would share out the partitions (default: all of them, side by side)',
      ).choices(simulatedAssignors),
    )
    .addOption(new Option('--members <±n>', 'with so many members more, or fewer').argParser(signedInteger))
    .addOption(
      repeatable(
        '--partitions <[topic:]n>',
        'with so many partitions, of one topic or of all; repeatable, with topics',
      ),
    )
    .addOption(new Option('--measure <time>', 'how long to measure what comes in; 0s: not at all').default('3s'))
  return addConnectOptions(addOutputOption(command)).action(run)
}

function signedInteger(text: string): number {
  if (!/^[+-]?\d{1,4}$/.test(text)) throw new InvalidArgumentError('Write +2 or -1.')
  return Number(text)
}

async function run(groupId: string, options: Options): Promise<void> {
  const measureMs = parseDurationMs(options.measure, '--measure')
  const progress = startProgress(`measuring what comes into the topics of ${groupId}`)
  const input = await withKafka(options, (kafka, signal) =>
    readSimulationInput(kafka, groupId, { measureMs, signal }),
  ).finally(() => progress.end())
  const output = openOutput(options)
  const change = { members: options.members, partitions: partitionsOf(options.partitions, input) }
  if (input.members.length + (options.members ?? 0) <= 0)
    throw new UsageError(`There would be no member in ${groupId}; --members +2 adds some.`)
  const names = options.assignor === undefined ? simulatedAssignors : [options.assignor]
  const simulations = names.map((assignor) => simulate(input, { ...change, assignor }))
  if (options.assignor === undefined) {
    const knowsRacks = output.format !== 'table' || simulations.some(({ offRack }) => offRack !== undefined)
    return printTable(simulations, knowsRacks ? [...comparison, offRackColumn] : comparison, { output })
  }
  const [simulation] = simulations as [Simulation]
  if (output.format === 'json') return printJson(simulation, output)
  printTable(simulation.shares, columns, { output })
  if (output.format === 'table') output.write(`\n${sentences(simulation)}\n`)
}

function partitionsOf(
  given: readonly string[] | undefined,
  { partitionsByTopic }: SimulationInput,
): ReadonlyMap<string, number> | undefined {
  if (given === undefined) return undefined
  const counts = new Map<string, number>()
  for (const text of given) {
    const match = /^(?:(.+):)?([1-9]\d{0,5})$/.exec(text)
    if (match === null) throw new UsageError(`--partitions ${text} is none; write 12 or TOPIC:12.`)
    const topics = match[1] === undefined ? [...partitionsByTopic.keys()] : [match[1]]
    for (const topic of topics) {
      const now = partitionsByTopic.get(topic)
      if (now === undefined) throw new UsageError(`No member of the group subscribes to a topic ${topic}.`)
      if (Number(match[2]) < now)
        throw new UsageError(`${topic} has ${now} partitions, and there is no way to have fewer.`)
      counts.set(topic, Number(match[2]))
    }
  }
  return counts
}

const places = (list: readonly { readonly topic: string; readonly partition: number }[]): readonly string[] =>
  list.map(({ topic, partition }) => `${topic}:${partition}`)
const rounded = (number: number): number => Math.round(number * 100) / 100
const SHOWN_MAX = 6
const short = (list: readonly string[]): string =>
  list.length <= SHOWN_MAX ? list.join(' ') : `${list.slice(0, SHOWN_MAX).join(' ')} +${list.length - SHOWN_MAX}`

const columns: readonly Column<SimulatedShare>[] = [
  { key: 'name', head: 'MEMBER', value: ({ name }) => name, canShrink: true },
  { key: 'memberId', head: null, value: ({ memberId }) => memberId },
  {
    key: 'fate',
    value: ({ fate }) => fate,
    style: ({ fate }) => (fate === 'joined' ? 'green' : fate === 'left' ? 'red' : undefined),
  },
  { key: 'before', head: '#BEFORE', value: ({ before }) => before.length },
  { key: 'after', head: '#AFTER', value: ({ after }) => after.length },
  { key: 'recordsPerSecond', head: 'RECORDS/S', value: ({ load }) => rounded(load.recordsPerSecond) },
  {
    key: 'bytesPerSecond',
    head: 'BYTES/S',
    value: ({ load }) => rounded(load.bytesPerSecond),
    text: ({ load }) => bytesText(load.bytesPerSecond),
  },
  {
    key: 'gained',
    value: ({ gained }) => places(gained),
    text: ({ gained }) => short(places(gained)),
    canShrink: true,
  },
  { key: 'lost', value: ({ lost }) => places(lost), text: ({ lost }) => short(places(lost)), canShrink: true },
]

const comparison: readonly Column<Simulation>[] = [
  { key: 'assignor', value: ({ assignor }) => assignor },
  { key: 'moved', value: ({ moved }) => moved },
  { key: 'stopped', value: ({ stopped }) => stopped },
  { key: 'rebalances', value: ({ rebalances }) => rebalances },
  { key: 'partitionsMin', head: 'MIN PARTITIONS', value: ({ partitions }) => partitions.min },
  { key: 'partitionsMax', head: 'MAX PARTITIONS', value: ({ partitions }) => partitions.max },
  {
    key: 'bytesPerSecondMin',
    head: 'MIN BYTES/S',
    value: ({ bytes }) => rounded(bytes.min),
    text: ({ bytes }) => bytesText(bytes.min),
  },
  {
    key: 'bytesPerSecondMax',
    head: 'MAX BYTES/S',
    value: ({ bytes }) => rounded(bytes.max),
    text: ({ bytes }) => bytesText(bytes.max),
  },
]

/** Only where racks are known. */
const offRackColumn: Column<Simulation> = { key: 'offRack', head: 'OFF RACK', value: ({ offRack }) => offRack }

function sentences({ assignor, moved, stopped, rebalances, offRack, partitions, bytes, records }: Simulation): string {
  const capital = (text: string): string => text.replace(/^n/, 'N')
  const move = `${capital(count(moved, 'partition'))} would change hands, ${count(stopped, 'partition')} would stand still meanwhile${rebalances > 1 ? `, in ${rebalances} rebalances` : ''}.`
  const far =
    offRack === undefined ? '' : `, ${count(offRack, 'partition')} of them without a replica in the member's rack`
  const balance = `With ${assignor} a member would have ${partitions.min} to ${partitions.max} partitions${far}`
  if (records.max === 0) return `${move}\n${balance}; nothing came in while we measured.`
  return `${move}\n${balance}, and between ${rateText(records.min)} (${bytesText(bytes.min)}/s) and ${rateText(records.max)} (${bytesText(bytes.max)}/s).`
}
