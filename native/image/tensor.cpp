// Rows of a resampling are finished while they are in the first cache. Layer: image.
// SPDX-License-Identifier: MIT
#include "image/tensor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/buffer.h"
#include "base/packed_reader.h"
#include "image/half.h"
#include "image/pixel_types.h"
#include "image/resample.h"
#include "kernels/image.h"

namespace native_conv {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::internal, "tensor: " + what); }

// An element of a float16 tensor.
struct Half {
  std::uint16_t bits;
};

// How x · a + b, computed in double, is stored.
void store(double value, float& y) { y = static_cast<float>(value); }
void store(double value, Half& y) { y.bits = to_half(static_cast<float>(value)); }
void store(double value, std::uint8_t& y) {
  // Beside 1.5 * 2^52 a double has no fraction: adding rounds to nearest even.
  constexpr double whole = 6755399441055744.0;
  const double clamped = value > 0 ? (value < 255 ? value : 255) : 0;
  y = static_cast<std::uint8_t>((clamped + whole) - whole);
}

// One output channel: where it comes from, and y = store(x · a + b).
struct Channel {
  std::int64_t source;
  double a, b;
  // The padding's pixel.
  double pad;
};

// The tables after those of the resampling (lib/image/call.ts).
struct Finishing {
  std::int64_t left, top;
  // Whether three colours become one grey value, and whether the last source channel is an alpha that is
  // blended.
  bool gray, blend;
  std::vector<Channel> channels;
  std::array<double, 3> background;
};

Finishing read_finish(const ImageCall& call) {
  const ImageGeometry& g = call.geometry;
  const ImageTable &places = call.tables[4], &values = call.tables[5];
  const std::int64_t outputs = g.target_planes * g.target_channels;
  if (!places.integers || places.length != 4 + outputs || !values.doubles || values.length != 3 * outputs + 3)
    fail("tables of a wrong kind or length");
  Finishing f{
      places.integers[0], places.integers[1], places.integers[2] != 0, places.integers[3] != 0, {}, {}};
  const std::int64_t kept = f.blend ? g.channels - 1 : g.channels;
  if (kept < 1 || (f.blend && kept > 3) || (f.gray && kept < 3)) fail("too few or too many channels");
  for (std::int64_t k = 0; k < outputs; ++k) {
    const double* v = values.doubles + 3 * k;
    f.channels.push_back({places.integers[4 + k], v[0], v[1], v[2]});
    const std::int64_t from = f.channels.back().source;
    if (from < 0 || from >= (f.gray ? 1 : kept)) fail("a channel that is not there");
  }
  std::copy_n(values.doubles + 3 * outputs, 3, f.background.begin());
  return f;
}

std::uint8_t blended(std::uint8_t x, std::uint8_t alpha, double background) {
  const auto sum = static_cast<std::uint32_t>(x * alpha + static_cast<int>(background) * (255 - alpha) + 128);
  return static_cast<std::uint8_t>((sum + (sum >> 8)) >> 8);
}
float blended(float x, float alpha, double background) {
  const double part = alpha;
  return static_cast<float>(x * part + background * (1 - part));
}
// Of 16-bit integers.
template <class S>
S blended(S x, S alpha, double background) {
  constexpr double most = std::numeric_limits<S>::max(), least = std::numeric_limits<S>::min();
  const double part = alpha;
  const double value = std::floor((x * part + background * (most - part)) / most + 0.5);
  return static_cast<S>(value < least ? least : value > most ? most : value);
}

// Pillow's weights of red, green and blue.
std::uint8_t gray_of(const std::uint8_t* x) {
  return static_cast<std::uint8_t>((x[0] * 19595u + x[1] * 38470u + x[2] * 7471u + 0x8000u) >> 16);
}
template <class S>
double weigh_colours(const S* x) {
  return (x[0] * 299.0 + x[1] * 587.0 + x[2] * 114.0) / 1000.0;
}
float gray_of(const float* x) { return static_cast<float>(weigh_colours(x)); }
template <class S>
S gray_of(const S* x) {
  return static_cast<S>(std::floor(weigh_colours(x) + 0.5));
}

// S: a source value, T: a tensor's.
template <class S, class T>
class TensorRows final : public RowStream {
 public:
  TensorRows(const ImageCall& call, const Finishing& finish, const ImageGeometry& inner)
      : call_(call), g_(call.geometry), f_(finish), inner_(inner), planar_(g_.target_channels == 1) {
    const auto outputs = static_cast<std::int64_t>(f_.channels.size());
    factors_.resize(f_.channels.size() + 1);
    for (std::int64_t k = 0; k < outputs; ++k) {
      const Channel& channel = f_.channels[static_cast<std::size_t>(k)];
      in_order_ = in_order_ && channel.source == k;
      factors_[static_cast<std::size_t>(k)].fill(channel.a, channel.b);
      for (std::int64_t i = k; i < normalise_period; i += outputs) factors_.back().set(i, channel);
    }
    in_order_ = in_order_ && row_channels() == outputs;
    if constexpr (table_driven) fill_tables();
  }

  SourceRows source(std::int64_t, std::int64_t first, std::int64_t count) const override {
    const S* x = static_cast<const S*>(call_.source) + first * g_.source.row;
    if (!f_.blend) return {x, g_.source.row};
    const std::int64_t length = g_.source.width * inner_.channels;
    S* rows = scratch<S>(Scratch::image_blended, count * length);
    for (std::int64_t i = 0; i < count; ++i) blend_row(x + i * g_.source.row, rows + i * length);
    return {rows, length};
  }
  void* target(std::int64_t, std::int64_t) const override {
    return scratch<S>(Scratch::image_row, inner_.target.width * inner_.channels);
  }
  void written(std::int64_t, std::int64_t y) const override {
    finish_row(scratch<S>(Scratch::image_row, inner_.target.width * inner_.channels), y);
  }

  // A row of the resampled image becomes a row of the tensor.
  void finish_row(const S* x, std::int64_t y) const {
    const std::int64_t width = inner_.target.width;
    if (f_.gray) {
      S* gray = scratch<S>(Scratch::image_gray, width);
      for (std::int64_t i = 0; i < width; ++i) gray[i] = gray_of(x + i * inner_.channels);
      x = gray;
    }
    const std::int64_t row = f_.top + y;
    if (planar_) {
      for (std::size_t k = 0; k < f_.channels.size(); ++k) {
        T* to = plane(static_cast<std::int64_t>(k)) + row * g_.target.row;
        std::fill_n(to, f_.left, pad(k));
        finish_channel(x, k, to + f_.left, 1);
        std::fill(to + f_.left + width, to + g_.target.width, pad(k));
      }
      return;
    }
    T* to = plane(0) + row * g_.target.row;
    pad_pixels(to, f_.left);
    finish_pixels(x, to + f_.left * g_.target_channels);
    pad_pixels(to + (f_.left + width) * g_.target_channels, g_.target.width - f_.left - width);
  }

  // The rows above and below the image.
  void pad_rows() const {
    for (std::int64_t y = 0; y < g_.target.height; ++y) {
      if (y == f_.top) y += inner_.target.height;
      if (y >= g_.target.height) break;
      if (!planar_) {
        pad_pixels(plane(0) + y * g_.target.row, g_.target.width);
        continue;
      }
      for (std::size_t k = 0; k < f_.channels.size(); ++k)
        std::fill_n(plane(static_cast<std::int64_t>(k)) + y * g_.target.row, g_.target.width, pad(k));
    }
  }

 private:
  // Bytes that do not become float32 take one of 256 values, which are looked up.
  static constexpr bool table_driven = sizeof(S) == 1 && sizeof(T) != sizeof(float);
  static constexpr bool in_vectors = sizeof(S) == 1 && sizeof(T) == sizeof(float);

  struct Factors {
    std::array<double, normalise_period> a, b;
    void fill(double factor, double summand) {
      a.fill(factor);
      b.fill(summand);
    }
    void set(std::int64_t i, const Channel& channel) {
      a[static_cast<std::size_t>(i)] = channel.a;
      b[static_cast<std::size_t>(i)] = channel.b;
    }
  };

  // Channels of the row that finish_channel() sees.
  std::int64_t row_channels() const { return f_.gray ? 1 : inner_.channels; }
  T* plane(std::int64_t k) const { return static_cast<T*>(call_.target) + k * g_.target.plane; }
  T pad(std::size_t k) const {
    T value;
    store(f_.channels[k].pad * f_.channels[k].a + f_.channels[k].b, value);
    return value;
  }
  void pad_pixels(T* to, std::int64_t count) const {
    const std::size_t channels = f_.channels.size();
    std::array<T, 4> pixel{};
    for (std::size_t k = 0; k < channels; ++k) pixel[k] = pad(k);
    for (std::int64_t i = 0; i < count; ++i) to = std::copy_n(pixel.begin(), channels, to);
  }

  void finish_pixels(const S* x, T* to) const {
    if constexpr (in_vectors) {
      if (in_order_) return normalise(x, 1, 0, factors_.back(), inner_.target.width * row_channels(), to);
    }
    for (std::size_t k = 0; k < f_.channels.size(); ++k) finish_channel(x, k, to + k, g_.target_channels);
  }

  // Output channel k of a row, its values `step` apart.
  void finish_channel(const S* x, std::size_t k, T* to, std::int64_t step) const {
    const Channel& channel = f_.channels[k];
    const std::int64_t from = row_channels(), width = inner_.target.width;
    if constexpr (in_vectors) {
      if (step == 1) return normalise(x, from, channel.source, factors_[k], width, to);
    }
    x += channel.source;
    for (std::int64_t i = 0; i < width; ++i) {
      if constexpr (table_driven) {
        to[i * step] = tables_[k][x[i * from]];
      } else {
        store(static_cast<double>(x[i * from]) * channel.a + channel.b, to[i * step]);
      }
    }
  }

  static void normalise(const std::uint8_t* x, std::int64_t channels, std::int64_t channel,
                        const Factors& factors, std::int64_t count, float* y) {
    image_kernels().normalise.run({x, static_cast<int>(channels), static_cast<int>(channel), factors.a.data(),
                                   factors.b.data(), count, y});
  }

  void fill_tables() {
    tables_.resize(f_.channels.size());
    for (std::size_t k = 0; k < f_.channels.size(); ++k) {
      for (std::size_t x = 0; x < 256; ++x)
        store(static_cast<double>(x) * f_.channels[k].a + f_.channels[k].b, tables_[k][x]);
    }
  }

  void blend_row(const S* x, S* y) const {
    const std::int64_t colours = inner_.channels;
    for (std::int64_t i = 0; i < g_.source.width; ++i, x += colours + 1) {
      for (std::int64_t c = 0; c < colours; ++c)
        *y++ = blended(x[c], x[colours], f_.background[static_cast<std::size_t>(c)]);
    }
  }

  const ImageCall& call_;
  const ImageGeometry& g_;
  const Finishing& f_;
  const ImageGeometry& inner_;
  bool planar_;
  bool in_order_ = true;
  // One for each output channel; the last has all of them in turn.
  std::vector<Factors> factors_;
  std::vector<std::array<T, 256>> tables_;
};

// Every output is the position at begin(0) plus its number, unchanged.
bool is_shift(const ResampleAxis& axis) {
  constexpr std::int32_t unit = 1 << blend_bits;
  for (std::int64_t o = 0; o < axis.outputs; ++o) {
    if (axis.count(o) != 1 || axis.begin(o) != axis.begin(0) + o) return false;
    const std::int64_t at = o * axis.taps;
    if (axis.integers ? axis.integers[at] != unit : axis.reals[at] != 1) return false;
  }
  return true;
}

template <class S, class T>
void run_types(const ImageCall& call, const Finishing& finish, const Resampling& r,
               const RunControl& control) {
  const TensorRows<S, T> rows(call, finish, r.geometry);
  rows.pad_rows();
  if (!is_shift(r.rows) || !is_shift(r.columns)) return run_resample(r, rows, control);
  for_each_strip(r.geometry, control, [&](const Strip& strip) {
    for (std::int64_t y = strip.first; y < strip.last; ++y) {
      const auto* x = static_cast<const S*>(rows.source(0, r.rows.begin(y), 1).first);
      rows.finish_row(x + r.columns.begin(0) * r.geometry.channels, y);
    }
  });
}

template <class T>
void run_target(const ImageCall& call, const Finishing& finish, const Resampling& r,
                const RunControl& control) {
  with_pixel_type(call.geometry.source.type,
                  [&](auto from) { run_types<decltype(from), T>(call, finish, r, control); });
}

// The geometry of the part that is resampled, without the padding, and without an alpha that is blended.
ImageGeometry inner_geometry(const ImageCall& call, const Finishing& finish) {
  ImageGeometry g = call.geometry;
  if (finish.blend) --g.channels;
  const std::int64_t height = call.tables[0].length / 2, width = call.tables[2].length / 2;
  if (height < 1 || width < 1 || finish.top < 0 || finish.left < 0 || finish.top + height > g.target.height ||
      finish.left + width > g.target.width)
    fail("an image that leaves the tensor");
  const std::int64_t row = width * g.channels;
  g.target = {g.source.type, height, width, row, height * row};
  g.target_planes = 1;
  g.target_channels = g.channels;
  return g;
}

}  // namespace

void run_tensor(const ImageCall& call, const RunControl& control) {
  const ImageGeometry& g = call.geometry;
  if (call.tables.size() != 6) fail("expected six tables");
  if (g.planes != 1 || g.channels > 4 || g.target_planes * g.target_channels > 3 ||
      (g.target_planes != 1 && g.target_channels != 1))
    fail("planes or channels out of range");
  const Finishing finish = read_finish(call);
  ImageCall inner = call;
  inner.geometry = inner_geometry(call, finish);
  inner.tables.resize(4);
  const Resampling r = read_resampling(inner);
  switch (g.target.type) {
    case PixelType::float32:
      return run_target<float>(call, finish, r, control);
    case PixelType::float16:
      return run_target<Half>(call, finish, r, control);
    case PixelType::uint8:
      return run_target<std::uint8_t>(call, finish, r, control);
    default:
      fail("a tensor of this type");
  }
}

}  // namespace native_conv
