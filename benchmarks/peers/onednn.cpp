// One convolution, or one of its gradients, by oneDNN, for the benchmark. The arguments are those that
// onednn.ts lists: mode (`plain` takes and gives plain channels-first tensors, `b+r` converts them to
// oneDNN's own layout and back, `blocked` has them in that layout already), direction (`forward`, or the
// gradient by `input` or `weight`), threads, milliseconds to sample for, and the forward call's geometry.
// Reads two operands as raw floats, prints one line of JSON and the result as raw floats. The operands are
// input and weight; gradient of the output and weight; input and gradient of the output. A forward call's
// weights are converted beforehand in every mode; gradients belong to training, where weights are new each
// time, so that all conversions count. SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <oneapi/dnnl/dnnl.hpp>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

static_assert(DNNL_VERSION_MAJOR == 2, "written for oneDNN 2: version 3 describes primitives in another way");

namespace {

using Clock = std::chrono::steady_clock;
using dnnl::memory;
using Dims = memory::dims;

struct Request {
  std::string mode, direction;
  double budget_ms;
  bool transposed;
  long batch, groups, in_channels, out_channels;
  Dims input, output, kernel, stride, dilation, padding_begin, padding_end;
};

Request parse(int argc, char** argv) {
  if (argc < 11) throw std::invalid_argument("too few arguments");
  Request request;
  request.mode = argv[1];
  request.direction = argv[2];
  request.budget_ms = std::atof(argv[4]);  // argv[3], the threads, reaches OpenMP through the environment
  request.transposed = std::atol(argv[5]) != 0;
  request.batch = std::atol(argv[6]);
  request.groups = std::atol(argv[7]);
  request.in_channels = std::atol(argv[8]);
  request.out_channels = std::atol(argv[9]);
  const int rank = std::atoi(argv[10]);
  if (argc != 14 + 3 * rank) throw std::invalid_argument("wrong number of arguments");
  int next = 11;
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

// Of a convolution's three tensors.
struct Shapes {
  memory::desc source, weights, destination;
};

// `Forward`, `BackwardData` and `BackwardWeights` are oneDNN's names for one kind of convolution.
template <typename Forward, typename BackwardData, typename BackwardWeights>
Convolution describe(const Request& request, dnnl::algorithm algorithm, const Shapes& shapes,
                     const dnnl::engine& engine) {
  const auto& [source, weights, destination] = shapes;
  const bool forward = request.direction == "forward";
  const typename Forward::primitive_desc hint(
      {forward ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training, algorithm, source,
       weights, destination, request.stride, request.dilation, request.padding_begin, request.padding_end},
      engine);
  if (forward) {
    return {Forward(hint), hint.src_desc(), hint.weights_desc(), hint.dst_desc(), hint.impl_info_str()};
  }
  if (request.direction == "input") {
    const typename BackwardData::primitive_desc chosen(
        {algorithm, source, weights, destination, request.stride, request.dilation, request.padding_begin,
         request.padding_end},
        engine, hint);
    return {BackwardData(chosen), chosen.diff_src_desc(), chosen.weights_desc(), chosen.diff_dst_desc(),
            chosen.impl_info_str()};
  }
  const typename BackwardWeights::primitive_desc chosen(
      {algorithm, source, weights, destination, request.stride, request.dilation, request.padding_begin,
       request.padding_end},
      engine, hint);
  return {BackwardWeights(chosen), chosen.src_desc(), chosen.diff_weights_desc(), chosen.diff_dst_desc(),
          chosen.impl_info_str()};
}

Convolution create(const Request& request, const Shapes& shapes, const dnnl::engine& engine) {
  if (request.transposed) {
    return describe<dnnl::deconvolution_forward, dnnl::deconvolution_backward_data,
                    dnnl::deconvolution_backward_weights>(request, dnnl::algorithm::deconvolution_direct,
                                                          shapes, engine);
  }
  return describe<dnnl::convolution_forward, dnnl::convolution_backward_data,
                  dnnl::convolution_backward_weights>(request, dnnl::algorithm::convolution_direct, shapes,
                                                      engine);
}

void read_floats(std::vector<float>& values) {
  if (std::fread(values.data(), sizeof(float), values.size(), stdin) != values.size()) {
    throw std::runtime_error("the operands are cut short");
  }
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

// A tensor as the caller holds it and as oneDNN wants it: the same memory where the two agree.
class Tensor {
 public:
  Tensor(int argument, const memory::desc& held, const memory::desc& wanted, const dnnl::engine& engine)
      : argument_(argument),
        values_(count_of(held)),
        held_(held, engine, values_.data()),
        wanted_(held == wanted ? held_ : memory(wanted, engine)) {
    if (!converted()) return;
    in_ = dnnl::reorder(held_, wanted_);
    out_ = dnnl::reorder(wanted_, held_);
  }

  std::vector<float>& values() { return values_; }
  std::pair<int, memory> argument() const { return {argument_, wanted_}; }
  void convert_in(dnnl::stream& stream) {
    if (converted()) in_.execute(stream, held_, wanted_);
  }
  void convert_out(dnnl::stream& stream) {
    if (converted()) out_.execute(stream, wanted_, held_);
  }

 private:
  bool converted() const { return wanted_ != held_; }

  int argument_;
  std::vector<float> values_;
  memory held_, wanted_;
  dnnl::reorder in_, out_;
};

void run_request(const Request& request) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const Shapes held{plain(with_channels(request.batch, request.in_channels, request.input)),
                    weight_desc(request),
                    plain(with_channels(request.batch, request.out_channels, request.output))};
  const bool own_layout = request.mode != "plain";
  const auto wish = [&](const memory::desc& desc) { return own_layout ? any(desc.dims()) : desc; };
  const auto convolution =
      create(request, {wish(held.source), any(held.weights.dims()), wish(held.destination)}, engine);

  const bool by_input = request.direction == "input", by_weight = request.direction == "weight";
  Tensor source(by_input ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, held.source, convolution.source, engine);
  Tensor weights(by_weight ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, held.weights, convolution.weights,
                 engine);
  Tensor destination(by_input || by_weight ? DNNL_ARG_DIFF_DST : DNNL_ARG_DST, held.destination,
                     convolution.destination, engine);
  Tensor& first = by_input ? destination : source;
  Tensor& second = by_weight ? destination : weights;
  Tensor& result = by_input ? source : by_weight ? weights : destination;
  read_floats(first.values());
  read_floats(second.values());
  const std::unordered_map<int, memory> arguments{source.argument(), weights.argument(),
                                                  destination.argument()};

  // What is converted each time; in `blocked` mode, nothing.
  const bool training = by_input || by_weight;
  const bool conversions_count = request.mode == "b+r" || (training && request.mode == "plain");
  const auto compute = [&](bool convert_first, bool convert_second, bool convert_result) {
    if (convert_first) first.convert_in(stream);
    if (convert_second) second.convert_in(stream);
    convolution.primitive.execute(stream, arguments);
    if (convert_result) result.convert_out(stream);
    stream.wait();
  };
  compute(true, true, true);
  Timing timing;
  if (request.budget_ms > 0) {
    const auto timed = [&] { compute(conversions_count, conversions_count && training, conversions_count); };
    timing = measure(timed, request.budget_ms);
  }

  std::printf(R"({"implementation":"%s","medianMs":%.9g,"minMs":%.9g,"samples":%zu})"
              "\n",
              convolution.implementation.c_str(), timing.median_ms, timing.min_ms, timing.samples);
  std::fwrite(result.values().data(), sizeof(float), result.values().size(), stdout);
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
