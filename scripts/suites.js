// npm run suites -- [SUITE...] [--target kohort|kafka] [--port N] [--set key=value]... [--verbose] [-- ARGS]
// Runs the test suites of other Kafka clients against a broker process: kohort, or Apache Kafka 4.2 as the judge. Each suite gets a
// broker of its own with new data. ARGS go to the suite (-run TestGroup, -k test_admin, ...). Without a SUITE: the list.
// Says what passed, failed and was skipped, what the broker warned of, and how much memory it took. Ends with 1 when a test failed
// that is not expected to (suites/suites.js), when the broker ended, or when it logged an error of its own.
// docs/compatibility.md has the results and says why tests are left out. Not part of npm test: it downloads, compiles and takes long.
import { spawn, spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { root, setUp } from './setup.js'
import { outcomesOf } from './suites/outcomes.js'
import { suites } from './suites/suites.js'

const end = process.argv.indexOf('--', 2)
const suiteArgs = end < 0 ? [] : process.argv.slice(end + 1)
const { values, positionals } = parseArgs({
  args: process.argv.slice(2, end < 0 ? undefined : end),
  allowPositionals: true,
  options: {
    target: { type: 'string', default: 'kohort' },
    port: { type: 'string', default: '19092' },
    set: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', default: false },
  },
})
const unknown = positionals.filter((name) => !Object.hasOwn(suites, name))
if (positionals.length === 0 || unknown.length > 0 || !['kohort', 'kafka'].includes(values.target)) {
  const list = Object.entries(suites)
    .map(([name, { title }]) => `  ${name.padEnd(30)}${title}\n`)
    .join('')
  const usage =
    'usage: npm run suites -- SUITE... [--target kohort|kafka] [--port N] [--set key=value] [--verbose] [-- ARGS]\n'
  process.stderr.write(unknown.length > 0 ? `no suite ${unknown.join(', ')}\n${usage}` : usage)
  process.stderr.write(list)
  process.exit(2)
}

/** Why a test is expected to fail; the keys are those of suites.js. */
const reasons = { failsOnKafka: 'fails on Kafka too', notYet: 'not there yet', byDesign: 'differs by design' }
const cache = join(root, '.cache', 'suites')
mkdirSync(cache, { recursive: true })
if (values.target === 'kohort') setUp()

// Else a broker would outlive an interrupted run.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const lines = []
let isGood = true
for (const name of positionals) {
  const { line, good } = await runSuite(name, suites[name])
  lines.push(line)
  isGood &&= good
}
process.stdout.write(`\n${lines.join('\n')}\n`)
process.exit(isGood ? 0 : 1)

async function runSuite(name, suite) {
  process.stdout.write(`\n== ${name} (${suite.title}) on ${values.target}\n`)
  const port = Number(values.port)
  const folder = mkdtempSync(join(tmpdir(), `suites-${name}-`))
  const configs = { ...suite.set, ...Object.fromEntries(values.set.map((each) => each.split(/=(.*)/s).slice(0, 2))) }
  const broker = await startBroker({ port, folder, configs, advertise: suite.advertise?.replace('PORT', port) })
  const startedMs = Date.now()
  const { output, code } = await runScript(suite, { name, port })
  const outcomes = outcomesOf(suite.format, output)
  const count = (result) => outcomes.filter((each) => each.result === result).length
  const failed = outcomes.filter(({ result }) => result === 'failed').map((each) => each.name)
  const expected = new Map(
    Object.entries(reasons).flatMap(([key, reason]) => (suite[key] ?? []).map((test) => [test, reason])),
  )
  const unexpected = failed.filter((each) => !expected.has(each))
  const memory = memoryOf(broker.child.pid)
  const isAlive = broker.child.exitCode === null && broker.child.signalCode === null
  await stop(broker.child)
  const complaints =
    values.target === 'kohort' ? broker.log.filter((line) => !/^(\{"level":"info"|kohort ready on )/.test(line)) : []
  const errors = complaints.filter((line) => !line.startsWith('{"level":"warn"'))
  for (const each of failed) process.stdout.write(`${expected.get(each) ?? 'FAILED'}: ${each}\n`)
  for (const line of summary(complaints)) process.stdout.write(`broker: ${line}\n`)
  // A suite that could not be compiled or ended in the middle has no failed test, but a code.
  const broke = count('passed') === 0 || (code !== 0 && failed.length === 0)
  if (!isAlive) process.stdout.write(`the broker ended\n${broker.log.slice(-20).join('\n')}\n`)
  if (broke) process.stdout.write(`the suite ended with ${code}\n${output.slice(-20).join('\n')}\n`)
  rmSync(folder, { recursive: true, force: true })
  const good = isAlive && !broke && unexpected.length === 0 && errors.length === 0
  const expectedCount = failed.length - unexpected.length
  return {
    good,
    line:
      `${good ? 'ok    ' : 'FAILED'} ${name} on ${values.target}: ${count('passed')} passed, ${unexpected.length} failed` +
      `${expectedCount > 0 ? `, ${expectedCount} expected to fail` : ''}, ${count('skipped')} skipped, ` +
      `${Math.round((Date.now() - startedMs) / 1000)} s; broker ${memory}, ${complaints.length} warnings`,
  }
}

/** Alike lines (but for numbers and names in quotes) once, with their number. */
function summary(lines) {
  const kinds = new Map()
  for (const line of lines) {
    const kind = line.replace(/"time":"[^"]*",/, '').replace(/[0-9a-f]{6,}|\d+/gi, '#')
    const known = kinds.get(kind)
    if (known === undefined) kinds.set(kind, { line, count: 1 })
    else known.count++
  }
  return [...kinds.values()]
    .slice(0, 40)
    .map(({ line, count }) => (count === 1 ? line : `${line} (${count} like this)`))
}

function memoryOf(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const mb = (field) => Math.round(Number(status.match(new RegExp(`${field}:\\s+(\\d+)`))?.[1]) / 1024)
    return `${mb('VmHWM')} MB at most, ${mb('VmRSS')} MB at the end`
  } catch {
    return 'memory unknown'
  }
}

/** Runs scripts/suites/SCRIPT.sh, which gets and builds the sources when they are not there and runs the tests. */
function runScript(suite, { name, port }) {
  return new Promise((fulfil) => {
    const log = createWriteStream(join(cache, `${name}.${values.target}.log`))
    const child = spawn('bash', [join(root, 'scripts/suites', `${suite.script ?? name}.sh`), ...suiteArgs], {
      cwd: root,
      env: {
        ...process.env,
        ...suite.env,
        SUITES_CACHE: cache,
        SUITES_LIBRARY: join(root, 'scripts/suites/library.sh'),
        KAFKA_PORT: String(port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = []
    const take = (line) => {
      output.push(line)
      log.write(`${line}\n`)
      if (values.verbose) process.stdout.write(`${line}\n`)
    }
    createInterface({ input: child.stdout }).on('line', take)
    createInterface({ input: child.stderr }).on('line', take)
    child.on('close', (code) => {
      log.end()
      fulfil({ output, code })
    })
  })
}

async function startBroker({ port, folder, configs, advertise }) {
  const start = values.target === 'kohort' ? kohort : kafka
  if (await accepts(port)) {
    process.stderr.write(`port ${port} is taken: choose another with --port\n`)
    process.exit(2)
  }
  const { command, args } = start({ port, folder, configs, advertise })
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  process.once('exit', () => child.kill('SIGKILL'))
  const log = []
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', (line) => log.push(line))
  for (let waited = 0; !(await accepts(port)); waited++) {
    if (child.exitCode !== null || waited > 600) {
      process.stderr.write(`the broker did not start\n${log.slice(-20).join('\n')}\n`)
      process.exit(1)
    }
    await delay(100)
  }
  return { child, log }
}

function kohort({ port, folder, configs, advertise }) {
  const listen = [`127.0.0.1:${port}`, ...(advertise?.startsWith('localhost') ? [`[::1]:${port}`] : [])]
  return {
    command: process.execPath,
    args: [
      join(root, 'bin/kohort.js'),
      ...listen.flatMap((each) => ['--listen', each]),
      ...(advertise === undefined ? [] : ['--advertise', advertise]),
      ...['--data-dir', folder],
      ...Object.entries(configs).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
    ],
  }
}

/** One node that is broker and controller, with the settings that differ from Kafka's defaults in kohort too. */
function kafka({ port, folder, configs, advertise }) {
  const jars = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'real-kafka-4.2.0')
  const ownJars = join(root, '.cache/interop/kafka-jars')
  if (!existsSync(join(jars, '.complete')) && !existsSync(ownJars)) {
    const pom = join(root, 'test/interop/support/kafka/pom.xml')
    const copy = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${ownJars}`]
    spawnSync('mvn', copy, { stdio: 'inherit' })
  }
  const java = ['-Xmx768m', '-cp', `${existsSync(join(jars, '.complete')) ? jars : ownJars}/*`]
  const node = configs['node.id'] ?? '1'
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': node,
    'controller.quorum.voters': `${node}@127.0.0.1:${port + 1}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    'advertised.listeners': `PLAINTEXT://${advertise ?? `127.0.0.1:${port}`}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '100',
    ...configs,
  }
  const properties = join(folder, 'server.properties')
  writeFileSync(
    properties,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  const features = ['--feature', 'eligible.leader.replicas.version=0']
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'Y2x1c3Rlci1vZi10ZXN0cw', '-c', properties, ...features]
  spawnSync('java', [...java, ...format], { stdio: 'ignore' })
  return { command: 'java', args: [...java, 'kafka.Kafka', properties] }
}

function accepts(port) {
  return new Promise((fulfil) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      fulfil(true)
    })
    socket.once('error', () => fulfil(false))
  })
}

function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  return new Promise((fulfil) => {
    child.once('exit', fulfil)
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 15_000).unref()
  })
}
