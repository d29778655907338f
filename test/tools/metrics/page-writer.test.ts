import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type MetricFamily, type MetricPage, type PageFormat, PageWriter } from '../../../src/tools/metrics/index.ts'

type Samples = Readonly<Record<string, number>>

function family(name: string, samples: Samples, type: MetricFamily['type'] = 'gauge'): MetricFamily {
  return {
    name,
    help: `Help of ${name}.`,
    type,
    *write(emit) {
      for (const [labels, value] of Object.entries(samples)) {
        emit(labels, value)
        yield
      }
    },
  }
}

const many = (count: number, value: (i: number) => number): Samples =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`i="${i}"`, value(i)]))

function textOf(page: MetricPage, format: PageFormat = 'prometheus'): string {
  return page.packed[format].length === 0 ? '' : gunzipSync(Buffer.concat(page.packed[format])).toString()
}

describe('a page', () => {
  test('has a heading for each family that has samples, once, however long it is', async () => {
    const families = [
      family(
        'a',
        many(5_000, (i) => i),
      ),
      family('b', {}),
      family('c', { '': 7 }),
      family('d', { 'x="1"': Number.NaN, 'x="2"': Number.POSITIVE_INFINITY }),
    ]
    const page = await new PageWriter().write(families)
    const text = textOf(page)
    expect(text.match(/^# TYPE .*/gm)).toEqual(['# TYPE a gauge', '# TYPE c gauge', '# TYPE d gauge'])
    expect(text.match(/^a\{/gm)).toHaveLength(5_000)
    expect(text.endsWith('c 7\n# HELP d Help of d.\n# TYPE d gauge\nd{x="2"} +Inf\n')).toBe(true)
    expect([page.series, page.bytes]).toEqual([5_002, Buffer.byteLength(text)])
  })

  test('names counters as each format does, and is the same for the rest', async () => {
    const families = [family('a', { 'x="1"': 1 }), family('b_total', { 'x="1"': 2 }, 'counter')]
    const page = await new PageWriter().write(families)
    expect(textOf(page)).toContain('# TYPE b_total counter\nb_total{x="1"} 2\n')
    expect(textOf(page, 'openmetrics')).toContain('# TYPE b counter\nb_total{x="1"} 2\n')
    const plain = await new PageWriter().write([family('a', { 'x="1"': 1 })])
    expect(plain.packed.openmetrics).toBe(plain.packed.prometheus)
  })

  test('has the labels of its writer before those of each sample', async () => {
    const writer = new PageWriter({ labels: { cluster: 'a"b' } })
    const page = await writer.write([family('a', { '': 1, 'x="1"': 2 })])
    expect(textOf(page)).toContain('a{cluster="a\\"b"} 1\na{cluster="a\\"b",x="1"} 2\n')
  })

  test('that follows another is what a first one would be, whatever has changed between them', async () => {
    const writer = new PageWriter()
    const pages: MetricFamily[][] = [
      [
        family(
          'a',
          many(4_500, () => 0),
        ),
        family(
          'b',
          many(600, () => 0),
        ),
        family('c', { '': 1 }),
      ],
      [
        family(
          'a',
          many(4_500, (i) => Number(i === 3_000)),
        ),
        family(
          'b',
          many(600, () => 0),
        ),
        family('c', { '': 1 }),
      ],
      [
        family(
          'a',
          many(4_499, () => 0),
        ),
        family(
          'b',
          many(600, () => 0),
        ),
        family('c', { '': 2 }),
      ],
      [
        family(
          'b',
          many(600, () => 0),
        ),
        family('c', { '': 2 }),
      ],
      [
        family('c', { '': 2 }),
        family(
          'b',
          many(600, () => 0),
        ),
        family('a', {}),
      ],
      [],
      [family('c', { '': 2 }, 'counter')],
    ]
    for (const families of pages) {
      const [next, fresh] = [await writer.write(families), await new PageWriter().write(families)]
      expect(textOf(next)).toBe(textOf(fresh))
      expect([next.series, next.bytes]).toEqual([fresh.series, fresh.bytes])
    }
  })

  test('keeps nobody waiting while it is written', async () => {
    let turns = 0
    let isOver = false
    const count = (): void => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await new PageWriter().write([
      family(
        'a',
        many(50_000, (i) => i),
      ),
    ])
    isOver = true
    expect(turns).toBeGreaterThan(20)
  })
})
