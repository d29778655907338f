/** The hash by which Java producers choose the partition of a key (org.apache.kafka.common.utils.Utils.murmur2), made positive. */
export function murmur2(key: Uint8Array): number {
  const m = 0x5bd1e995
  let h = (0x9747b28c ^ key.length) | 0
  const whole = key.length & ~3
  for (let i = 0; i < whole; i += 4) {
    let k = key[i]! | (key[i + 1]! << 8) | (key[i + 2]! << 16) | (key[i + 3]! << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    h = Math.imul(h, m) ^ Math.imul(k, m)
  }
  const left = key.length - whole
  if (left === 3) h ^= key[whole + 2]! << 16
  if (left >= 2) h ^= key[whole + 1]! << 8
  if (left >= 1) h = Math.imul(h ^ key[whole]!, m)
  h = Math.imul(h ^ (h >>> 13), m)
  return (h ^ (h >>> 15)) & 0x7fffffff
}
