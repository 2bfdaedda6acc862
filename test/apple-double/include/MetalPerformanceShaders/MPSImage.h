#pragma once
// Images of any number of channels, stored four to a texture slice; temporary images; allocators.
#import <MetalPerformanceShaders/MPSKernel.h>

@class MPSImage;
typedef NSArray<MPSImage*> MPSImageBatch;

typedef NS_ENUM(NSUInteger, MPSDataLayout) {
  MPSDataLayoutHeightxWidthxFeatureChannels = 0,
  MPSDataLayoutFeatureChannelsxHeightxWidth = 1,
};

typedef struct {
  NSUInteger featureChannelOffset;
  NSUInteger numberOfFeatureChannelsToReadWrite;
} MPSImageReadWriteParams;

@interface MPSImageDescriptor : NSObject <NSCopying>
@property(readwrite, nonatomic) NSUInteger width;
@property(readwrite, nonatomic) NSUInteger height;
@property(readwrite, nonatomic) NSUInteger featureChannels;
@property(readwrite, nonatomic) NSUInteger numberOfImages;
@property(readonly, nonatomic) MTLPixelFormat pixelFormat;
@property(readwrite, nonatomic) MPSImageFeatureChannelFormat channelFormat;
@property(readwrite, nonatomic) MTLCPUCacheMode cpuCacheMode;
@property(readwrite, nonatomic) MTLStorageMode storageMode;
@property(readwrite, nonatomic) MTLTextureUsage usage;
+ (nonnull instancetype)imageDescriptorWithChannelFormat:(MPSImageFeatureChannelFormat)channelFormat
                                                   width:(NSUInteger)width
                                                  height:(NSUInteger)height
                                         featureChannels:(NSUInteger)featureChannels;
+ (nonnull instancetype)imageDescriptorWithChannelFormat:(MPSImageFeatureChannelFormat)channelFormat
                                                   width:(NSUInteger)width
                                                  height:(NSUInteger)height
                                         featureChannels:(NSUInteger)featureChannels
                                          numberOfImages:(NSUInteger)numberOfImages
                                                   usage:(MTLTextureUsage)usage;
- (nonnull instancetype)copyWithZone:(NSZone* _Nullable)zone;
@end

@protocol MPSImageAllocator <NSObject, NSSecureCoding>
@required
- (MPSImage* _Nonnull)imageForCommandBuffer:(nonnull id<MTLCommandBuffer>)cmdBuf
                            imageDescriptor:(MPSImageDescriptor* _Nonnull)descriptor
                                     kernel:(MPSKernel* _Nonnull)kernel;
@optional
- (MPSImageBatch* _Nonnull)imageBatchForCommandBuffer:(nonnull id<MTLCommandBuffer>)cmdBuf
                                      imageDescriptor:(MPSImageDescriptor* _Nonnull)descriptor
                                               kernel:(MPSKernel* _Nonnull)kernel
                                                count:(NSUInteger)count;
@end

@interface MPSImage : NSObject
+ (nonnull id<MPSImageAllocator>)defaultAllocator;
@property(readonly, retain, nonatomic, nonnull) id<MTLDevice> device;
@property(readonly, nonatomic) NSUInteger width;
@property(readonly, nonatomic) NSUInteger height;
@property(readonly, nonatomic) NSUInteger featureChannels;
@property(readonly, nonatomic) NSUInteger numberOfImages;
@property(readonly, nonatomic) MTLTextureType textureType;
@property(readonly, nonatomic) MTLPixelFormat pixelFormat;
@property(readonly, nonatomic) NSUInteger precision;
@property(readonly, nonatomic) MTLTextureUsage usage;
@property(readonly, nonatomic) MPSImageFeatureChannelFormat featureChannelFormat;
@property(readonly, nonatomic) size_t pixelSize;
@property(readonly, nonnull, nonatomic) id<MTLTexture> texture;
@property(copy, atomic, nullable) NSString* label;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                       imageDescriptor:(const MPSImageDescriptor* _Nonnull)imageDescriptor;
- (nonnull instancetype)initWithTexture:(nonnull id<MTLTexture>)texture
                        featureChannels:(NSUInteger)featureChannels;
- (nonnull instancetype)init NS_UNAVAILABLE;
- (NSUInteger)resourceSize;
- (void)readBytes:(void* _Nonnull)dataBytes
            dataLayout:(MPSDataLayout)dataLayout
           bytesPerRow:(NSUInteger)bytesPerRow
                region:(MTLRegion)region
    featureChannelInfo:(MPSImageReadWriteParams)featureChannelInfo
            imageIndex:(NSUInteger)imageIndex;
- (void)writeBytes:(const void* _Nonnull)dataBytes
            dataLayout:(MPSDataLayout)dataLayout
           bytesPerRow:(NSUInteger)bytesPerRow
                region:(MTLRegion)region
    featureChannelInfo:(MPSImageReadWriteParams)featureChannelInfo
            imageIndex:(NSUInteger)imageIndex;
- (void)readBytes:(void* _Nonnull)dataBytes
       dataLayout:(MPSDataLayout)dataLayout
       imageIndex:(NSUInteger)imageIndex;
- (void)writeBytes:(const void* _Nonnull)dataBytes
        dataLayout:(MPSDataLayout)dataLayout
        imageIndex:(NSUInteger)imageIndex;
- (void)synchronizeOnCommandBuffer:(nonnull id<MTLCommandBuffer>)commandBuffer;
@end

@interface MPSTemporaryImage : MPSImage
+ (nonnull id<MPSImageAllocator>)defaultAllocator;
+ (nonnull instancetype)temporaryImageWithCommandBuffer:(nonnull id<MTLCommandBuffer>)commandBuffer
                                        imageDescriptor:
                                            (const MPSImageDescriptor* _Nonnull)imageDescriptor;
+ (void)prefetchStorageWithCommandBuffer:(nonnull id<MTLCommandBuffer>)commandBuffer
                     imageDescriptorList:(NSArray<MPSImageDescriptor*>* _Nonnull)descriptorList;
- (nonnull instancetype)initWithTexture:(nonnull id<MTLTexture>)texture
                        featureChannels:(NSUInteger)featureChannels NS_UNAVAILABLE;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                       imageDescriptor:(const MPSImageDescriptor* _Nonnull)imageDescriptor
    NS_UNAVAILABLE;
@property(readwrite, nonatomic) NSUInteger readCount;
@end

MPS_EXTERN NSUInteger MPSImageBatchIncrementReadCount(MPSImageBatch* _Nonnull batch,
                                                      NSInteger amount);
MPS_EXTERN void MPSImageBatchSynchronize(MPSImageBatch* _Nonnull batch,
                                         id<MTLCommandBuffer> _Nonnull cmdBuf);
MPS_EXTERN NSUInteger MPSImageBatchResourceSize(MPSImageBatch* _Nonnull batch);
MPS_EXTERN NSInteger MPSImageBatchIterate(
    MPSImageBatch* _Nonnull batch,
    NSInteger (^_Nonnull iteratorBlock)(MPSImage* _Nonnull image, NSUInteger index));
