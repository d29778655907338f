// Consumers of Node side by side: one broker, one machine, one run, alternating rounds, each client in a process of its own.
//   node bench/clients/run.js [--rounds 3] [--scale 1] [--port 25100] [--dist dist] [--node PATH] [--only kohort,kafkajs]
// @platformatic/kafka needs Node 22: all run on the Node that test/interop/node brings along, unless --node says otherwise.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const folder = import.meta.dirname
const root = resolve(folder, '../..')
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    port: { type: 'string', default: '25100' },
    dist: { type: 'string', default: join(root, 'dist') },
    node: { type: 'string' },
    only: { type: 'string', default: 'kohort,kafkajs,platformatic' },
  },
})
const bundled = join(root, `test/interop/node/node_modules/node-linux-${process.arch}/bin/node`)
const node = options.node ?? (existsSync(bundled) ? bundled : process.execPath)
const scale = Number(options.scale)
const topics = {
  'bench-1k': { partitions: 4, records: Math.round(200_000 * scale), bytes: 1000 },
  'bench-100': { partitions: 4, records: Math.round(1_000_000 * scale), bytes: 100 },
}
const clients = options.only.split(',')
const bootstrap = `127.0.0.1:${options.port}`

const broker = spawn(
  process.execPath,
  [join(folder, 'broker.js'), options.dist, options.port, JSON.stringify(topics)],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
await new Promise((done, fail) => {
  broker.stdout.once('data', done)
  broker.once('exit', (code) => fail(new Error(`the broker ended with ${code}`)))
})
const samples = []
try {
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [topic, { records }] of Object.entries(topics)) {
      for (const by of ['records', 'batches']) {
        for (const client of clients) {
          const groupId = `${client}-${topic}-${by}-${round}`
          const sample = await consume(client, { bootstrap, topic, groupId, records, by, dist: options.dist })
          samples.push({ client, topic, by, ...sample })
          process.stderr.write(`${topic} ${by} ${client}: ${JSON.stringify(sample)}\n`)
        }
      }
    }
  }
} finally {
  broker.kill('SIGTERM')
}
process.stdout.write(`${table(samples)}\n`)

function consume(client, settings) {
  return new Promise((done, fail) => {
    const child = spawn(node, [join(folder, `${client}.js`), JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), 120_000)
    child.once('exit', (code) => {
      clearTimeout(timer)
      try {
        done(JSON.parse(output.trim().split('\n').at(-1)))
      } catch {
        fail(new Error(`${client} ended with ${code} and said: ${output.slice(0, 500)}`))
      }
    })
  })
}

function table(all) {
  const lines = [
    '| line | client | records/s | MB/s | CPU µs/record | start to first, ms | peak RSS, MB |',
    '|---|---|---|---|---|---|---|',
  ]
  for (const topic of Object.keys(topics)) {
    for (const by of ['records', 'batches']) {
      for (const client of clients) {
        const own = all.filter((s) => s.topic === topic && s.by === by && s.client === client)
        const cell = (key) => {
          const sorted = own.map((s) => s[key]).sort((a, b) => a - b)
          const middle = sorted[Math.floor(sorted.length / 2)]
          return `${middle} [${sorted[0]}-${sorted.at(-1)}]`
        }
        const keys = ['recordsASecond', 'megabytesASecond', 'cpuMicrosARecord', 'startToFirstMs', 'peakRssMb']
        lines.push(`| ${topic} ${by} | ${client} | ${keys.map(cell).join(' | ')} |`)
      }
    }
  }
  return lines.join('\n')
}
