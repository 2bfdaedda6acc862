#include <string>

#include "../metal/raise.h"
#include "node_internal.h"
#include "secure_coding.h"

@implementation AppleDoubleImagePlace

- (instancetype)init {
  if ((self = [super init])) {
    _imageAllocator = [MPSTemporaryImage defaultAllocator];
  }
  return self;
}

@end

@interface MPSNNImageNode ()
- (instancetype)initWithPlace:(AppleDoubleImagePlace*)place producer:(MPSNNFilterNode*)producer;
@end

@implementation MPSNNImageNode {
  AppleDoubleImagePlace* _place;
  // Strong: whoever has a result can make a graph of all that leads to it. The filter holds the
  // node weakly, and so there is no cycle.
  MPSNNFilterNode* _producer;
}

- (instancetype)initWithHandle:(NSObject<MPSHandle>*)handle {
  if ((self = [super init])) {
    _place = [[AppleDoubleImagePlace alloc] init];
    _place.handle = handle;
  }
  return self;
}

- (instancetype)initWithPlace:(AppleDoubleImagePlace*)place producer:(MPSNNFilterNode*)producer {
  if ((self = [self initWithHandle:nil])) {
    _place = place;
    _producer = producer;
  }
  return self;
}

+ (instancetype)nodeWithHandle:(NSObject<MPSHandle>*)handle {
  return [[self alloc] initWithHandle:handle];
}

+ (instancetype)exportedNodeWithHandle:(NSObject<MPSHandle>*)handle {
  MPSNNImageNode* node = [[self alloc] initWithHandle:handle];
  node.exportFromGraph = YES;
  return node;
}

- (AppleDoubleImagePlace*)place {
  return _place;
}

- (MPSNNFilterNode*)producer {
  return _producer;
}

- (id<MPSHandle>)handle {
  return _place.handle;
}

- (void)setHandle:(id<MPSHandle>)handle {
  _place.handle = handle;
}

- (MPSImageFeatureChannelFormat)format {
  return _place.format;
}

- (void)setFormat:(MPSImageFeatureChannelFormat)format {
  _place.format = format;
}

- (id<MPSImageAllocator>)imageAllocator {
  return _place.imageAllocator;
}

- (void)setImageAllocator:(id<MPSImageAllocator>)imageAllocator {
  _place.imageAllocator = imageAllocator;
}

- (BOOL)exportFromGraph {
  return _place.exportFromGraph;
}

- (void)setExportFromGraph:(BOOL)exportFromGraph {
  _place.exportFromGraph = exportFromGraph;
}

- (BOOL)synchronizeResource {
  return _place.synchronizeResource;
}

- (void)setSynchronizeResource:(BOOL)synchronizeResource {
  _place.synchronizeResource = synchronizeResource;
}

- (BOOL)stopGradient {
  return _place.stopGradient;
}

- (void)setStopGradient:(BOOL)stopGradient {
  _place.stopGradient = stopGradient;
}

@end

@implementation MPSNNFilterNode {
  NSArray<MPSNNImageNode*>* _sources;
  AppleDoubleImagePlace* _resultPlace;
  __weak MPSNNImageNode* _resultImage;
}

@synthesize label = _label;

- (instancetype)initWithSourceNodes:(NSArray<MPSNNImageNode*>*)sources {
  if (sources.count == 0) {
    apple_double::RaiseInvalidArgument("a filter node without sources");
  }
  if ((self = [super init])) {
    _sources = [sources copy];
    _resultPlace = [[AppleDoubleImagePlace alloc] init];
    // MPSNNGraphNodes.h, resultImage: results are as precise as the first input.
    _resultPlace.format = sources[0].format;
    _paddingPolicy = [MPSNNDefaultPadding
        paddingWithMethod:MPSNNPaddingMethodAlignCentered |
                          MPSNNPaddingMethodAddRemainderToTopLeft | MPSNNPaddingMethodSizeSame];
  }
  return self;
}

- (NSArray<MPSNNImageNode*>*)sourceNodes {
  return _sources;
}

- (AppleDoubleImagePlace*)resultPlace {
  return _resultPlace;
}

- (MPSNNImageNode*)resultImage {
  MPSNNImageNode* result = _resultImage;
  if (result == nil) {
    result = [[MPSNNImageNode alloc] initWithPlace:_resultPlace producer:self];
    _resultImage = result;
  }
  return result;
}

- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device {
  apple_double::RaiseInvalidArgument(std::string("the double has no kernel for ") +
                                     class_getName([self class]));
}

@end
