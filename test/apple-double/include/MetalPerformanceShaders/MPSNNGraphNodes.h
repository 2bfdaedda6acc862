#pragma once
// The nodes graphs are built of.
#import <MetalPerformanceShaders/MPSNNArithmeticNodes.h>
#import <MetalPerformanceShaders/MPSNNConvolutionNodes.h>
#import <MetalPerformanceShaders/MPSNNNeuronNodes.h>
#import <MetalPerformanceShaders/MPSNNNode.h>
#import <MetalPerformanceShaders/MPSNNPoolingNodes.h>
#import <MetalPerformanceShaders/MPSNNUpsamplingNodes.h>
