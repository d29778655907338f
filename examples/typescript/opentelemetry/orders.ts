// Sends orders within a span, handles them in a group, and prints all spans and metrics as JSON lines.
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
import { ChannelContextManager, instrument } from './telemetry.ts'

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
      console.log(
        JSON.stringify({ name, kind, traceId, spanId, parentSpanId: parentSpanContext?.spanId, attributes, status }),
      )
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
await tracer.startActiveSpan('checkout', async (span) => {
  for (let i = 0; i < Number(o.count); i++) await producer.send({ topic: o.topic, key: `order-${i}`, value: 'paid' })
  span.end()
})

const consumer = kafka.consumer({ groupId: o.group, autoOffsetReset: 'earliest', key: string(), value: string() })
consumer.subscribe(o.topic)
let handled = 0
await consumer.run({
  handler: async ({ key }) => {
    // A span of the application: a child of the one for the record.
    await tracer.startActiveSpan(`charge ${key}`, async (span) => {
      await Promise.resolve()
      span.end()
    })
    if (++handled === Number(o.count)) void consumer.close()
  },
})
await consumer.close()

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
