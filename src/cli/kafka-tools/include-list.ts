/**
 * Whether a whole name is in a list as Kafka's tools read them: commas are alternatives, quotes around and spaces are nothing, and the rest is a
 * regular expression of Java's. What is simple is the same in JavaScript; inline flags, \Q..\E and POSIX classes RE2 knows, which comes from the
 * same stock; lookaround and backreferences JavaScript knows.
 * @throws Error with Kafka's sentence for what is no regular expression, with one of ours for what only Java has
 */
export async function includeList(text: string): Promise<(name: string) => boolean> {
  const regex = text
    .trim()
    .replaceAll(',', '|')
    .replaceAll(' ', '')
    .replace(/^["']+/, '')
    .replace(/["']+$/, '')
  if (/\[[^\]]*(?:&&|\[(?!:))/.test(regex))
    throw new Error(`${regex} has a class within a class, which only Java's regular expressions have.`)
  if (!/\(\?[=!<]|\\[1-9k]/.test(regex) && /[\\{]|\(\?|\[:/.test(regex)) return matcherOfRe2(regex)
  try {
    const pattern = new RegExp(`^(?:${regex})$`)
    return (name) => pattern.test(name)
  } catch {
    throw invalid(regex)
  }
}

async function matcherOfRe2(regex: string): Promise<(name: string) => boolean> {
  const { RE2JS } = await import('re2js')
  try {
    const pattern = RE2JS.compile(withPosixClasses(regex))
    return (name) => pattern.matches(name)
  } catch {
    if (/\(\?>|[*+?}]\+/.test(regex))
      throw new Error(`${regex} has possessive or atomic parts, which only Java's regular expressions have.`)
    throw invalid(regex)
  }
}

const POSIX = /^(?:Lower|Upper|ASCII|Alpha|Digit|Alnum|Punct|Graph|Print|Blank|Cntrl|XDigit|Space)$/

/** `\p{Upper}` of Java is `[[:upper:]]` in RE2. */
function withPosixClasses(regex: string): string {
  let isInClass = false
  return regex.replaceAll(/\\p\{(\w+)\}|\\.|[[\]]/g, (part: string, name?: string) => {
    if (part === '[' || part === ']') isInClass = part === '['
    if (name === undefined || !POSIX.test(name)) return part
    const own = `[:${name.toLowerCase()}:]`
    return isInClass ? own : `[${own}]`
  })
}

function invalid(regex: string): Error {
  return new Error(`${regex} is an invalid regex.`)
}
