#pragma once

#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include <vector>

#include "metal_support.h"

// Weights for a convolution, with everything a data source may say. Counts how it is used and
// complains when it is not loaded.
@interface TestWeights : NSObject <MPSCNNConvolutionDataSource>
@property(nonatomic, retain) MPSCNNConvolutionDescriptor* shape;
@property(nonatomic) std::vector<float> floats;
@property(nonatomic) std::vector<float> biases;
@property(nonatomic) MPSDataType type;
@property(nonatomic) MPSDataType kernelType;  // MPSDataTypeInvalid: not implemented
@property(nonatomic) BOOL refusesToLoad;
@property(nonatomic, readonly) int loads;
@property(nonatomic, readonly) int purges;
@property(nonatomic, readonly) BOOL wasReadWithoutLoad;
@property(nonatomic, readonly) BOOL wasReadOnThisThread;
+ (instancetype)weightsWithShape:(MPSCNNConvolutionDescriptor*)shape
                          floats:(std::vector<float>)floats
                          biases:(std::vector<float>)biases;
@end

@interface TestHandle : NSObject <MPSHandle>
+ (instancetype)handleWithName:(NSString*)name;
@end

namespace apple_double_test {

// A descriptor with a square window.
MPSCNNConvolutionDescriptor* ConvolutionShape(NSUInteger kernel, NSUInteger inputs,
                                              NSUInteger outputs);
MPSCNNConvolutionDescriptor* DepthwiseShape(NSUInteger kernel, NSUInteger channels);

// Numbers that float16 holds exactly: multiples of 1/8 between -4 and 4, the same every time.
std::vector<float> SomeNumbers(size_t count, unsigned seed);

float RoundToHalf(float value);

MPSImageDescriptor* Describe(NSUInteger width, NSUInteger height, NSUInteger channels,
                             MPSImageFeatureChannelFormat format);
// An image with these contents, rows, columns, channels.
MPSImage* MakeImage(id<MTLDevice> device, NSUInteger width, NSUInteger height, NSUInteger channels,
                    const std::vector<float>& values,
                    MPSImageFeatureChannelFormat format = MPSImageFeatureChannelFormatFloat16);
std::vector<float> ReadImage(MPSImage* image);

// A graph with one result.
MPSNNGraph* MakeGraph(id<MTLDevice> device, MPSNNFilterNode* node);
// Encodes, commits, waits, reads. The result of a device with its own memory is synchronised.
MPSImage* RunGraph(MPSNNGraph* graph, const std::vector<MPSImage*>& sources);
std::vector<float> Run(MPSNNFilterNode* node, const std::vector<MPSImage*>& sources);

NSArray<MPSImage*>* ToArray(const std::vector<MPSImage*>& images);

MPSNNImageNode* Input(NSString* name);

}  // namespace apple_double_test
