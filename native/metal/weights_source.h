#pragma once

#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include <memory>

#include "core/program.h"
#include "metal/class_names.h"
#include "metal/packed_weights.h"

// Hands a convolution's weights to MPS, which wants pointers to what may change and changes
// nothing. It holds them for as long as a graph holds it, because MPS may ask for them again.
@interface MobilenetWeightsSource : NSObject <MPSCNNConvolutionDataSource>

- (instancetype)init NS_UNAVAILABLE;
// A convolution, a depthwise convolution or a biasAdd from `channels` channels.
- (instancetype)initWithStep:(const mobilenet::Step&)step
               inputChannels:(NSUInteger)inputChannels
              outputChannels:(NSUInteger)outputChannels
                     weights:(std::shared_ptr<mobilenet::metal::PackedWeights>)weights
    NS_DESIGNATED_INITIALIZER;

@end

namespace mobilenet::metal {

// None, ReLU, or ReLU6 as MPS's ReLUN: min(x >= 0 ? x : a * x, b) with a = 0 and b = 6.
MPSNNNeuronDescriptor* NeuronFor(Activation activation);

}  // namespace mobilenet::metal
