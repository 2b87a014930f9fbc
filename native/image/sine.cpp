// Layer: image. SPDX-License-Identifier: MIT
#include "image/sine.h"

#include <cmath>

namespace native_conv {
namespace {

// pi/2 in two parts, the first of so few bits that small multiples of it are exact.
constexpr double half_pi = 1.5707963267341256, half_pi_rest = 6.077100506506192e-11;

double small_sine(double x, double lost) {
  const double z = x * x;
  double sum = 1.0 / 355687428096000;
  sum = sum * z - 1.0 / 1307674368000;
  sum = sum * z + 1.0 / 6227020800;
  sum = sum * z - 1.0 / 39916800;
  sum = sum * z + 1.0 / 362880;
  sum = sum * z - 1.0 / 5040;
  sum = sum * z + 1.0 / 120;
  sum = sum * z - 1.0 / 6;
  return x + (sum * z * x + lost);
}

double small_cosine(double x, double lost) {
  const double z = x * x;
  double sum = -1.0 / 6402373705728000;
  sum = sum * z + 1.0 / 20922789888000;
  sum = sum * z - 1.0 / 87178291200;
  sum = sum * z + 1.0 / 479001600;
  sum = sum * z - 1.0 / 3628800;
  sum = sum * z + 1.0 / 40320;
  sum = sum * z - 1.0 / 720;
  sum = sum * z + 1.0 / 24;
  const double half = z * 0.5, most = 1 - half;
  return most + (1 - most - half + (sum * z * z - x * lost));
}

double quarter(double angle, int quarters) {
  const double whole = std::floor(angle / half_pi + 0.5);
  const double near = angle - whole * half_pi, rest = whole * half_pi_rest;
  const double x = near - rest, lost = near - x - rest;
  const int turn = (static_cast<int>(whole) + quarters) & 3;
  const double value = turn % 2 == 0 ? small_sine(x, lost) : small_cosine(x, lost);
  return turn < 2 ? value : -value;
}

}  // namespace

double sine(double angle) { return quarter(angle, 0); }
double cosine(double angle) { return quarter(angle, 1); }

}  // namespace native_conv
