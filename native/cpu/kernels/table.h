#pragma once

#include "cpu/kernels/block.h"
#include "cpu/kernels/convolution.h"
#include "cpu/kernels/dense.h"
#include "cpu/kernels/depthwise.h"
#include "cpu/kernels/elementwise.h"
#include "cpu/kernels/pooling.h"
#include "cpu/kernels/resize.h"
#include "cpu/kernels/softmax.h"

namespace mobilenet {
namespace {

constexpr KernelTable kKernels = {
    kLanes,      kTileRows,   kPanelVectors,     kDenseVectors, kHalfWeights,
    Convolution, Depthwise,   BlockRows,         BlockPanels,   BlockProject,
    Dense,       AveragePool, GlobalAveragePool, AddValues,     BiasAdd,
    ClampValues, Sigmoid,     Softmax,           Resize,
};

}  // namespace
}  // namespace mobilenet
