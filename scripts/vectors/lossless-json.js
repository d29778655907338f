// JSON whose integers beyond 2^53 become bigints: Node 20's reviver does not see a number's text.
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const MARK = '\u0000int:'

export function parseLossless(text) {
  const marked = text.replace(TOKEN, (token) => {
    if (token[0] === '"' || token.length < 16 || !/^-?\d+$/.test(token)) return token
    return JSON.stringify(MARK + token)
  })
  return JSON.parse(marked, (_key, value) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  )
}
