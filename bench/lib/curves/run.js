// Curves: one pass over growing sizes, for each variant in turn.
import { mkdirSync, rmSync } from 'node:fs'
import { Broker } from '../brokers.js'
import { takeLock, waitForQuiet } from '../machine.js'
import { short } from '../statistics.js'
import { curves } from './index.js'

/** Measures curves; a variant that fails keeps the points that it has. `onPoint` gets all results so far. */
export async function measureCurves({ names, variants, options, port, folders, lock, patienceMs, onPoint }) {
  const results = names.map((name) => ({ name, points: {} }))
  const incidents = []
  const report = (words) => {
    process.stderr.write(`${words}\n`)
    incidents.push(`${new Date().toISOString()} ${words}`)
  }
  rmSync(folders.data, { recursive: true, force: true })
  mkdirSync(folders.data, { recursive: true })
  try {
    for (const { name, points } of results) {
      for (const [variantName, variant] of Object.entries(variants)) {
        points[variantName] = []
        const places = { port, folders, lock, patienceMs }
        try {
          for await (const point of curves[name].measure(
            handleOf(variantName, variant, places, report),
            curves[name].points(options),
          )) {
            process.stderr.write(`${name} ${variantName}: ${JSON.stringify(point)}\n`)
            points[variantName].push(point)
            onPoint({ results, incidents })
          }
        } catch (error) {
          report(`${name} of ${variantName}: ${error.message}`)
        }
      }
    }
  } finally {
    rmSync(folders.data, { recursive: true, force: true })
  }
  return { results, incidents }
}

function handleOf(name, variant, { port, folders, lock, patienceMs }, report) {
  const start = async () => {
    const broker = new Broker(name, variant, port, folders, report)
    await broker.prepare()
    await broker.start()
    return broker
  }
  const end = async (broker) => {
    await broker.stop()
    broker.remove()
  }
  return {
    folder: folders.data,
    async withBroker(work) {
      const broker = await start()
      try {
        return await work(broker)
      } finally {
        await end(broker)
      }
    },
    /** The same for work that yields. */
    async *withBrokers(work) {
      const broker = await start()
      try {
        yield* work(broker)
      } finally {
        await end(broker)
      }
    },
    async locked(work) {
      const release = await takeLock(lock)
      try {
        await waitForQuiet(folders.data, patienceMs)
        return await work()
      } finally {
        release()
      }
    },
  }
}

/** A markdown table a curve: a row a figure and variant, a column a point. */
export function curveTables(results) {
  return results
    .map(({ name, points }) => {
      const { title, figures } = curves[name]
      const all = Object.values(points)
      const sizes = [...new Set(all.flatMap((of) => of.map(({ point }) => point)))].sort((a, b) => a - b)
      const header = [title, 'unit', 'broker', ...sizes.map((size) => size.toLocaleString('en'))]
      const rows = figures.flatMap(({ key, title: what, unit }) =>
        Object.entries(points).map(([variant, of]) => {
          const values = sizes.map((size) => of.find(({ point }) => point === size)?.[key])
          return [what, unit, variant, ...values.map((value) => (Number.isFinite(value) ? short(value) : '–'))]
        }),
      )
      return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
    })
    .join('\n\n')
}
