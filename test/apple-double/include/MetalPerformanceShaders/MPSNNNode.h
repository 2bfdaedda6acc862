#pragma once
// What all nodes have in common: places for images, and filters between them.
#import <MetalPerformanceShaders/MPSImage.h>
#import <MetalPerformanceShaders/MPSNeuralNetworkTypes.h>

@protocol MPSHandle <NSSecureCoding, NSObject>
@required
- (NSString* _Nullable)label;
@end

@interface MPSNNImageNode : NSObject
- (nonnull instancetype)initWithHandle:(NSObject<MPSHandle>* _Nullable)handle
    NS_DESIGNATED_INITIALIZER;
+ (nonnull instancetype)nodeWithHandle:(NSObject<MPSHandle>* _Nullable)handle;
+ (nonnull instancetype)exportedNodeWithHandle:(NSObject<MPSHandle>* _Nullable)handle;
- (nonnull instancetype)init NS_UNAVAILABLE;
@property(nonatomic, nullable, readwrite, retain) id<MPSHandle> handle;
@property(nonatomic, readwrite) MPSImageFeatureChannelFormat format;
@property(readwrite, nonatomic, nonnull, retain) id<MPSImageAllocator> imageAllocator;
@property(nonatomic, readwrite) BOOL exportFromGraph;
@property(nonatomic, readwrite) BOOL synchronizeResource;
@property(nonatomic, readwrite) BOOL stopGradient;
@end

@interface MPSNNFilterNode : NSObject
- (nonnull instancetype)init NS_UNAVAILABLE;
@property(nonatomic, readonly, nonnull) MPSNNImageNode* resultImage;
@property(nonatomic, readwrite, retain, nonnull) id<MPSNNPadding> paddingPolicy;
@property(nullable, copy, atomic) NSString* label;
@end
