import { invalid } from './resolve.ts'

interface Store {
  /** 'ssl.truststore' */
  readonly prefix: string
  /** What Java's store files are made into PEM with. */
  readonly conversion: string
  /** Keys that the file's text is given as. */
  properties(text: string, path: string): readonly (readonly [name: string, value: string])[]
}

const stores: readonly Store[] = [
  {
    prefix: 'ssl.truststore',
    conversion: 'keytool -list -rfc -keystore FILE writes its certificates in PEM',
    properties: (text, path) => [['ssl.truststore.certificates', certificates(text, path)]],
  },
  {
    prefix: 'ssl.keystore',
    conversion: 'openssl pkcs12 -in FILE writes a PKCS12 file in PEM, keytool -importkeystore makes one of a JKS file',
    properties: (text, path) => {
      const key = /-----BEGIN (?:\w+ )*PRIVATE KEY-----[\s\S]+?-----END (?:\w+ )*PRIVATE KEY-----/.exec(text)?.[0]
      if (key === undefined) throw invalid(`ssl.keystore.location: ${path} has no private key`)
      return [
        ['ssl.keystore.certificate.chain', certificates(text, path)],
        ['ssl.keystore.key', key],
      ]
    },
  },
]

/**
 * Stores of keys and certificates that properties name as files, in the text that they have: `ssl.truststore.location` and `ssl.keystore.location`,
 * of type PEM (KIP-651). The other types are Java's own.
 * @throws KafkaError INVALID_CONFIG for other types, and files that cannot be read
 */
export function withPemFiles(properties: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const result = new Map(properties)
  for (const { prefix, conversion, properties: of } of stores) {
    const [location, type, password] = ['location', 'type', 'password'].map((part) => `${prefix}.${part}`) as [
      string,
      string,
      string,
    ]
    const path = properties.get(location)
    const given = properties.get(type)
    if (path === undefined) {
      // PEM in the properties themselves.
      if (given?.toUpperCase() === 'PEM') result.delete(type)
      continue
    }
    if (given?.toUpperCase() !== 'PEM') {
      const is = given === undefined ? `${type} is JKS where it is not set` : `${type} is ${given}`
      throw invalid(`${location}: ${is}, and PEM is the only type that can be read here; ${conversion}`)
    }
    // As Java says: the key in the file has one of its own.
    if (properties.has(password))
      throw invalid(`${password}: a PEM file has none; ssl.key.password is that of its private key`)
    for (const name of [location, type]) result.delete(name)
    for (const [name, value] of of(read(location, path), path)) {
      if (properties.has(name)) throw invalid(`give either ${location} or ${name}`)
      result.set(name, value)
    }
  }
  return result
}

function read(location: string, path: string): string {
  try {
    // An import would load all of node:fs, streams and promises too, with the client.
    return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(`${location}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function certificates(text: string, path: string): string {
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)
  if (found === null) throw invalid(`${path} has no certificate in PEM`)
  return found.join('\n')
}
