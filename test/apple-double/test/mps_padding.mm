#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "mps_support.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)

// Notes what it is asked, and may change kernel and descriptor.
@interface TestPadding : NSObject <MPSNNPadding>
@property(nonatomic) MPSNNPaddingMethod method;
@property(nonatomic) std::vector<MPSOffset> offsets;
@property(nonatomic) std::vector<MPSImageEdgeMode> edgeModes;
@property(nonatomic) Class kernelClass;
@property(nonatomic) NSUInteger suggestedWidth;
@property(nonatomic) NSUInteger sourceCount;
@property(nonatomic, copy) MPSImageDescriptor* (^change)(MPSCNNKernel*, MPSImageDescriptor*);
@end

@implementation TestPadding

+ (BOOL)supportsSecureCoding {
  return YES;
}

- (void)encodeWithCoder:(NSCoder*)coder {
}

- (instancetype)initWithCoder:(NSCoder*)coder {
  return [super init];
}

- (instancetype)init {
  if ((self = [super init])) {
    _method = MPSNNPaddingMethodCustom | MPSNNPaddingMethodSizeSame |
              MPSNNPaddingMethodAddRemainderToBottomRight;
  }
  return self;
}

- (MPSNNPaddingMethod)paddingMethod {
  return _method;
}

- (MPSImageDescriptor*)destinationImageDescriptorForSourceImages:(NSArray<MPSImage*>*)sourceImages
                                                    sourceStates:(NSArray<MPSState*>*)sourceStates
                                                       forKernel:(MPSKernel*)kernel
                                             suggestedDescriptor:(MPSImageDescriptor*)inDescriptor {
  MPSCNNKernel* cnn_kernel = (MPSCNNKernel*)kernel;
  _offsets.push_back(cnn_kernel.offset);
  _edgeModes.push_back(cnn_kernel.edgeMode);
  _kernelClass = [kernel class];
  _suggestedWidth = inDescriptor.width;
  _sourceCount = sourceImages.count;
  return _change == nil ? inDescriptor : _change(cnn_kernel, inDescriptor);
}

@end

// A policy that forgets to say that it can be coded.
@interface TestUncodedPadding : NSObject
@end

@implementation TestUncodedPadding

- (MPSNNPaddingMethod)paddingMethod {
  return MPSNNPaddingMethodCustom;
}

- (MPSImageDescriptor*)destinationImageDescriptorForSourceImages:(NSArray<MPSImage*>*)sourceImages
                                                    sourceStates:(NSArray<MPSState*>*)sourceStates
                                                       forKernel:(MPSKernel*)kernel
                                             suggestedDescriptor:(MPSImageDescriptor*)inDescriptor {
  return inDescriptor;
}

@end

namespace {

// A convolution whose result says which source pixels were multiplied with which tap: the source
// holds 1, 2, 3, ..., the only weight that is not 0 is that of `tap`.
std::vector<float> TapOf(NSUInteger width, NSUInteger kernel, NSUInteger tap, NSUInteger stride,
                         NSUInteger dilation, id<MPSNNPadding> padding) {
  MPSCNNConvolutionDescriptor* shape =
      [MPSCNNConvolutionDescriptor cnnConvolutionDescriptorWithKernelWidth:kernel
                                                              kernelHeight:1
                                                      inputFeatureChannels:4
                                                     outputFeatureChannels:4];
  shape.strideInPixelsX = stride;
  shape.dilationRateX = dilation;
  std::vector<float> weights(4 * kernel * 4);
  weights[tap * 4] = 1;
  MPSCNNConvolutionNode* node = [MPSCNNConvolutionNode
      nodeWithSource:Input(@"in")
             weights:[TestWeights weightsWithShape:shape floats:weights biases:{}]];
  if (padding != nil) {
    node.paddingPolicy = padding;
  }
  std::vector<float> values(width * 4);
  for (size_t x = 0; x < width; ++x) {
    values[x * 4] = static_cast<float>(x + 1);
  }
  const auto result = Run(node, {MakeImage(MTLCreateSystemDefaultDevice(), width, 1, 4, values)});
  std::vector<float> seen;
  for (size_t i = 0; i < result.size(); i += 4) {
    seen.push_back(result[i]);
  }
  return seen;
}

id<MPSNNPadding> Method(MPSNNPaddingMethod method) {
  return [MPSNNDefaultPadding paddingWithMethod:method];
}

constexpr MPSNNPaddingMethod kTensorflowSame = MPSNNPaddingMethodAddRemainderToBottomRight |
                                               MPSNNPaddingMethodAlignCentered |
                                               MPSNNPaddingMethodSizeSame;

}  // namespace

TEST_CASE("mps padding: same as TensorFlow with the remainder at the bottom right") {
  FreshDouble fresh;
  @autoreleasepool {
    // Even input, stride 2: TensorFlow pads the right only, so the first window starts at pixel 0.
    CHECK(TapOf(6, 3, 0, 2, 1, Method(kTensorflowSame)) == std::vector<float>{1, 3, 5});
    CHECK(TapOf(6, 3, 2, 2, 1, Method(kTensorflowSame)) == std::vector<float>{3, 5, 0});
    // Odd input: one on each side.
    CHECK(TapOf(5, 3, 0, 2, 1, Method(kTensorflowSame)) == std::vector<float>{0, 2, 4});
    CHECK(TapOf(4, 3, 1, 1, 1, Method(kTensorflowSame)) == std::vector<float>{1, 2, 3, 4});
    // Dilated by 2: the window is 5 wide.
    CHECK(TapOf(5, 3, 0, 1, 2, Method(kTensorflowSame)) == std::vector<float>{0, 0, 1, 2, 3});
    CHECK(TapOf(4, 5, 0, 2, 1, Method(kTensorflowSame)) == std::vector<float>{0, 2});
  }
}

TEST_CASE(
    "mps padding: the default puts the remainder at the top left, which TensorFlow does not") {
  FreshDouble fresh;
  @autoreleasepool {
    CHECK(TapOf(6, 3, 0, 2, 1, nil) == std::vector<float>{0, 2, 4});
    CHECK(TapOf(5, 3, 0, 2, 1, nil) == std::vector<float>{0, 2, 4});
    MPSCNNConvolutionNode* node = [MPSCNNConvolutionNode
        nodeWithSource:Input(@"in")
               weights:[TestWeights weightsWithShape:ConvolutionShape(3, 4, 4)
                                              floats:{}
                                              biases:{}]];
    CHECK([node.paddingPolicy paddingMethod] ==
          (MPSNNPaddingMethodAddRemainderToTopLeft | MPSNNPaddingMethodAlignCentered |
           MPSNNPaddingMethodSizeSame));
  }
}

TEST_CASE("mps padding: sizes and alignments as MPSNeuralNetworkTypes.h computes them") {
  FreshDouble fresh;
  @autoreleasepool {
    CHECK(TapOf(6, 3, 0, 1, 1, Method(MPSNNPaddingMethodSizeValidOnly)) ==
          std::vector<float>{1, 2, 3, 4});
    CHECK(TapOf(6, 3, 0, 2, 1, Method(MPSNNPaddingMethodSizeValidOnly)) ==
          std::vector<float>{1, 3});
    CHECK(TapOf(3, 3, 0, 1, 1, Method(MPSNNPaddingMethodSizeFull)) ==
          std::vector<float>{0, 0, 1, 2, 3});
    // Everything that is missing on one side.
    CHECK(
        TapOf(4, 3, 0, 1, 1, Method(MPSNNPaddingMethodSizeSame | MPSNNPaddingMethodAlignTopLeft)) ==
        std::vector<float>{0, 0, 1, 2});
    CHECK(TapOf(4, 3, 0, 1, 1,
                Method(MPSNNPaddingMethodSizeSame | MPSNNPaddingMethodAlignBottomRight)) ==
          std::vector<float>{1, 2, 3, 4});
    // Only the horizontal bit counts for the horizontal remainder.
    CHECK(TapOf(6, 3, 0, 2, 1,
                Method(MPSNNPaddingMethodSizeSame | MPSNNPaddingMethodAddRemainderToTopRight)) ==
          std::vector<float>{1, 3, 5});
    CHECK(TapOf(6, 3, 0, 2, 1,
                Method(MPSNNPaddingMethodSizeSame | MPSNNPaddingMethodAddRemainderToBottomLeft)) ==
          std::vector<float>{0, 2, 4});
  }
}

TEST_CASE("mps padding: a custom policy gets the kernel and the suggestion at each encoding, the "
          "offset set anew") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    TestPadding* padding = [[TestPadding alloc] init];
    padding.change = ^(MPSCNNKernel* kernel, MPSImageDescriptor* suggested) {
      CHECK(kernel.kernelWidth == 3);
      CHECK(kernel.strideInPixelsX == 2);
      kernel.offset = {kernel.offset.x + 1, kernel.offset.y, 0};
      kernel.edgeMode = MPSImageEdgeModeClamp;
      suggested.width = 2;
      return suggested;
    };
    MPSCNNConvolutionDescriptor* shape = ConvolutionShape(3, 4, 4);
    shape.strideInPixelsX = shape.strideInPixelsY = 2;
    MPSCNNConvolutionNode* node = [MPSCNNConvolutionNode
        nodeWithSource:Input(@"in")
               weights:[TestWeights weightsWithShape:shape
                                              floats:SomeNumbers(4 * 9 * 4, 1)
                                              biases:{}]];
    node.paddingPolicy = padding;
    MPSNNGraph* graph = MakeGraph(device, node);
    CHECK(padding.offsets.empty());
    MPSImage* source = MakeImage(device, 6, 6, 4, SomeNumbers(6 * 6 * 4, 2));
    MPSImage* result = RunGraph(graph, {source});
    CHECK(result.width == 2);
    CHECK(result.height == 3);
    RunGraph(graph, {source});
    RunGraph(graph, {MakeImage(device, 5, 6, 4, SomeNumbers(5 * 6 * 4, 2))});
    REQUIRE(padding.offsets.size() == 3);
    CHECK(padding.offsets[0].x == 1);
    CHECK(padding.offsets[0].y == 1);
    CHECK(padding.offsets[1].x == 1);  // reset
    CHECK(padding.offsets[2].x == 0);  // of the new size
    CHECK(padding.edgeModes[0] == MPSImageEdgeModeZero);
    CHECK(padding.edgeModes[1] == MPSImageEdgeModeClamp);  // persists
    CHECK((padding.kernelClass == [MPSCNNConvolution class]));
    CHECK(padding.suggestedWidth == 3);
    CHECK(padding.sourceCount == 1);
  }
}

TEST_CASE("mps padding: the offset a custom policy sets is the one that counts") {
  FreshDouble fresh;
  @autoreleasepool {
    TestPadding* padding = [[TestPadding alloc] init];
    padding.change = ^(MPSCNNKernel* kernel, MPSImageDescriptor* suggested) {
      kernel.offset = {3, 0, 0};
      suggested.width = 2;
      return suggested;
    };
    CHECK(TapOf(6, 3, 0, 1, 1, padding) == std::vector<float>{3, 4});
    CHECK(TapOf(6, 3, 1, 1, 1, padding) == std::vector<float>{4, 5});
    padding.change = ^(MPSCNNKernel* kernel, MPSImageDescriptor* suggested) {
      kernel.edgeMode = MPSImageEdgeModeClamp;
      return suggested;
    };
    CHECK(TapOf(3, 3, 0, 1, 1, padding) == std::vector<float>{1, 1, 2});
    padding.change = ^(MPSCNNKernel* kernel, MPSImageDescriptor* suggested) {
      kernel.clipRect = MTLRegionMake3D(0, 0, 0, 1, 1, 1);
      return suggested;
    };
    CHECK(Raises([&] { TapOf(3, 3, 0, 1, 1, padding); }, "clipRect"));
  }
}

TEST_CASE("mps padding: custom policies must be able to do their work and to be coded") {
  FreshDouble fresh;
  @autoreleasepool {
    CHECK(Raises([] { TapOf(6, 3, 0, 1, 1, Method(MPSNNPaddingMethodCustom)); },
                 "does not make descriptors"));
    CHECK(Raises([] { TapOf(6, 3, 0, 1, 1, (id<MPSNNPadding>)[[TestUncodedPadding alloc] init]); },
                 "NSSecureCoding"));
  }
}

TEST_CASE("mps padding: average pooling counts valid pixels only, or all with the edge mode zero") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSImage* image = MakeImage(device, 3, 1, 4, {3, 0, 0, 0, 6, 0, 0, 0, 12, 0, 0, 0});
    const auto pool = [&](id<MPSNNPadding> padding, NSUInteger kernel, NSUInteger stride) {
      MPSCNNPoolingAverageNode* node = [[MPSCNNPoolingAverageNode alloc] initWithSource:Input(@"in")
                                                                            kernelWidth:kernel
                                                                           kernelHeight:1
                                                                        strideInPixelsX:stride
                                                                        strideInPixelsY:1];
      if (padding != nil) {
        node.paddingPolicy = padding;
      }
      const auto result = Run(node, {image});
      std::vector<float> first;
      for (size_t i = 0; i < result.size(); i += 4) {
        first.push_back(result[i]);
      }
      return first;
    };
    CHECK(pool(nil, 3, 1) == std::vector<float>{4.5, 7, 9});
    CHECK(pool([MPSNNDefaultPadding paddingForTensorflowAveragePooling], 3, 1) ==
          std::vector<float>{4.5, 7, 9});
    CHECK(pool([MPSNNDefaultPadding paddingForTensorflowAveragePoolingValidOnly], 3, 1) ==
          std::vector<float>{7});
    TestPadding* zero = [[TestPadding alloc] init];
    zero.change = ^(MPSCNNKernel* kernel, MPSImageDescriptor* suggested) {
      CHECK([kernel isKindOfClass:[MPSCNNPoolingAverage class]]);
      CHECK(kernel.edgeMode == MPSImageEdgeModeClamp);  // the node's default
      kernel.edgeMode = MPSImageEdgeModeZero;
      return suggested;
    };
    CHECK(pool(zero, 3, 1) == std::vector<float>{3, 7, 6});
    CHECK(pool([MPSNNDefaultPadding paddingForTensorflowAveragePooling], 2, 2) ==
          std::vector<float>{4.5, 12});
    MPSCNNPoolingAverageNode* blocks = [MPSCNNPoolingAverageNode nodeWithSource:Input(@"in")
                                                                     filterSize:2];
    CHECK(blocks.strideInPixelsX == 2);
    MPSCNNPoolingAverageNode* dense = [MPSCNNPoolingAverageNode nodeWithSource:Input(@"in")
                                                                    filterSize:2
                                                                        stride:1];
    CHECK(dense.strideInPixelsY == 1);
  }
}
