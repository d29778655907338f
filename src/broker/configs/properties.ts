/**
 * Reads a text in the form of Java's `.properties` files, as java.util.Properties does: comments, escapes, values that go
 * on behind a backslash. Of a key that comes twice the last value holds.
 * @throws Error with a sentence for people, when a \u escape is not followed by four hex digits
 */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const line of logicalLines(text)) {
    const { key, value } = split(line)
    properties.set(unescaped(key), unescaped(value))
  }
  return properties
}

/** Lines without comments and blank ones; a line that ends in an odd number of backslashes takes the next one up. */
function logicalLines(text: string): string[] {
  const lines: string[] = []
  let open: string | undefined
  for (const natural of text.split(/\r\n|\n|\r/)) {
    const line = natural.replace(/^[ \t\f]+/, '')
    // Only the first part of a line can be a comment; a part that follows is content, whatever it looks like.
    if (open === undefined && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue
    const whole = (open ?? '') + line
    if (endsInContinuation(line)) open = whole.slice(0, -1)
    else {
      lines.push(whole)
      open = undefined
    }
  }
  if (open !== undefined && open !== '') lines.push(open)
  return lines
}

function endsInContinuation(line: string): boolean {
  const backslashes = /\\*$/.exec(line)![0].length
  return backslashes % 2 === 1
}

/** The key ends at the first `=`, `:` or blank that is not escaped; blanks around one `=` or `:` belong to neither. */
function split(line: string): { key: string; value: string } {
  let end = 0
  while (end < line.length && !/[=: \t\f]/.test(line[end]!)) end += line[end] === '\\' ? 2 : 1
  const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(line.slice(end))![0]
  return { key: line.slice(0, end), value: line.slice(end + separator.length) }
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|[\s\S]|$)/g, (_, escaped: string) => {
    if (/^u.{4}$/.test(escaped)) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    if (escaped === 'u') throw new Error(`a \\u in "${text}" is not followed by four hex digits`)
    return escapes[escaped] ?? escaped
  })
}
