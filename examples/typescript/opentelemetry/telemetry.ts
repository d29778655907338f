// Spans and metrics of OpenTelemetry's messaging conventions, from the client's diagnostics channels. Copy it and change it.
import { AsyncLocalStorage } from 'node:async_hooks'
import { type Channel, channel, tracingChannel } from 'node:diagnostics_channel'
import {
  type Attributes,
  type Context,
  context,
  type Link,
  metrics,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  type CommitContext,
  type ConsumerRecord,
  type FetchEvent,
  KafkaError,
  type LoopContext,
  type ProcessContext,
  type ProduceEvent,
  type RecordMetadata,
  type SendContext,
} from 'kohort'

/** OpenTelemetry's contexts in a store that a channel can set: what a handler calls sees the span of its record. */
export class ChannelContextManager extends AsyncLocalStorageContextManager {
  readonly store = new AsyncLocalStorage<Context>()

  override active(): Context {
    return this.store.getStore() ?? ROOT_CONTEXT
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.store.run(active, () => fn.call(thisArg as ThisParameterType<F>, ...args))
  }
}

const tracer = trace.getTracer('kohort')
const system = { 'messaging.system': 'kafka' }
const headersOf: TextMapGetter<ConsumerRecord<unknown, unknown>> = {
  keys: ({ headers }) => [...headers].map(({ key }) => key),
  get: ({ headers }, name) => headers.get(name)?.toString(),
}

/** Of records that a loop has in its hands, the context of the span around its body. */
const bodies = new WeakMap<object, Context>()

/**
 * What the body of a loop over `records()`, `batches()`, a stream of `partitions()` or `poll()` runs in, so that its spans are children of the one for what it has:
 * `context.with(contextOf(record), () => handle(record))`. JavaScript lets no channel do that by itself.
 */
export function contextOf(record: ConsumerRecord<unknown, unknown>): Context {
  return bodies.get(record) ?? context.active()
}

/** From now on the client's work is traced and measured. */
export function instrument({ store }: ChannelContextManager): void {
  const spans = new WeakMap<object, Span>()
  const begun = new WeakMap<object, number>()
  const meter = metrics.getMeter('kohort')
  const operation = meter.createHistogram('messaging.client.operation.duration', { unit: 's' })
  const processing = meter.createHistogram('messaging.process.duration', { unit: 's' })
  const sent = meter.createCounter('messaging.client.sent.messages', { unit: '{message}' })
  const consumed = meter.createCounter('messaging.client.consumed.messages', { unit: '{message}' })

  /** Begins a span within `start`, and ends it at `asyncEnd`. */
  function enclose<C extends { error?: unknown }>(
    name: string,
    begin: (traced: C, active: Context) => { readonly span: Span; readonly within: Context },
    end: (traced: C, span: Span, seconds: number) => void,
  ): void {
    const { start, asyncEnd, error } = tracingChannel<Context, C>(name)
    start.bindStore(store, (traced) => {
      const { span, within } = begin(traced, context.active())
      spans.set(traced, span)
      begun.set(traced, performance.now())
      return within
    })
    const finish = (message: unknown): void => {
      const traced = message as C
      const span = spans.get(traced)
      if (span === undefined) return
      spans.delete(traced)
      if (traced.error !== undefined) failed(span, traced.error)
      end(traced, span, (performance.now() - begun.get(traced)!) / 1000)
      span.end()
    }
    asyncEnd.subscribe(finish)
    // Of what failed before it had a promise.
    ;(error as Channel<unknown, unknown>).subscribe(finish)
  }

  enclose<SendContext>(
    'kohort:send',
    ({ clientId, records }, active) => {
      const topics = new Set(records.map(({ topic }) => topic))
      const name = topics.size === 1 ? `send ${[...topics][0]}` : 'send'
      const attributes: Attributes = { ...system, ...operationOf('send', 'send'), 'messaging.client.id': clientId }
      if (topics.size === 1) attributes['messaging.destination.name'] = [...topics][0]!
      if (records.length > 1) attributes['messaging.batch.message_count'] = records.length
      const span = tracer.startSpan(name, { kind: SpanKind.PRODUCER, attributes }, active)
      const within = trace.setSpan(active, span)
      for (const [i, record] of records.entries()) {
        const carrier: Record<string, string> = {}
        propagation.inject(within, carrier)
        const headers =
          record.headers === undefined
            ? []
            : Symbol.iterator in record.headers
              ? [...record.headers]
              : Object.entries(record.headers)
        records[i] = {
          ...record,
          headers: [...headers, ...Object.entries(carrier)] as NonNullable<typeof record.headers>,
        }
      }
      return { span, within }
    },
    ({ result }, span) => {
      if (result === undefined || Array.isArray(result)) return
      const { partition, offset } = result as RecordMetadata
      span.setAttributes({
        'messaging.destination.partition.id': String(partition),
        'messaging.kafka.offset': Number(offset),
      })
    },
  )

  enclose<ProcessContext>(
    'kohort:process',
    ({ clientId, groupId, record }) => {
      const parent = propagation.extract(ROOT_CONTEXT, record, headersOf)
      const attributes: Attributes = {
        ...system,
        ...operationOf('process', 'process'),
        ...who(clientId, groupId),
        'messaging.destination.name': record.topic,
        'messaging.destination.partition.id': String(record.partition),
        'messaging.kafka.offset': Number(record.offset),
      }
      if (record.rawKey !== null) attributes['messaging.kafka.message.key'] = record.rawKey.toString()
      const span = tracer.startSpan(`process ${record.topic}`, { kind: SpanKind.CONSUMER, attributes }, parent)
      return { span, within: trace.setSpan(parent, span) }
    },
    ({ groupId, record }, _, seconds) => {
      processing.record(seconds, { ...system, 'messaging.destination.name': record.topic, ...group(groupId) })
    },
  )

  // One record continues the trace of its send, as in a handler. Several are of several traces: their span links to them.
  const loop = tracingChannel<object, LoopContext>('kohort:loop')
  loop.start.subscribe((message) => {
    const { clientId, groupId, records } = message as LoopContext
    const first = records[0]!
    const isOne = records.length === 1
    const parent = isOne ? propagation.extract(ROOT_CONTEXT, first, headersOf) : context.active()
    const topics = new Set(records.map(({ topic }) => topic))
    const attributes: Attributes = {
      ...system,
      ...operationOf('process', 'process'),
      ...who(clientId, groupId),
    }
    if (topics.size === 1) attributes['messaging.destination.name'] = first.topic
    if (records.every(({ partition }) => partition === first.partition))
      attributes['messaging.destination.partition.id'] = String(first.partition)
    if (!isOne) attributes['messaging.batch.message_count'] = records.length
    else {
      attributes['messaging.kafka.offset'] = Number(first.offset)
      if (first.rawKey !== null) attributes['messaging.kafka.message.key'] = first.rawKey.toString()
    }
    const name = topics.size === 1 ? `process ${first.topic}` : 'process'
    const links = isOne ? [] : records.flatMap(linkTo)
    const span = tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes, links }, parent)
    spans.set(message as object, span)
    begun.set(message as object, performance.now())
    const within = trace.setSpan(parent, span)
    for (const record of records) bodies.set(record, within)
  })
  loop.asyncEnd.subscribe((message) => {
    const { groupId, records, isProcessed } = message as LoopContext
    const span = spans.get(message as object)
    if (span === undefined) return
    if (isProcessed === false) span.addEvent('the loop was left: these records come again')
    const seconds = (performance.now() - begun.get(message as object)!) / 1000
    processing.record(seconds, { ...system, 'messaging.destination.name': records[0]!.topic, ...group(groupId) })
    span.end()
  })

  enclose<CommitContext>(
    'kohort:commit',
    ({ clientId, groupId }, active) => {
      const attributes = { ...system, ...operationOf('commit', 'settle'), ...who(clientId, groupId) }
      const span = tracer.startSpan(`commit ${groupId}`, { kind: SpanKind.CLIENT, attributes }, active)
      return { span, within: trace.setSpan(active, span) }
    },
    ({ groupId }, _, seconds) =>
      operation.record(seconds, { ...system, ...operationOf('commit', 'settle'), ...group(groupId) }),
  )

  channel('kohort:produce').subscribe((message) => {
    const { topic, durationMs, recordCount, error } = message as ProduceEvent
    const attributes = {
      ...system,
      ...operationOf('send', 'send'),
      'messaging.destination.name': topic,
      ...errorType(error),
    }
    operation.record(durationMs / 1000, attributes)
    sent.add(recordCount, attributes)
  })
  channel('kohort:fetch').subscribe((message) => {
    const { groupId, durationMs, recordCount, error } = message as FetchEvent
    const attributes = { ...system, ...operationOf('fetch', 'receive'), ...group(groupId), ...errorType(error) }
    operation.record(durationMs / 1000, attributes)
    consumed.add(recordCount, attributes)
  })
}

/** To the span that sent a record, where its headers name one. */
function linkTo(record: ConsumerRecord<unknown, unknown>): Link[] {
  const sent = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, record, headersOf))
  return sent === undefined ? [] : [{ context: sent }]
}

function operationOf(name: string, type: 'send' | 'receive' | 'process' | 'settle'): Attributes {
  return { 'messaging.operation.name': name, 'messaging.operation.type': type }
}

function who(clientId: string, groupId: string | undefined): Attributes {
  return { 'messaging.client.id': clientId, ...group(groupId) }
}

function group(groupId: string | undefined): Attributes {
  return groupId === undefined ? {} : { 'messaging.consumer.group.name': groupId }
}

function errorType(error: unknown): Attributes {
  if (error === undefined) return {}
  return { 'error.type': error instanceof KafkaError ? error.code : error instanceof Error ? error.name : '_OTHER' }
}

function failed(span: Span, error: unknown): void {
  span.setAttributes(errorType(error))
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) })
}
