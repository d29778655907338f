import { bytesText, count, durationText, listed, rateText } from '../../words/index.ts'
import { type Evidence, keyOf, type MovingPartition, movingPartitions, type Probe } from '../evidence.ts'
import type { Rule } from '../finding.ts'

const LAG_MIN = 100n
/** A reader of ours that gets so many times what the member does shows that the brokers are not what is slow. */
const TIMES_FASTER = 3

/** Members that read more slowly than records come, and whether the handler or the fetching is what is slow. */
export const slowConsumer: Rule = (evidence) => {
  const slow = movingPartitions(evidence).filter(isFallingBehind)
  if (slow.length === 0) return undefined
  const owners = [...new Set(slow.map(({ owner }) => owner!.clientId))]
  const consumed = sum(slow.map(({ consumedPerSecond }) => consumedPerSecond!))
  const produced = sum(slow.map(({ producedPerSecond }) => producedPerSecond!))
  const probes = evidence.probes.filter((probe) => slow.some((one) => keyOf(one) === keyOf(probe)))
  const cause = causeOf(evidence, slow, probes)
  return {
    severity: 'warning',
    sentence: `${listed(owners)} ${owners.length === 1 ? 'is' : 'are'} too slow for ${count(slow.length, 'partition')} (${listed(slow.map(keyOf))}): ${rateText(produced)} come, ${rateText(consumed)} are processed${cause.verdict}.`,
    evidence: [...slow.slice(0, 5).map(partitionText), ...probes.map(probeText)],
    advice: cause.advice,
    members: [...new Set(slow.map(({ owner }) => owner!.memberId))],
    partitions: slow.map(({ topic, partition }) => ({ topic, partition })),
  }
}

/** It makes progress, and falls behind all the same. Without any progress it is stuck, which is another rule. */
function isFallingBehind({
  owner,
  lag = 0n,
  lagBefore = 0n,
  producedPerSecond,
  consumedPerSecond,
}: MovingPartition): boolean {
  if (owner === undefined || producedPerSecond === undefined || consumedPerSecond === undefined) return false
  return lag >= LAG_MIN && lag > lagBefore && consumedPerSecond > 0 && producedPerSecond > consumedPerSecond
}

function causeOf(
  { group }: Evidence,
  slow: readonly MovingPartition[],
  probes: readonly Probe[],
): { readonly verdict: string; readonly advice: readonly string[] } {
  const isFree = group!.members.length < group!.members.reduce((all, { assignment }) => all + assignment.length, 0)
  const more = isFree
    ? 'Start more members: there are partitions enough for them.'
    : 'More members do not help: there are no more partitions than members.'
  const handler = [
    'Make the handler faster: write in batches, call other services at once instead of one after the other.',
    "In kohort's client: run({ concurrency: 16, order: 'key' }).",
    more,
  ]
  const ratios = probes.map((probe) => {
    const one = slow.find((partition) => keyOf(partition) === keyOf(probe))!
    return perSecond(probe) / Math.max(one.consumedPerSecond!, 0.001)
  })
  if (ratios.length === 0) return { verdict: '', advice: handler }
  if (Math.min(...ratios) >= TIMES_FASTER)
    return { verdict: '; its handler is slow, the brokers are not', advice: handler }
  return {
    verdict: '; fetching is slow, for us as well',
    advice: [
      'Look at the network between consumer and brokers, at the disks of the brokers, and at quotas (throttle-time metrics of the client).',
      'Raise max.partition.fetch.bytes and fetch.max.bytes where records are large or the way is long; compress what is produced.',
      more,
    ],
  }
}

function partitionText(one: MovingPartition): string {
  return `${keyOf(one)}: ${count(one.lag!, 'record')} behind, ${rateText(one.producedPerSecond!)} in, ${rateText(one.consumedPerSecond!)} out.`
}

function probeText(probe: Probe): string {
  return `A reader of ours got ${count(probe.records, 'record')} (${bytesText(probe.bytes)}) of ${keyOf(probe)} in ${durationText(probe.ms)}: ${rateText(perSecond(probe))}.`
}

function perSecond({ records, ms }: Probe): number {
  return (records * 1_000) / Math.max(ms, 1)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
