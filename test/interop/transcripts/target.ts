import { randomBytes } from 'node:crypto'
import type { BrokerToPlayOn } from '../../scenarios/support/tcp.ts'
import type { Broker, Target } from '../support/broker.ts'
import { target as defaultTarget, startBroker } from '../support/broker.ts'
import { isFullRun } from '../support/suite.ts'

/** TRANSCRIPTS_AT=kafka:PORT plays on a broker that runs already, with `defaultConfig`. */
const running = process.env.TRANSCRIPTS_AT?.split(':')

export const isRunningAlready = running !== undefined

export const targets: readonly Target[] =
  running !== undefined ? [running[0] as Target] : isFullRun ? ['kohort', 'kafka'] : [defaultTarget()]

/** A broker for a suite; undefined where it runs already. */
export async function startUnlessRunning(
  target: Target,
  set: Readonly<Record<string, string>>,
): Promise<Broker | undefined> {
  return isRunningAlready ? undefined : startBroker({ target, set })
}

export function toPlayOn(broker: Broker | undefined): BrokerToPlayOn {
  const newRun = (): string => randomBytes(4).toString('hex')
  if (broker === undefined) return { port: Number(running![1]), newRun }
  return { port: broker.port, newRun, restart: () => broker.restart() }
}
