// Rows of a resampling are finished while they are in the first cache. Layer: image.
// SPDX-License-Identifier: MIT
#include "image/tensor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "base/buffer.h"
#include "base/packed_reader.h"
#include "image/normalise.h"
#include "image/pixel_types.h"
#include "image/resample.h"
#include "kernels/image.h"

namespace native_conv {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::internal, "tensor: " + what); }

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
  const ImageTable &places = call.tables[2], &values = call.tables[3];
  const std::int64_t outputs = g.target_planes * g.target_channels;
  if (!places.integers || places.length != 4 + outputs || !values.doubles || values.length != 3 * outputs + 3)
    fail("tables of a wrong kind or length");
  Finishing f{
      places.integers[0], places.integers[1], places.integers[2] != 0, places.integers[3] != 0, {}, {}};
  const std::int64_t kept = g.planes * g.channels - (f.blend ? 1 : 0);
  if (kept < 1 || (f.blend && kept > 3) || (f.gray && kept < 3)) fail("too few or too many channels");
  for (std::int64_t k = 0; k < outputs; ++k) {
    const double* v = values.doubles + 3 * k;
    const std::int32_t from = places.integers[4 + k];
    f.channels.push_back({from, v[0], v[1], v[2]});
    if (from < 0 || from >= (f.gray ? 1 : kept)) fail("a channel that is not there");
  }
  std::copy_n(values.doubles + 3 * outputs, 3, f.background.begin());
  for (double value : f.background) {
    if (g.source.type == PixelType::uint8 && !(value >= 0 && value <= 255))
      fail("a background that is no byte");
  }
  return f;
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
  return static_cast<S>(value > least ? (value < most ? value : most) : least);
}

// Rows of pixels whose last channel is an alpha become rows of their colours over a background.
template <class S>
class Blend {
 public:
  Blend(const std::array<double, 3>& background, std::int64_t colours)
      : background_(background), colours_(colours) {}
  void run(const S* x, std::int64_t count, S* y) const {
    for (std::int64_t i = 0; i < count; ++i, x += colours_ + 1) {
      for (std::int64_t c = 0; c < colours_; ++c)
        *y++ = blended(x[c], x[colours_], background_[static_cast<std::size_t>(c)]);
    }
  }

 private:
  const std::array<double, 3>& background_;
  std::int64_t colours_;
};
// Of bytes all colours at once, 16 bits of a word for each: no sum reaches 2^16. Pillow's division by 255.
template <>
class Blend<std::uint8_t> {
 public:
  Blend(const std::array<double, 3>& background, std::int64_t colours) : colours_(colours) {
    for (std::int64_t c = 0; c < colours; ++c)
      background_ |= static_cast<std::uint64_t>(background[static_cast<std::size_t>(c)]) << (16 * c);
  }
  void run(const std::uint8_t* x, std::int64_t count, std::uint8_t* y) const {
    if (colours_ == 3) return blend<3>(x, count, y);
    if (colours_ == 2) return blend<2>(x, count, y);
    return blend<1>(x, count, y);
  }

 private:
  template <int colours>
  void blend(const std::uint8_t* x, std::int64_t count, std::uint8_t* y) const {
    constexpr std::uint64_t halves = 0x0080008000800080, bytes = 0x00ff00ff00ff00ff;
    for (std::int64_t i = 0; i < count; ++i, x += colours + 1, y += colours) {
      std::uint64_t pixel = 0;
      for (int c = 0; c < colours; ++c) pixel |= std::uint64_t{x[c]} << (16 * c);
      const std::uint64_t alpha = x[colours], sum = pixel * alpha + background_ * (255 - alpha) + halves;
      const std::uint64_t value = (sum + (sum >> 8 & bytes)) >> 8;
      for (int c = 0; c < colours; ++c) y[c] = static_cast<std::uint8_t>(value >> (16 * c));
    }
  }

  std::int64_t colours_;
  std::uint64_t background_ = 0;
};

template <class S>
double weigh_colours(const S* x) {
  return (x[0] * 299.0 + x[1] * 587.0 + x[2] * 114.0) / 1000.0;
}
float gray_of(const float* x) { return static_cast<float>(weigh_colours(x)); }
template <class S>
S gray_of(const S* x) {
  return static_cast<S>(std::floor(weigh_colours(x) + 0.5));
}
// By Pillow's weights of red, green and blue.
template <class S>
class Gray {
 public:
  explicit Gray(int row_channels) : row_channels_(row_channels) {}
  void run(const S* x, std::int64_t count, S* y) const {
    for (std::int64_t i = 0; i < count; ++i) y[i] = gray_of(x + i * row_channels_);
  }

 private:
  int row_channels_;
};
template <>
class Gray<std::uint8_t> : public ByteGray {
  using ByteGray::ByteGray;
};

// Bytes may be looked up, all others are computed.
template <class S, class T>
class Normaliser {
 public:
  Normaliser(const std::vector<Channel>& channels, int row_channels, const Placing& placing)
      : channels_(channels), row_channels_(row_channels), placing_(placing) {}
  void run(const S* x, std::int64_t count, T* y) const {
    for (const Channel& channel : channels_) {
      for (std::int64_t i = 0; i < count; ++i)
        store(static_cast<double>(x[i * row_channels_ + channel.source]) * channel.a + channel.b,
              y[i * placing_.pixel]);
      y += placing_.channel;
    }
  }

 private:
  const std::vector<Channel>& channels_;
  int row_channels_;
  Placing placing_;
};
template <class T>
class Normaliser<std::uint8_t, T> {
 public:
  Normaliser(const std::vector<Channel>& channels, int row_channels, const Placing& placing)
      : normaliser_(normaliser_of<T>(channels, row_channels, placing)) {}
  void run(const std::uint8_t* x, std::int64_t count, T* y) const { normaliser_->run(x, count, y); }

 private:
  std::shared_ptr<const ByteNormaliser<T>> normaliser_;
};

// S: a source value, T: a tensor's.
template <class S, class T>
class TensorRows final : public RowStream {
 public:
  TensorRows(const ImageCall& call, const Finishing& finish, const ImageGeometry& inner)
      : call_(call),
        g_(call.geometry),
        f_(finish),
        inner_(inner),
        placing_(g_.target_channels == 1 ? Placing{g_.target.plane, 1} : Placing{1, g_.target_channels}),
        blend_(finish.background, finish.blend ? inner.channels : 0),
        gray_(static_cast<int>(inner.channels)),
        normaliser_(finish.channels, finish.gray ? 1 : static_cast<int>(inner.channels), placing_) {}

  SourceRows source(std::int64_t, std::int64_t first, std::int64_t count) const override {
    const S* x = static_cast<const S*>(call_.source) + first * g_.source.row;
    std::int64_t row = g_.source.row;
    if (g_.planes > 1) {
      x = joined(x, count);
      row = g_.source.width * g_.planes;
    }
    if (!f_.blend) return {x, row};
    const std::int64_t length = g_.source.width * inner_.channels;
    S* rows = scratch<S>(Scratch::image_blended, count * length);
    for (std::int64_t i = 0; i < count; ++i) blend_.run(x + i * row, g_.source.width, rows + i * length);
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
    T* to = static_cast<T*>(call_.target) + (f_.top + y) * g_.target.row;
    pad_pixels(to, f_.left);
    to += f_.left * placing_.pixel;
    if (f_.gray) {
      S* gray = scratch<S>(Scratch::image_gray, width);
      gray_.run(x, width, gray);
      x = gray;
    }
    normaliser_.run(x, width, to);
    pad_pixels(to + width * placing_.pixel, g_.target.width - f_.left - width);
  }

  // The rows above and below the image.
  void pad_rows(const RunControl& control) const {
    constexpr std::int64_t share = 1 << 16;  // elements of a task, at least
    const std::int64_t rows = g_.target.height - inner_.target.height;
    const std::int64_t row = g_.target.width * static_cast<std::int64_t>(f_.channels.size());
    const std::int64_t tasks = std::min(rows, rows * row / share + 1);
    parallel_for(control, tasks, [&](std::int64_t task) {
      for (std::int64_t i = task * rows / tasks; i < (task + 1) * rows / tasks; ++i) {
        const std::int64_t y = i < f_.top ? i : i + inner_.target.height;
        pad_pixels(static_cast<T*>(call_.target) + y * g_.target.row, g_.target.width);
      }
    });
  }

 private:
  // Rows of an image that has a plane for each channel, with the channels side by side. Nobody else needs the
  // slot: only rows of more than four channels are taken apart.
  const S* joined(const S* x, std::int64_t count) const {
    const std::int64_t width = g_.source.width;
    S* rows = scratch<S>(Scratch::image_plane, count * width * g_.planes);
    for (std::int64_t i = 0; i < count; ++i) {
      const S* from = x + i * g_.source.row;
      S* to = rows + i * width * g_.planes;
      if (g_.planes == 3) {
        join<3>(from, to);
      } else if (g_.planes == 4) {
        join<4>(from, to);
      } else {
        join<2>(from, to);
      }
    }
    return rows;
  }
  template <int planes>
  void join(const S* x, S* y) const {
    for (std::int64_t j = 0; j < g_.source.width; ++j) {
      for (int c = 0; c < planes; ++c) y[planes * j + c] = x[c * g_.source.plane + j];
    }
  }

  // `count` pixels of the padding.
  void pad_pixels(T* to, std::int64_t count) const {
    for (std::size_t k = 0; k < f_.channels.size(); ++k, to += placing_.channel) {
      const Channel& channel = f_.channels[k];
      T value;
      store(channel.pad * channel.a + channel.b, value);
      if (placing_.pixel == 1) {
        std::fill_n(to, count, value);
      } else {
        for (std::int64_t i = 0; i < count; ++i) to[i * placing_.pixel] = value;
      }
    }
  }

  const ImageCall& call_;
  const ImageGeometry& g_;
  const Finishing& f_;
  const ImageGeometry& inner_;
  Placing placing_;
  Blend<S> blend_;
  Gray<S> gray_;
  Normaliser<S, T> normaliser_;
};

template <class S, class T>
void run_types(const ImageCall& call, const Finishing& finish, const Resampling& r,
               const RunControl& control) {
  const TensorRows<S, T> rows(call, finish, r.geometry);
  rows.pad_rows(control);
  if (!is_shift(*r.rows) || !is_shift(*r.columns)) return run_resample(r, rows, control);
  for_each_strip(r.geometry, control, [&](const Strip& strip) {
    for (std::int64_t y = strip.first; y < strip.last; ++y) {
      stop_if_cancelled();
      const auto* x = static_cast<const S*>(rows.source(0, r.rows->begin(y), 1).first);
      rows.finish_row(x + r.columns->begin(0) * r.geometry.channels, y);
    }
  });
}

template <class T>
void run_target(const ImageCall& call, const Finishing& finish, const Resampling& r,
                const RunControl& control) {
  with_pixel_type(call.geometry.source.type,
                  [&](auto from) { run_types<decltype(from), T>(call, finish, r, control); });
}

std::int64_t outputs_of(const ImageTable& axis) {
  if (!axis.doubles) fail("an axis of a wrong kind");
  return unpack_axis(axis.doubles, static_cast<std::size_t>(axis.length)).count;
}

// The geometry of the part that is resampled, without the padding, with all channels side by side but for an
// alpha that is blended.
ImageGeometry inner_geometry(const ImageCall& call, const Finishing& finish) {
  ImageGeometry g = call.geometry;
  g.channels *= g.planes;
  g.planes = 1;
  if (finish.blend) --g.channels;
  const std::int64_t height = outputs_of(call.tables[0]), width = outputs_of(call.tables[1]);
  if (height < 1 || width < 1 || finish.top < 0 || finish.left < 0 || finish.top + height > g.target.height ||
      finish.left + width > g.target.width)
    fail("an image that leaves the tensor");
  const std::int64_t row = width * g.channels;
  g.target = {g.source.type, height, width, row, height * row};
  g.target_planes = 1;
  g.target_channels = g.channels;
  return g;
}

void run_finishing(const ImageCall& call, const Finishing& finish, const RunControl& control) {
  ImageCall inner = call;
  inner.geometry = inner_geometry(call, finish);
  inner.tables.resize(2);
  const Resampling r = read_resampling(inner);
  switch (call.geometry.target.type) {
    case PixelType::float32:
      return run_target<float>(call, finish, r, control);
    case PixelType::float16:
      return run_target<std::uint16_t>(call, finish, r, control);
    case PixelType::uint8:
      return run_target<std::uint8_t>(call, finish, r, control);
    default:
      fail("a tensor of this type");
  }
}

// Each plane of the tensor from one of the image's, as if both were grey.
void run_planes(const ImageCall& call, const Finishing& finish, const RunControl& control) {
  const ImageGeometry& g = call.geometry;
  for (std::size_t k = 0; k < finish.channels.size(); ++k) {
    Channel channel = finish.channels[k];
    ImageCall plane = call;
    plane.geometry.planes = plane.geometry.target_planes = 1;
    plane.source =
        static_cast<const char*>(call.source) + channel.source * g.source.plane * size_of(g.source.type);
    plane.target = static_cast<char*>(call.target) +
                   static_cast<std::int64_t>(k) * g.target.plane * size_of(g.target.type);
    channel.source = 0;
    run_finishing(plane, {finish.left, finish.top, false, false, {channel}, finish.background}, control);
  }
}

}  // namespace

void run_tensor(const ImageCall& call, const RunControl& control) {
  const ImageGeometry& g = call.geometry;
  if (call.tables.size() != 4) fail("expected four tables");
  const bool joined = g.planes == 1 && g.channels <= 4;
  const bool apart = g.channels == 1 && g.planes >= 1 && g.planes <= 4;
  if (!(joined || apart) || g.target_planes * g.target_channels > 3 ||
      (g.target_planes != 1 && g.target_channels != 1))
    fail("planes or channels out of range");
  const Finishing finish = read_finish(call);
  const bool separable = g.planes > 1 && g.target_channels == 1 && !finish.gray && !finish.blend;
  return separable ? run_planes(call, finish, control) : run_finishing(call, finish, control);
}

}  // namespace native_conv
