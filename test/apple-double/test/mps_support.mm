#include "mps_support.h"

#import <objc/runtime.h>

#include <random>
#include <thread>

@implementation TestWeights {
  BOOL _loaded;
  std::thread::id _maker;
}

+ (instancetype)weightsWithShape:(MPSCNNConvolutionDescriptor*)shape
                          floats:(std::vector<float>)floats
                          biases:(std::vector<float>)biases {
  TestWeights* weights = [[self alloc] init];
  weights.shape = shape;
  weights.floats = std::move(floats);
  weights.biases = std::move(biases);
  weights.type = MPSDataTypeFloat32;
  weights->_maker = std::this_thread::get_id();
  return weights;
}

- (void)noteUse {
  _wasReadWithoutLoad = _wasReadWithoutLoad || !_loaded;
  _wasReadOnThisThread = _wasReadOnThisThread || std::this_thread::get_id() == _maker;
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

- (BOOL)load {
  ++_loads;
  _loaded = YES;
  return !_refusesToLoad;
}

- (void)purge {
  ++_purges;
  _loaded = NO;
}

- (MPSDataType)dataType {
  [self noteUse];
  return _type;
}

- (MPSCNNConvolutionDescriptor*)descriptor {
  [self noteUse];
  return _shape;
}

- (void*)weights {
  [self noteUse];
  return _floats.data();
}

- (float*)biasTerms {
  [self noteUse];
  return _biases.empty() ? nullptr : _biases.data();
}

- (NSString*)label {
  [self noteUse];
  return @"test weights";
}

- (BOOL)respondsToSelector:(SEL)selector {
  if (sel_isEqual(selector, @selector(kernelWeightsDataType))) {
    return _kernelType != MPSDataTypeInvalid;
  }
  return [super respondsToSelector:selector];
}

- (MPSDataType)kernelWeightsDataType {
  return _kernelType;
}

@end

@implementation TestHandle {
  NSString* _name;
}

+ (instancetype)handleWithName:(NSString*)name {
  TestHandle* handle = [[self alloc] init];
  handle->_name = name;
  return handle;
}

- (NSString*)label {
  return _name;
}

+ (BOOL)supportsSecureCoding {
  return YES;
}

- (void)encodeWithCoder:(NSCoder*)coder {
}

- (instancetype)initWithCoder:(NSCoder*)coder {
  return [super init];
}

@end

namespace apple_double_test {

MPSCNNConvolutionDescriptor* ConvolutionShape(NSUInteger kernel, NSUInteger inputs,
                                              NSUInteger outputs) {
  return [MPSCNNConvolutionDescriptor cnnConvolutionDescriptorWithKernelWidth:kernel
                                                                 kernelHeight:kernel
                                                         inputFeatureChannels:inputs
                                                        outputFeatureChannels:outputs];
}

MPSCNNConvolutionDescriptor* DepthwiseShape(NSUInteger kernel, NSUInteger channels) {
  return [MPSCNNDepthWiseConvolutionDescriptor cnnConvolutionDescriptorWithKernelWidth:kernel
                                                                          kernelHeight:kernel
                                                                  inputFeatureChannels:channels
                                                                 outputFeatureChannels:channels];
}

std::vector<float> SomeNumbers(size_t count, unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<float> numbers(count);
  for (float& number : numbers) {
    number = static_cast<float>(static_cast<int>(random() % 65) - 32) / 8;
  }
  return numbers;
}

float RoundToHalf(float value) { return static_cast<float>(static_cast<_Float16>(value)); }

MPSImageDescriptor* Describe(NSUInteger width, NSUInteger height, NSUInteger channels,
                             MPSImageFeatureChannelFormat format) {
  return [MPSImageDescriptor imageDescriptorWithChannelFormat:format
                                                        width:width
                                                       height:height
                                              featureChannels:channels];
}

MPSImage* MakeImage(id<MTLDevice> device, NSUInteger width, NSUInteger height, NSUInteger channels,
                    const std::vector<float>& values, MPSImageFeatureChannelFormat format) {
  MPSImage* image = [[MPSImage alloc] initWithDevice:device
                                     imageDescriptor:Describe(width, height, channels, format)];
  if (format == MPSImageFeatureChannelFormatFloat32) {
    [image writeBytes:values.data()
           dataLayout:MPSDataLayoutHeightxWidthxFeatureChannels
           imageIndex:0];
    return image;
  }
  std::vector<_Float16> halves(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    halves[i] = static_cast<_Float16>(values[i]);
  }
  [image writeBytes:halves.data()
         dataLayout:MPSDataLayoutHeightxWidthxFeatureChannels
         imageIndex:0];
  return image;
}

std::vector<float> ReadImage(MPSImage* image) {
  std::vector<float> values(image.width * image.height * image.featureChannels);
  if (image.featureChannelFormat == MPSImageFeatureChannelFormatFloat32) {
    [image readBytes:values.data()
          dataLayout:MPSDataLayoutHeightxWidthxFeatureChannels
          imageIndex:0];
    return values;
  }
  std::vector<_Float16> halves(values.size());
  [image readBytes:halves.data() dataLayout:MPSDataLayoutHeightxWidthxFeatureChannels imageIndex:0];
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(halves[i]);
  }
  return values;
}

NSArray<MPSImage*>* ToArray(const std::vector<MPSImage*>& images) {
  NSMutableArray<MPSImage*>* array = [NSMutableArray array];
  for (MPSImage* image : images) {
    [array addObject:image];
  }
  return array;
}

MPSNNGraph* MakeGraph(id<MTLDevice> device, MPSNNFilterNode* node) {
  return [MPSNNGraph graphWithDevice:device resultImage:node.resultImage resultImageIsNeeded:YES];
}

MPSImage* RunGraph(MPSNNGraph* graph, const std::vector<MPSImage*>& sources) {
  id<MTLCommandBuffer> command_buffer = NewCommandBuffer(graph.device);
  MPSImage* result = [graph encodeToCommandBuffer:command_buffer sourceImages:ToArray(sources)];
  [result synchronizeOnCommandBuffer:command_buffer];
  CommitAndWait(command_buffer);
  return result;
}

std::vector<float> Run(MPSNNFilterNode* node, const std::vector<MPSImage*>& sources) {
  return ReadImage(RunGraph(MakeGraph(MTLCreateSystemDefaultDevice(), node), sources));
}

MPSNNImageNode* Input(NSString* name) {
  return [MPSNNImageNode nodeWithHandle:[TestHandle handleWithName:name]];
}

}  // namespace apple_double_test
