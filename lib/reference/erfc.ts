// The complementary error function in float64; most of its error is that of its exponentials. Layer: reference.
// Coefficients and ranges are those of Sun's fdlibm 5.3, s_erf.c (https://www.netlib.org/fdlibm/s_erf.c), which derives
// them: rational approximations of erf near 0 and near 1, and of log(x·exp(x²)·erfc(x)) beyond.
// SPDX-License-Identifier: MIT

/** Highest power first. */
type Polynomial = readonly number[];

interface Rational {
  readonly numerator: Polynomial;
  readonly denominator: Polynomial;
}

/** |x| < 0.84375, of x²: erf(x) = x + x·R. */
const SMALL: Rational = {
  numerator: [
    -2.3763016656650163e-5, -0.005770270296489442, -0.02848174957559851, -0.3250421072470015,
    0.12837916709551256,
  ],
  denominator: [
    -3.960228278775368e-6, 0.00013249473800432164, 0.005081306281875766, 0.0650222499887673,
    0.39791722395915535, 1,
  ],
};

/** 0.84375 ≤ |x| < 1.25, of |x| − 1: erf(|x|) = ERF_OF_ONE + R. */
const MIDDLE: Rational = {
  numerator: [
    -0.002166375594868791, 0.035478304325618236, -0.11089469428239668, 0.31834661990116175,
    -0.3722078760357013, 0.41485611868374833, -0.0023621185607526594,
  ],
  denominator: [
    0.011984499846799107, 0.01363708391202905, 0.12617121980876164, 0.07182865441419627, 0.540397917702171,
    0.10642088040084423, 1,
  ],
};
const ERF_OF_ONE = 0.8450629115104675;

/** 1.25 ≤ |x| < 1 / 0.35, of 1/x²: erfc(|x|) = exp(−x² − 0.5625 + R) / |x|. */
const LARGE: Rational = {
  numerator: [
    -9.814329344169145, -81.2874355063066, -184.60509290671104, -162.39666946257347, -62.375332450326006,
    -10.558626225323291, -0.6938585727071818, -0.009864944034847148,
  ],
  denominator: [
    -0.0604244152148581, 6.570249770319282, 108.63500554177944, 429.00814002756783, 645.3872717332679,
    434.56587747522923, 137.65775414351904, 19.651271667439257, 1,
  ],
};

/** |x| ≥ 1 / 0.35, likewise. */
const HUGE: Rational = {
  numerator: [
    -483.5191916086514, -1025.0951316110772, -637.5664433683896, -160.63638485582192, -17.757954917754752,
    -0.799283237680523, -0.0098649429247001,
  ],
  denominator: [
    -22.44095244658582, 474.52854120695537, 2553.0504064331644, 3199.8582195085955, 1536.729586084437,
    325.7925129965739, 30.33806074348246, 1,
  ],
};

/**
 * 1 − erf(x), without cancellation for large `x`.
 *
 * @example
 * erfc(2) // 0.004677734981047266
 */
export function erfc(x: number): number {
  const size = Math.abs(x);
  if (size < 0.84375) {
    const excess = x * evaluate(SMALL, x * x);
    return x < 0.25 ? 1 - (x + excess) : 0.5 - (x - 0.5 + excess);
  }
  if (size < 1.25) {
    const rest = evaluate(MIDDLE, size - 1);
    return x > 0 ? 1 - ERF_OF_ONE - rest : 1 + (ERF_OF_ONE + rest);
  }
  if (x < -6) return 2;
  if (x > 28) return 0;
  if (Number.isNaN(x)) return x;
  const tail = evaluate(size < 1 / 0.35 ? LARGE : HUGE, 1 / (x * x));
  // exp(−x²) would magnify the rounding of x²: the leading bits of x have an exact square, and what is left,
  // (leading − size)·(leading + size), is small.
  const leading = Math.fround(size);
  const upper =
    (Math.exp(-leading * leading - 0.5625) * Math.exp((leading - size) * (leading + size) + tail)) / size;
  return x > 0 ? upper : 2 - upper;
}

function evaluate({ numerator, denominator }: Rational, x: number): number {
  return horner(numerator, x) / horner(denominator, x);
}

function horner(polynomial: Polynomial, x: number): number {
  return polynomial.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
