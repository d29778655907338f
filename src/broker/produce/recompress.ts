import {
  batchLayout,
  COMPRESSION_MASK,
  type CompressionType,
  compress,
  compressionTypes,
  decompress,
  writeCrc,
} from '../../wire/index.ts'
import type { TopicConfig } from '../configs/index.ts'
import { compressionOf } from './batch-problem.ts'

const PREFIX_BYTES = 12

/** The codec that the topic wants in place of the batch's, or undefined. A batch that has it keeps its bytes, as in Kafka. */
export function wantedCompression(batch: Buffer, { compressionType }: TopicConfig): CompressionType | undefined {
  if (compressionType === 'producer') return undefined
  const wanted = compressionType === 'uncompressed' ? 'none' : compressionType
  return compressionTypes[compressionOf(batch)] === wanted ? undefined : wanted
}

/**
 * The batch with its records in another codec. The records themselves stay as they are: their offsets and timestamps are relative to the
 * header.
 * @throws WireError when they do not unpack, OVERSIZED beyond `unpackedBytesMax`.
 */
export function recompress(
  batch: Buffer,
  options: { readonly wanted: CompressionType; readonly config: TopicConfig; readonly unpackedBytesMax: number },
): Buffer {
  const { wanted, config, unpackedBytesMax } = options
  const source = compressionTypes[compressionOf(batch)] ?? 'none'
  const plain = decompress(source, batch.subarray(batchLayout.records), { maxBytes: unpackedBytesMax })
  const body = compress(wanted, plain, { level: levelOf(wanted, config) })
  const result = Buffer.allocUnsafeSlow(batchLayout.records + body.length)
  batch.copy(result, 0, 0, batchLayout.records)
  body.copy(result, batchLayout.records)
  result.writeInt32BE(result.length - PREFIX_BYTES, batchLayout.batchLength)
  const attributes = batch.readInt16BE(batchLayout.attributes) & ~COMPRESSION_MASK
  result.writeInt16BE(attributes | compressionTypes.indexOf(wanted), batchLayout.attributes)
  writeCrc(result, 0)
  return result
}

/** The topic's level, where the codec has levels here; Kafka's -1 for gzip is zlib's own default. */
function levelOf(codec: CompressionType, config: TopicConfig): number | undefined {
  switch (codec) {
    case 'gzip':
      return config.compressionGzipLevel
    case 'zstd':
      return config.compressionZstdLevel
    case 'lz4':
    case 'snappy':
    case 'none':
      return undefined
  }
}
