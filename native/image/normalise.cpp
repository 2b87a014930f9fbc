// Layer: image. SPDX-License-Identifier: MIT
#include "image/normalise.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "image/half.h"
#include "image/kept.h"

namespace native_conv {
namespace {

void keep(float value, float& y) { y = value; }
void keep(float value, std::uint16_t& y) { y = to_half(value); }
void keep(float value, std::uint8_t& y) { store(static_cast<double>(value), y); }

double rounded_to(double step, double x) { return std::nearbyint(x / step) * step; }

template <class T>
void fill_table(const Channel& channel, std::array<T, 256>& table) {
  for (std::size_t x = 0; x < table.size(); ++x)
    store(static_cast<double>(x) * channel.a + channel.b, table[x]);
}

// Both sums have less than 48 bits, so that doubles hold them exactly and floats round once, as fma does.
template <class T>
bool gives(const SplitFactors& f, const std::array<T, 256>& table) {
  constexpr float least_normal = 0x1p-126f, most_half = 65504, most_word = 0x1p31f;
  const float most = sizeof(T) == sizeof(float) ? std::numeric_limits<float>::max()
                     : sizeof(T) == 1           ? most_word
                                                : most_half;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto x = static_cast<double>(i);
    const auto whole = static_cast<float>(x * f.a + f.c), rest = static_cast<float>(x * f.a_rest + f.c_rest);
    const float sum = whole + rest;
    // Not beside overflow, nor where processors may flush to zero.
    if (!(std::abs(sum) <= most) || (sum != 0 && std::abs(sum) < least_normal)) return false;
    T y;
    keep(sum, y);
    if (std::memcmp(&y, &table[i], sizeof y) != 0) return false;
  }
  return true;
}

// a and b as multiples of a step that leaves all of x · a + b exact in float32, and what is left of them, in
// multiples of 2^-40 steps: the sum of both errs by some 2^-17 of its last place, so that of 256 values
// hardly one rounds otherwise, and another last bit of a rest helps that one.
template <class T>
std::optional<SplitFactors> split_of(const Channel& channel, const std::array<T, 256>& table) {
  const double a = channel.a, b = channel.b;
  const double most = std::max(std::abs(b), std::abs(255 * a) + std::abs(b));
  // Neither step nor rest may leave the normal floats.
  if (!(most > 0x1p-50 && most < 0x1p100)) return std::nullopt;
  const double step = std::ldexp(1, std::ilogb(most) + 1 - 24), finest = std::ldexp(step, -40);
  const double whole_a = rounded_to(step, a), whole_b = rounded_to(step, b);
  const auto rest = [&](double x, float off) {
    const auto near = static_cast<float>(x);
    return static_cast<float>(rounded_to(finest, near + off * std::abs(near) * 0x1p-23));
  };
  for (float a_off : {0.0f, 1.0f, -1.0f}) {
    for (float b_off : {0.0f, 1.0f, -1.0f}) {
      const SplitFactors f{static_cast<float>(whole_a), static_cast<float>(whole_b), rest(a - whole_a, a_off),
                           rest(b - whole_b, b_off)};
      if (gives(f, table)) return f;
    }
  }
  return std::nullopt;
}

// Four of the bytes to each word; 255 for none.
using Picked = std::array<std::uint8_t, 64>;

BytePick pick_of(const Picked& bytes, int lanes) {
  BytePick pick{};
  for (int word = 0; word < lanes; word += 4) {
    const std::uint8_t* const wanted = bytes.data() + 4 * word;
    // 16 bytes from the first that is wanted, and within those that are loaded.
    const int lowest = std::min(*std::min_element(wanted, wanted + 16) / 4, lanes - 4);
    for (int i = 0; i < 4; ++i) pick.words[word + i] = lowest + i;
    for (int i = 0; i < 16; ++i)
      pick.places[4 * word + i] = wanted[i] == 255 ? 255 : static_cast<std::uint8_t>(wanted[i] - 4 * lowest);
  }
  return pick;
}

const auto& kernel_to(const ImageKernels& k, float) { return k.normalise_to_floats; }
const auto& kernel_to(const ImageKernels& k, std::uint16_t) { return k.normalise_to_halves; }
const auto& kernel_to(const ImageKernels& k, std::uint8_t) { return k.normalise_to_bytes; }

}  // namespace

void store(double value, float& y) { y = static_cast<float>(value); }
void store(double value, std::uint16_t& y) { y = to_half(static_cast<float>(value)); }
void store(double value, std::uint8_t& y) {
  // Beside 1.5 * 2^52 a double has no fraction: adding rounds to nearest even.
  constexpr double whole = 6755399441055744.0;
  const double clamped = value > 0 ? (value < 255 ? value : 255) : 0;
  y = static_cast<std::uint8_t>((clamped + whole) - whole);
}

std::vector<NormaliseVector> vectors_of(const std::vector<SplitFactors>& split,
                                        const std::vector<int>& sources, int row_channels, bool planar,
                                        int lanes) {
  const auto outputs = static_cast<int>(split.size());
  std::vector<NormaliseVector> vectors(split.size());
  for (int v = 0; v < outputs; ++v) {
    NormaliseVector& vector = vectors[static_cast<std::size_t>(v)];
    Picked bytes;
    bytes.fill(255);
    for (int i = 0; i < lanes; ++i) {
      const int at = v * lanes + i, pixel = planar ? i : at / outputs;
      const auto k = static_cast<std::size_t>(planar ? v : at % outputs);
      bytes[static_cast<std::size_t>(4 * i)] = static_cast<std::uint8_t>(pixel * row_channels + sources[k]);
      vector.a[i] = split[k].a;
      vector.c[i] = split[k].c;
      vector.a_rest[i] = split[k].a_rest;
      vector.c_rest[i] = split[k].c_rest;
    }
    vector.pick = pick_of(bytes, lanes);
  }
  return vectors;
}

std::array<BytePick, 2> gray_picks(int row_channels, int lanes) {
  Picked red, blue;
  red.fill(255);
  blue.fill(255);
  for (int i = 0; i < lanes; ++i) {
    const auto word = static_cast<std::size_t>(4 * i);
    const auto pixel = static_cast<std::uint8_t>(i * row_channels);
    red[word] = pixel;
    blue[word] = static_cast<std::uint8_t>(pixel + 2);
    red[word + 2] = blue[word + 2] = static_cast<std::uint8_t>(pixel + 1);
  }
  return {pick_of(red, lanes), pick_of(blue, lanes)};
}

template <class T>
ByteNormaliser<T>::ByteNormaliser(const std::vector<Channel>& channels, int row_channels,
                                  const Placing& placing)
    : row_channels_(row_channels), placing_(placing), tables_(channels.size()) {
  std::vector<SplitFactors> split;
  for (std::size_t k = 0; k < channels.size(); ++k) {
    fill_table(channels[k], tables_[k]);
    starts_.push_back(tables_[k].data());
    sources_.push_back(channels[k].source);
    if (const auto factors = split_of(channels[k], tables_[k])) split.push_back(*factors);
  }
  const int lanes = kernel_to(image_kernels(), T{}).rows;
  if (split.size() == channels.size() && lanes > 0)
    vectors_ = vectors_of(split, sources_, row_channels, placing.pixel == 1, lanes);
}

template <class T>
void ByteNormaliser<T>::run(const std::uint8_t* x, std::int64_t count, T* y) const {
  kernel_to(image_kernels(), T{})
      .run({x, row_channels_, static_cast<int>(sources_.size()), sources_.data(), starts_.data(),
            computes() ? vectors_.data() : nullptr, count, y, placing_.channel, placing_.pixel});
}

template <class T>
std::size_t ByteNormaliser<T>::bytes() const {
  return tables_.size() * sizeof tables_[0] + vectors_.size() * sizeof vectors_[0] +
         starts_.size() * (sizeof starts_[0] + sizeof sources_[0]);
}

namespace {

struct NormaliserKey {
  std::vector<Channel> channels;
  int row_channels;
  Placing placing;

  bool operator==(const NormaliserKey& o) const {
    const auto alike = [](const Channel& one, const Channel& other) { return one.alike(other); };
    return row_channels == o.row_channels && placing.channel == o.placing.channel &&
           placing.pixel == o.placing.pixel &&
           std::equal(channels.begin(), channels.end(), o.channels.begin(), o.channels.end(), alike);
  }
};

}  // namespace

template <class T>
std::shared_ptr<const ByteNormaliser<T>> normaliser_of(const std::vector<Channel>& channels, int row_channels,
                                                       const Placing& placing) {
  // A program prepares images for few models.
  static auto& kept = *new Kept<NormaliserKey, ByteNormaliser<T>>(std::size_t{64} << 10);
  return kept.get({channels, row_channels, placing},
                  [&] { return std::make_shared<const ByteNormaliser<T>>(channels, row_channels, placing); });
}

ByteGray::ByteGray(int row_channels)
    : row_channels_(row_channels), picks_(gray_picks(row_channels, image_kernels().gray.rows)) {}

void ByteGray::run(const std::uint8_t* x, std::int64_t count, std::uint8_t* y) const {
  image_kernels().gray.run({x, row_channels_, picks_.data(), count, y});
}

template class ByteNormaliser<float>;
template class ByteNormaliser<std::uint16_t>;
template class ByteNormaliser<std::uint8_t>;
template std::shared_ptr<const ByteNormaliser<float>> normaliser_of(const std::vector<Channel>&, int,
                                                                    const Placing&);
template std::shared_ptr<const ByteNormaliser<std::uint16_t>> normaliser_of(const std::vector<Channel>&, int,
                                                                            const Placing&);
template std::shared_ptr<const ByteNormaliser<std::uint8_t>> normaliser_of(const std::vector<Channel>&, int,
                                                                           const Placing&);

}  // namespace native_conv
