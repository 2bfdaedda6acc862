#pragma once
// A graph of nodes, made ready to be encoded.
#import <MetalPerformanceShaders/MPSNNGraphNodes.h>

typedef void (^MPSNNGraphCompletionHandler)(MPSImage* _Nullable result, NSError* _Nullable error);

@interface MPSNNGraph : MPSKernel
- (nullable instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                            resultImage:(MPSNNImageNode* _Nonnull)resultImage
                    resultImageIsNeeded:(BOOL)resultIsNeeded NS_DESIGNATED_INITIALIZER;
+ (nullable instancetype)graphWithDevice:(nonnull id<MTLDevice>)device
                             resultImage:(MPSNNImageNode* _Nonnull)resultImage
                     resultImageIsNeeded:(BOOL)resultIsNeeded;
- (nullable instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                           resultImages:(NSArray<MPSNNImageNode*>* _Nonnull)resultImages
                       resultsAreNeeded:(BOOL* _Nullable)areResultsNeeded NS_DESIGNATED_INITIALIZER;
+ (nullable instancetype)graphWithDevice:(nonnull id<MTLDevice>)device
                            resultImages:(NSArray<MPSNNImageNode*>* _Nonnull)resultImages
                        resultsAreNeeded:(BOOL* _Nullable)areResultsNeeded;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_UNAVAILABLE;

@property(readonly, nonnull, copy, nonatomic) NSArray<id<MPSHandle>>* sourceImageHandles;
@property(readonly, nullable, copy, nonatomic) NSArray<id<MPSHandle>>* sourceStateHandles;
@property(readonly, nullable, copy, nonatomic) NSArray<id<MPSHandle>>* intermediateImageHandles;
@property(readonly, nullable, copy, nonatomic) NSArray<id<MPSHandle>>* resultStateHandles;
@property(readonly, nullable, nonatomic) id<MPSHandle> resultHandle;
@property(readwrite, nonatomic) BOOL outputStateIsTemporary;
@property(readwrite, nonatomic, retain, nonnull) id<MPSImageAllocator> destinationImageAllocator;
@property(readwrite, nonatomic) MPSImageFeatureChannelFormat format;
@property(readonly, nonatomic) BOOL resultImageIsNeeded;

- (void)reloadFromDataSources;
- (MPSImage* _Nullable)
    encodeToCommandBuffer:(nonnull id<MTLCommandBuffer>)commandBuffer
             sourceImages:(NSArray<MPSImage*>* _Nonnull)sourceImages
             sourceStates:(NSArray<MPSState*>* _Nullable)sourceStates
       intermediateImages:(NSMutableArray<MPSImage*>* _Nullable)intermediateImages
        destinationStates:(NSMutableArray<MPSState*>* _Nullable)destinationStates;
- (MPSImageBatch* _Nullable)
    encodeBatchToCommandBuffer:(nonnull id<MTLCommandBuffer>)commandBuffer
                  sourceImages:(NSArray<MPSImageBatch*>* _Nonnull)sourceImages
                  sourceStates:(NSArray<MPSStateBatch*>* _Nullable)sourceStates
            intermediateImages:(NSMutableArray<MPSImageBatch*>* _Nullable)intermediateImages
             destinationStates:(NSMutableArray<MPSStateBatch*>* _Nullable)destinationStates;
- (MPSImage* _Nullable)encodeToCommandBuffer:(nonnull id<MTLCommandBuffer>)commandBuffer
                                sourceImages:(NSArray<MPSImage*>* _Nonnull)sourceImages;
- (MPSImageBatch* _Nullable)
    encodeBatchToCommandBuffer:(nonnull id<MTLCommandBuffer>)commandBuffer
                  sourceImages:(NSArray<MPSImageBatch*>* _Nonnull)sourceImages
                  sourceStates:(NSArray<MPSStateBatch*>* _Nullable)sourceStates;
- (MPSImage* _Nonnull)executeAsyncWithSourceImages:(NSArray<MPSImage*>* _Nonnull)sourceImages
                                 completionHandler:(MPSNNGraphCompletionHandler _Nonnull)handler;
- (NSUInteger)readCountForSourceImageAtIndex:(NSUInteger)index;
@end
