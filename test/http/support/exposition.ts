/** A page of metrics, read as strictly as Prometheus' own `promtool check metrics` reads it, and more so. */
export interface Page {
  /** By name, as TYPE says it. */
  readonly types: ReadonlyMap<string, string>
  /** Value by `name{label="value",...}`, labels in their order. */
  readonly samples: ReadonlyMap<string, number>
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y

/** @throws Error that names the line. */
export function parsePage(text: string, format: 'prometheus' | 'openmetrics'): Page {
  if (!text.endsWith('\n')) throw new Error('the page does not end with a line')
  const lines = text.slice(0, -1).split('\n')
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('the page does not end with # EOF')
  const types = new Map<string, string>()
  const samples = new Map<string, number>()
  let family = ''
  let isHelped = false
  for (const line of lines) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`)
    }
    if (line === '') {
      if (format === 'openmetrics') fail('an empty line')
      continue
    }
    const [, comment, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (comment === 'HELP') {
      family = name!
      isHelped = true
      if (!NAME.test(family) || types.has(family)) fail('a bad or second name')
    } else if (comment === 'TYPE') {
      if (name !== family || !isHelped) fail('TYPE without HELP')
      if (rest === 'counter' && family.endsWith('_total') !== (format === 'prometheus')) fail('a badly named counter')
      types.set(family, rest!)
      isHelped = false
    } else {
      const key = parseSample(line, fail)
      if (samples.has(key.series)) fail('a second sample')
      if (!suffixesOf(types.get(family), format).some((suffix) => key.name === family + suffix))
        fail('a foreign sample')
      samples.set(key.series, key.value)
    }
  }
  checkHistograms(types, samples)
  return { types, samples }
}

function parseSample(line: string, fail: (why: string) => never) {
  const [, name = fail('no sample'), labels = '', text = ''] = SAMPLE.exec(line) ?? []
  LABEL.lastIndex = 0
  const names = new Set<string>()
  while (LABEL.lastIndex < labels.length) {
    const match = LABEL.exec(labels) ?? fail('bad labels')
    if (names.has(match[1]!)) fail('a second label')
    names.add(match[1]!)
  }
  const value = Number(text)
  if (!Number.isFinite(value)) fail('no finite value')
  return { name, series: labels === '' ? name : `${name}{${labels}}`, value }
}

function suffixesOf(type: string | undefined, format: 'prometheus' | 'openmetrics'): readonly string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count']
  if (type === 'counter') return [format === 'openmetrics' ? '_total' : '']
  return type === undefined ? [] : ['']
}

/** Buckets grow, the last is infinity and has as many as there are in all. */
function checkHistograms(types: ReadonlyMap<string, string>, samples: ReadonlyMap<string, number>): void {
  const last = new Map<string, { readonly le: number; readonly value: number }>()
  for (const [series, value] of samples) {
    const name = series.split('{')[0]!
    const family = name.replace(/_bucket$/, '')
    if (!name.endsWith('_bucket') || types.get(family) !== 'histogram') continue
    const le = Number(/[{,]le="([^"]+)"/.exec(series)?.[1]?.replace('+Inf', 'Infinity'))
    const rest = series
      .slice(name.length)
      .replace(/([{,])le="[^"]+",?/, '$1')
      .replace(/,\}$|^\{\}$/, (end) => (end === '{}' ? '' : '}'))
    const before = last.get(family + rest)
    if (Number.isNaN(le) || (before !== undefined && (le <= before.le || value < before.value))) {
      throw new Error(`buckets out of order at ${series}`)
    }
    last.set(family + rest, { le, value })
    if (le === Number.POSITIVE_INFINITY && samples.get(`${family}_count${rest}`) !== value) {
      throw new Error(`${family}_count${rest} is not the number in all buckets`)
    }
  }
  for (const [series, { le }] of last)
    if (le !== Number.POSITIVE_INFINITY) throw new Error(`${series} has no last bucket`)
}
