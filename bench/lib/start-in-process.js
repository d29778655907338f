// node start-in-process.js CHECKOUT: how long a broker in this process takes to start, as tests start it.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { median } from './statistics.js'

const AGAIN = 9

let began = performance.now()
const { startTestBroker } = await import(pathToFileURL(join(process.argv[2], 'dist/testing/index.js')))
const importMs = performance.now() - began
const times = []
for (let i = 0; i <= AGAIN; i++) {
  began = performance.now()
  const broker = await startTestBroker()
  times.push(performance.now() - began)
  await broker.close()
}
process.stdout.write(JSON.stringify({ importMs, startMs: times[0], againMs: median(times.slice(1)) }))
