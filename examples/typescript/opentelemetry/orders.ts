// Sends orders within a span, handles them in three groups (a handler, a loop over records, a loop over batches), and prints all spans and metrics as JSON lines.
import { parseArgs } from 'node:util'
import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { Kafka, string } from 'kohort'
import { ChannelContextManager, contextOf, instrument } from './telemetry.ts'

const { values: o } = parseArgs({
  options: {
    server: { type: 'string', default: '127.0.0.1:9092' },
    group: { type: 'string', default: 'billing' },
    topic: { type: 'string', default: 'orders' },
    count: { type: 'string', default: '3' },
  },
})

// What an application has anyway: an exporter to its collector stands in place of this one.
const printing: SpanExporter = {
  export(spans: ReadableSpan[], done) {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext()
      const { name, kind, attributes, status, parentSpanContext } = span
      const links = span.links.map(({ context }) => context.spanId)
      const parentSpanId = parentSpanContext?.spanId
      console.log(JSON.stringify({ name, kind, traceId, spanId, parentSpanId, links, attributes, status }))
    }
    done({ code: 0 })
  },
  shutdown: async () => {},
}
const contexts = new ChannelContextManager()
context.setGlobalContextManager(contexts)
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(printing)] }))
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 60_000 })
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))

instrument(contexts)

const tracer = trace.getTracer('orders')
await using kafka = new Kafka({ bootstrapServers: o.server, clientId: 'orders' })
await using producer = kafka.producer()
const orders = Array.from({ length: Number(o.count) }, (_, i) => ({ topic: o.topic, key: `order-${i}`, value: 'paid' }))
await tracer.startActiveSpan('checkout', async (span) => {
  for (const order of orders) await producer.send(order)
  span.end()
})

const member = (groupId: string) =>
  kafka.consumer({ groupId, autoOffsetReset: 'earliest', key: string(), value: string() })
const consumer = member(o.group)
consumer.subscribe(o.topic)
let handled = 0
await consumer.run({
  handler: async ({ key }) => {
    // A span of the application: a child of the one for the record.
    await tracer.startActiveSpan(`charge ${key}`, async (span) => {
      await Promise.resolve()
      span.end()
    })
    if (++handled === orders.length) void consumer.close()
  },
})
await consumer.close()

const shipping = member(`${o.group}-shipping`)
shipping.subscribe(o.topic)
let shipped = 0
for await (const record of shipping.records()) {
  // What the body does within the span of its record.
  await context.with(contextOf(record), () =>
    tracer.startActiveSpan(`ship ${record.key}`, async (span) => {
      await Promise.resolve()
      span.end()
    }),
  )
  if (++shipped === orders.length) await shipping.commit(record)
  if (shipped === orders.length) break
}
await shipping.close()

await tracer.startActiveSpan('import', async (span) => {
  await producer.sendBatch(orders.map((order) => ({ ...order, value: 'imported' })))
  span.end()
})
const booking = member(`${o.group}-booking`)
booking.subscribe(o.topic)
let booked = 0
for await (const batch of booking.batches()) {
  context.with(contextOf(batch.records[0]!), () => tracer.startSpan(`book ${batch.records.length}`).end())
  booked += batch.records.length
  if (booked >= 2 * orders.length) break
}
await booking.close()

await reader.forceFlush()
for (const { scopeMetrics } of measured.getMetrics()) {
  for (const { descriptor, dataPoints } of scopeMetrics.flatMap((scope) => scope.metrics)) {
    for (const { attributes, value } of dataPoints) {
      const count = typeof value === 'number' ? value : value.count
      console.log(JSON.stringify({ metric: descriptor.name, unit: descriptor.unit, count, attributes }))
    }
  }
}
await reader.shutdown()
