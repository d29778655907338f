/** Smaller chunks are copied: a piece of a vector costs about as much as copying this. */
const SMALL_BYTES = 8 * 1024
/** Up to here everything is copied into one buffer. */
const WHOLE_BYTES = 16 * 1024
/** Copies are made in pieces of this size, so that no answer makes a huge one. */
const PIECE_BYTES = 256 * 1024

/**
 * The same bytes in fewer pieces: runs of small chunks are joined, large ones stay as they are. A fetch of a thousand small
 * batches is a thousand chunks, and each would be a write of its own.
 */
export function joinSmall(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  if (chunks.length === 1) return chunks
  if (bytes <= WHOLE_BYTES) return [Buffer.concat(chunks, bytes)]
  const pieces: Uint8Array[] = []
  let start = 0
  let runBytes = 0
  for (let i = 0; i <= chunks.length; i++) {
    const chunk = chunks[i]
    const isSmall = chunk !== undefined && chunk.length < SMALL_BYTES
    if (isSmall && runBytes + chunk.length <= PIECE_BYTES) {
      runBytes += chunk.length
      continue
    }
    if (runBytes > 0) pieces.push(i - start === 1 ? chunks[start]! : Buffer.concat(chunks.slice(start, i), runBytes))
    if (chunk === undefined) break
    if (isSmall) {
      start = i
      runBytes = chunk.length
    } else {
      pieces.push(chunk)
      start = i + 1
      runBytes = 0
    }
  }
  return pieces
}
