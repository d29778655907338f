// One golden record batch: it verifies, reads back in full, and is written again, byte for byte where uncompressed.
import assert from 'node:assert/strict'

const TIMESTAMP_TYPES = { CREATE_TIME: 'CreateTime', LOG_APPEND_TIME: 'LogAppendTime' }

export function checkBatch(wire, vector) {
  const bytes = Buffer.from(vector.hex, 'hex')
  assert.equal(wire.verifyBatch(bytes), undefined, 'the batch does not verify')
  const header = wire.readBatchHeader(bytes)
  assert.equal(header.totalBytes, bytes.length, 'the batch has another length')
  assert.equal(header.baseOffset, BigInt(vector.baseOffset))
  assert.equal(header.producerId, BigInt(vector.producerId))
  assert.equal(header.producerEpoch, vector.producerEpoch)
  if (vector.control === undefined) checkData(wire, vector, bytes, header)
  else checkControl(wire, vector, bytes, header)
}

function checkData(wire, vector, bytes, header) {
  assert.equal(header.compression, vector.compression)
  assert.equal(header.partitionLeaderEpoch, vector.partitionLeaderEpoch)
  assert.equal(header.baseSequence, vector.baseSequence)
  assert.equal(header.isTransactional, vector.transactional)
  assert.equal(header.timestampType, TIMESTAMP_TYPES[vector.timestampType])
  const expected = vector.records.map((record) => ({
    offset: BigInt(record.offset),
    timestamp: Number(record.timestamp),
    key: fromHex(record.key),
    value: fromHex(record.value),
    headers: record.headers.map(([key, value]) => ({ key, value: fromHex(value) })),
  }))
  assert.deepEqual(wire.decodeRecords(bytes), expected, 'the records read differently')

  const again = encodeAgain(wire, bytes, header)
  if (vector.compression === 'none') {
    assert.equal(again.toString('hex'), vector.hex, 'the batch encodes to other bytes')
    return
  }
  // Another implementation of a codec may compress to other bytes: they must carry the same.
  assert.equal(wire.verifyBatch(again), undefined, 'the batch that we wrote does not verify')
  assert.deepEqual(wire.decodeRecords(again), expected, 'the batch that we wrote reads differently')
  const { totalBytes, batchLength, crc, ...fixed } = wire.readBatchHeader(again)
  const { totalBytes: _totalBytes, batchLength: _batchLength, crc: _crc, ...fixedBefore } = header
  assert.deepEqual(fixed, fixedBefore, 'the header that we wrote differs')
  assert.equal(totalBytes, again.length)
  assert.equal(batchLength, again.length - 12)
  assert.equal(crc, wire.crc32c(again.subarray(21)))
}

function encodeAgain(wire, bytes, header) {
  const records = []
  wire.forEachRecord(bytes, 0, {}, ({ createTimestamp, offsetDelta, key, value, headers }) => {
    records.push({ timestamp: createTimestamp, offsetDelta, key, value, headers })
  })
  const { maxTimestamp, ...rest } = header
  return wire.encodeBatch({
    ...rest,
    records,
    ...(header.timestampType === 'LogAppendTime' ? { maxTimestamp } : {}),
  })
}

function checkControl(wire, vector, bytes, header) {
  const type = vector.control.toUpperCase()
  assert.ok(header.isControl && header.isTransactional, 'a marker is a transactional control batch')
  const [record, ...more] = wire.decodeRecords(bytes)
  assert.deepEqual(more, [])
  assert.equal(record.timestamp, Number(vector.timestamp))
  assert.equal(wire.decodeControlRecordType(record.key), type)
  assert.equal(wire.decodeEndTxnMarker(record.value).coordinatorEpoch, vector.coordinatorEpoch)
  const again = wire.encodeEndTxnMarker({
    type,
    producerId: header.producerId,
    producerEpoch: header.producerEpoch,
    coordinatorEpoch: vector.coordinatorEpoch,
    timestamp: record.timestamp,
    baseOffset: header.baseOffset,
    partitionLeaderEpoch: header.partitionLeaderEpoch,
  })
  assert.equal(again.toString('hex'), vector.hex, 'the marker encodes to other bytes')
}

function fromHex(hex) {
  return hex === null ? null : Buffer.from(hex, 'hex')
}
