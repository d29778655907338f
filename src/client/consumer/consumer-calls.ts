import type { TopicPartition } from '../../assignor/index.ts'
import {
  checkPartitions,
  functionCheck,
  invalidArgument,
  type OptionCheck,
  type OptionChecks,
  shown,
  signalCheck,
  timeoutCheck,
  wholeNumberCheck,
  wordCheck,
} from '../config/call-options.ts'
import { nearest } from '../config/nearest.ts'
import type { ExplainOptions } from './ask-group.ts'
import type { RebalanceListener } from './group-host.ts'
import type { PollOptions } from './iterate/poll.ts'
import type { IterateOptions } from './iterate/record-iterator.ts'
import type { RunOptions } from './iterate/run.ts'
import type { LeaveOptions } from './membership/membership.ts'

export interface CloseOptions extends LeaveOptions {
  /** Longest wait for handlers, commits and the coordinator; default 30 000. */
  readonly timeoutMs?: number
}

const policyCheck: OptionCheck = {
  expected: 'a policy: fail(), skip(), retry(…), deadLetter(…)',
  accepts: (value) => typeof (value as { onFailure?: unknown } | null)?.onFailure === 'function',
}
const membershipCheck = wordCheck(['default', 'leave-group', 'remain-in-group'])

type ChecksOf<T> = { readonly [Name in keyof Required<T>]: OptionCheck }

const call = { signal: signalCheck, timeoutMs: timeoutCheck } satisfies OptionChecks
const leave = { signal: signalCheck, groupMembershipOperation: membershipCheck } satisfies ChecksOf<LeaveOptions>
const iterate = { signal: signalCheck, onError: policyCheck } satisfies ChecksOf<IterateOptions>

/** What the calls of a consumer take. */
export const callChecks = {
  call,
  leave,
  iterate,
  explain: {
    ...call,
    askGroup: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  } satisfies ChecksOf<ExplainOptions>,
  close: { ...leave, timeoutMs: timeoutCheck } satisfies ChecksOf<CloseOptions>,
  poll: { ...iterate, timeoutMs: timeoutCheck, maxPollRecords: wholeNumberCheck(1) } satisfies ChecksOf<PollOptions>,
  run: {
    ...iterate,
    handler: functionCheck,
    concurrency: wholeNumberCheck(1),
    order: wordCheck(['partition', 'key', 'none']),
  } satisfies ChecksOf<RunOptions<unknown, unknown>>,
} as const

/** @throws KafkaError INVALID_ARGUMENT */
export function checkOffsets(name: string, offsets: readonly (TopicPartition & { readonly offset: bigint })[]): void {
  checkPartitions(name, offsets)
  for (const { topic, partition, offset } of offsets) {
    if (typeof offset === 'bigint' && offset >= 0n) continue
    throw invalidArgument(
      `${name}: the offset of ${topic}-${partition} is a bigint of at least 0n, not ${shown(offset)}`,
    )
  }
}

const listenerNames = ['onPartitionsAssigned', 'onPartitionsRevoked', 'onPartitionsLost'] as const

/** A listener whose name is misspelt is never called. @throws KafkaError INVALID_ARGUMENT */
export function checkListener(listener: RebalanceListener | undefined): void {
  if (listener === undefined) return
  if (typeof listener !== 'object' || listener === null)
    throw invalidArgument(`a listener is an object with ${listenerNames.join(', ')}, not ${shown(listener)}`)
  for (const name of listenerNames) {
    const fn: unknown = listener[name]
    if (fn !== undefined && typeof fn !== 'function')
      throw invalidArgument(`${name} of a listener must be a function, not ${shown(fn)}`)
  }
  for (const name of Object.keys(listener)) {
    if ((listenerNames as readonly string[]).includes(name)) continue
    const near = nearest(name, listenerNames)
    if (near !== undefined) throw invalidArgument(`a listener has no ${name}; did you mean ${near}?`)
  }
}
