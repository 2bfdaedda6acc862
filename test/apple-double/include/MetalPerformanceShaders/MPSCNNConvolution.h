#pragma once
// Convolutions: their descriptors, where their weights come from, and the kernel.
#import <MetalPerformanceShaders/MPSCNNNeuron.h>

typedef float vector_float2 __attribute__((__ext_vector_type__(2)));

@interface MPSCNNConvolutionDescriptor : NSObject <NSSecureCoding, NSCopying>
@property(readwrite, nonatomic) NSUInteger kernelWidth;
@property(readwrite, nonatomic) NSUInteger kernelHeight;
@property(readwrite, nonatomic) NSUInteger inputFeatureChannels;
@property(readwrite, nonatomic) NSUInteger outputFeatureChannels;
@property(readwrite, nonatomic) NSUInteger strideInPixelsX;
@property(readwrite, nonatomic) NSUInteger strideInPixelsY;
@property(readwrite, nonatomic) NSUInteger groups;
@property(readwrite, nonatomic) NSUInteger dilationRateX;
@property(readwrite, nonatomic) NSUInteger dilationRateY;
@property(readwrite, nonatomic, retain) MPSNNNeuronDescriptor* _Nonnull fusedNeuronDescriptor;
+ (nonnull instancetype)cnnConvolutionDescriptorWithKernelWidth:(NSUInteger)kernelWidth
                                                   kernelHeight:(NSUInteger)kernelHeight
                                           inputFeatureChannels:(NSUInteger)inputFeatureChannels
                                          outputFeatureChannels:(NSUInteger)outputFeatureChannels;
@end

@interface MPSCNNDepthWiseConvolutionDescriptor : MPSCNNConvolutionDescriptor
@property(readonly, nonatomic) NSUInteger channelMultiplier;
@end

typedef NS_ENUM(uint32_t, MPSCNNConvolutionWeightsLayout) {
  MPSCNNConvolutionWeightsLayoutOHWI = 0,
};

typedef NS_ENUM(uint32_t, MPSCNNWeightsQuantizationType) {
  MPSCNNWeightsQuantizationTypeNone = 0,
  MPSCNNWeightsQuantizationTypeLinear = 1,
  MPSCNNWeightsQuantizationTypeLookupTable = 2,
};

@protocol MPSCNNConvolutionDataSource <NSCopying, NSObject>
@required
- (MPSDataType)dataType;
- (MPSCNNConvolutionDescriptor* _Nonnull)descriptor;
- (void* _Nonnull)weights;
- (float* _Nullable)biasTerms;
- (BOOL)load;
- (void)purge;
- (NSString* _Nullable)label;
@optional
- (vector_float2* _Nonnull)rangesForUInt8Kernel;
- (float* _Nonnull)lookupTableForUInt8Kernel;
- (MPSCNNWeightsQuantizationType)weightsQuantizationType;
- (nonnull instancetype)copyWithZone:(nullable NSZone*)zone device:(nullable id<MTLDevice>)device;
- (MPSCNNConvolutionWeightsLayout)weightsLayout;
- (MPSDataType)kernelWeightsDataType;
@end

@interface MPSCNNConvolution : MPSCNNKernel
@property(readonly, nonatomic) NSUInteger inputFeatureChannels;
@property(readonly, nonatomic) NSUInteger outputFeatureChannels;
@property(readonly, nonatomic) NSUInteger groups;
@property(readonly, nonatomic, retain, nonnull) id<MPSCNNConvolutionDataSource> dataSource;
@property(readonly, nonatomic) MPSNNNeuronDescriptor* _Nullable fusedNeuronDescriptor;
@property(readonly, nonatomic) NSUInteger channelMultiplier;
@property(readwrite, nonatomic)
    MPSNNConvolutionAccumulatorPrecisionOption accumulatorPrecisionOption;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                               weights:(nonnull id<MPSCNNConvolutionDataSource>)weights
    NS_DESIGNATED_INITIALIZER;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_UNAVAILABLE;
@end
