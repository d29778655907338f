import { type BrokerOptions, type RunningBroker, startBroker } from '../broker/index.ts'

export type PlainTestBrokerOptions = Partial<BrokerOptions>

/**
 * A broker in this process for tests: a free port of 127.0.0.1, records in memory, and no wait for further members when a group begins.
 * Every option of `startBroker` may be given; `properties` are added to those of a test broker.
 */
export function startTestBroker(options: PlainTestBrokerOptions = {}): Promise<RunningBroker> {
  const { properties = {}, listeners = [{ host: '127.0.0.1', port: 0 }], ...others } = options
  const given = properties instanceof Map ? Object.fromEntries(properties) : properties
  return startBroker({
    ...others,
    listeners,
    properties: { 'group.initial.rebalance.delay.ms': '0', ...given },
  })
}
