// One golden message: the bytes decode to the value, and the value encodes to the bytes.
import assert from 'node:assert/strict'

/** `value` is JSON as Kafka's own converters write it: bytes in base64, defaults of tagged fields left out. */
export function checkMessage(wire, { name, version, value, hex }) {
  const message = messagesByName(wire).get(name)
  assert.ok(message !== undefined, `no schema is called ${name}`)
  const bytes = Buffer.from(hex, 'hex')
  const where = `${name} v${version}`

  assert.deepEqual(
    message.decode(bytes, version),
    complete(wire, message.fields, value, true),
    `${where} decodes to another value`,
  )
  const encoded = message.encode(complete(wire, message.fields, value, false), version)
  assert.equal(encoded.toString('hex'), hex, `${where} encodes to other bytes`)
}

const byWire = new WeakMap()

function messagesByName(wire) {
  let byName = byWire.get(wire)
  if (byName === undefined) {
    const messages = Object.values(wire).filter((value) => typeof value?.decodePrefix === 'function')
    byName = new Map(messages.map((message) => [message.name, message]))
    byWire.set(wire, byName)
  }
  return byName
}

/** The JSON as our types; with `fill`, what it leaves out as the default, as decoding gives it. */
function complete(wire, fields, json, fill) {
  const result = {}
  const unknown = Object.keys(json).filter((name) => fields[name] === undefined)
  assert.deepEqual(unknown, [], 'the schema lacks fields')
  for (const [name, field] of Object.entries(fields)) {
    if (json[name] !== undefined) result[name] = convert(wire, field, json[name], fill)
    else if (fill) result[name] = wire.defaultOf(field)
  }
  return result
}

function convert(wire, field, json, fill) {
  if (json === null) return null
  switch (field.type) {
    case 'int64':
      return BigInt(json)
    case 'bytes':
    case 'records':
      return Buffer.from(json, 'base64')
    case 'struct':
      return complete(wire, field.fields, json, fill)
    case 'array':
      return json.map((element) => convert(wire, field.element, element, fill))
    case 'float64':
      return Number(json)
    default:
      return json
  }
}
