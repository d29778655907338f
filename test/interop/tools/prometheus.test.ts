import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Kafka } from '../../../src/client/index.ts'
import { startExporter } from '../../../src/http/index.ts'
import { silentLogger, systemClock } from '../../../src/platform/index.ts'
import { startBroker } from '../../../src/testing/index.ts'
import { requireTool } from '../support/toolchain.ts'
import { waitUntil } from '../support/wait.ts'

const grafana = new URL('../../../docs/grafana/', import.meta.url).pathname
const rulesFile = join(grafana, 'kohort-lag.rules.yml')
const hasPrometheus = requireTool('prometheus', 'promtool')

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
  readonly templating: { readonly list: readonly { readonly definition?: string }[] }
}
const dashboard = JSON.parse(readFileSync(join(grafana, 'kohort-lag.json'), 'utf8')) as Dashboard

/** As Grafana asks, with everything chosen. */
const queries = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }) => ({ title, expr: expr.replaceAll(/\$(cluster|instance|group|topic)/g, '.*') })),
)

describe.skipIf(!hasPrometheus)('a real Prometheus', () => {
  const ends: (() => Promise<void> | void)[] = []
  let base = ''

  async function get<T>(path: string): Promise<T> {
    const response = await fetch(`${base}${path}`)
    const body = (await response.json()) as { readonly status: string; readonly error?: string; readonly data: T }
    if (body.status !== 'success') throw new Error(`${path}: ${body.error}`)
    return body.data
  }
  const query = async (expr: string) =>
    (await get<{ readonly result: readonly unknown[] }>(`/api/v1/query?query=${encodeURIComponent(expr)}`)).result

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kohort-prometheus-'))
    ends.push(() => rmSync(folder, { recursive: true, force: true }))
    const broker = await startBroker({ topics: { orders: 3 } })
    ends.push(() => broker.close())
    const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers })
    const admin = kafka.admin()
    for (let partition = 0; partition < 3; partition++) {
      await broker.produce(
        'orders',
        Array.from({ length: 10 }, () => ({ value: 'x', partition })),
      )
    }
    const commits = [4n, 2n, 10n].map((offset, partition) => ({ topic: 'orders', partition, offset }))
    await admin.alterGroupOffsets('billing', commits)
    await admin.deleteRecords([{ topic: 'orders', partition: 1, beforeOffset: 5n }])
    // A window of a tenth of a second: what does not move is soon told.
    const server = await startExporter({
      kafka,
      addresses: [{ host: '127.0.0.1', port: 0 }],
      clock: systemClock,
      logger: silentLogger,
      version: '1.2.3',
      monitor: { intervalMs: 100, rules: { windowMs: 1_000 } },
    })
    ends.push(() => server.close())
    const port = await freePort()
    base = `http://127.0.0.1:${port}`
    const config = `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ['${rulesFile}']
scrape_configs:
  - job_name: kafka-lag
    static_configs: [{ targets: ['127.0.0.1:${server.addresses[0]!.port}'] }]
`
    writeFileSync(join(folder, 'prometheus.yml'), config)
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let log = ''
    child.stderr.on('data', (text: Buffer) => {
      log = (log + text.toString()).slice(-4_000)
    })
    ends.push(
      () =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null) return resolve()
          child.once('exit', () => resolve())
          child.kill('SIGKILL')
        }),
    )
    const isScraped = async () => (await query('kohort_lag_up == 1').catch(() => [])).length > 0
    await waitUntil('Prometheus to have scraped the exporter', isScraped, { details: () => log })
  })

  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  test('takes the rules, and the pages in both formats', () => {
    const checked = spawnSync('promtool', ['check', 'rules', rulesFile], { encoding: 'utf8' })
    expect(checked.stdout + checked.stderr).toContain('12 rules found')
    expect(checked.status).toBe(0)
  })

  test.each(queries)('answers $title: $expr', async ({ expr }) => {
    await query(expr)
  })

  test('finds what there is to find by the names of the dashboard', async () => {
    const names = new Set(queries.flatMap(({ expr }) => expr.match(/\b(?:kafka|kohort)_\w+/g) ?? []))
    const rules = readFileSync(rulesFile, 'utf8').match(/\b(?:kafka_consumer|kafka_partition|kohort_lag)_\w+/g) ?? []
    const variables = dashboard.templating.list.flatMap(({ definition = '' }) => definition.match(/\bkafka_\w+/g) ?? [])
    // Nobody here joins, gains on the log, or cannot be read.
    const quiet = /rebalances|unowned|group_unknown/
    for (const name of new Set([...names, ...rules, ...variables])) {
      if (quiet.test(name)) continue
      await waitUntil(`series of ${name}`, async () => (await query(name)).length > 0)
    }
  })

  test('keeps the rules running, and fires those that have a reason', async () => {
    interface Rules {
      readonly groups: readonly {
        readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[]
      }[]
    }
    const health = await waitUntil('all rules to have been evaluated', async () => {
      const { groups } = await get<Rules>('/api/v1/rules')
      const all = groups.flatMap(({ rules }) => rules)
      return all.every((rule) => rule.health !== 'unknown') ? all : undefined
    })
    expect(health.filter((rule) => rule.health !== 'ok')).toEqual([])
    interface Alerts {
      readonly alerts: readonly {
        readonly labels: Readonly<Record<string, string>>
        readonly state: string
        readonly annotations: Readonly<Record<string, string>>
      }[]
    }
    const named = async (name: string) => {
      const { alerts } = await get<Alerts>('/api/v1/alerts')
      return alerts.filter(({ labels }) => labels.alertname === name)
    }
    const lost = await waitUntil('the alert of lost records', async () => {
      const found = await named('ConsumerGroupLosesRecords')
      return found.length > 0 ? found : undefined
    })
    expect(lost.map(({ annotations }) => annotations.summary)).toEqual([
      '3 offsets of orders-1 were deleted before billing has read them',
    ])
    await waitUntil(
      'the alert of the group that nobody reads',
      async () => (await named('ConsumerGroupStopped')).length > 0,
    )
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number }
      server.close(() => resolve(port))
    })
  })
}
