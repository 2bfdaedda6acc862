#pragma once

#import <Metal/MTLDevice.h>

#include <memory>

#include "device_state.h"

@interface AppleDoubleDevice : NSObject <MTLDevice>
- (instancetype)initWithState:(std::shared_ptr<apple_double::DeviceState>)state;
- (std::shared_ptr<apple_double::DeviceState>)state;
@end

namespace apple_double {

// The state behind a device; raises for objects that are not the double's.
std::shared_ptr<DeviceState> StateOf(id<MTLDevice> device);

// Where textures are stored when nobody says: managed on Macs with a card, shared on the others
// ("Setting resource storage modes" in Apple's documentation).
MTLStorageMode DefaultTextureStorageMode();

}  // namespace apple_double
