import type {
  CoordinatorRecord,
  Effect,
  EffectResult,
  EncodedRecord,
  GroupConfig,
  GroupEvent,
  GroupResponse,
  Step,
  Ticket,
  TopicImage,
} from '../coordinator/index.ts'
import { decodeRecord, encodeRecord, errorResponse, loadingResponse, ShardCoordinator } from '../coordinator/index.ts'
import type { Cancel, Clock, Logger } from '../platform/index.ts'
import type { ParkedReply } from './parked-answers.ts'
import { ParkedAnswers } from './parked-answers.ts'
import type { Request } from './request.ts'
import type { ReplayedRecord, ShardLog } from './shard-log.ts'

export interface ShardRunnerOptions {
  readonly shard: number
  readonly clock: Clock
  readonly logger: Logger
  openShardLog(shard: number): Promise<ShardLog>
  config(): GroupConfig
  topics(): TopicImage
  randomId(): string
  onEvent(event: GroupEvent): void
  runEffect(effect: Effect): Promise<EffectResult>
  /** The shard's next deadline may be earlier than it was. */
  onDeadline(atMs: number): void
}

/** Of the batches with tombstones of many groups. */
const BATCH_RECORDS_MAX = 1_000
const RELOAD_DELAY_MS = 100
const RELOAD_DELAY_MAX_MS = 10_000

/** A shard that has been loaded: its state and the log that it is a fold of. They live and die together. */
interface Active {
  readonly coordinator: ShardCoordinator
  readonly log: ShardLog
}

/**
 * Runs one shard: loads it, runs each command as a step, appends the step's records, and lets the answers go when the log is durable so far.
 * A failed append or a throw fences it: what waits is told NOT_COORDINATOR, the state is dropped, and the log is read anew.
 */
export class ShardRunner {
  readonly #options: ShardRunnerOptions
  #active: Active | undefined
  #stopped = false
  #nextTicket: Ticket = 1
  /** Commands that the coordinator has not answered yet. */
  readonly #open = new Map<Ticket, Request>()
  readonly #parked = new ParkedAnswers()
  #releasing = false
  /** Topics that were deleted while the shard was loading. */
  readonly #deletedTopics = new Set<string>()
  /** Fences and failed loads since the log last made progress: each makes the next load wait longer. */
  #failures = 0
  #reload: { readonly timer: Cancel; readonly wake: () => void } | undefined
  #onDrained: (() => void) | undefined

  constructor(options: ShardRunnerOptions) {
    this.#options = options
  }

  /** While active, for tests that look on. */
  get coordinator(): ShardCoordinator | undefined {
    return this.#active?.coordinator
  }

  /** Infinity while there is none. */
  get nextDeadlineMs(): number {
    return this.#active?.coordinator.nextDeadlineMs() ?? Number.POSITIVE_INFINITY
  }

  /** Resolves when the shard has been loaded, however often that takes, or was stopped. */
  async load(): Promise<void> {
    const { shard, logger } = this.#options
    while (!this.#stopped && this.#active === undefined) {
      if (this.#failures > 0) await this.#delay(Math.min(RELOAD_DELAY_MS * 2 ** this.#failures, RELOAD_DELAY_MAX_MS))
      if (this.#stopped) return
      try {
        const active = await this.#replay()
        if (!this.#stopped) this.#activate(active)
        return
      } catch (error) {
        this.#failures++
        logger.error({ shard, err: error }, `Loading shard ${shard} of the group coordinator failed; trying again.`)
      }
    }
  }

  submit(request: Request): { cancel(): void } {
    if (this.#stopped) request.answer(errorResponse(request.command, 'NOT_COORDINATOR'))
    else if (this.#active === undefined) request.answer(loadingResponse(request.command))
    if (!request.isOpen) return { cancel: () => {} }
    const ticket = this.#nextTicket++
    this.#open.set(ticket, request)
    this.#run((coordinator, step) => coordinator.handle(request.command, ticket, step), { request })
    return { cancel: () => this.#cancel(ticket, request) }
  }

  tick(): void {
    this.#run((coordinator, step) => coordinator.tick(step))
  }

  /** For tests. False when the shard is not loaded, or the member not there. */
  expireSession(groupId: string, memberId: string): boolean {
    let isDone = false
    this.#run((coordinator, step) => {
      isDone = coordinator.expireSession(groupId, memberId, step)
    })
    return isDone
  }

  renewSession(groupId: string, memberId: string): void {
    this.#run((coordinator, step) => coordinator.renewSession(groupId, memberId, step))
  }

  topicsDeleted(names: readonly string[]): void {
    if (this.#active === undefined) for (const name of names) this.#deletedTopics.add(name)
    else this.#run((coordinator, step) => coordinator.topicsDeleted(names, step), { recordsMax: BATCH_RECORDS_MAX })
  }

  /** Answers what waits for other members; resolves when what waits for the disk has been answered too, or is given up. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#reload?.wake()
    const waiting = [...this.#open.values()]
    this.#open.clear()
    for (const request of waiting) request.answer(errorResponse(request.command, 'NOT_COORDINATOR'))
    if (this.#active === undefined || this.#parked.isEmpty) return
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve
    })
  }

  /** The log is not going to be durable in time: what waits for it is told to ask again. */
  giveUp(): void {
    for (const { request } of this.#parked.takeAll().flatMap((step) => step.replies)) {
      request.answer(errorResponse(request.command, 'NOT_COORDINATOR'))
    }
    this.#onDrained?.()
  }

  async #replay(): Promise<Active> {
    const { shard, config, topics, openShardLog, logger } = this.#options
    const log = await openShardLog(shard)
    const coordinator = new ShardCoordinator({ config, topics })
    const unknownTypes = new Set<number>()
    await log.replay((replayed) => {
      const unknown = applyReplayed(coordinator, replayed)
      if (unknown === undefined || unknownTypes.has(unknown)) return
      unknownTypes.add(unknown)
      logger.warn(
        { shard, recordType: unknown },
        `Shard ${shard} has records of type ${unknown}, which this version does not know; they are left alone.`,
      )
    })
    return { coordinator, log }
  }

  #activate(active: Active): void {
    this.#active = active
    active.log.onProgress((error) => {
      // A fenced log may still report; its shard has another one by then.
      if (this.#active !== active) return
      if (error !== undefined) return this.#fence(error)
      this.#failures = 0
      this.#release()
    })
    this.#run(
      (coordinator, step) => {
        coordinator.onLoaded(step)
        if (this.#deletedTopics.size > 0) coordinator.topicsDeleted([...this.#deletedTopics], step)
        this.#deletedTopics.clear()
      },
      { recordsMax: BATCH_RECORDS_MAX },
    )
  }

  #run(
    act: (coordinator: ShardCoordinator, step: Step) => void,
    { request, recordsMax }: { readonly request?: Request; readonly recordsMax?: number } = {},
  ): void {
    const active = this.#active
    if (active === undefined || this.#stopped) return
    const step = new RunningStep(active, this.#options)
    try {
      act(active.coordinator, step)
      this.#append(step, active, recordsMax ?? step.records.length)
    } catch (error) {
      // Not retriable: the same request would fence the shard again and again.
      request?.answer(errorResponse(request.command, 'UNKNOWN_SERVER_ERROR'))
      this.#fence(error)
      return
    }
    // An append that failed at once may have fenced the shard through the log's listener.
    if (this.#active !== active) return
    const replies: ParkedReply[] = []
    for (const { ticket, response } of step.replies) {
      const open = this.#open.get(ticket)
      this.#open.delete(ticket)
      if (open !== undefined) replies.push({ request: open, response })
    }
    if (replies.length > 0 || step.events.length > 0) {
      this.#parked.add({ offset: active.log.endOffset, replies, events: step.events })
    }
    for (const effect of step.effects) this.#start(effect, active)
    this.#release()
    this.#options.onDeadline(this.nextDeadlineMs)
  }

  /** The result comes as a step of its own, unless the state that asked is gone by then. */
  #start(effect: Effect, active: Active): void {
    const { shard, logger, runEffect } = this.#options
    const resume = (result: EffectResult): void => {
      if (this.#active === active) this.#run((coordinator, step) => coordinator.resume(result, step))
    }
    void runEffect(effect).then(resume, (error: unknown) => {
      if (!this.#stopped) logger.error({ shard, err: error }, `Group '${effect.groupId}': ${effect.type} failed.`)
      resume(failed(effect))
    })
  }

  /** The records of a step are one batch, all or none. Where topics have gone they are tombstones, and each may stand alone. */
  #append({ records, wallMs }: RunningStep, { log }: Active, recordsMax: number): void {
    for (let at = 0; at < records.length; at += recordsMax) log.append(records.slice(at, at + recordsMax), wallMs)
  }

  #release(): void {
    // An answer may bring the next command at once; what that parks is released by the loop that runs already.
    if (this.#releasing) return
    this.#releasing = true
    try {
      for (;;) {
        const active = this.#active
        const step = active && this.#parked.takeDurable(active.log.durableOffset)
        if (step === undefined) break
        for (const event of step.events) this.#publish(event)
        for (const { request, response } of step.replies) this.#answer(request, response)
      }
    } finally {
      this.#releasing = false
    }
    if (this.#stopped && this.#parked.isEmpty) this.#onDrained?.()
  }

  #publish(event: GroupEvent): void {
    try {
      this.#options.onEvent(event)
    } catch (error) {
      this.#onListenerError(error)
    }
  }

  #answer(request: Request, response: GroupResponse): void {
    try {
      request.answer(response)
    } catch (error) {
      this.#onListenerError(error)
    }
  }

  /** Whoever listens must not take the shard down. */
  #onListenerError(error: unknown): void {
    const { shard, logger } = this.#options
    logger.error({ shard, err: error }, 'A listener of the group coordinator failed.')
  }

  #cancel(ticket: Ticket, request: Request): void {
    request.drop()
    // Not open any more: its answer is parked, and falls on deaf ears.
    if (!this.#open.delete(ticket)) return
    this.#run((coordinator, step) => coordinator.dropTicket(ticket, step))
  }

  #fence(error: unknown): void {
    if (this.#active === undefined) return
    const { shard, logger } = this.#options
    logger.error({ shard, err: error }, `Shard ${shard} of the group coordinator is fenced and loads its log anew.`)
    this.#active = undefined
    this.#failures++
    const waiting = [
      ...this.#parked.takeAll().flatMap((step) => step.replies.map((reply) => reply.request)),
      ...this.#open.values(),
    ]
    this.#open.clear()
    for (const request of waiting) this.#answer(request, errorResponse(request.command, 'NOT_COORDINATOR'))
    if (this.#stopped) this.#onDrained?.()
    else void this.load()
  }

  async #delay(ms: number): Promise<void> {
    const { clock } = this.#options
    await new Promise<void>((resolve) => {
      this.#reload = { timer: clock.at(clock.monotonicMs() + ms, resolve), wake: resolve }
    })
    this.#reload?.timer.cancel()
    this.#reload = undefined
  }
}

/** The type of a record that this version does not know. */
function applyReplayed(coordinator: ShardCoordinator, replayed: ReplayedRecord): number | undefined {
  if (replayed.kind === 'marker') {
    coordinator.applyMarker(replayed.producerId, replayed.producerEpoch, replayed.outcome)
    return undefined
  }
  const { key, value, offset, origin } = replayed
  let record: CoordinatorRecord | undefined
  try {
    record = decodeRecord(key, value)
  } catch (error) {
    throw new Error(`the record at offset ${offset} cannot be read`, { cause: error })
  }
  if (record === undefined) return key.readInt16BE(0)
  coordinator.apply(record, { offset, origin })
  return undefined
}

/** The group goes on without it, and asks again. */
function failed(effect: Effect): EffectResult {
  const { groupId } = effect
  if (effect.type === 'assign') {
    const { groupEpoch, assignmentId } = effect
    return { type: 'assigned', groupId, groupEpoch, assignmentId, assignment: undefined }
  }
  return { type: 'regexes-evaluated', groupId, matches: undefined, version: 0, timestampMs: 0 }
}

class RunningStep implements Step {
  readonly nowMs: number
  readonly wallMs: number
  readonly records: EncodedRecord[] = []
  readonly replies: { readonly ticket: Ticket; readonly response: GroupResponse }[] = []
  readonly events: GroupEvent[] = []
  readonly effects: Effect[] = []
  readonly #active: Active
  readonly #options: ShardRunnerOptions

  constructor(active: Active, options: ShardRunnerOptions) {
    this.#active = active
    this.#options = options
    this.nowMs = options.clock.monotonicMs()
    // Records count whole milliseconds, whatever the clock does.
    this.wallMs = Math.trunc(options.clock.wallMs())
  }

  randomId(): string {
    return this.#options.randomId()
  }

  append(record: CoordinatorRecord): void {
    const { coordinator, log } = this.#active
    const offset = log.endOffset + BigInt(this.records.length)
    this.records.push(encodeRecord(record))
    coordinator.apply(record, { offset })
  }

  reply(ticket: Ticket, response: GroupResponse): void {
    this.replies.push({ ticket, response })
  }

  event(event: GroupEvent): void {
    this.events.push(event)
  }

  ask(effect: Effect): void {
    this.effects.push(effect)
  }
}
