#pragma once
#import <MetalPerformanceShaders/MPSCNNConvolution.h>
#import <MetalPerformanceShaders/MPSCNNKernel.h>
#import <MetalPerformanceShaders/MPSCNNMath.h>
#import <MetalPerformanceShaders/MPSCNNNeuron.h>
#import <MetalPerformanceShaders/MPSCNNPooling.h>
#import <MetalPerformanceShaders/MPSCNNUpsampling.h>
#import <MetalPerformanceShaders/MPSCommandBuffer.h>
#import <MetalPerformanceShaders/MPSCoreTypes.h>
#import <MetalPerformanceShaders/MPSImage.h>
#import <MetalPerformanceShaders/MPSKernel.h>
#import <MetalPerformanceShaders/MPSNNGraph.h>
#import <MetalPerformanceShaders/MPSNNGraphNodes.h>
#import <MetalPerformanceShaders/MPSNeuralNetworkTypes.h>
#import <MetalPerformanceShaders/MPSState.h>

typedef NS_OPTIONS(NSUInteger, MPSDeviceOptions) {
  MPSDeviceOptionsDefault = 0,
  MPSDeviceOptionsLowPower = 1,
  MPSDeviceOptionsSkipRemovable = 2,
};

MPS_EXTERN BOOL MPSSupportsMTLDevice(id<MTLDevice> _Nullable device);
MPS_EXTERN void MPSHintTemporaryMemoryHighWaterMark(id<MTLCommandBuffer> _Nonnull cmdBuf,
                                                    NSUInteger bytes);
MPS_EXTERN void MPSSetHeapCacheDuration(id<MTLCommandBuffer> _Nonnull cmdBuf, double seconds);
MPS_EXTERN id<MTLDevice> _Nullable MPSGetPreferredDevice(MPSDeviceOptions options);
