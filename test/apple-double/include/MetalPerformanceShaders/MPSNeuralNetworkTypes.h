#pragma once
// Precision of accumulators, and padding: how large a result is and where its first window lies.
#import <MetalPerformanceShaders/MPSImage.h>
#import <MetalPerformanceShaders/MPSKernel.h>
#import <MetalPerformanceShaders/MPSState.h>

typedef NS_OPTIONS(NSUInteger, MPSNNConvolutionAccumulatorPrecisionOption) {
  MPSNNConvolutionAccumulatorPrecisionOptionHalf = 0,
  MPSNNConvolutionAccumulatorPrecisionOptionFloat = 1,
};

typedef NS_OPTIONS(NSUInteger, MPSNNPaddingMethod) {
  MPSNNPaddingMethodAlignCentered = 0,
  MPSNNPaddingMethodAlignTopLeft = 1,
  MPSNNPaddingMethodAlignBottomRight = 2,
  MPSNNPaddingMethodAlign_reserved = 3,
  MPSNNPaddingMethodAlignMask = MPSNNPaddingMethodAlign_reserved,
  MPSNNPaddingMethodAddRemainderToTopLeft = 0 << 2,
  MPSNNPaddingMethodAddRemainderToTopRight = 1 << 2,
  MPSNNPaddingMethodAddRemainderToBottomLeft = 2 << 2,
  MPSNNPaddingMethodAddRemainderToBottomRight = 3 << 2,
  MPSNNPaddingMethodAddRemainderToMask = MPSNNPaddingMethodAddRemainderToBottomRight,
  MPSNNPaddingMethodSizeValidOnly = 0,
  MPSNNPaddingMethodSizeSame = 1 << 4,
  MPSNNPaddingMethodSizeFull = 2 << 4,
  MPSNNPaddingMethodSize_reserved = 3 << 4,
  MPSNNPaddingMethodCustomAllowForNodeFusion = 1 << 13,
  MPSNNPaddingMethodCustom = 1 << 14,
  MPSNNPaddingMethodSizeMask = 0x7f0,
  MPSNNPaddingMethodExcludeEdges = 1 << 15,
};

@protocol MPSNNPadding <NSObject, NSSecureCoding>
@required
- (MPSNNPaddingMethod)paddingMethod;
@optional
- (NSString* _Nonnull)label;
- (MPSImageDescriptor* _Nonnull)
    destinationImageDescriptorForSourceImages:(NSArray<MPSImage*>* _Nonnull)sourceImages
                                 sourceStates:(NSArray<MPSState*>* _Nullable)sourceStates
                                    forKernel:(MPSKernel* _Nonnull)kernel
                          suggestedDescriptor:(MPSImageDescriptor* _Nonnull)inDescriptor;
@end

@interface MPSNNDefaultPadding : NSObject <MPSNNPadding>
+ (instancetype _Nonnull)paddingWithMethod:(MPSNNPaddingMethod)method;
+ (instancetype _Nonnull)paddingForTensorflowAveragePooling;
+ (instancetype _Nonnull)paddingForTensorflowAveragePoolingValidOnly;
- (NSString* _Nonnull)label;
@end
