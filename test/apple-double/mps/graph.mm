#import <MetalPerformanceShaders/MPSNNGraph.h>

#include <atomic>
#include <string>
#include <vector>

#include "../metal/raise.h"
#include "graph_encoder.h"
#include "graph_plan.h"
#include "secure_coding.h"

using apple_double::GraphEncoding;
using apple_double::GraphOutput;
using apple_double::GraphPlan;
using apple_double::ImageList;
using apple_double::RaiseInconsistency;
using apple_double::RaiseInvalidArgument;

// What stands in a list of handles for an image that has none.
@interface AppleDoubleNoHandle : NSObject <MPSHandle>
@end

@implementation AppleDoubleNoHandle

APPLE_DOUBLE_SECURE_CODING

- (NSString*)label {
  return nil;
}

@end

namespace {

// MPSKernels are not to be used by several threads at a time.
class OneThreadOnly {
 public:
  explicit OneThreadOnly(std::atomic<bool>& busy) : busy_(busy) {
    if (busy_.exchange(true)) {
      RaiseInconsistency("a graph is encoded by two threads at a time");
    }
  }
  ~OneThreadOnly() { busy_ = false; }
  OneThreadOnly(const OneThreadOnly&) = delete;
  OneThreadOnly& operator=(const OneThreadOnly&) = delete;

 private:
  std::atomic<bool>& busy_;
};

ImageList ToList(NSArray<MPSImage*>* images) {
  ImageList list;
  for (MPSImage* image in images) {
    list.push_back(image);
  }
  return list;
}

MPSImageBatch* ToBatch(const ImageList& images) {
  NSMutableArray<MPSImage*>* batch = [NSMutableArray array];
  for (MPSImage* image : images) {
    [batch addObject:image];
  }
  return batch;
}

}  // namespace

@implementation MPSNNGraph {
  GraphPlan _plan;
  id<MTLCommandQueue> _queue;
  std::atomic<bool> _busy;
}

- (instancetype)initWithDevice:(id<MTLDevice>)device
                   resultImage:(MPSNNImageNode*)resultImage
           resultImageIsNeeded:(BOOL)resultIsNeeded {
  if ((self = [super initWithDevice:device])) {
    return [self makePlanForResults:@[ resultImage ] needed:{resultIsNeeded != NO}] ? self : nil;
  }
  return self;
}

+ (instancetype)graphWithDevice:(id<MTLDevice>)device
                    resultImage:(MPSNNImageNode*)resultImage
            resultImageIsNeeded:(BOOL)resultIsNeeded {
  return [[self alloc] initWithDevice:device
                          resultImage:resultImage
                  resultImageIsNeeded:resultIsNeeded];
}

- (instancetype)initWithDevice:(id<MTLDevice>)device
                  resultImages:(NSArray<MPSNNImageNode*>*)resultImages
              resultsAreNeeded:(BOOL*)areResultsNeeded {
  if ((self = [super initWithDevice:device])) {
    std::vector<bool> needed;
    for (NSUInteger i = 0; i < resultImages.count; ++i) {
      needed.push_back(areResultsNeeded == nullptr || areResultsNeeded[i]);
    }
    return [self makePlanForResults:resultImages needed:needed] ? self : nil;
  }
  return self;
}

+ (instancetype)graphWithDevice:(id<MTLDevice>)device
                   resultImages:(NSArray<MPSNNImageNode*>*)resultImages
               resultsAreNeeded:(BOOL*)areResultsNeeded {
  return [[self alloc] initWithDevice:device
                         resultImages:resultImages
                     resultsAreNeeded:areResultsNeeded];
}

- (bool)makePlanForResults:(NSArray<MPSNNImageNode*>*)results
                    needed:(const std::vector<bool>&)needed {
  _format = MPSImageFeatureChannelFormatFloat16;
  _destinationImageAllocator = [MPSImage defaultAllocator];
  return apple_double::MakePlan(self.device, results, needed, _plan);
}

#pragma mark Handles

static id<MPSHandle> HandleOf(const GraphPlan& plan, size_t image) {
  id<MPSHandle> handle = plan.images[image].place.handle;
  return handle != nil ? handle : [[AppleDoubleNoHandle alloc] init];
}

static NSArray<id<MPSHandle>>* HandlesOf(const GraphPlan& plan, const std::vector<size_t>& images) {
  NSMutableArray<id<MPSHandle>>* handles = [NSMutableArray array];
  for (const size_t image : images) {
    [handles addObject:HandleOf(plan, image)];
  }
  return handles;
}

- (NSArray<id<MPSHandle>>*)sourceImageHandles {
  return HandlesOf(_plan, _plan.sources);
}

- (NSArray<id<MPSHandle>>*)intermediateImageHandles {
  return HandlesOf(_plan, apple_double::ListedImages(_plan));
}

- (NSArray<id<MPSHandle>>*)sourceStateHandles {
  return nil;
}

- (NSArray<id<MPSHandle>>*)resultStateHandles {
  return nil;
}

- (id<MPSHandle>)resultHandle {
  return _plan.first_result_is_needed ? _plan.images[_plan.first_result].place.handle : nil;
}

- (BOOL)resultImageIsNeeded {
  return _plan.first_result_is_needed;
}

- (NSUInteger)readCountForSourceImageAtIndex:(NSUInteger)index {
  if (index >= _plan.sources.size()) {
    RaiseInvalidArgument("there is no source image " + std::to_string(index));
  }
  return apple_double::ReadsOfSource(_plan, _plan.sources[index]);
}

- (void)reloadFromDataSources {
  RaiseInconsistency("the double does not reload data sources");
}

#pragma mark Encoding

- (GraphOutput)encodeTo:(id<MTLCommandBuffer>)commandBuffer
                sources:(std::vector<ImageList>)sources
                isBatch:(bool)isBatch
          intermediates:(bool)wantsIntermediates {
  const OneThreadOnly guard(_busy);
  if (commandBuffer.device != self.device) {
    RaiseInvalidArgument("the graph and the command buffer are of different devices");
  }
  GraphEncoding encoding;
  encoding.command_buffer = commandBuffer;
  encoding.batch_size = sources.empty() ? 0 : sources[0].size();
  encoding.sources = std::move(sources);
  encoding.is_batch = isBatch;
  encoding.wants_intermediates = wantsIntermediates;
  encoding.destination_allocator = _destinationImageAllocator;
  encoding.format = _format;
  return apple_double::EncodeGraph(_plan, encoding);
}

- (MPSImage*)encodeToCommandBuffer:(id<MTLCommandBuffer>)commandBuffer
                      sourceImages:(NSArray<MPSImage*>*)sourceImages
                      sourceStates:(NSArray<MPSState*>*)sourceStates
                intermediateImages:(NSMutableArray<MPSImage*>*)intermediateImages
                 destinationStates:(NSMutableArray<MPSState*>*)destinationStates {
  std::vector<ImageList> sources;
  for (MPSImage* image in sourceImages) {
    sources.push_back({image});
  }
  const GraphOutput output = [self encodeTo:commandBuffer
                                    sources:std::move(sources)
                                    isBatch:false
                              intermediates:intermediateImages != nil];
  for (const ImageList& images : output.intermediates) {
    [intermediateImages addObject:images[0]];
  }
  return output.result.empty() ? nil : output.result[0];
}

- (MPSImageBatch*)encodeBatchToCommandBuffer:(id<MTLCommandBuffer>)commandBuffer
                                sourceImages:(NSArray<MPSImageBatch*>*)sourceImages
                                sourceStates:(NSArray<MPSStateBatch*>*)sourceStates
                          intermediateImages:(NSMutableArray<MPSImageBatch*>*)intermediateImages
                           destinationStates:(NSMutableArray<MPSStateBatch*>*)destinationStates {
  std::vector<ImageList> sources;
  for (MPSImageBatch* batch in sourceImages) {
    sources.push_back(ToList(batch));
  }
  const GraphOutput output = [self encodeTo:commandBuffer
                                    sources:std::move(sources)
                                    isBatch:true
                              intermediates:intermediateImages != nil];
  for (const ImageList& images : output.intermediates) {
    [intermediateImages addObject:ToBatch(images)];
  }
  return output.result.empty() ? nil : ToBatch(output.result);
}

- (MPSImage*)encodeToCommandBuffer:(id<MTLCommandBuffer>)commandBuffer
                      sourceImages:(NSArray<MPSImage*>*)sourceImages {
  return [self encodeToCommandBuffer:commandBuffer
                        sourceImages:sourceImages
                        sourceStates:nil
                  intermediateImages:nil
                   destinationStates:nil];
}

- (MPSImageBatch*)encodeBatchToCommandBuffer:(id<MTLCommandBuffer>)commandBuffer
                                sourceImages:(NSArray<MPSImageBatch*>*)sourceImages
                                sourceStates:(NSArray<MPSStateBatch*>*)sourceStates {
  return [self encodeBatchToCommandBuffer:commandBuffer
                             sourceImages:sourceImages
                             sourceStates:sourceStates
                       intermediateImages:nil
                        destinationStates:nil];
}

- (MPSImage*)executeAsyncWithSourceImages:(NSArray<MPSImage*>*)sourceImages
                        completionHandler:(MPSNNGraphCompletionHandler)handler {
  if (_queue == nil) {
    _queue = [self.device newCommandQueue];
  }
  id<MTLCommandBuffer> commandBuffer = [_queue commandBuffer];
  MPSImage* result = [self encodeToCommandBuffer:commandBuffer sourceImages:sourceImages];
  [commandBuffer addCompletedHandler:^(id<MTLCommandBuffer> done) {
    handler(done.error == nil ? result : nil, done.error);
  }];
  [commandBuffer commit];
  return result;
}

@end
