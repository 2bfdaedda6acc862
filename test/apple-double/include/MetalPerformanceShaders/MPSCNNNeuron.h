#pragma once
// Activation functions.
#import <MetalPerformanceShaders/MPSCNNKernel.h>

typedef NS_ENUM(int32_t, MPSCNNNeuronType) {
  MPSCNNNeuronTypeNone = 0,
  MPSCNNNeuronTypeReLU,
  MPSCNNNeuronTypeLinear,
  MPSCNNNeuronTypeSigmoid,
  MPSCNNNeuronTypeHardSigmoid,
  MPSCNNNeuronTypeTanH,
  MPSCNNNeuronTypeAbsolute,
  MPSCNNNeuronTypeSoftPlus,
  MPSCNNNeuronTypeSoftSign,
  MPSCNNNeuronTypeELU,
  MPSCNNNeuronTypePReLU,
  MPSCNNNeuronTypeReLUN,
  MPSCNNNeuronTypePower,
  MPSCNNNeuronTypeExponential,
  MPSCNNNeuronTypeLogarithm,
  MPSCNNNeuronTypeGeLU,
  MPSCNNNeuronTypeCount,
};

@interface MPSNNNeuronDescriptor : NSObject <NSCopying, NSSecureCoding>
@property(readwrite, nonatomic) MPSCNNNeuronType neuronType;
@property(readwrite, nonatomic) float a;
@property(readwrite, nonatomic) float b;
@property(readwrite, nonatomic) float c;
- (nonnull instancetype)init NS_UNAVAILABLE;
+ (nonnull MPSNNNeuronDescriptor*)cnnNeuronDescriptorWithType:(MPSCNNNeuronType)neuronType;
+ (nonnull MPSNNNeuronDescriptor*)cnnNeuronDescriptorWithType:(MPSCNNNeuronType)neuronType
                                                            a:(float)a;
+ (nonnull MPSNNNeuronDescriptor*)cnnNeuronDescriptorWithType:(MPSCNNNeuronType)neuronType
                                                            a:(float)a
                                                            b:(float)b;
+ (nonnull MPSNNNeuronDescriptor*)cnnNeuronDescriptorWithType:(MPSCNNNeuronType)neuronType
                                                            a:(float)a
                                                            b:(float)b
                                                            c:(float)c;
@end

@interface MPSCNNNeuron : MPSCNNKernel
@property(readonly, nonatomic) MPSCNNNeuronType neuronType;
@property(readonly, nonatomic) float a;
@property(readonly, nonatomic) float b;
@property(readonly, nonatomic) float c;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_UNAVAILABLE;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                      neuronDescriptor:(MPSNNNeuronDescriptor* _Nonnull)neuronDescriptor
    NS_DESIGNATED_INITIALIZER;
@end
