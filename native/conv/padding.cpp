// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/padding.h"

#include <algorithm>
#include <cstring>

namespace native_conv {
namespace {

// Rows are short, so that the call of memcpy would take longer than the copy.
template <class T>
void copy_elements(T* to, const T* from, std::int64_t count) {
  constexpr std::int64_t step = 16 / sizeof(T), most = 16 * step;
  if (count > most) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
  } else if (count < step) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
  } else {
    for (std::int64_t i = 0; i < count - step; i += step) std::memcpy(to + i, from + i, 16);
    std::memcpy(to + count - step, from + count - step, 16);
  }
}

template <class T>
void copy_row(T* to, const T* from, const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    T* out = to + run.to;
    if (run.from < 0) {
      std::fill_n(out, run.length, T(0));
    } else if (run.step == 1) {
      copy_elements(out, from + run.from, run.length);
    } else {
      const T* in = from + run.from;
      for (std::int64_t i = 0; i < run.length; ++i) out[i] = in[i * run.step];
    }
  }
}

template <class T>
void copy_pixel(T* to, const T* from, std::int64_t channels, std::int64_t repeat) {
  if (repeat == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(channels) * sizeof(T));
    return;
  }
  for (std::int64_t c = 0; c < channels; ++c) std::fill_n(to + c * repeat, repeat, from[c]);
}

}  // namespace

std::vector<std::int32_t> axis_map(PaddingMode mode, std::int64_t size, std::int64_t begin,
                                   std::int64_t extent) {
  std::vector<std::int32_t> map(static_cast<std::size_t>(std::max<std::int64_t>(0, extent)));
  for (std::int64_t i = 0; i < extent; ++i) {
    map[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(padded_index(mode, size, i - begin));
  }
  return map;
}

std::vector<std::int32_t> ColumnOrder::map(PaddingMode mode, std::int64_t size, std::int64_t begin) const {
  const std::vector<std::int32_t> plain = axis_map(mode, size, begin, width());
  std::vector<std::int32_t> map(plain.size());
  for (std::size_t at = 0; at < plain.size(); ++at) {
    map[static_cast<std::size_t>(column(static_cast<std::int64_t>(at)))] = plain[at];
  }
  return map;
}

std::vector<Run> runs_of(const std::vector<std::int32_t>& map) {
  std::vector<Run> runs;
  const auto size = static_cast<std::int64_t>(map.size());
  const auto at = [&](std::int64_t i) { return static_cast<std::int64_t>(map[static_cast<std::size_t>(i)]); };
  for (std::int64_t i = 0; i < size;) {
    std::int64_t end = i + 1;
    if (at(i) < 0) {
      while (end < size && at(end) < 0) ++end;
      runs.push_back({i, -1, end - i, 0});
    } else {
      const std::int64_t step = end < size && at(end) >= 0 ? at(end) - at(i) : 1;
      while (end < size && at(end) >= 0 && at(end) - at(end - 1) == step) ++end;
      runs.push_back({i, at(i), end - i, step});
    }
    i = end;
  }
  return runs;
}

template <class T>
void PaddedCopy<T>::copy_part(std::int64_t part) const {
  if (layout == Layout::channels_first) {
    const std::int64_t c = part / depth, d = part % depth;
    T* to = target + part * height * width();
    for (std::int64_t h = 0; h < height; ++h, to += width()) {
      if (depth_map[d] < 0 || height_map[h] < 0) {
        std::fill_n(to, width(), T(0));
      } else {
        copy_row(to, source + c * from.c + depth_map[d] * from.s[0] + height_map[h] * from.s[1], *width_runs);
      }
    }
    return;
  }
  const std::int64_t d = part / height, h = part % height, pixel = channels * repeat;
  T* to = target + part * width() * pixel;
  if (depth_map[d] < 0 || height_map[h] < 0) {
    std::fill_n(to, width() * pixel, T(0));
    return;
  }
  const T* row = source + depth_map[d] * from.s[0] + height_map[h] * from.s[1];
  for (const std::int32_t w : *width_map) {
    if (w < 0) {
      std::fill_n(to, pixel, T(0));
    } else {
      copy_pixel(to, row + w * from.s[2], channels, repeat);
    }
    to += pixel;
  }
}

template <class T>
void copy_all(const PaddedCopy<T>& copy, const RunControl& control) {
  constexpr std::int64_t tasks_per_thread = 4;
  const std::int64_t parts = copy.parts(), tasks = std::min(parts, control.threads * tasks_per_thread);
  parallel_for(control, tasks, [&](std::int64_t task) {
    for (std::int64_t part = parts * task / tasks; part < parts * (task + 1) / tasks; ++part)
      copy.copy_part(part);
  });
}

template struct PaddedCopy<float>;
template struct PaddedCopy<double>;
template void copy_all(const PaddedCopy<float>&, const RunControl&);
template void copy_all(const PaddedCopy<double>&, const RunControl&);

}  // namespace native_conv
