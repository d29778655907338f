import type { GroupPartitionSnapshot, GroupSnapshot, LagSnapshot } from '../../../tools/lag/index.ts'
import { sentenceOf, type TimelineEntry } from '../../../tools/timeline/index.ts'
import { bytesText, count, durationText, grouped } from '../../../tools/words/index.ts'
import { printable, type Style, styled } from '../../output/index.ts'

/** What `kohort groups watch` shows at one moment. */
export interface WatchView {
  /** undefined before the first look is over. */
  readonly snapshot: LagSnapshot | undefined
  /** One group with all about it; undefined: all groups, a line each. */
  readonly groupId: string | undefined
  /** What happened to that group, oldest first. */
  readonly timeline: readonly TimelineEntry[]
  /** Why the last look failed. */
  readonly failure: string | undefined
  readonly intervalMs: number
}

export interface Screen {
  readonly width: number
  readonly height: number
  readonly isColoured: boolean
}

interface Cell {
  readonly text: string
  readonly style?: Style | undefined
}
type Row = readonly (Cell | string)[]

/** How many characters a column has; the first one takes what is left. `left`: words, others are numbers. */
interface TableColumn {
  readonly head: string
  readonly width: number
  readonly isLeft?: boolean
}

const EVENTS_MAX = 6

/** The lines of a screen, at most `height`, none longer than `width`. Pure. */
export function renderWatch(view: WatchView, screen: Screen): readonly string[] {
  const { snapshot, groupId } = view
  const foot = line(`every ${durationText(view.intervalMs)}; q or Ctrl-C ends`, 'dim', screen)
  const failed = view.failure === undefined ? [] : [line(view.failure, 'red', screen)]
  if (snapshot === undefined) return [line('looking …', 'dim', screen), ...failed, foot].slice(0, screen.height)
  const room = Math.max(0, screen.height - 1 - failed.length)
  const body = groupId === undefined ? allGroups(snapshot, screen, room) : oneGroup(view, snapshot, screen, room)
  return [...body.slice(0, room), ...failed, foot].slice(0, screen.height)
}

function allGroups({ groups, atMs }: LagSnapshot, screen: Screen, room: number): readonly string[] {
  const sorted = groups.toSorted((a, b) => lagOf(b) - lagOf(a) || (a.groupId < b.groupId ? -1 : 1))
  const columns: readonly TableColumn[] = [
    { head: 'GROUP', width: 0, isLeft: true },
    { head: 'STATE', width: 11, isLeft: true },
    { head: 'MEMB', width: 4 },
    { head: 'LAG', width: 10 },
    { head: 'LAG TIME', width: 9 },
    { head: 'IN/S', width: 7 },
    { head: 'OUT/S', width: 7 },
    { head: 'STATUS', width: 7, isLeft: true },
  ]
  const rows = sorted.map(
    (group): Row => [
      group.groupId,
      stateCell(group.state),
      String(group.members),
      numberText(lagOf(group)),
      timeText(Math.max(...group.partitions.map(({ lagMs }) => lagMs).filter((ms) => !Number.isNaN(ms)))),
      rate(total(group.partitions, ({ place }) => place?.appendRate ?? Number.NaN)),
      rate(total(group.partitions, ({ progress }) => progress.commitRate)),
      statusCell(group.evaluation),
    ],
  )
  const head = line(`${count(groups.length, 'group')} at ${clock(atMs)}`, 'bold', screen)
  return [head, ...table(columns, rows, screen, room - 1)]
}

function oneGroup(view: WatchView, { groups, atMs }: LagSnapshot, screen: Screen, room: number): readonly string[] {
  const group = groups.find(({ groupId }) => groupId === view.groupId)
  const events = eventLines(view.timeline, screen)
  if (group === undefined) {
    const name = printable(view.groupId ?? '')
    return [line(`There is no group ${name} (${clock(atMs)}).`, 'yellow', screen), ...events]
  }
  const head = [
    line(
      `${printable(group.groupId)}  ${group.state}  ${group.type}${group.assignor === '' ? '' : `, ${group.assignor}`}  at ${clock(atMs)}`,
      'bold',
      screen,
    ),
    line(summary(group), undefined, screen),
    ...(group.failure === undefined ? [] : [line(group.failure, 'red', screen)]),
  ]
  const left = room - head.length - events.length - 2
  const members = memberRows(group)
  // Half for each, and what one does not need for the other.
  const memberRoom = Math.max(
    3,
    Math.min(members.length + 1, Math.max(left - group.partitions.length - 1, Math.floor(left / 2))),
  )
  return [
    ...head,
    '',
    ...table(memberColumns, members, screen, memberRoom),
    '',
    ...table(partitionColumns, partitionRows(group), screen, Math.max(2, left - memberRoom)),
    ...events,
  ]
}

function summary(group: GroupSnapshot): string {
  const idle = group.idleMembers > 0 ? ` (${group.idleMembers} idle)` : ''
  const produced = total(group.partitions, ({ place }) => place?.appendRate ?? Number.NaN)
  const consumed = total(group.partitions, ({ progress }) => progress.commitRate)
  return `${count(group.members, 'member')}${idle}  lag ${numberText(lagOf(group))}  in ${rate(produced)}/s  out ${rate(consumed)}/s  ${group.evaluation ?? ''}`
}

const memberColumns: readonly TableColumn[] = [
  { head: 'MEMBER', width: 0, isLeft: true },
  { head: 'HOST', width: 15, isLeft: true },
  { head: 'PARTS', width: 5 },
  { head: 'LAG', width: 10 },
  { head: 'IN/S', width: 7 },
  { head: 'OUT/S', width: 7 },
]

function memberRows({ partitions }: GroupSnapshot): readonly Row[] {
  const owners = new Map<string, GroupPartitionSnapshot[]>()
  for (const one of partitions) {
    const memberId = one.owner?.memberId ?? ''
    const own = owners.get(memberId)
    if (own === undefined) owners.set(memberId, [one])
    else own.push(one)
  }
  return [...owners.values()]
    .toSorted((a, b) => sumOfLags(b) - sumOfLags(a))
    .map((own): Row => {
      const owner = own[0]!.owner
      return [
        owner === undefined ? { text: '(nobody)', style: 'red' } : owner.clientId,
        owner === undefined ? '' : owner.host.replace(/^\//, ''),
        String(own.length),
        numberText(sumOfLags(own)),
        rate(total(own, ({ place }) => place?.appendRate ?? Number.NaN)),
        rate(total(own, ({ progress }) => progress.commitRate)),
      ]
    })
}

const partitionColumns: readonly TableColumn[] = [
  { head: 'PARTITION', width: 0, isLeft: true },
  { head: 'COMMITTED', width: 12 },
  { head: 'LAG', width: 10 },
  { head: 'LAG TIME', width: 9 },
  { head: 'OUT/S', width: 7 },
  { head: 'STATUS', width: 7, isLeft: true },
  { head: 'MEMBER', width: 12, isLeft: true },
]

function partitionRows({ partitions }: GroupSnapshot): readonly Row[] {
  return partitions
    .toSorted(
      (a, b) =>
        known(b.lag) - known(a.lag) || (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1),
    )
    .map(
      (one): Row => [
        `${one.topic}-${one.partition}`,
        numberText(one.committedOffset),
        one.state === 'known' ? numberText(one.lag) : { text: stateWords[one.state], style: 'yellow' },
        timeText(one.lagMs),
        rate(one.progress.commitRate),
        statusCell(one.evaluation),
        one.owner?.clientId ?? { text: '-', style: 'red' },
      ],
    )
}

const stateWords: Readonly<Record<GroupPartitionSnapshot['state'], string>> = {
  known: '',
  'never-committed': 'no commit',
  'no-such-partition': 'gone',
  'out-of-range': 'off range',
  unknown: '?',
}

function eventLines(timeline: readonly TimelineEntry[], screen: Screen): readonly string[] {
  if (timeline.length === 0) return []
  const shown = timeline.slice(-EVENTS_MAX)
  return [
    '',
    ...shown.map((entry) => {
      const style = entry.type === 'member-evicted' || entry.trigger === 'max-poll-interval' ? 'red' : undefined
      return line(`${clock(entry.timeMs)}  ${printable(sentenceOf(entry))}`, style, screen)
    }),
  ]
}

/** A head and rows, at most `room` lines; what does not fit is counted. */
function table(columns: readonly TableColumn[], rows: readonly Row[], screen: Screen, room: number): readonly string[] {
  const fixed = columns.reduce((sum, { width }) => sum + (width === 0 ? 0 : width + 1), 0)
  const widths = columns.map(({ width }) => (width === 0 ? Math.max(8, screen.width - fixed) : width))
  const render = (row: Row, style?: Style): string => {
    const cells = row.map((cell, at) => {
      const { text, style: own } = typeof cell === 'string' ? { text: cell, style: undefined } : cell
      const fitted = cut(printable(text), widths[at]!)
      const padded = columns[at]!.isLeft === true ? fitted.padEnd(widths[at]!) : fitted.padStart(widths[at]!)
      return { padded, style: own ?? style }
    })
    // Where even the narrowest table is too wide, the last columns go.
    const fitting: typeof cells = []
    let used = 0
    for (const cell of cells) {
      if (used + cell.padded.length > screen.width) break
      fitting.push(cell)
      used += cell.padded.length + 1
    }
    return fitting.map((cell) => styled(cell.padded, cell.style, screen)).join(' ')
  }
  const head = render(
    columns.map(({ head: text }) => text),
    'dim',
  )
  const fits = Math.max(0, room - 1)
  if (rows.length <= fits) return [head, ...rows.map((row) => render(row))]
  const shown = rows.slice(0, Math.max(0, fits - 1))
  return [
    head,
    ...shown.map((row) => render(row)),
    line(`… ${grouped(rows.length - shown.length)} more`, 'dim', screen),
  ]
}

function line(text: string, style: Style | undefined, screen: Screen): string {
  return styled(cut(text, screen.width), style, screen)
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}

function stateCell(state: string): Cell {
  if (state === 'Stable') return { text: state, style: 'green' }
  return { text: short[state] ?? state, style: state === 'Empty' ? undefined : 'yellow' }
}

const short: Readonly<Record<string, string>> = { PreparingRebalance: 'Preparing', CompletingRebalance: 'Completing' }

function statusCell(evaluation: GroupSnapshot['evaluation']): Cell {
  if (evaluation === undefined) return { text: '-' }
  if (evaluation === 'OK') return { text: evaluation, style: 'green' }
  return { text: evaluation, style: evaluation === 'WARN' ? 'yellow' : 'red' }
}

function lagOf({ partitions }: GroupSnapshot): number {
  return sumOfLags(partitions)
}

function sumOfLags(partitions: readonly GroupPartitionSnapshot[]): number {
  return total(partitions, ({ lag }) => lag)
}

/** What is known of it; NaN counts nothing. */
function total(partitions: readonly GroupPartitionSnapshot[], of: (one: GroupPartitionSnapshot) => number): number {
  return partitions.reduce((sum, one) => sum + known(of(one)), 0)
}

function known(number: number): number {
  return Number.isFinite(number) ? number : 0
}

/** '1,234', '12.3 M' */
function numberText(number: number): string {
  if (!Number.isFinite(number)) return '-'
  return number < 10_000_000 ? grouped(Math.round(number)) : bytesText(number).replace(/B$/, '').replace('K', 'k')
}

function rate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return '-'
  if (perSecond >= 10_000) return bytesText(perSecond).replace(/ ?B$/, '').replace(' K', 'k').replace(' M', 'M')
  return perSecond >= 10 || perSecond === 0 ? grouped(Math.round(perSecond)) : perSecond.toFixed(1)
}

function timeText(ms: number): string {
  return Number.isFinite(ms) && ms >= 0 ? durationText(ms) : '-'
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19)
}
