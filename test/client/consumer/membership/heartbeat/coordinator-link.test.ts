import { expect, test } from 'vitest'
import { type Address, defaultConnectionSettings } from '../../../../../src/client/connection/connection-settings.ts'
import { CoordinatorLink } from '../../../../../src/client/consumer/membership/heartbeat/coordinator-link.ts'
import { systemClock } from '../../../../../src/platform/index.ts'
import { startBroker, type TestBroker } from '../../../../../src/testing/index.ts'
import { apis } from '../../../../../src/wire/index.ts'
import { ScriptedServer } from '../../../support/scripted-server.ts'

const settings = { ...defaultConnectionSettings, requestTimeoutMs: 300 }

function addressOf({ bootstrapServers }: TestBroker): Address {
  const [host, port] = bootstrapServers.split(':') as [string, string]
  return { host, port: Number(port) }
}

const linkTo = (nodes: readonly Address[]): CoordinatorLink =>
  new CoordinatorLink({ groupId: 'g', settings, clock: systemClock, nodes })

const heartbeat = (link: CoordinatorLink) =>
  link.call(apis.Heartbeat, () => ({ groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null }), {
    timeoutMs: 300,
    minVersion: 0,
  })

test('a node that does not answer is asked last from then on', async () => {
  await using broker = await startBroker()
  await using silent = await ScriptedServer.start(() => {})
  const link = linkTo([silent.address, addressOf(broker)])
  expect(await heartbeat(link)).toMatchObject({ errorCode: 25 })
  expect(silent.connections).toBe(1)
  link.coordinatorLost()
  expect(await heartbeat(link)).toMatchObject({ errorCode: 25 })
  expect(silent.connections).toBe(1)
  link.close()
})

test('a coordinator that lets a heartbeat wait for its whole time is asked for anew: the group may be with another', async () => {
  await using broker = await startBroker()
  const finds = broker.fault({ api: 'FindCoordinator', times: 10 }).delay(0)
  const link = linkTo([addressOf(broker)])
  broker.fault({ api: 'Heartbeat' }).drop()
  await expect(heartbeat(link)).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect(await heartbeat(link)).toMatchObject({ errorCode: 25 })
  expect(finds.hits).toBe(2)
  link.close()
})

test('a coordinator that closed the connection is connected to again without a question', async () => {
  await using broker = await startBroker()
  const finds = broker.fault({ api: 'FindCoordinator', times: 10 }).delay(0)
  const link = linkTo([addressOf(broker)])
  broker.fault({ api: 'Heartbeat' }).close()
  await expect(heartbeat(link)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  expect(await heartbeat(link)).toMatchObject({ errorCode: 25 })
  expect(finds.hits).toBe(1)
  link.close()
})
