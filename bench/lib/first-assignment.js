// node first-assignment.js CHECKOUT: starts a broker as a test does, says where and how long it took, and stops when its input ends.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const began = performance.now()
const checkout = process.argv[2]
const { exports: exported } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
const { startBroker } = await import(pathToFileURL(join(checkout, exported['./testing'].default)))
const broker = await startBroker()
const startMs = performance.now() - began
process.stdout.write(JSON.stringify({ bootstrap: broker.bootstrapServers, startMs }))
process.stdin.resume()
await once(process.stdin, 'end')
await broker.close()
