// Layer: conv. SPDX-License-Identifier: MIT
#include "conv/padding.h"

#include <algorithm>
#include <cstring>

#include "base/clear.h"
#include "base/table.h"
#include "kernels/kernels.h"

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
void copy_row(T* to, const T* from, const Run* begin, const Run* end, Checkpoint& checkpoint) {
  for (const Run* run = begin; run != end; ++run) {
    checkpoint.pass(run->length);
    T* out = to + run->to;
    if (run->from < 0) {
      clear(out, run->length);
    } else if (run->step == 1) {
      copy_elements(out, from + run->from, run->length);
    } else {
      const T* in = from + run->from;
      for (std::int64_t i = 0; i < run->length; ++i) out[i] = in[i * run->step];
    }
  }
}

// Whether pad_rows copies every run of a row.
bool are_padded_rows(const Table<Run>& runs) {
  return std::all_of(runs.begin(), runs.end(),
                     [](const Run& run) { return run.from < 0 || run.step == 1 || run.step == 2; });
}

// Rows that lie evenly in the source, run by run, each with the zeros before it and the last one with those
// after it.
template <class T>
void copy_rows(PadRows<T> rows, const T* from, T* to, const Run* run, const Run* end,
               Checkpoint& checkpoint) {
  while (run != end) {
    rows.to = to + run->to;
    rows.before = run->from < 0 ? run++->length : 0;
    rows.count = 0;
    if (run != end && run->from >= 0) {
      rows.from = from + run->from;
      rows.count = run->length;
      rows.step = run++->step;
    }
    rows.after = run != end && run + 1 == end && run->from < 0 ? run++->length : 0;
    checkpoint.pass(rows.rows * (rows.before + rows.count + rows.after));
    kernels<T>().pad_rows.run(rows);
  }
}

// `count` pixels of a row whose channels lie side by side.
template <class T>
void copy_pixels(T* to, const T* from, std::int64_t pixel_step, std::int64_t count, std::int64_t channels,
                 std::int64_t repeat) {
  if (repeat == 1 && pixel_step == channels) {
    return for_each_piece(count * channels, [=](std::int64_t begin, std::int64_t end) {
      copy_elements(to + begin, from + begin, end - begin);
    });
  }
  Checkpoint checkpoint;
  for (std::int64_t i = 0; i < count; ++i, from += pixel_step, to += channels * repeat) {
    checkpoint.pass();
    if (repeat == 1) {
      copy_elements(to, from, channels);
      continue;
    }
    for (std::int64_t c = 0; c < channels; ++c) std::fill_n(to + c * repeat, repeat, from[c]);
  }
}

}  // namespace

Table<std::int32_t> axis_map(PaddingMode mode, std::int64_t size, std::int64_t begin, std::int64_t extent,
                             std::int64_t step) {
  Table<std::int32_t> map;
  map.reserve(static_cast<std::size_t>(std::max<std::int64_t>(0, extent)));
  const auto add = [&](std::int64_t count, auto&& source) {
    for_each_piece(count, [&](std::int64_t first, std::int64_t end) {
      std::int64_t at = static_cast<std::int64_t>(map.size()) * step - begin;
      for (std::int64_t i = first; i < end; ++i, at += step)
        map.push_back(static_cast<std::int32_t>(source(at)));
    });
  };
  const auto padded = [&](std::int64_t at) { return padded_index(mode, size, at); };
  // Positions before `first_inside` lie in the padding, and those from `end_inside` on.
  const auto at_or_after = [&](std::int64_t at) {
    return at <= 0 ? 0 : std::min(std::max<std::int64_t>(0, extent), (at + step - 1) / step);
  };
  const std::int64_t first_inside = at_or_after(begin),
                     end_inside = std::max(first_inside, at_or_after(begin + size));
  add(first_inside, padded);
  add(end_inside - first_inside, [](std::int64_t at) { return at; });
  add(extent - end_inside, padded);
  return map;
}

Table<std::int32_t> ColumnOrder::map(PaddingMode mode, std::int64_t size, std::int64_t begin,
                                     std::int64_t step) const {
  Table<std::int32_t> plain = axis_map(mode, size, begin, width(), step);
  if (!sorted()) return plain;
  Table<std::int32_t> map;
  map.reserve(plain.size());
  for (std::int64_t remainder = 0; remainder < stride_; ++remainder) {
    for_each_piece(of_remainder_, [&](std::int64_t first, std::int64_t end) {
      for (std::int64_t i = first; i < end; ++i) {
        map.push_back(plain[static_cast<std::size_t>(i * stride_ + remainder)]);
      }
    });
  }
  return map;
}

Table<Run> runs_of(const Table<std::int32_t>& map) {
  Table<Run> runs;
  const auto size = static_cast<std::int64_t>(map.size());
  const auto at = [&](std::int64_t i) { return static_cast<std::int64_t>(map[static_cast<std::size_t>(i)]); };
  Checkpoint checkpoint;
  for (std::int64_t i = 0; i < size;) {
    const std::int64_t most = std::min(size, i + steps_between_looks);
    std::int64_t end = i + 1;
    if (at(i) < 0) {
      while (end < most && at(end) < 0) ++end;
      runs.push_back({i, -1, end - i, 0});
    } else {
      const std::int64_t step = end < most && at(end) >= 0 ? at(end) - at(i) : 1;
      while (end < most && at(end) >= 0 && at(end) - at(end - 1) == step) ++end;
      runs.push_back({i, at(i), end - i, step});
    }
    checkpoint.pass(end - i);
    i = end;
  }
  return runs;
}

namespace {

// Rows [begin, end) of a slice, channels first, whose columns are `runs`.
template <class T>
void copy_rows_of_slice(const PaddedCopy<T>& copy, std::int64_t part, std::int64_t begin, std::int64_t end,
                        const Table<Run>& runs) {
  constexpr std::int64_t most_at_once = 4 * steps_between_looks;
  const std::int64_t c = part / copy.depth, d = part % copy.depth, pitch = copy.row_pitch();
  const Run *run = runs.data(), *last = run + runs.size();
  const std::int64_t width = runs.empty() ? 0 : runs.back().to + runs.back().length;
  T* to = copy.target + part * copy.slice_length();
  const T* plane = copy.source + c * copy.from.c + copy.depth_map[d] * copy.from.s[0];
  const std::int64_t most_rows =
      (end - begin) * width <= most_at_once ? end - begin : std::max<std::int64_t>(1, most_at_once / width);
  const bool padded = are_padded_rows(runs), outside = copy.depth_map[d] < 0;
  const std::int32_t* const height_map = copy.height_map;
  PadRows<T> rows{};
  rows.to_row = pitch;
  Checkpoint checkpoint;
  for (std::int64_t h = begin; h < end; h += rows.rows) {
    rows.rows = 1;
    if (outside || height_map[h] < 0) {
      checkpoint.pass(width);
      clear(to + h * pitch, width);
      continue;
    }
    const T* first = plane + height_map[h] * copy.from.s[1];
    if (!padded) {
      copy_row(to + h * pitch, first, run, last, checkpoint);
      continue;
    }
    const std::int64_t next = h + 1 < end ? height_map[h + 1] : -1;
    const std::int64_t step = next < 0 ? 0 : next - height_map[h];
    while (step > 0 && h + rows.rows < end && rows.rows < most_rows &&
           height_map[h + rows.rows] == height_map[h] + rows.rows * step) {
      ++rows.rows;
    }
    rows.from_row = step * copy.from.s[1];
    copy_rows(rows, first, to + h * pitch, run, last, checkpoint);
  }
}

// The runs of a row's first `width` columns, of which the others are zeros.
Table<Run> clipped(Table<Run> runs, std::int64_t width) {
  while (!runs.empty() && runs.back().to >= width) runs.pop_back();
  if (!runs.empty()) runs.back().length = std::min(runs.back().length, width - runs.back().to);
  return runs;
}

// Every channel's part of the copy's rows, those of all slices counted through, on several threads.
template <class T>
void copy_stretches(const PaddedCopy<T>& copy, const RunControl& control) {
  constexpr std::int64_t tasks_per_thread = 4, least_rows = 8;
  const std::int64_t rows = copy.depth * copy.height, threads = control.threads;
  const std::int64_t tasks =
      std::min(rows, std::clamp(rows / least_rows, threads, threads * tasks_per_thread));
  // Where a row shares zeros with the next, which another thread may be writing.
  const Table<Run> own = clipped(*copy.width_runs, copy.row_pitch());
  parallel_for(control, tasks, [&](std::int64_t task) {
    const std::int64_t begin = rows * task / tasks, end = rows * (task + 1) / tasks;
    for (std::int64_t c = 0; c < copy.channels; ++c) {
      for (std::int64_t row = begin; row < end;) {
        const std::int64_t d = row / copy.height, first = row % copy.height, part = c * copy.depth + d;
        const std::int64_t last = std::min(copy.height, first + end - row);
        const bool shares = last < copy.height;
        copy_rows_of_slice(copy, part, first, shares ? last - 1 : last, *copy.width_runs);
        if (shares) copy_rows_of_slice(copy, part, last - 1, last, own);
        row += last - first;
      }
    }
  });
}

}  // namespace

template <class T>
void PaddedCopy<T>::copy_part(std::int64_t part) const {
  const Run *runs = width_runs->data(), *end = runs + width_runs->size();
  if (layout == Layout::channels_first) return copy_rows_of_slice(*this, part, 0, height, *width_runs);
  const std::int64_t d = part / height, h = part % height, pixel = channels * repeat;
  T* to = target + part * width() * pixel;
  if (depth_map[d] < 0 || height_map[h] < 0) return clear(to, width() * pixel);
  const T* row = source + depth_map[d] * from.s[0] + height_map[h] * from.s[1];
  Checkpoint checkpoint;
  for (const Run* run = runs; run != end; ++run) {
    checkpoint.pass(run->length * pixel);
    if (run->from < 0) {
      clear(to + run->to * pixel, run->length * pixel);
    } else {
      copy_pixels(to + run->to * pixel, row + run->from * from.s[2], run->step * from.s[2], run->length,
                  channels, repeat);
    }
  }
}

template <class T>
void copy_all(const PaddedCopy<T>& copy, const RunControl& control) {
  if (control.threads > 1 && copy.layout == Layout::channels_first) return copy_stretches(copy, control);
  constexpr std::int64_t tasks_per_thread = 4;
  const std::int64_t parts = copy.parts(), tasks = std::min(parts, control.threads * tasks_per_thread),
                     elements = copy.length() / std::max<std::int64_t>(1, parts);
  parallel_for(control, tasks, [&](std::int64_t task) {
    Checkpoint checkpoint;
    for (std::int64_t part = parts * task / tasks; part < parts * (task + 1) / tasks; ++part) {
      checkpoint.pass(elements);
      copy.copy_part(part);
    }
  });
}

template struct PaddedCopy<float>;
template struct PaddedCopy<double>;
template void copy_all(const PaddedCopy<float>&, const RunControl&);
template void copy_all(const PaddedCopy<double>&, const RunControl&);

}  // namespace native_conv
