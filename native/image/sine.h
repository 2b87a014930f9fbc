// Sine and cosine by additions, multiplications and divisions alone: lib/image/sine.ts, step by step, with
// the same bits. For angles up to 10 on either side. Layer: image. SPDX-License-Identifier: MIT
#pragma once

namespace native_conv {

double sine(double angle);
double cosine(double angle);

}  // namespace native_conv
