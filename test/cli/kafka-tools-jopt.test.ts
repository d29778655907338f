import { expect, test } from 'vitest'
import { hashMapOrder, javaHashCode, partitionHash } from '../../src/cli/kafka-tools/java.ts'
import { OptionException, type OptionSpecs, parseOptions } from '../../src/cli/kafka-tools/jopt.ts'

const specs: OptionSpecs = {
  list: { description: '' },
  state: { description: '', argument: 'state', isOptional: true, availableIf: ['list'] },
  topic: { description: '', argument: 'topic' },
  partitions: { description: '', argument: 'n', type: 'Integer' },
}

test('options are read with one dash or two, with = or a space, and again and again', () => {
  const options = parseOptions(['-list', '--topic', 'a', '--topic=b', '--state'], specs)
  expect(options.has('list')).toBe(true)
  expect(options.values('topic')).toEqual(['a', 'b'])
  expect(options.has('state')).toBe(true)
  expect(options.value('state')).toBeUndefined()
  expect(() => options.value('topic')).toThrow('Found multiple arguments for option topic, but you asked for only one')
})

test('an argument that may be left out is none where the next word is an option; one that may not takes any word', () => {
  expect(parseOptions(['--list', '--state', '--topic', '--state'], specs).values('topic')).toEqual(['--state'])
  expect(parseOptions(['--list', '--state', 'empty'], specs).value('state')).toBe('empty')
})

test.each([
  [['--lis'], 'lis is not a recognized option'],
  [['--topic'], 'Option topic requires an argument'],
  [['--state', 'empty'], 'Option(s) [state] are unavailable given other options on the command line'],
])('%j is refused', (args, sentence) => {
  expect(() => parseOptions(args, specs)).toThrow(OptionException)
  expect(() => parseOptions(args, specs)).toThrow(sentence)
})

test('a number that is none is refused when it is asked for', () => {
  const options = parseOptions(['--partitions', 'x'], specs)
  expect(() => options.value('partitions')).toThrow("Cannot parse argument 'x' of option partitions")
})

test("rows come in the order of Java's maps", () => {
  const places = [0, 1, 2].map((partition) => ({ topic: 'sales', partition }))
  // Seen with Apache Kafka 4.2: --reset-offsets of three partitions.
  expect(hashMapOrder(places, partitionHash).map(({ partition }) => partition)).toEqual([2, 1, 0])
  // Those of one bucket stay as they came.
  const groups = hashMapOrder(['sellers', 'resetters', 'never-seen'], javaHashCode)
  expect(groups).toEqual(['never-seen', 'sellers', 'resetters'])
})
