import type { ExpositionFormat } from './exposition.ts'

/** The format that an Accept header prefers; OpenMetrics only where it is named, since not every reader of `*` can read it. */
export function acceptedFormat(accept: string | undefined): ExpositionFormat {
  let openMetrics = 0
  let text = 0
  for (const part of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
    const quality = qualityOf(parameters)
    if (type === 'application/openmetrics-text') openMetrics = Math.max(openMetrics, quality)
    else if (type === 'text/plain') text = Math.max(text, quality)
  }
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'prometheus'
}

/** Whether an Accept-Encoding header allows gzip; without one, nothing is packed. */
export function acceptsGzip(accept: string | undefined): boolean {
  let gzip: number | undefined
  let any = 0
  for (const part of (accept ?? '').split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
    const quality = qualityOf(parameters)
    if (coding === 'gzip' || coding === 'x-gzip') gzip = Math.max(gzip ?? 0, quality)
    else if (coding === '*') any = quality
  }
  return (gzip ?? any) > 0
}

function qualityOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='))
  const quality = given === undefined ? 1 : Number(given.slice(2))
  return quality >= 0 && quality <= 1 ? quality : 0
}
