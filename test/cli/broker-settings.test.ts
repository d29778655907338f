import { describe, expect, test } from 'vitest'
import { brokerSettings, type SettingsSource } from '../../src/cli/broker-settings.ts'

function source(
  more: Partial<SettingsSource> & { readonly configs?: Readonly<Record<string, string>> },
): SettingsSource {
  const { configs = {}, ...rest } = more
  return {
    listen: [],
    advertise: [],
    http: [],
    dataDir: undefined,
    topics: [],
    properties: new Map(Object.entries(configs)),
    ...rest,
  }
}

function listeners(...sources: Parameters<typeof source>[0][]) {
  return brokerSettings(sources.map(source)).listeners
}

const at = (host: string, port: number, advertised?: { host: string; port: number }, optional = false) => ({
  host,
  port,
  advertised,
  optional,
})

describe('where to listen', () => {
  test('by default on this machine only, on IPv6 where there is one', () => {
    expect(listeners({})).toEqual([at('127.0.0.1', 9092), at('::1', 9092, undefined, true)])
  })

  test('--listen takes HOST, HOST:PORT and [IPV6]:PORT', () => {
    expect(listeners({ listen: ['0.0.0.0', '127.0.0.1:0', '[::1]:19092'] })).toEqual([
      at('0.0.0.0', 9092),
      at('127.0.0.1', 0),
      at('::1', 19092),
    ])
  })

  test('localhost is both loopback addresses, told by that name', () => {
    const told = { host: 'localhost', port: 9092 }
    expect(listeners({ listen: ['localhost'] })).toEqual([
      { host: '127.0.0.1', port: 9092, advertised: told },
      { host: '::1', port: 9092, advertised: told, optional: true },
    ])
  })

  test('listeners of server.properties, those of the controller left out', () => {
    const configs = {
      listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    }
    expect(listeners({ configs })).toEqual([at('0.0.0.0', 9092)])
  })

  test('a stronger source replaces the listeners of a weaker one', () => {
    const file = { configs: { listeners: 'PLAINTEXT://10.0.0.1:1' } }
    expect(listeners({ listen: ['127.0.0.1:2'] }, {}, file)).toEqual([at('127.0.0.1', 2)])
    expect(listeners({}, { listen: ['127.0.0.1:3'] }, file)).toEqual([at('127.0.0.1', 3)])
    expect(listeners({}, {}, file)).toEqual([at('10.0.0.1', 1)])
  })

  test.each(['host:port', '127.0.0.1:70000', '::1:9092', ''])('%j is no address', (text) => {
    expect(() => listeners({ listen: [text] })).toThrow('is not an address: write HOST:PORT')
  })

  test('TLS is refused rather than left away', () => {
    const configs = { listeners: 'SSL://0.0.0.0:9093' }
    expect(() => listeners({ configs })).toThrow('only PLAINTEXT is served yet')
  })
})

describe('what clients are told', () => {
  test('one address for all listeners, or one for each', () => {
    const told = { host: 'kafka.example', port: 1 }
    expect(listeners({ listen: ['0.0.0.0:2', '0.0.0.0:3'], advertise: ['kafka.example:1'] })).toEqual([
      at('0.0.0.0', 2, told),
      at('0.0.0.0', 3, told),
    ])
    expect(listeners({ listen: ['0.0.0.0:2', '0.0.0.0:3'], advertise: ['a:1', 'b:2'] })).toEqual([
      at('0.0.0.0', 2, { host: 'a', port: 1 }),
      at('0.0.0.0', 3, { host: 'b', port: 2 }),
    ])
    expect(() => listeners({ listen: ['0.0.0.0:2'], advertise: ['a:1', 'b:2'] })).toThrow('one --advertise for each')
  })

  test('advertised.listeners by the name of the listener (KIP-103)', () => {
    const configs = {
      listeners: 'INSIDE://0.0.0.0:1,OUTSIDE://0.0.0.0:2',
      'advertised.listeners': 'OUTSIDE://out.example:20,INSIDE://in.example:10',
      'listener.security.protocol.map': 'INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT',
    }
    expect(listeners({ configs }).map(({ advertised }) => advertised?.host)).toEqual(['in.example', 'out.example'])
  })
})

describe('where the data is', () => {
  const dataDir = (...sources: Parameters<typeof source>[0][]) => brokerSettings(sources.map(source)).dataDir

  test('--data-dir, then log.dirs, then log.dir, the strongest source first', () => {
    const file = { configs: { 'log.dirs': '/of-file', 'log.dir': '/other' } }
    expect(dataDir({ dataDir: '/of-option' }, file)).toBe('/of-option')
    expect(dataDir({ configs: { 'log.dir': '/of-set' } }, { dataDir: '/of-env' }, file)).toBe('/of-set')
    expect(dataDir({}, {}, file)).toBe('/of-file')
    expect(dataDir({})).toBe('./kohort-data')
  })

  test('several folders are refused', () => {
    expect(() => dataDir({ configs: { 'log.dirs': '/a,/b' } })).toThrow('kohort keeps its data in one')
  })
})

test('configs of a stronger source replace those of a weaker one, one by one', () => {
  const strong = source({ configs: { 'num.partitions': '3' } })
  const weak = source({ configs: { 'num.partitions': '1', 'group.max.size': '9' } })
  const { properties } = brokerSettings([strong, weak])
  expect(properties.get('num.partitions')).toBe('3')
  expect(properties.get('group.max.size')).toBe('9')
})
