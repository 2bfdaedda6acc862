#pragma once

#import <MetalPerformanceShaders/MPSNNGraphNodes.h>

// What an image node says. The filter that makes the image and the node share it, so that it is not
// lost when nobody keeps the node.
@interface AppleDoubleImagePlace : NSObject
@property(nonatomic, retain) id<MPSHandle> handle;
@property(nonatomic) MPSImageFeatureChannelFormat format;
@property(nonatomic, retain) id<MPSImageAllocator> imageAllocator;
@property(nonatomic) BOOL exportFromGraph;
@property(nonatomic) BOOL synchronizeResource;
@property(nonatomic) BOOL stopGradient;
@end

@interface MPSNNImageNode ()
- (AppleDoubleImagePlace*)place;
// The filter whose result this is, or nil: a graph's input.
- (MPSNNFilterNode*)producer;
@end

@interface MPSNNFilterNode ()
- (instancetype)initWithSourceNodes:(NSArray<MPSNNImageNode*>*)sources;
- (NSArray<MPSNNImageNode*>*)sourceNodes;
- (AppleDoubleImagePlace*)resultPlace;
// For subclasses: the kernel that does what the node says. Nil when it cannot be made.
- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device;
@end
