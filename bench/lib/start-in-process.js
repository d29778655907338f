// node start-in-process.js CHECKOUT: how long a broker in this process takes to start, as tests start it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { median } from './statistics.js'

const AGAIN = 9

let began = performance.now()
const checkout = process.argv[2]
// What `kohort/testing` stands for there.
const { exports: exported } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
const { startTestBroker } = await import(pathToFileURL(join(checkout, exported['./testing'].default)))
const importMs = performance.now() - began
const times = []
for (let i = 0; i <= AGAIN; i++) {
  began = performance.now()
  const broker = await startTestBroker()
  times.push(performance.now() - began)
  await broker.close()
}
process.stdout.write(JSON.stringify({ importMs, startMs: times[0], againMs: median(times.slice(1)) }))
