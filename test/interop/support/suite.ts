import { afterAll, beforeAll, describe, test } from 'vitest'
import { type Broker, startBroker, type Target, target } from './broker.ts'
import type { ClientProgram } from './client.ts'
import { type Scenario, Stage } from './scenario.ts'
import { assignorScenarios } from './scenarios/assignors.ts'
import { consumerProtocolScenarios } from './scenarios/consumer-protocol.ts'
import { membershipScenarios } from './scenarios/membership.ts'
import { offsetScenarios } from './scenarios/offsets.ts'
import { producingScenarios } from './scenarios/producing.ts'
import { restartScenarios } from './scenarios/restarts.ts'
import { requireTool } from './toolchain.ts'

/** All features, in the order in which they are easiest to read. */
export const scenarios: readonly Scenario[] = [
  ...membershipScenarios,
  ...consumerProtocolScenarios,
  ...assignorScenarios,
  ...offsetScenarios,
  ...producingScenarios,
  ...restartScenarios,
]

/** True in `npm run test:full`, which runs every scenario with every client. */
export const isFullRun = process.env.KOHORT_FULL === '1'

/** In the consumer protocol these are the broker's to say. */
export const shortSessions = {
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.session.timeout.ms': '6000',
  'group.consumer.min.heartbeat.interval.ms': '100',
  'group.consumer.heartbeat.interval.ms': '1000',
}

/** Longest time for one scenario; installing a client is apart. */
const scenarioTimeoutMs = 180_000
const prepareTimeoutMs = 600_000

export interface SuiteOptions {
  /** Scenarios of `npm test`. */
  readonly fast: readonly string[]
  /** What a full run runs against, one after the other; default: `target()`. */
  readonly targets?: readonly Target[]
}

/**
 * Registers the scenarios for one client against one broker process: those named in `fast` always, the others in a
 * full run. A feature that the client does not have is shown as skipped, with what is missing in its name.
 */
export function interopSuite(client: ClientProgram, { fast, targets = [target()] }: SuiteOptions): void {
  for (const name of fast) {
    if (!scenarios.some((scenario) => scenario.name === name)) throw new Error(`no scenario is called ${name}`)
  }
  for (const kind of isFullRun ? targets : [target()]) register(client, kind, fast)
}

function register(client: ClientProgram, kind: Target, fast: readonly string[]): void {
  const tools = kind === 'kafka' ? ['java', 'mvn', ...client.tools] : client.tools
  describe.skipIf(!requireTool(...tools))(`${client.name} on ${kind}`, () => {
    let broker: Broker

    beforeAll(async () => {
      await client.prepare()
      broker = await startBroker({
        target: kind,
        ...(client.groupProtocol === 'consumer' ? { set: shortSessions } : {}),
      })
    }, prepareTimeoutMs)

    afterAll(() => broker?.stop())

    for (const scenario of scenarios) {
      if (!isFullRun && !fast.includes(scenario.name)) continue
      const missing = scenario.lacks?.(client)
      if (missing !== undefined) {
        test.skip(`${scenario.name}: ${client.name} does not have ${missing}`, () => {})
        continue
      }
      test(`${scenario.name}: ${scenario.title}`, { timeout: scenarioTimeoutMs }, async () => {
        const stage = new Stage({ broker, client, scenario: scenario.name })
        try {
          await scenario.run(stage)
        } catch (error) {
          console.error(stage.summary())
          throw error
        } finally {
          await stage.cleanUp()
        }
      })
    }
  })
}
