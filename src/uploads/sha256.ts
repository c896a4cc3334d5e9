// SHA-256 (FIPS 180-4) piece by piece, for files that the browser's own takes only whole. Numbers stay small integers in local variables: that is several times faster than what is written for every use.

const BLOCK_BYTES = 64
const ROUNDS = 64

/** The first 32 bits behind the point of `root` of each of the first 64 primes. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const primes: number[] = []
  for (let next = 2; primes.length < count; next++) if (primes.every((prime) => next % prime !== 0)) primes.push(next)
  return Int32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32)
}

export function createSha256() {
  const state = fractions(8, Math.sqrt)
  const constants = fractions(ROUNDS, Math.cbrt)
  const words = new Int32Array(ROUNDS)
  /** What does not fill a block yet. */
  const rest = new Uint8Array(BLOCK_BYTES)
  let restBytes = 0
  let allBytes = 0

  /** All whole blocks from `from` on; where the rest begins. */
  function take(bytes: Uint8Array, from: number): number {
    let s0 = state[0]!
    let s1 = state[1]!
    let s2 = state[2]!
    let s3 = state[3]!
    let s4 = state[4]!
    let s5 = state[5]!
    let s6 = state[6]!
    let s7 = state[7]!
    let at = from
    for (; at + BLOCK_BYTES <= bytes.length; at += BLOCK_BYTES) {
      for (let i = 0, j = at; i < 16; i++, j += 4) words[i] = (bytes[j]! << 24) | (bytes[j + 1]! << 16) | (bytes[j + 2]! << 8) | bytes[j + 3]!
      for (let i = 16; i < ROUNDS; i++) {
        const x = words[i - 15]!
        const y = words[i - 2]!
        const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
        const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
        words[i] = (words[i - 16]! + small0 + words[i - 7]! + small1) | 0
      }
      let a = s0
      let b = s1
      let c = s2
      let d = s3
      let e = s4
      let f = s5
      let g = s6
      let h = s7
      for (let i = 0; i < ROUNDS; i++) {
        const large1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
        const one = (h + large1 + (g ^ (e & (f ^ g))) + constants[i]! + words[i]!) | 0
        const large0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
        const two = (large0 + ((a & b) | (c & (a | b)))) | 0
        h = g
        g = f
        f = e
        e = (d + one) | 0
        d = c
        c = b
        b = a
        a = (one + two) | 0
      }
      s0 = (s0 + a) | 0
      s1 = (s1 + b) | 0
      s2 = (s2 + c) | 0
      s3 = (s3 + d) | 0
      s4 = (s4 + e) | 0
      s5 = (s5 + f) | 0
      s6 = (s6 + g) | 0
      s7 = (s7 + h) | 0
    }
    state.set([s0, s1, s2, s3, s4, s5, s6, s7])
    return at
  }

  function update(bytes: Uint8Array): void {
    allBytes += bytes.length
    let at = 0
    if (restBytes > 0) {
      at = Math.min(bytes.length, BLOCK_BYTES - restBytes)
      rest.set(bytes.subarray(0, at), restBytes)
      restBytes += at
      if (restBytes < BLOCK_BYTES) return
      take(rest, 0)
    }
    const left = take(bytes, at)
    rest.set(bytes.subarray(left))
    restBytes = bytes.length - left
  }

  return {
    update,
    /** Once, at the end. */
    digest(): Uint8Array {
      const bits = allBytes * 8
      const end = new DataView(new ArrayBuffer(restBytes < BLOCK_BYTES - 8 ? BLOCK_BYTES - restBytes : 2 * BLOCK_BYTES - restBytes))
      end.setUint8(0, 0x80)
      end.setUint32(end.byteLength - 8, Math.floor(bits / 2 ** 32))
      end.setUint32(end.byteLength - 4, bits % 2 ** 32)
      update(new Uint8Array(end.buffer))
      const digest = new DataView(new ArrayBuffer(32))
      state.forEach((word, at) => digest.setInt32(at * 4, word))
      return new Uint8Array(digest.buffer)
    },
  }
}
