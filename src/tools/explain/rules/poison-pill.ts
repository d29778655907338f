import { count, listed } from '../../words/index.ts'
import { keyOf } from '../evidence.ts'
import type { Rule } from '../finding.ts'
import { poisonedPartitions } from './poison.ts'
import { recordText } from './stuck.ts'

/** The same record again and again: each member that gets it is lost. */
export const poisonPill: Rule = (evidence) => {
  const poisoned = poisonedPartitions(evidence)
  if (poisoned.length === 0) return undefined
  const names = poisoned.map((one) => `${keyOf(one)} at offset ${one.committedOffset}`)
  return {
    severity: 'critical',
    sentence: `A record seems to end every member that reads it: ${listed(names)}.`,
    evidence: poisoned.flatMap((one) => {
      const record = evidence.records.get(keyOf(one))
      const members = [...new Set(one.losses.map(({ member }) => member?.clientId ?? ''))]
      return [
        `${count(one.losses.length, 'member')} (${listed(members)}) went while ${keyOf(one)} stood at offset ${one.committedOffset}.`,
        ...(record === undefined ? [] : [`The next record: ${recordText(record)}.`]),
      ]
    }),
    advice: poisoned
      .slice(0, 1)
      .flatMap(({ topic, partition, committedOffset }) => [
        `Look at it: kohort consume ${topic} --partition ${partition} --from ${committedOffset} --max 1.`,
        "Let the consumer survive it: onError: retry(...).then(deadLetter(...)) in kohort's client, a dead-letter topic in others.",
        `Or leave it out, once the group is stopped: kohort groups reset-offsets ${evidence.groupId} --topic ${topic}:${partition} --to-offset ${committedOffset + 1n}.`,
      ]),
    partitions: poisoned.map(({ topic, partition }) => ({ topic, partition })),
  }
}
