#pragma once

#include <cstddef>
#include <cstdint>

// What the vectorised kernels offer to the rest of the executor. Plain structs and function
// pointers only: the files behind them are compiled for one instruction set each, so nothing
// inline that the linker could share between files may pass through here.

namespace mobilenet {

// An activation as bounds: {-inf, inf} none, {0, inf} relu, {0, 6} relu6.
struct Bounds {
  float lower;
  float upper;
};

// A sliding window over an NHWC map. Sizes in pixels, taps or steps; padding_* counts the rows and
// columns of zeros before the map.
struct Window {
  ptrdiff_t input_height;
  ptrdiff_t input_width;
  ptrdiff_t output_height;
  ptrdiff_t output_width;
  ptrdiff_t kernel_height;
  ptrdiff_t kernel_width;
  ptrdiff_t stride_y;
  ptrdiff_t stride_x;
  ptrdiff_t dilation_y;
  ptrdiff_t dilation_x;
  ptrdiff_t padding_top;
  ptrdiff_t padding_left;
};

// A convolution as a matrix product: output pixels by output channels. Each output pixel reads
// `taps` runs of `run_length` consecutive floats; a run is one tap, or a whole kernel row where
// there are few input channels (`row_runs`).
struct ConvolutionArguments {
  const float* input;
  float* output;
  const float* weights;  // packed by PackConvolution
  const float* zeros;    // run_length zeros, for taps outside the map
  Window window;
  ptrdiff_t input_channels;
  ptrdiff_t output_channels;
  ptrdiff_t taps;
  ptrdiff_t run_length;
  bool row_runs;
  bool pointwise;             // 1x1, stride 1, no padding: output pixel n reads input pixel n alone
  ptrdiff_t tiles;            // output pixels are dealt evenly to this many tiles
  ptrdiff_t tiles_per_block;  // tiles that share one pass over the weights
  Bounds bounds;
  bool bounded;  // bounds are not infinite
};

// Half-open ranges of tiles and of weight panels.
struct ConvolutionRange {
  ptrdiff_t tile_begin;
  ptrdiff_t tile_end;
  ptrdiff_t panel_begin;
  ptrdiff_t panel_end;
};

// Memory of one thread: tiles_per_block * tile_rows * taps pointers and, with row_runs, as many
// times run_length floats.
struct ConvolutionScratch {
  const float** runs;
  float* patches;
};

struct DepthwiseArguments {
  const float* input;
  float* output;
  const float* weights;  // packed by PackDepthwise
  Window window;
  ptrdiff_t channels;
  ptrdiff_t interior_begin;  // output columns whose taps all lie between the left and right edge
  ptrdiff_t interior_end;
  Bounds bounds;
};

// Half-open ranges of output rows and of channel blocks (`lanes` channels each).
struct DepthwiseRange {
  ptrdiff_t row_begin;
  ptrdiff_t row_end;
  ptrdiff_t block_begin;
  ptrdiff_t block_end;
};

// RGB8 pixels in place of a network's input of three channels: byte * scale + offset, rounded
// twice. The numbers of the three channels again and again, for as long as vectors of any size need
// to come back to the first channel.
struct PixelArguments {
  static constexpr ptrdiff_t kPeriod = 48;
  const uint8_t* first;  // null: there are none, the input is floats
  ptrdiff_t row_stride;  // bytes
  float scale[kPeriod];
  float offset[kPeriod];
};

// How a block gets the map its depthwise convolution reads: it is the input (copied where the block
// runs by panels), or made of it by a 1x1 convolution, or by one with a window.
enum class BlockFill { kCopy, kPointwise, kWindow };

// A depthwise convolution, what makes its input (nothing, a 1x1 convolution, or a convolution of
// few input channels) and the 1x1 convolution after it, as one operation: an inverted residual
// block of MobileNet V2, a depthwise separable convolution of V1. The map in between exists a few
// rows or channels at a time, channels in blocks of `lanes`: [block][row][column][lane], with the
// padding the depthwise convolution needs around it.
struct BlockArguments {
  const float* input;
  const PixelArguments* pixels;  // with kWindow; null: they never take the place of the input
  float* output;
  const float* residual;      // added to the output; null: nothing is
  const float* fill_weights;  // packed by PackConvolution; null with kCopy
  const float* depthwise_weights;
  const float* project_weights;
  BlockFill fill;
  Window fill_window;  // of kWindow
  Window window;       // of the depthwise convolution, whose kernel is at most kMaxBlockKernel high
  ptrdiff_t input_channels;
  ptrdiff_t channels;  // of the map in between
  ptrdiff_t output_channels;
  Bounds fill_bounds;
  Bounds depthwise_bounds;
  Bounds output_bounds;
  ptrdiff_t interior_begin;  // as in DepthwiseArguments
  ptrdiff_t interior_end;
  ptrdiff_t padded_width;   // columns of the map in between, its padding included
  ptrdiff_t patch_width;    // with kWindow: floats of an input row, padding included
  ptrdiff_t ring_rows;      // rows of the map in between that are kept
  ptrdiff_t step_rows;      // output rows made together
  ptrdiff_t chunk_columns;  // columns of the map in between filled before they are read
};

inline constexpr ptrdiff_t kMaxBlockKernel = 7;

// Memory of one thread, zeroed where it says so; floats.
struct BlockScratch {
  const float* zeros;  // a row of padding: padded_width * lanes zeros
  float* ring;         // [blocks][ring_rows][padded_width][lanes]
  float* patches;      // with kWindow: [ring_rows][kernel height of the fill][patch_width]
  float* map;          // what the depthwise convolution makes: [blocks][pixels][lanes]
};

// A convolution of a single pixel by 1x1: `inputs` channels times weights packed by PackDense.
struct DenseArguments {
  const float* input;
  float* output;
  const float* biases;
  const float* weights;          // these
  const uint16_t* half_weights;  // or these, where the kernels have half_weights; the other is null
  ptrdiff_t inputs;
  ptrdiff_t outputs;
  Bounds bounds;
};

struct PoolArguments {
  const float* input;
  float* output;
  Window window;
  ptrdiff_t channels;
};

// Two neighbouring samples of one axis and the share of the second.
struct AxisSample {
  ptrdiff_t low;
  ptrdiff_t high;
  float fraction;
};

struct ResizeArguments {
  const float* input;
  float* output;
  const AxisSample* rows;     // output_height of them
  const AxisSample* columns;  // output_width of them
  ptrdiff_t input_width;
  ptrdiff_t output_width;
  ptrdiff_t channels;
};

struct KernelTable {
  ptrdiff_t lanes;          // floats in a vector
  ptrdiff_t tile_rows;      // most output pixels in a tile of a convolution
  ptrdiff_t panel_vectors;  // vectors of output channels in a panel of weights
  ptrdiff_t dense_vectors;  // the same for `dense`
  bool half_weights;        // `dense` reads weights in float16

  void (*convolution)(const ConvolutionArguments&, const ConvolutionRange&,
                      const ConvolutionScratch&);
  void (*depthwise)(const DepthwiseArguments&, const DepthwiseRange&);
  // Output rows row_begin to row_end; ring and map hold all channel blocks, map step_rows rows.
  void (*block_rows)(const BlockArguments&, const BlockScratch&, ptrdiff_t row_begin,
                     ptrdiff_t row_end);
  // Channel panels panel_begin to panel_end of the whole map before the last convolution, which
  // block_project does for a range of output pixels and panels of output channels. The ring holds
  // one panel and all rows.
  void (*block_panels)(const BlockArguments&, const BlockScratch&, ptrdiff_t panel_begin,
                       ptrdiff_t panel_end);
  void (*block_project)(const BlockArguments&, const float* map, ptrdiff_t pixel_begin,
                        ptrdiff_t pixel_end, ptrdiff_t panel_begin, ptrdiff_t panel_end);
  void (*dense)(const DenseArguments&, ptrdiff_t panel_begin, ptrdiff_t panel_end);
  void (*average_pool)(const PoolArguments&, ptrdiff_t row_begin, ptrdiff_t row_end);
  // Means of channels channel_begin to channel_end over all pixels.
  void (*global_average_pool)(const float* input, float* output, ptrdiff_t pixels,
                              ptrdiff_t channels, ptrdiff_t channel_begin, ptrdiff_t channel_end);
  void (*add)(const float* left, const float* right, float* output, ptrdiff_t count, Bounds bounds);
  void (*bias_add)(const float* input, const float* bias, float* output, ptrdiff_t pixels,
                   ptrdiff_t channels);
  void (*clamp)(const float* input, float* output, ptrdiff_t count, Bounds bounds);
  void (*sigmoid)(const float* input, float* output, ptrdiff_t count);
  void (*softmax)(const float* input, float* output, ptrdiff_t pixels, ptrdiff_t channels);
  // `scratch` holds two output rows.
  void (*resize)(const ResizeArguments&, ptrdiff_t row_begin, ptrdiff_t row_end, float* scratch);
};

// Each is compiled for its instruction set alone and must run only where InstructionSets() has it.
const KernelTable& PortableKernels();
#if defined(__x86_64__)
const KernelTable& Avx2Kernels();
const KernelTable& Avx512Kernels();
#elif defined(__aarch64__)
const KernelTable& NeonKernels();
#endif

}  // namespace mobilenet
