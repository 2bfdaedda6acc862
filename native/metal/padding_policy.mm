#include "metal/padding_policy.h"

#include "metal/class_names.h"
#include "metal/window_padding.h"

using mobilenet::metal::WindowOffset;

namespace {

// As the policies of TensorFlow's padding in MPSNeuralNetworkTypes.h are made up.
constexpr MPSNNPaddingMethod kCentered =
    MPSNNPaddingMethodAlignCentered | MPSNNPaddingMethodAddRemainderToBottomRight;

}  // namespace

// Says size and offset outright. Archiving is part of the protocol: a policy is two numbers each.
@interface MobilenetPadding : NSObject <MPSNNPadding>

- (instancetype)init NS_UNAVAILABLE;
- (instancetype)initWithOffset:(WindowOffset)offset
                         width:(NSUInteger)width
                        height:(NSUInteger)height NS_DESIGNATED_INITIALIZER;
- (nullable instancetype)initWithCoder:(NSCoder*)coder NS_DESIGNATED_INITIALIZER;

@end

@implementation MobilenetPadding {
  WindowOffset _offset;
  NSUInteger _width;
  NSUInteger _height;
}

- (instancetype)initWithOffset:(WindowOffset)offset
                         width:(NSUInteger)width
                        height:(NSUInteger)height {
  self = [super init];
  if (self != nil) {
    _offset = offset;
    _width = width;
    _height = height;
  }
  return self;
}

- (MPSNNPaddingMethod)paddingMethod {
  return MPSNNPaddingMethodCustom | MPSNNPaddingMethodSizeSame | kCentered;
}

- (NSString*)label {
  return @"TensorFlow, from real sizes";
}

- (MPSImageDescriptor*)destinationImageDescriptorForSourceImages:(NSArray<MPSImage*>*)sourceImages
                                                    sourceStates:(NSArray<MPSState*>*)sourceStates
                                                       forKernel:(MPSKernel*)kernel
                                             suggestedDescriptor:(MPSImageDescriptor*)descriptor {
  MPSCNNKernel* windowed = static_cast<MPSCNNKernel*>(kernel);
  windowed.offset = MPSOffset{.x = _offset.x, .y = _offset.y, .z = 0};
  // TensorFlow divides by what of a window lies inside, as MPS does with this edge mode alone.
  if ([kernel isKindOfClass:[MPSCNNPoolingAverage class]]) {
    windowed.edgeMode = MPSImageEdgeModeClamp;
  }
  descriptor.width = _width;
  descriptor.height = _height;
  return descriptor;
}

+ (BOOL)supportsSecureCoding {
  return YES;
}

- (void)encodeWithCoder:(NSCoder*)coder {
  [coder encodeInt64:_offset.x forKey:@"x"];
  [coder encodeInt64:_offset.y forKey:@"y"];
  [coder encodeInt64:static_cast<int64_t>(_width) forKey:@"width"];
  [coder encodeInt64:static_cast<int64_t>(_height) forKey:@"height"];
}

- (instancetype)initWithCoder:(NSCoder*)coder {
  self = [super init];
  if (self != nil) {
    _offset = {.y = static_cast<int32_t>([coder decodeInt64ForKey:@"y"]),
               .x = static_cast<int32_t>([coder decodeInt64ForKey:@"x"])};
    _width = static_cast<NSUInteger>([coder decodeInt64ForKey:@"width"]);
    _height = static_cast<NSUInteger>([coder decodeInt64ForKey:@"height"]);
  }
  return self;
}

@end

namespace mobilenet::metal {

id<MPSNNPadding> PaddingFor(const Step& step, const Shape& source, const Shape& result) {
  switch (MethodFor(step, {source.height, source.width}, {result.height, result.width})) {
    case PaddingMethod::kSame:
      return [MPSNNDefaultPadding paddingWithMethod:MPSNNPaddingMethodSizeSame | kCentered];
    case PaddingMethod::kValid:
      return [MPSNNDefaultPadding paddingWithMethod:MPSNNPaddingMethodSizeValidOnly | kCentered];
    case PaddingMethod::kCustom:
      break;
  }
  return [[MobilenetPadding alloc] initWithOffset:OffsetOf(step)
                                            width:static_cast<NSUInteger>(result.width)
                                           height:static_cast<NSUInteger>(result.height)];
}

}  // namespace mobilenet::metal
