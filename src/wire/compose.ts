import { Buffer } from 'node:buffer'
import type { Reader } from './reader.ts'
import { ZERO_UUID } from './reader.ts'
import type { Field, Fields } from './schema.ts'
import { defaultOf } from './schema.ts'
import { inVersions } from './versions.ts'
import { WireError } from './wire-error.ts'
import { Writer } from './writer.ts'

/** Of one version of a message. */
export type Read<T> = (reader: Reader) => T
export type Write<I> = (writer: Writer, value: I) => void

/**
 * Composes what reads one version as the source of plain functions and compiles it; `composeWrite` what writes it. A client reads no request, and a broker writes
 * none: each has half of the work.
 *
 * A tree of closures costs a call and a megamorphic property access per field, about ten times a hand-written codec
 * (docs: hot path); the emitted code is what one would write by hand: straight reads, one object literal a struct, no
 * version test. Only our own schemas get into the source, never a peer's bytes.
 */
export function composeRead<T>(fields: Fields, version: number, flexible: boolean): Read<T> {
  return compose(fields, version, flexible, 'read') as Read<T>
}

export function composeWrite<I>(fields: Fields, version: number, flexible: boolean): Write<I> {
  return compose(fields, version, flexible, 'write') as Write<I>
}

type Side = 'read' | 'write'

function compose(fields: Fields, version: number, flexible: boolean, side: Side): unknown {
  const source = new CodecSource(version, flexible, side).emit(fields)
  return new Function('runtime', source)(runtime)
}

/** What the emitted code needs from here. */
const runtime = {
  Writer,
  EMPTY: Buffer.alloc(0),
  notAnArray(name: string): WireError {
    return new WireError('INVALID_VALUE', `${name} is not an array`)
  },
  notAStruct(name: string): WireError {
    return new WireError('INVALID_VALUE', `${name} is not an object`)
  },
  unsupported(name: string, version: number): WireError {
    return new WireError('UNSUPPORTED_FIELD', `${name} is set, which version ${version} cannot carry`)
  },
}

class CodecSource {
  readonly #version: number
  readonly #flexible: boolean
  readonly #side: Side
  readonly #functions: string[] = []
  readonly #structs = new Map<Fields, string>()
  readonly #defaults = new Map<Fields, string>()
  readonly #tests = new Map<Fields, string>()
  #names = 0

  constructor(version: number, flexible: boolean, side: Side) {
    this.#version = version
    this.#flexible = flexible
    this.#side = side
  }

  emit(fields: Fields): string {
    const name = this.#struct(fields)
    return [
      "'use strict'",
      'const { Writer, EMPTY, notAnArray, notAStruct, unsupported } = runtime',
      ...this.#functions,
      `return ${name}`,
    ].join('\n')
  }

  #has(field: Field): boolean {
    return inVersions(field.versions, this.#version)
  }

  #nullable(field: Field): boolean {
    return field.nullable !== undefined && inVersions(field.nullable, this.#version)
  }

  #compact(field: Field): boolean {
    return this.#flexible && field.flexible !== 'none'
  }

  #name(prefix: string): string {
    return `${prefix}${this.#names++}`
  }

  #struct(fields: Fields): string {
    const known = this.#structs.get(fields)
    if (known !== undefined) return known
    const name = this.#name(this.#side)
    this.#structs.set(fields, name)
    this.#functions.push(this.#side === 'read' ? this.#structReader(name, fields) : this.#structWriter(name, fields))
    return name
  }

  // Reading

  #structReader(name: string, fields: Fields): string {
    const lines: string[] = []
    const tagged: string[] = []
    const properties: string[] = []
    let index = 0
    for (const [fieldName, field] of Object.entries(fields)) {
      const local = `f${index++}`
      if (!this.#has(field)) {
        properties.push(`${fieldName}: ${this.#default(field)}`)
        continue
      }
      properties.push(`${fieldName}: ${local}`)
      if (field.tag === undefined) {
        lines.push(`const ${local} = ${this.#read(field)}`)
      } else {
        lines.push(`let ${local} = ${this.#default(field)}`)
        tagged.push(`case ${field.tag}: ${local} = ${this.#read(field)}; r.expectEnd(end); break`)
      }
    }
    if (this.#flexible) {
      if (tagged.length === 0) lines.push('r.skipTaggedFields()')
      else {
        lines.push(
          'for (let n = r.uvarint(); n > 0; n--) {',
          'const tag = r.uvarint(), size = r.uvarint(), end = r.taggedFieldEnd(size)',
          `switch (tag) {\n${tagged.join('\n')}\ndefault: r.skip(size)\n}`,
          '}',
        )
      }
    }
    return `function ${name}(r) {\n${lines.join('\n')}\nreturn { ${properties.join(', ')} }\n}`
  }

  /** An expression that reads the field. */
  #read(field: Field): string {
    const nullable = this.#nullable(field)
    switch (field.type) {
      case 'string':
        return `r.${method(this.#compact(field), nullable, 'string')}()`
      case 'bytes':
      case 'records':
        return `r.${method(this.#compact(field), nullable, 'bytes')}()`
      case 'struct': {
        const read = `${this.#struct(field.fields!)}(r)`
        // A nullable struct is preceded by an int8, negative for null; a tagged one by a varint, zero for null.
        if (!nullable) return read
        return field.tag === undefined ? `(r.int8() < 0 ? null : ${read})` : `(r.uvarint() === 0 ? null : ${read})`
      }
      case 'array':
        return this.#readArray(field, nullable)
      default:
        return `r.${field.type}()`
    }
  }

  #readArray(field: Field, nullable: boolean): string {
    const name = this.#name('readArray')
    const element = field.element!
    const length = method(this.#compact(field), nullable, 'arrayLength')
    this.#functions.push(
      [
        `function ${name}(r) {`,
        `const n = r.${length}(${this.#bytesMin(element)})`,
        nullable ? 'if (n < 0) return null' : '',
        'const a = []',
        `for (let i = 0; i < n; i++) a.push(${this.#read(element)})`,
        'return a\n}',
      ].join('\n'),
    )
    return `${name}(r)`
  }

  /** The fewest bytes that the field can take: bounds how many elements an array can have. */
  #bytesMin(field: Field): number {
    const compact = this.#compact(field)
    switch (field.type) {
      case 'bool':
      case 'int8':
        return 1
      case 'int16':
      case 'uint16':
        return 2
      case 'int32':
      case 'uint32':
        return 4
      case 'int64':
      case 'float64':
        return 8
      case 'uuid':
        return 16
      case 'string':
        return compact ? 1 : 2
      case 'bytes':
      case 'records':
      case 'array':
        return compact ? 1 : 4
      case 'struct': {
        if (this.#nullable(field)) return 1
        let sum = this.#flexible ? 1 : 0
        for (const inner of Object.values(field.fields!)) {
          if (this.#has(inner) && inner.tag === undefined) sum += this.#bytesMin(inner)
        }
        if (sum === 0) throw new Error('an element without bytes would make the length of an array unbounded')
        return sum
      }
    }
  }

  // Writing

  #structWriter(name: string, fields: Fields): string {
    const lines: string[] = []
    const tagged: { readonly tag: number; readonly name: string; readonly field: Field }[] = []
    for (const [fieldName, field] of Object.entries(fields)) {
      const value = `v.${fieldName}`
      if (!this.#has(field)) {
        if (field.ignorable === true) continue
        lines.push(
          `if (${value} !== undefined && !(${this.#isDefault(field, value)}))`,
          `throw unsupported('${fieldName}', ${this.#version})`,
        )
      } else if (field.tag === undefined) {
        lines.push(this.#write(field, 'w', fieldName, isOptional(field)))
      } else {
        tagged.push({ tag: field.tag, name: fieldName, field })
      }
    }
    if (this.#flexible) lines.push(...this.#taggedWriter(tagged.sort((a, b) => a.tag - b.tag)))
    return `function ${name}(w, v) {\n${guardStruct}\n${lines.join('\n')}\n}`
  }

  #taggedWriter(
    tagged: readonly { readonly tag: number; readonly name: string; readonly field: Field }[],
  ): readonly string[] {
    if (tagged.length === 0) return ['w.uvarint(0)']
    const tests: string[] = []
    const writes: string[] = []
    for (const { tag, name, field } of tagged) {
      tests.push(`const s${tag} = v.${name} !== undefined && !(${this.#isDefault(field, `v.${name}`)})`)
      // The size stands before the value, so the value goes into a writer of its own. Tagged fields are rare.
      writes.push(
        `if (s${tag}) {`,
        'const t = new Writer()',
        this.#write(field, 't', name, false),
        `w.uvarint(${tag}); w.uvarint(t.length); w.append(t)`,
        '}',
      )
    }
    return [...tests, `w.uvarint(${tagged.map(({ tag }) => `(s${tag} ? 1 : 0)`).join(' + ')})`, ...writes]
  }

  #write(field: Field, writer: string, name: string, optional: boolean): string {
    const value = this.#name('x')
    const initial = optional ? `v.${name} === undefined ? ${this.#default(field)} : v.${name}` : `v.${name}`
    return `const ${value} = ${initial}\n${this.#writeValue(field, writer, value, name)}`
  }

  #writeValue(field: Field, writer: string, value: string, name: string): string {
    const nullable = this.#nullable(field)
    const compact = this.#compact(field)
    switch (field.type) {
      case 'string':
        return `${writer}.${method(compact, nullable, 'string')}(${value})`
      case 'bytes':
      case 'records':
        return `${writer}.${method(compact, nullable, 'bytes')}(${value})`
      case 'struct': {
        const write = `${this.#struct(field.fields!)}(${writer}, ${value})`
        if (!nullable) return write
        const [ofNull, ofValue] = field.tag === undefined ? ['int8(-1)', 'int8(1)'] : ['uvarint(0)', 'uvarint(1)']
        return `if (${value} === null) ${writer}.${ofNull}\nelse { ${writer}.${ofValue}; ${write} }`
      }
      case 'array': {
        const item = this.#name('e')
        const index = this.#name('i')
        const ofNull = compact ? `${writer}.uvarint(0)` : `${writer}.int32(-1)`
        return [
          nullable ? `if (${value} === null) ${ofNull}\nelse {` : '{',
          `if (!Array.isArray(${value})) throw notAnArray('${name}')`,
          `${writer}.${method(compact, false, 'arrayLength')}(${value}.length)`,
          `for (let ${index} = 0; ${index} < ${value}.length; ${index}++) {`,
          `const ${item} = ${value}[${index}]`,
          this.#writeValue(field.element!, writer, item, name),
          '}\n}',
        ].join('\n')
      }
      default:
        return `${writer}.${field.type}(${value})`
    }
  }

  // Defaults

  /** An expression for the field's default. */
  #default(field: Field): string {
    if (field.default !== undefined || field.type !== 'struct') {
      const value = defaultOf(field)
      if (Buffer.isBuffer(value)) return 'EMPTY'
      return typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)
    }
    const fields = field.fields!
    let name = this.#defaults.get(fields)
    if (name === undefined) {
      name = this.#name('default')
      this.#defaults.set(fields, name)
      const properties = Object.entries(fields).map(([inner, of]) => `${inner}: ${this.#default(of)}`)
      this.#functions.push(`function ${name}() { return { ${properties.join(', ')} } }`)
    }
    return `${name}()`
  }

  /** An expression that tells whether `value`, which is not undefined, is the field's default. */
  #isDefault(field: Field, value: string): string {
    if (field.default === null) return `${value} === null`
    switch (field.type) {
      case 'array':
      case 'bytes':
        return `${value} !== null && ${value}.length === 0`
      case 'records':
        return `${value} === null`
      case 'uuid':
        return `${value} === '${ZERO_UUID}'`
      case 'struct':
        return `${value} !== null && ${this.#structTest(field.fields!)}(${value})`
      default:
        return `${value} === ${this.#default(field)}`
    }
  }

  #structTest(fields: Fields): string {
    let name = this.#tests.get(fields)
    if (name === undefined) {
      name = this.#name('isDefault')
      this.#tests.set(fields, name)
      const tests = Object.entries(fields).map(
        ([inner, of]) => `(v.${inner} === undefined || (${this.#isDefault(of, `v.${inner}`)}))`,
      )
      this.#functions.push(`function ${name}(v) { return ${tests.join(' && ')} }`)
    }
    return name
  }
}

const guardStruct = "if (typeof v !== 'object' || v === null) throw notAStruct('a struct')"

/** Readers and writers have a method for each combination: `compactNullableString`. */
function method(compact: boolean, nullable: boolean, base: 'string' | 'bytes' | 'arrayLength'): string {
  const prefixed = nullable ? `nullable${capitalized(base)}` : base
  return compact ? `compact${capitalized(prefixed)}` : prefixed
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Mirrors the type `Input`. */
function isOptional(field: Field): boolean {
  return field.versions !== undefined || field.default !== undefined || field.tag !== undefined
}
