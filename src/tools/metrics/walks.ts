import type {
  GroupPartitionSnapshot,
  GroupSnapshot,
  LagSnapshot,
  TopicPartitionSnapshot,
  TopicSnapshot,
} from '../lag/index.ts'
import { labelText, type MetricFamily } from './metric-page.ts'

export type Labels = Readonly<Record<string, string | number>>

/** Goes over things of one kind, with the labels that they have on the page; yields from time to time. */
export type Walk<T> = (visit: (labels: string, of: T) => void) => Iterable<void>

/** A group in one topic. */
export interface GroupTopic {
  readonly group: GroupSnapshot
  readonly topic: string
  readonly partitions: readonly GroupPartitionSnapshot[]
}

/** A metric: what it is of, and its value there; NaN leaves a series out. */
export function metric<T>(
  name: string,
  help: string,
  walk: Walk<T>,
  measure: (of: T) => number,
  type: MetricFamily['type'] = 'gauge',
): MetricFamily {
  return { name, help, type, write: (emit) => walk((labels, of) => emit(labels, measure(of))) }
}

/** Of one thing. */
export function single(labels: Labels = {}): Walk<void> {
  return function* (visit) {
    visit(labelText(labels), undefined)
    yield
  }
}

/** Of each of a few things. @param all several metrics may be of the same things: what can be gone over once only is a function */
export function each<T>(all: readonly T[] | (() => Iterable<T>), labelsOf: (one: T) => Labels): Walk<T> {
  return function* (visit) {
    for (const one of typeof all === 'function' ? all() : all) {
      visit(labelText(labelsOf(one)), one)
      yield
    }
  }
}

/** Of each partition of topics. */
export function places(
  { topics }: Pick<LagSnapshot, 'topics'>,
  labelsOf: (partition: TopicPartitionSnapshot) => Labels,
): Walk<TopicPartitionSnapshot> {
  return function* (visit) {
    for (const { partitions } of topics) {
      for (const one of partitions) if (one !== undefined) visit(labelText(labelsOf(one)), one)
      yield
    }
  }
}

/** Labels of partitions of groups: most of a page, and the same from round to round. */
export type LabelMemory = WeakMap<
  GroupSnapshot,
  { of: readonly GroupPartitionSnapshot[]; readonly labels: readonly string[] }
>

/** Of each partition of groups. @param memory kept by whoever writes page after page; its labels may not depend on anything that changes. */
export function groupPartitions(
  groups: readonly GroupSnapshot[],
  labelsOf: (group: GroupSnapshot, partition: GroupPartitionSnapshot) => Labels,
  memory: LabelMemory = new WeakMap(),
): Walk<GroupPartitionSnapshot> {
  return function* (visit) {
    for (const group of groups) {
      const labels = remembered(group, labelsOf, memory)
      for (const [i, partition] of group.partitions.entries()) visit(labels[i]!, partition)
      yield
    }
  }
}

function remembered(
  group: GroupSnapshot,
  labelsOf: (group: GroupSnapshot, partition: GroupPartitionSnapshot) => Labels,
  memory: LabelMemory,
): readonly string[] {
  const { partitions } = group
  const known = memory.get(group)
  if (known !== undefined) {
    if (known.of === partitions) return known.labels
    if (known.of.length === partitions.length && partitions.every((one, i) => one === known.of[i])) {
      known.of = partitions
      return known.labels
    }
  }
  const labels = partitions.map((partition) => labelText(labelsOf(group, partition)))
  memory.set(group, { of: partitions, labels })
  return labels
}

/** Of each topic that groups have offsets in. */
export function groupTopics(
  groups: readonly GroupSnapshot[],
  labelsOf: (group: GroupSnapshot, topic: string) => Labels,
): Walk<GroupTopic> {
  return function* (visit) {
    for (const group of groups) {
      for (const [topic, partitions] of byTopic(group)) {
        visit(labelText(labelsOf(group, topic)), { group, topic, partitions })
      }
      yield
    }
  }
}

function byTopic({ partitions }: GroupSnapshot): ReadonlyMap<string, readonly GroupPartitionSnapshot[]> {
  const topics = new Map<string, GroupPartitionSnapshot[]>()
  for (const one of partitions) {
    const known = topics.get(one.topic)
    if (known === undefined) topics.set(one.topic, [one])
    else known.push(one)
  }
  return topics
}

/** Partitions of a topic that are known. */
export function partitionsOf({ partitions }: TopicSnapshot): readonly TopicPartitionSnapshot[] {
  return partitions.filter((one) => one !== undefined)
}

/** Of what is known; NaN where nothing is. */
export function sumOf<T>(items: readonly T[], measure: (item: T) => number): number {
  let sum = Number.NaN
  for (const item of items) {
    const value = measure(item)
    if (!Number.isNaN(value)) sum = Number.isNaN(sum) ? value : sum + value
  }
  return sum
}

/** Of what is known; NaN where nothing is. */
export function maxOf<T>(items: readonly T[], measure: (item: T) => number): number {
  let max = Number.NaN
  for (const item of items) {
    const value = measure(item)
    if (!Number.isNaN(value) && !(value <= max)) max = value
  }
  return max
}
