// IEEE 754 half precision as bits in a Uint16Array, which is how onnxruntime takes float16. Layer: beneath tensor.ts.
// SPDX-License-Identifier: MIT

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of the half nearest to a float32, ties to even; every NaN becomes the same one. */
export function toHalf(x: number): number {
  float[0] = x;
  const sign = (bits[0] >>> 16) & 0x8000;
  const magnitude = bits[0] & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: added to ½, whose last place is a half's smallest step, the float rounds itself.
    float[0] = Math.abs(x) + 0.5;
    return sign | (bits[0] - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - (112 << 23) + 0xfff + odd) >>> 13);
}

/** The number that the bits of a half stand for. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
