const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const
export type Style = keyof typeof codes

/** The text in a style, where the output shows any. */
export function styled(
  text: string,
  style: Style | undefined,
  { isColoured }: { readonly isColoured: boolean },
): string {
  return style === undefined || !isColoured || text === '' ? text : `\x1b[${codes[style]}m${text}\x1b[0m`
}

/** Names come from anybody's clients: what would move the cursor, or be a line of its own, is shown as an escape. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
