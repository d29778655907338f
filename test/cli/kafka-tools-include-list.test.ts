import { describe, expect, test } from 'vitest'
import { includeList } from '../../src/cli/kafka-tools/include-list.ts'

const names = ['orders', 'orders-dlq', 'Orders', 'orders.eu', 'stock', '__consumer_offsets', 'a1', 'aa']

/** What Apache Kafka 4.2's kafka-topics --list --topic shows of these; the drop-in test compares some of them with it. */
describe('lists of kafka-topics are read as Java reads them', () => {
  test.each([
    ['orders', ['orders']],
    ['orders,stock', ['orders', 'stock']],
    ['"orders | stock"', ['orders', 'stock']],
    ['orders.*', ['orders', 'orders-dlq', 'orders.eu']],
    ['orders\\.eu', ['orders.eu']],
    ['orders\\-dlq', ['orders-dlq']],
    ['(?i)orders', ['orders', 'Orders']],
    ['\\Qorders.eu\\E', ['orders.eu']],
    ['\\p{Upper}rders', ['Orders']],
    ['[\\p{Upper}_]\\p{Alpha}+', ['Orders']],
    ['[a-z]{5}', ['stock']],
    ['\\w{2}', ['a1', 'aa']],
    ['(?!__).*', names.filter((name) => !name.startsWith('__'))],
    ['(a)\\1', ['aa']],
    ['^orders$', ['orders']],
    ['order', []],
  ])('%s', async (text, expected) => {
    const isIncluded = await includeList(text)
    expect(names.filter(isIncluded)).toEqual(expected)
  })

  test.each([
    ['[', '[ is an invalid regex.'],
    ['\\Qa\\E(', '\\Qa\\E( is an invalid regex.'],
    ['*a', '*a is an invalid regex.'],
    ['[a-z&&[^b]].*', "[a-z&&[^b]].* has a class within a class, which only Java's regular expressions have."],
    ['\\w++', "\\w++ has possessive or atomic parts, which only Java's regular expressions have."],
  ])('%s is refused', async (text, sentence) => {
    await expect(includeList(text)).rejects.toThrow(sentence)
  })
})
