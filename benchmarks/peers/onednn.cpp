// One convolution by oneDNN, for the benchmark. The arguments are those that onednn.ts lists: mode (`plain`
// takes and gives plain channels-first tensors, `b+r` converts them to oneDNN's own layout and back,
// `blocked` has them in that layout already), threads, milliseconds to sample for, and the geometry. Reads
// input and weight as raw floats, prints one line of JSON and the output as raw floats. Weights are converted
// beforehand in every mode. SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <oneapi/dnnl/dnnl.hpp>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

static_assert(DNNL_VERSION_MAJOR == 2, "written for oneDNN 2: version 3 describes primitives in another way");

namespace {

using Clock = std::chrono::steady_clock;
using dnnl::memory;
using Dims = memory::dims;

struct Request {
  std::string mode;
  double budget_ms;
  bool transposed;
  long batch, groups, in_channels, out_channels;
  Dims input, output, kernel, stride, dilation, padding_begin, padding_end;
};

Request parse(int argc, char** argv) {
  if (argc < 10) throw std::invalid_argument("too few arguments");
  Request request;
  request.mode = argv[1];
  request.budget_ms = std::atof(argv[3]);  // argv[2], the threads, reaches OpenMP through the environment
  request.transposed = std::atol(argv[4]) != 0;
  request.batch = std::atol(argv[5]);
  request.groups = std::atol(argv[6]);
  request.in_channels = std::atol(argv[7]);
  request.out_channels = std::atol(argv[8]);
  const int rank = std::atoi(argv[9]);
  if (argc != 13 + 3 * rank) throw std::invalid_argument("wrong number of arguments");
  int next = 10;
  const auto axes = [&] {
    Dims dims(rank);
    for (auto& dim : dims) dim = std::atol(argv[next++]);
    return dims;
  };
  request.input = axes();
  request.output = axes();
  request.kernel = axes();
  const long stride = std::atol(argv[next++]), dilation = std::atol(argv[next++]),
             padding = std::atol(argv[next++]);
  request.stride = Dims(rank, stride);
  request.dilation = Dims(rank, dilation - 1);  // oneDNN counts the gaps
  request.padding_begin = Dims(rank, padding);
  for (int axis = 0; axis < rank; ++axis) {
    // What the convolution's large side has beyond the last tap; negative where the stride leaves a rest.
    const Dims &large = request.transposed ? request.output : request.input,
               &small = request.transposed ? request.input : request.output;
    const long reach = dilation * (request.kernel[axis] - 1) + 1;
    request.padding_end.push_back((small[axis] - 1) * stride + reach - large[axis] - padding);
  }
  return request;
}

Dims with_channels(long batch, long channels, const Dims& space) {
  Dims dims{batch, channels};
  dims.insert(dims.end(), space.begin(), space.end());
  return dims;
}

// Row-major strides of dims.
Dims packed_strides(const Dims& dims) {
  Dims strides(dims.size(), 1);
  for (size_t axis = dims.size() - 1; axis > 0; --axis) strides[axis - 1] = strides[axis] * dims[axis];
  return strides;
}

memory::desc plain(const Dims& dims) { return {dims, memory::data_type::f32, packed_strides(dims)}; }
memory::desc any(const Dims& dims) { return {dims, memory::data_type::f32, memory::format_tag::any}; }

// [g, O/g, I/g, *K] for oneDNN, which we hold as [O, I/g, *K], or as [I, O/g, *K] where it is transposed.
memory::desc weight_desc(const Request& request) {
  const long outputs = request.out_channels / request.groups, inputs = request.in_channels / request.groups;
  Dims dims{request.groups, outputs, inputs};
  Dims held = request.transposed ? Dims{request.groups, inputs, outputs} : dims;
  dims.insert(dims.end(), request.kernel.begin(), request.kernel.end());
  held.insert(held.end(), request.kernel.begin(), request.kernel.end());
  Dims strides = packed_strides(held);
  if (request.transposed) std::swap(strides[1], strides[2]);
  if (request.groups == 1) {
    dims.erase(dims.begin());
    strides.erase(strides.begin());
  }
  return {dims, memory::data_type::f32, strides};
}

struct Convolution {
  dnnl::primitive primitive;
  memory::desc source, weights, destination;
  std::string implementation;
};

template <typename Forward>
Convolution describe(const typename Forward::desc& desc, const dnnl::engine& engine) {
  const typename Forward::primitive_desc chosen(desc, engine);
  return {Forward(chosen), chosen.src_desc(), chosen.weights_desc(), chosen.dst_desc(),
          chosen.impl_info_str()};
}

Convolution create(const Request& request, const memory::desc& source, const memory::desc& weights,
                   const memory::desc& destination, const dnnl::engine& engine) {
  const auto inference = dnnl::prop_kind::forward_inference;
  if (request.transposed) {
    using Forward = dnnl::deconvolution_forward;
    return describe<Forward>({inference, dnnl::algorithm::deconvolution_direct, source, weights, destination,
                              request.stride, request.dilation, request.padding_begin, request.padding_end},
                             engine);
  }
  using Forward = dnnl::convolution_forward;
  return describe<Forward>({inference, dnnl::algorithm::convolution_direct, source, weights, destination,
                            request.stride, request.dilation, request.padding_begin, request.padding_end},
                           engine);
}

std::vector<float> read_floats(size_t count) {
  std::vector<float> values(count);
  if (std::fread(values.data(), sizeof(float), count, stdin) != count) {
    throw std::runtime_error("the operands are cut short");
  }
  return values;
}

size_t count_of(const memory::desc& desc) {
  size_t count = 1;
  for (const auto dim : desc.dims()) count *= dim;
  return count;
}

// The loop of measure.ts.
struct Timing {
  double median_ms = 0, min_ms = 0;
  size_t samples = 0;
};

template <typename Run>
double milliseconds(Run run, long calls) {
  const auto start = Clock::now();
  for (long call = 0; call < calls; ++call) run();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count() / calls;
}

template <typename Run>
Timing measure(Run run, double budget_ms) {
  const double warm_up_ms = 60, sample_ms = 0.02;
  const size_t minimum_samples = 5;
  const auto after = [](double ms) {
    return Clock::now() +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(ms));
  };
  double shortest = std::numeric_limits<double>::infinity();
  const auto warm = after(warm_up_ms);
  do shortest = std::min(shortest, milliseconds(run, 1));
  while (Clock::now() < warm);
  const long calls = std::max(1L, static_cast<long>(sample_ms / shortest) + 1);
  std::vector<double> samples;
  const auto end = after(budget_ms);
  while (Clock::now() < end || samples.size() < minimum_samples) samples.push_back(milliseconds(run, calls));
  std::sort(samples.begin(), samples.end());
  const size_t middle = samples.size() / 2;
  const double median =
      samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
  return {median, samples[0], samples.size()};
}

void run_request(const Request& request) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const auto user_source = plain(with_channels(request.batch, request.in_channels, request.input));
  const auto user_destination = plain(with_channels(request.batch, request.out_channels, request.output));
  const auto user_weights = weight_desc(request);
  const bool own_layout = request.mode != "plain";
  const auto convolution =
      create(request, own_layout ? any(user_source.dims()) : user_source, any(user_weights.dims()),
             own_layout ? any(user_destination.dims()) : user_destination, engine);

  auto input = read_floats(count_of(user_source)), weight = read_floats(count_of(user_weights));
  std::vector<float> output(count_of(user_destination));
  memory held_source(user_source, engine, input.data()), held_weights(user_weights, engine, weight.data()),
      held_destination(user_destination, engine, output.data());
  // In our layout where that is oneDNN's own too; otherwise memory of its own, and a reorder.
  const auto converted = [&](const memory& held, const memory::desc& wanted) {
    return held.get_desc() == wanted ? held : memory(wanted, engine);
  };
  memory source = converted(held_source, convolution.source),
         weights = converted(held_weights, convolution.weights),
         destination = converted(held_destination, convolution.destination);
  const bool convert_source = source != held_source, convert_destination = destination != held_destination;
  if (weights != held_weights) dnnl::reorder(held_weights, weights).execute(stream, held_weights, weights);
  dnnl::reorder before, after;
  if (convert_source) before = dnnl::reorder(held_source, source);
  if (convert_destination) after = dnnl::reorder(destination, held_destination);
  const std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, destination}};

  const auto compute = [&](bool convert) {
    if (convert && convert_source) before.execute(stream, held_source, source);
    convolution.primitive.execute(stream, arguments);
    if (convert && convert_destination) after.execute(stream, destination, held_destination);
    stream.wait();
  };
  compute(true);
  Timing timing;
  const bool conversions_count = request.mode == "b+r";
  if (request.budget_ms > 0) timing = measure([&] { compute(conversions_count); }, request.budget_ms);

  std::printf(R"({"implementation":"%s","medianMs":%.9g,"minMs":%.9g,"samples":%zu})"
              "\n",
              convolution.implementation.c_str(), timing.median_ms, timing.min_ms, timing.samples);
  std::fwrite(output.data(), sizeof(float), output.size(), stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--version") {
    const auto* version = dnnl_version();
    std::printf("%d.%d.%d\n", version->major, version->minor, version->patch);
    return 0;
  }
  try {
    run_request(parse(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
