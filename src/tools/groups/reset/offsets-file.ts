/** One line of an offsets file. */
export interface OffsetLine {
  /** undefined in files for one group. */
  readonly groupId: string | undefined
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/**
 * Reads what Kafka's `--export` writes and `--from-file` takes: `topic,partition,offset` a line, or `group,topic,partition,offset`. Empty lines and
 * lines that begin with # are skipped.
 * @throws SyntaxError that names the line
 */
export function parseOffsetsFile(text: string): readonly OffsetLine[] {
  const lines: OffsetLine[] = []
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const fields = line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'))
    const [offset, partition, topic, groupId] = fields.reverse()
    const isNumbers = /^\d+$/.test(partition ?? '') && /^-?\d+$/.test(offset ?? '')
    if (topic === undefined || topic === '' || fields.length > 4 || !isNumbers)
      throw new SyntaxError(`line ${at + 1} is not TOPIC,PARTITION,OFFSET or GROUP,TOPIC,PARTITION,OFFSET: ${line}`)
    lines.push({ groupId, topic, partition: Number(partition), offset: BigInt(offset!) })
  }
  return lines
}

/** The same form, for `--from-file`. */
export function formatOffsetsFile(lines: readonly OffsetLine[]): string {
  return lines
    .map(({ groupId, topic, partition, offset }) => {
      return `${groupId === undefined ? '' : `${groupId},`}${topic},${partition},${offset}\n`
    })
    .join('')
}
