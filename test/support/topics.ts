import type { TopicImage } from '../../src/coordinator/index.ts'

/** An image in which every topic is there, with three partitions, but for what `fields` say. */
export function anyTopics(fields: Partial<TopicImage> = {}): TopicImage {
  return {
    has: () => true,
    partitionCount: () => 3,
    topicId: () => undefined,
    topicName: () => undefined,
    version: 0,
    createdVersion: 0,
    ...fields,
  }
}

/** Topics that come, go and grow. Ids are made of the name and of how many there were before. */
export class TestTopics {
  readonly #topics = new Map<string, { readonly topicId: string; readonly partitionCount: number }>()
  #version = 1
  #createdVersion = 1
  #created = 0

  image(): TopicImage {
    const topics = new Map(this.#topics)
    return {
      has: (topic) => topics.has(topic),
      partitionCount: (topic) => topics.get(topic)?.partitionCount,
      topicId: (topic) => topics.get(topic)?.topicId,
      topicName: (topicId) => [...topics].find(([, topic]) => topic.topicId === topicId)?.[0],
      version: this.#version,
      createdVersion: this.#createdVersion,
    }
  }

  names(): readonly string[] {
    return [...this.#topics.keys()]
  }

  /** Creates the topic, or gives it more partitions. */
  set(name: string, partitionCount: number): this {
    const known = this.#topics.get(name)
    this.#version++
    if (known === undefined) this.#createdVersion = this.#version
    const topicId = known?.topicId ?? topicIdOf(name, this.#created++)
    this.#topics.set(name, { topicId, partitionCount })
    return this
  }

  delete(name: string): void {
    this.#version++
    this.#topics.delete(name)
  }
}

function topicIdOf(name: string, number: number): string {
  const bytes = Buffer.alloc(16)
  bytes.write(name.slice(0, 12), 0)
  bytes.writeUInt32BE(number + 1, 12)
  return bytes.toString('base64url')
}
