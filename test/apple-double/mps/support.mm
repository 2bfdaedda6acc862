#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include "image_internal.h"

// Far more than any image: no clipping.
const MTLRegion MPSRectNoClip = {{0, 0, 0}, {NSUIntegerMax, NSUIntegerMax, NSUIntegerMax}};

BOOL MPSSupportsMTLDevice(id<MTLDevice> device) {
  return device != nil && apple_double::StateOf(device)->spec.supports_mps;
}

void MPSHintTemporaryMemoryHighWaterMark(id<MTLCommandBuffer> cmdBuf, NSUInteger bytes) {
  // The double's heaps make one block for each image: there is nothing to make ahead of time.
  apple_double::RootCommandBuffer(cmdBuf);
}

void MPSSetHeapCacheDuration(id<MTLCommandBuffer> cmdBuf, double seconds) {
  [apple_double::RootCommandBuffer(cmdBuf) temporaryHeap]->SetCacheSeconds(seconds);
}

// MetalPerformanceShaders.h: fast ones before others, and of those the one without a display.
id<MTLDevice> MPSGetPreferredDevice(MPSDeviceOptions options) {
  id<MTLDevice> best = nil;
  int best_score = -1;
  for (id<MTLDevice> device in MTLCopyAllDevices()) {
    const bool skipped = (options & MPSDeviceOptionsSkipRemovable) != 0 && device.isRemovable;
    if (skipped || !MPSSupportsMTLDevice(device)) {
      continue;
    }
    const bool wants_low_power = (options & MPSDeviceOptionsLowPower) != 0;
    const int score = (device.isLowPower == wants_low_power ? 2 : 0) + (device.isHeadless ? 1 : 0);
    if (score > best_score) {
      best = device;
      best_score = score;
    }
  }
  return best;
}

@implementation MPSState

- (BOOL)isTemporary {
  return NO;
}

@end
