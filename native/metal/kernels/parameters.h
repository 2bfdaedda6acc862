// What kernels are told by the code that encodes them: read by the Metal compiler and by C++, and
// laid out alike by both, because every member has four bytes. Set into the kernels' source where
// they include it.
#ifndef MOBILENET_METAL_PARAMETERS_H
#define MOBILENET_METAL_PARAMETERS_H

namespace mobilenet_kernels {

// Where one output row (or column) of a bilinear resize reads: BilinearTap of core/bilinear.h.
struct Tap {
  int lower;
  int upper;
  float lerp;
};

// input = pixel * scale + offset inside the content, the padding's colour outside.
struct SamplingParameters {
  unsigned int width;  // of the network's input
  unsigned int height;
  unsigned int content_width;
  unsigned int content_height;
  float scale[3];
  float offset[3];
  float padding[3];
};

// An image of `channels` channels beside a buffer of rows of pixels of `stride` floats, of which
// the image's are those from `first` on.
struct PackingParameters {
  unsigned int width;
  unsigned int height;
  unsigned int channels;
  unsigned int stride;
  unsigned int first;
};

struct ResizeParameters {
  unsigned int width;  // of the result
  unsigned int height;
  unsigned int slices;
};

struct VectorParameters {
  unsigned int pixels;
  unsigned int channels;
};

// The most rows of pixels that one thread labels.
#define MOBILENET_BAND_ROWS 16

// Rows of pixels between the same two rows of logits, at most MOBILENET_BAND_ROWS.
struct LabelBand {
  unsigned int first;
  unsigned int count;
};

struct LabelParameters {
  unsigned int columns;  // of pixels
  unsigned int bands;
  unsigned int classes;
  // Pixels below and right of these are labelled but not counted.
  unsigned int counted_columns;
  unsigned int counted_rows;
  int row_stride;  // floats from one row of logits to the next, as the picture lies over them
  int column_stride;
  unsigned int confidence;  // 1: wanted
};

}  // namespace mobilenet_kernels

#endif
