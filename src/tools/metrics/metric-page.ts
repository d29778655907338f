/** Writes one sample. Labels are as the page has them: `topic="t",partition="0"`. What is not known (NaN) is left out. */
export type Emit = (labels: string, value: number) => void

/** A metric and how its samples are written; `write` yields from time to time, so that long pages keep nobody waiting. */
export interface MetricFamily {
  /** Counters end with `_total`. */
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter'
  write(emit: Emit): Iterable<void> | void
}

export type PageFormat = 'prometheus' | 'openmetrics'

export interface MetricPage {
  /** UTF-8. Without OpenMetrics' last line, so that pages can be joined. */
  readonly chunks: readonly Buffer[]
  readonly series: number
}

const CHUNK_CHARS = 1024 * 1024
/** A turn of the event loop is given up after so many samples. */
const SAMPLES_A_TURN = 5_000

/** Writes families in Prometheus' text format, or OpenMetrics'. A page of a million samples takes a few turns of the event loop for each megabyte. */
export async function writePage(families: Iterable<MetricFamily>, format: PageFormat): Promise<MetricPage> {
  const chunks: Buffer[] = []
  let text = ''
  let series = 0
  let inTurn = 0
  for (const family of families) {
    const { name } = family
    // OpenMetrics names a counter without its ending.
    const title = format === 'openmetrics' && family.type === 'counter' ? name.replace(/_total$/, '') : name
    let isHeaded = false
    const emit: Emit = (labels, value) => {
      if (Number.isNaN(value)) return
      if (!isHeaded) {
        text += `# HELP ${title} ${family.help}\n# TYPE ${title} ${family.type}\n`
        isHeaded = true
      }
      text += labels === '' ? `${name} ${numberText(value)}\n` : `${name}{${labels}} ${numberText(value)}\n`
      series++
      inTurn++
    }
    for (const _ of family.write(emit) ?? []) {
      if (inTurn < SAMPLES_A_TURN) continue
      inTurn = 0
      if (text.length >= CHUNK_CHARS) {
        chunks.push(Buffer.from(text))
        text = ''
      }
      await nextTurn()
    }
    if (text.length >= CHUNK_CHARS) {
      chunks.push(Buffer.from(text))
      text = ''
    }
  }
  if (text !== '') chunks.push(Buffer.from(text))
  return { chunks, series }
}

/** `name="value"` of each, in their order. */
export function labelText(labels: Readonly<Record<string, string | number>>): string {
  let text = ''
  for (const name of Object.keys(labels)) {
    text += `${text === '' ? '' : ','}${name}="${escaped(labels[name]!)}"`
  }
  return text
}

function escaped(value: string | number): string {
  if (typeof value === 'number') return String(value)
  return /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
