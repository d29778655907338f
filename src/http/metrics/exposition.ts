import { type Metric, Registry } from 'prom-client'
import type { Family, Labels } from './family.ts'

/** Prometheus' own text format, or OpenMetrics for those who ask for it. */
export type ExpositionFormat = 'prometheus' | 'openmetrics'

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
}

/** Writes families of ours, and metrics of prom-client. */
export async function exposition(
  families: readonly Family[],
  others: readonly Metric[],
  format: ExpositionFormat,
): Promise<string> {
  const registry = new Registry()
  registry.setContentType(contentTypes[format] as never)
  const metrics = [...families.map(asPromMetric), ...(others as unknown as PromMetric[])]
  const texts: string[] = []
  for (const metric of metrics) {
    // prom-client would write the shorter name into the metric itself, and other pages would have it too.
    const isShortened = format === 'openmetrics' && metric.type === 'counter'
    const name = isShortened ? metric.name.replace(/_total$/, '') : metric.name
    registry.registerMetric(renamed(metric, name) as unknown as Metric)
    texts.push(await registry.getSingleMetricAsString(name))
    // Thousands of topics make long pages: whoever waits for a heartbeat comes first.
    await nextTurn()
  }
  return format === 'openmetrics' ? `${texts.join('\n')}\n# EOF\n` : `${texts.join('\n\n')}\n`
}

/** What a prom-client registry asks of a metric. */
interface PromMetric {
  readonly name: string
  readonly type: string
  get(): Promise<PromValues> | PromValues
  getForPromString?(): Promise<PromValues>
}

interface PromValues {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly values: readonly { readonly labels: Labels; readonly value: number; readonly metricName?: string }[]
}

function asPromMetric({ name, help, type, samples }: Family): PromMetric {
  const values = samples.map(({ labels, value, suffix }) =>
    suffix === undefined ? { labels, value } : { labels, value, metricName: name + suffix },
  )
  return { name, type, get: () => ({ name, help, type, values }) }
}

function renamed(metric: PromMetric, name: string): PromMetric {
  const get = async () => ({ ...(await (metric.getForPromString?.() ?? metric.get())), name })
  return { name, type: metric.type, get }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
