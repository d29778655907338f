import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Broker, installOnce, interopCache, isFullRun, requireTool, run, startBroker } from '../support/index.ts'

/** The module that pins franz-go also compiles its tests: they are part of the module's source. */
const goModule = join(import.meta.dirname, '../go')
const kgo = 'github.com/twmb/franz-go/pkg/kgo'
const program = join(interopCache, 'suite-franz-go/kgo.test')

/** What needs a feature that the broker does not advertise yet, and cannot find that out by itself. */
const notYet = ['TestTxnEtl', 'TestShare', 'TestSCRAM', 'TestConsumeRegexShareSkipsInternal']

const groupTests = ['TestGroupETL', 'TestGroupSimple']

/**
 * Chains of three groups over four topics: members come, stay, leave, and leave without a commit while others read and
 * produce. Fails when a record is seen twice in a group, is missing, or comes out of order.
 */
const chains = ['TestGroupETL/range', 'TestGroupETL/cooperative-sticky', 'TestGroupETL/cooperative-sticky/static']

interface SuiteRun {
  readonly only: string
  readonly skip?: string
  readonly env?: Readonly<Record<string, string>>
}

describe.skipIf(!requireTool('go'))("franz-go's own tests", () => {
  let broker: Broker | undefined
  let sources: string

  beforeAll(async () => {
    const key = ['go.mod', 'go.sum'].map((file) => readFileSync(join(goModule, file), 'utf8')).join('\n')
    await installOnce('suite-franz-go', key, async () => {
      await run('go', ['test', '-c', '-o', program, kgo], { cwd: goModule })
    })
    sources = (await run('go', ['list', '-f', '{{.Dir}}', kgo], { cwd: goModule })).trim()
  })

  afterEach(async () => {
    await broker?.stop()
  })

  /** Runs tests against a new broker; gives the names of those that passed. A failed one is an error with the whole output. */
  async function passed({ only, skip = '^$', env = {} }: SuiteRun): Promise<string[]> {
    broker = await startBroker()
    const args = ['-test.v', '-test.timeout=15m', `-test.run=${only}`, `-test.skip=${skip}`]
    const output = await run(program, args, {
      cwd: sources, // some tests read the sources beside them
      env: { KGO_SEEDS: broker.bootstrap, KGO_TEST_RF: '1', KGO_LOG_LEVEL: 'none', GOMAXPROCS: '2', ...env },
    })
    return [...output.matchAll(/^\s*--- PASS: (\S+)/gm)].map((match) => match[1] ?? '')
  }

  test('groups that come and go read each record once, and pass it on to the next group', async () => {
    const names = await passed({ only: `^(${groupTests.join('|')})$`, env: { KGO_TEST_RECORDS: '10000' } })
    expect(names).toEqual(expect.arrayContaining([...chains, 'TestGroupSimple/classic']))
  })

  test.runIf(isFullRun)(
    'groups do so although each connection is cut after a second',
    async () => {
      const env = { KGO_TEST_RECORDS: '100000', KGO_TEST_CHAOS: '1' }
      expect(await passed({ only: '^TestGroupETL$', env })).toEqual(expect.arrayContaining(chains))
    },
    900_000,
  )

  test.runIf(isFullRun)(
    'all that franz-go tests besides transactions, share groups and SCRAM passes',
    async () => {
      const names = await passed({ only: '.', skip: notYet.join('|'), env: { KGO_TEST_RECORDS: '100000' } })
      expect(names.filter((name) => !name.includes('/')).length).toBeGreaterThan(140)
    },
    900_000,
  )
})
