#import <MetalPerformanceShaders/MPSCNNKernel.h>

#include "../metal/text.h"
#include "secure_coding.h"

@interface MPSNNDefaultPadding ()
- (instancetype)initWithMethod:(MPSNNPaddingMethod)method label:(NSString*)label;
@end

// MPSNeuralNetworkTypes.h: average pooling as TensorFlow's needs an edge mode beside the sizes.
@interface AppleDoubleTensorflowPadding : MPSNNDefaultPadding
@end

@implementation MPSNNDefaultPadding {
  MPSNNPaddingMethod _method;
  NSString* _label;
}

- (instancetype)initWithMethod:(MPSNNPaddingMethod)method label:(NSString*)label {
  if ((self = [super init])) {
    _method = method;
    _label = label;
  }
  return self;
}

+ (instancetype)paddingWithMethod:(MPSNNPaddingMethod)method {
  return [[self alloc] initWithMethod:method label:@"padding with method"];
}

+ (instancetype)paddingForTensorflowAveragePooling {
  return [[AppleDoubleTensorflowPadding alloc]
      initWithMethod:MPSNNPaddingMethodCustom | MPSNNPaddingMethodSizeSame |
                     MPSNNPaddingMethodAlignCentered | MPSNNPaddingMethodAddRemainderToBottomRight
               label:@"TensorFlow average pooling, same"];
}

+ (instancetype)paddingForTensorflowAveragePoolingValidOnly {
  return [[AppleDoubleTensorflowPadding alloc]
      initWithMethod:MPSNNPaddingMethodCustom | MPSNNPaddingMethodSizeValidOnly |
                     MPSNNPaddingMethodAlignCentered | MPSNNPaddingMethodAddRemainderToBottomRight
               label:@"TensorFlow average pooling, valid only"];
}

- (MPSNNPaddingMethod)paddingMethod {
  return _method;
}

- (NSString*)label {
  return _label;
}

APPLE_DOUBLE_SECURE_CODING

@end

@implementation AppleDoubleTensorflowPadding

- (MPSImageDescriptor*)destinationImageDescriptorForSourceImages:(NSArray<MPSImage*>*)sourceImages
                                                    sourceStates:(NSArray<MPSState*>*)sourceStates
                                                       forKernel:(MPSKernel*)kernel
                                             suggestedDescriptor:(MPSImageDescriptor*)inDescriptor {
  ((MPSCNNKernel*)kernel).edgeMode = MPSImageEdgeModeClamp;
  return inDescriptor;
}

@end
