#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "mps_support.h"
#include "testing.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)

// Makes permanent images, in a format of its own, and counts them.
@interface TestAllocator : NSObject <MPSImageAllocator>
@property(nonatomic) MPSImageFeatureChannelFormat format;
@property(nonatomic) int images;
@property(nonatomic, copy) void (^during)(void);
@end

@implementation TestAllocator

+ (BOOL)supportsSecureCoding {
  return YES;
}

- (void)encodeWithCoder:(NSCoder*)coder {
}

- (instancetype)initWithCoder:(NSCoder*)coder {
  return [super init];
}

- (MPSImage*)imageForCommandBuffer:(id<MTLCommandBuffer>)cmdBuf
                   imageDescriptor:(MPSImageDescriptor*)descriptor
                            kernel:(MPSKernel*)kernel {
  ++_images;
  if (_during != nil) {
    _during();
  }
  descriptor.channelFormat = _format;
  return [[MPSImage alloc] initWithDevice:cmdBuf.device imageDescriptor:descriptor];
}

@end

namespace {

MPSCNNNeuronNode* Relu(MPSNNImageNode* source) {
  return [MPSCNNNeuronReLUNode nodeWithSource:source];
}

// Adds a number: something whose results can be told apart.
MPSCNNNeuronNode* AddNumber(MPSNNImageNode* source, float number) {
  return [MPSCNNNeuronNode
      nodeWithSource:source
          descriptor:[MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeLinear
                                                                      a:1
                                                                      b:number]];
}

void Export(MPSNNFilterNode* node, NSString* name) {
  node.resultImage.exportFromGraph = YES;
  node.resultImage.handle = [TestHandle handleWithName:name];
}

void MakeReadable(MPSNNFilterNode* node) {
  node.resultImage.synchronizeResource = YES;
  node.resultImage.imageAllocator = [MPSImage defaultAllocator];
}

std::vector<std::string> Names(NSArray<id<MPSHandle>>* handles) {
  std::vector<std::string> names;
  for (id<MPSHandle> handle in handles) {
    names.emplace_back(handle.label == nil ? "nil" : handle.label.UTF8String);
  }
  return names;
}

MPSImage* One(id<MTLDevice> device, float value) {
  return MakeImage(device, 1, 1, 4, {value, value, value, value});
}

}  // namespace

TEST_CASE("mps graph: sources in the order of their handles, and no other") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNImageNode* left = Input(@"left");
    MPSNNImageNode* right = Input(@"right");
    MPSNNAdditionNode* sum = [MPSNNAdditionNode nodeWithLeftSource:left rightSource:right];
    sum.secondaryScale = 10;
    MPSNNGraph* graph = MakeGraph(device, sum);
    const auto names = Names(graph.sourceImageHandles);
    REQUIRE(names.size() == 2);
    std::vector<MPSImage*> sources;
    for (const auto& name : names) {
      sources.push_back(One(device, name == "left" ? 1 : 2));
    }
    CHECK(ReadImage(RunGraph(graph, sources))[0] == 21);
    // Whoever takes the order for granted is found out.
    CHECK(names == std::vector<std::string>{"right", "left"});
    CHECK(graph.format == MPSImageFeatureChannelFormatFloat16);
    CHECK(graph.resultImageIsNeeded);
    CHECK([graph readCountForSourceImageAtIndex:1] == 1);
    CHECK(Raises([&] { [graph readCountForSourceImageAtIndex:2]; }, "no source image"));
    CHECK((graph.sourceStateHandles == nil));
    CHECK(graph.intermediateImageHandles.count == 0);
  }
}

TEST_CASE("mps graph: what no result needs is left out") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNImageNode* input = Input(@"in");
    TestWeights* unneeded = [TestWeights weightsWithShape:ConvolutionShape(1, 4, 4)
                                                   floats:SomeNumbers(16, 1)
                                                   biases:{}];
    MPSCNNConvolutionNode* side = [MPSCNNConvolutionNode nodeWithSource:input weights:unneeded];
    Export(side, @"side");
    MPSNNFilterNode* main = Relu(input);
    MPSNNGraph* graph = MakeGraph(device, main);
    CHECK(unneeded.loads == 0);
    CHECK(graph.intermediateImageHandles.count == 0);
    BOOL needed[] = {YES, NO};
    graph = [MPSNNGraph graphWithDevice:device
                           resultImages:@[ main.resultImage, side.resultImage ]
                       resultsAreNeeded:needed];
    CHECK(unneeded.loads == 0);
    BOOL other[] = {NO, YES};
    graph = [MPSNNGraph graphWithDevice:device
                           resultImages:@[ main.resultImage, side.resultImage ]
                       resultsAreNeeded:other];
    CHECK(unneeded.loads == 2);
    CHECK_FALSE(graph.resultImageIsNeeded);
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    MPSImage* result = [graph encodeToCommandBuffer:command_buffer
                                       sourceImages:@[ One(device, 1) ]];
    CHECK((result == nil));
    CommitAndWait(command_buffer);
    // An input is no result.
    CHECK(([MPSNNGraph graphWithDevice:device resultImage:input resultImageIsNeeded:YES] == nil));
  }
}

TEST_CASE("mps graph: the first result on the left, the others among the intermediate images, in "
          "the order of evaluation") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNImageNode* input = Input(@"in");
    MPSNNFilterNode* early = AddNumber(input, 1);
    MPSNNFilterNode* middle = AddNumber(early.resultImage, 10);
    MPSNNFilterNode* late = AddNumber(middle.resultImage, 100);
    MPSNNFilterNode* left = AddNumber(late.resultImage, 1000);
    MPSNNFilterNode* right = AddNumber(late.resultImage, 2000);
    for (MPSNNFilterNode* node : {early, late, left, right}) {
      MakeReadable(node);
    }
    early.resultImage.handle = [TestHandle handleWithName:@"early"];
    left.resultImage.handle = [TestHandle handleWithName:@"left"];
    right.resultImage.handle = [TestHandle handleWithName:@"right"];
    Export(late, @"late");
    // Asked for from back to front, and left before right.
    MPSNNGraph* graph =
        [MPSNNGraph graphWithDevice:device
                       resultImages:@[
                         middle.resultImage, left.resultImage, right.resultImage, early.resultImage
                       ]
                   resultsAreNeeded:nullptr];
    const auto names = Names(graph.intermediateImageHandles);
    CHECK(names == std::vector<std::string>{"early", "late", "right", "left"});
    CHECK((graph.resultHandle == nil));
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    NSMutableArray<MPSImage*>* intermediates = [NSMutableArray array];
    MPSImage* result = [graph encodeToCommandBuffer:command_buffer
                                       sourceImages:@[ One(device, 0) ]
                                       sourceStates:nil
                                 intermediateImages:intermediates
                                  destinationStates:nil];
    CommitAndWait(command_buffer);
    CHECK(ReadImage(result)[0] == 11);
    REQUIRE(intermediates.count == 4);
    CHECK(ReadImage(intermediates[0])[0] == 1);
    CHECK(ReadImage(intermediates[1])[0] == 111);
    CHECK(ReadImage(intermediates[2])[0] == 2112);  // 2111 in float16
    CHECK(ReadImage(intermediates[3])[0] == 1111);
  }
}

TEST_CASE("mps graph: read counts of temporary results and intermediate images") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNFilterNode* first = AddNumber(Input(@"in"), 1);
    MPSNNFilterNode* second = AddNumber(first.resultImage, 1);
    Export(first, @"first");
    Export(second, @"second");
    MPSNNGraph* graph = MakeGraph(device, second);
    graph.destinationImageAllocator = [MPSTemporaryImage defaultAllocator];
    CHECK(Names(graph.intermediateImageHandles) == std::vector<std::string>{"first", "second"});
    CHECK(Names(@[ graph.resultHandle ]) == std::vector<std::string>{"second"});
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    NSMutableArray<MPSImage*>* intermediates = [NSMutableArray array];
    MPSTemporaryImage* result = (MPSTemporaryImage*)[graph encodeToCommandBuffer:command_buffer
                                                                    sourceImages:@[ One(device, 0) ]
                                                                    sourceStates:nil
                                                              intermediateImages:intermediates
                                                               destinationStates:nil];
    REQUIRE([result isKindOfClass:[MPSTemporaryImage class]]);
    REQUIRE(intermediates.count == 2);
    CHECK((intermediates[1] == result));
    CHECK(result.readCount == 2);
    CHECK(((MPSTemporaryImage*)intermediates[0]).readCount == 1);
    CHECK(Raises([&] { [command_buffer commit]; }, "readCount"));
    result.readCount = 0;
    ((MPSTemporaryImage*)intermediates[0]).readCount = 0;
    CommitAndWait(command_buffer);
    // Without a list nothing is exported, and only the result is left to read.
    command_buffer = NewCommandBuffer(device);
    result = (MPSTemporaryImage*)[graph encodeToCommandBuffer:command_buffer
                                                 sourceImages:@[ One(device, 0) ]];
    CHECK(result.readCount == 1);
    result.readCount = 0;
    CommitAndWait(command_buffer);
  }
}

TEST_CASE("mps graph: a temporary source is read once, however often the graph reads it") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNImageNode* input = Input(@"in");
    MPSNNFilterNode* node = [MPSNNAdditionNode nodeWithLeftSource:Relu(input).resultImage
                                                      rightSource:AddNumber(input, 1).resultImage];
    MPSNNGraph* graph = MakeGraph(device, node);
    MPSNNGraph* producer = MakeGraph(device, AddNumber(Input(@"in"), 5));
    producer.destinationImageAllocator = [MPSTemporaryImage defaultAllocator];
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    MPSTemporaryImage* between =
        (MPSTemporaryImage*)[producer encodeToCommandBuffer:command_buffer
                                               sourceImages:@[ One(device, 0) ]];
    between.readCount = 2;
    MPSImage* first = [graph encodeToCommandBuffer:command_buffer sourceImages:@[ between ]];
    CHECK(between.readCount == 1);
    MPSImage* second = [graph encodeToCommandBuffer:command_buffer sourceImages:@[ between ]];
    CHECK(between.readCount == 0);
    CommitAndWait(command_buffer);
    CHECK(ReadImage(first)[0] == 11);
    CHECK(ReadImage(second)[0] == 11);
  }
}

TEST_CASE("mps graph: intermediate images share memory") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNFilterNode* node = AddNumber(Input(@"in"), 1);
    for (int i = 0; i < 20; ++i) {
      node = AddNumber(node.resultImage, 1);
    }
    MPSNNGraph* graph = MakeGraph(device, node);
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    MPSImage* result = [graph encodeToCommandBuffer:command_buffer
                                       sourceImages:@[ One(device, 0) ]];
    CHECK(apple_double::HeapBytesInUse(1) == 2 * 8);
    CommitAndWait(command_buffer);
    CHECK(ReadImage(result)[0] == 21);
  }
}

TEST_CASE("mps graph: intermediate images are synchronised if their node says so") {
  FreshDouble fresh;
  apple_double::SetDevices({apple_double::DiscreteDevice()});
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNFilterNode* first = AddNumber(Input(@"in"), 1);
    Export(first, @"first");
    MPSNNFilterNode* second = AddNumber(first.resultImage, 1);
    for (const bool synchronize : {false, true}) {
      for (MPSNNFilterNode* node : {first, second}) {
        MakeReadable(node);
        node.resultImage.synchronizeResource = synchronize;
      }
      MPSNNGraph* graph = MakeGraph(device, second);
      id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
      NSMutableArray<MPSImage*>* intermediates = [NSMutableArray array];
      MPSImage* result = [graph encodeToCommandBuffer:command_buffer
                                         sourceImages:@[ One(device, 1) ]
                                         sourceStates:nil
                                   intermediateImages:intermediates
                                    destinationStates:nil];
      CommitAndWait(command_buffer);
      CHECK((ReadImage(intermediates[0])[0] == 2) == synchronize);
      CHECK((ReadImage(result)[0] == 3) == synchronize);
    }
  }
}

TEST_CASE("mps graph: allocators, formats and who decides") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    TestAllocator* own = [[TestAllocator alloc] init];
    own.format = MPSImageFeatureChannelFormatFloat32;
    MPSNNFilterNode* node = AddNumber(Input(@"in"), 1);
    node.resultImage.imageAllocator = own;
    MPSNNGraph* graph = MakeGraph(device, node);
    MPSImage* result = RunGraph(graph, {One(device, 0)});
    CHECK(own.images == 0);  // the graph's allocator makes the result
    CHECK(result.featureChannelFormat == MPSImageFeatureChannelFormatFloat16);
    graph.destinationImageAllocator = own;
    result = RunGraph(graph, {One(device, 0)});
    CHECK(own.images == 1);
    CHECK(result.featureChannelFormat == MPSImageFeatureChannelFormatFloat32);
    CHECK(ReadImage(result)[0] == 1);
    // A node's format over the graph's; the first source's where a filter says nothing.
    MPSNNImageNode* input = Input(@"in");
    input.format = MPSImageFeatureChannelFormatFloat32;
    MPSNNFilterNode* first = AddNumber(input, 1);
    CHECK(first.resultImage.format == MPSImageFeatureChannelFormatFloat32);
    CHECK(RunGraph(MakeGraph(device, first), {One(device, 0)}).featureChannelFormat ==
          MPSImageFeatureChannelFormatFloat32);
    CHECK(Relu(Input(@"in")).resultImage.format == MPSImageFeatureChannelFormatNone);
    CHECK((Relu(Input(@"in")).resultImage.imageAllocator == [MPSTemporaryImage defaultAllocator]));
    CHECK((graph.destinationImageAllocator == own));
    CHECK((MakeGraph(device, first).destinationImageAllocator == [MPSImage defaultAllocator]));
  }
}

TEST_CASE("mps graph: intermediates are rounded to the graph's format") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNFilterNode* node = AddNumber(AddNumber(Input(@"in"), 0.25F).resultImage, -2048);
    const auto run = [&](MPSImageFeatureChannelFormat format) {
      MPSNNGraph* graph = MakeGraph(device, node);
      graph.format = format;
      return ReadImage(RunGraph(graph, {One(device, 2048)}))[0];
    };
    CHECK(run(MPSImageFeatureChannelFormatFloat16) == 0);
    CHECK(run(MPSImageFeatureChannelFormatFloat32) == 0.25F);
  }
}

TEST_CASE("mps graph: batches") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNFilterNode* first = AddNumber(Input(@"in"), 1);
    Export(first, @"first");
    MakeReadable(first);
    MPSNNGraph* graph = MakeGraph(device, AddNumber(first.resultImage, 1));
    MPSImageBatch* batch = @[ One(device, 1), One(device, 2), One(device, 3) ];
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    NSMutableArray<MPSImageBatch*>* intermediates = [NSMutableArray array];
    MPSImageBatch* results = [graph encodeBatchToCommandBuffer:command_buffer
                                                  sourceImages:@[ batch ]
                                                  sourceStates:nil
                                            intermediateImages:intermediates
                                             destinationStates:nil];
    CommitAndWait(command_buffer);
    REQUIRE(results.count == 3);
    REQUIRE(intermediates.count == 1);
    for (NSUInteger i = 0; i < 3; ++i) {
      CHECK(ReadImage(results[i])[0] == static_cast<float>(i + 3));
      CHECK(ReadImage(intermediates[0][i])[0] == static_cast<float>(i + 2));
    }
    command_buffer = NewCommandBuffer(device);
    results = [graph encodeBatchToCommandBuffer:command_buffer
                                   sourceImages:@[ batch ]
                                   sourceStates:nil];
    CHECK(results.count == 3);
    CommitAndWait(command_buffer);
    MPSImageBatch* mixed = @[ One(device, 1), MakeImage(device, 2, 1, 4, SomeNumbers(8, 1)) ];
    CHECK(Raises(
        [&] {
          [graph encodeBatchToCommandBuffer:NewCommandBuffer(device)
                               sourceImages:@[ mixed ]
                               sourceStates:nil];
        },
        "not alike"));
    MPSNNGraph* two = MakeGraph(device, [MPSNNAdditionNode nodeWithLeftSource:Input(@"a")
                                                                  rightSource:Input(@"b")]);
    CHECK(Raises(
        [&] {
          [two encodeBatchToCommandBuffer:NewCommandBuffer(device)
                             sourceImages:@[ batch, @[ One(device, 1) ] ]
                             sourceStates:nil];
        },
        "differ in size"));
  }
}

TEST_CASE("mps graph: several encodings on one command buffer") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNGraph* graph = MakeGraph(device, AddNumber(AddNumber(Input(@"in"), 1).resultImage, 1));
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    MPSImage* first = [graph encodeToCommandBuffer:command_buffer sourceImages:@[ One(device, 1) ]];
    MPSImage* second = [graph encodeToCommandBuffer:command_buffer sourceImages:@[ first ]];
    CommitAndWait(command_buffer);
    CHECK(ReadImage(second)[0] == 5);
  }
}

TEST_CASE("mps graph: encoding needs a command buffer of its device without an open encoder") {
  FreshDouble fresh;
  apple_double::SetDevices({apple_double::UnifiedDevice(), apple_double::DiscreteDevice()});
  @autoreleasepool {
    id<MTLDevice> device = MTLCopyAllDevices()[0];
    id<MTLDevice> other = MTLCopyAllDevices()[1];
    MPSNNGraph* graph = MakeGraph(device, Relu(Input(@"in")));
    MPSImage* image = One(device, 1);
    const auto encode = [&](id<MTLCommandBuffer> command_buffer, MPSImage* source) {
      [graph encodeToCommandBuffer:command_buffer sourceImages:@[ source ]];
    };
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLBlitCommandEncoder> encoder = [command_buffer blitCommandEncoder];
    CHECK(Raises([&] { encode(command_buffer, image); }, "still open"));
    CHECK(Raises([&] { [image synchronizeOnCommandBuffer:command_buffer]; }, "still open"));
    [encoder endEncoding];
    CHECK(Raises([&] { encode(NewCommandBuffer(other), image); }, "different devices"));
    CHECK(Raises([&] { encode(NewCommandBuffer(device), One(other, 1)); }, "another device"));
    CommitAndWait(command_buffer);
    CHECK(Raises([&] { encode(command_buffer, image); }, "after commit"));
  }
}

TEST_CASE("mps graph: an MPSCommandBuffer is committed in pieces") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNFilterNode* node = AddNumber(Input(@"in"), 1);
    MPSNNGraph* graph = MakeGraph(device, AddNumber(AddNumber(node.resultImage, 1).resultImage, 1));
    MPSCommandBuffer* command_buffer =
        [MPSCommandBuffer commandBufferFromCommandQueue:[device newCommandQueue]];
    id<MTLCommandBuffer> before = command_buffer.rootCommandBuffer;
    MPSImage* result = [graph encodeToCommandBuffer:command_buffer
                                       sourceImages:@[ One(device, 1) ]];
    CHECK((command_buffer.rootCommandBuffer != before));
    CHECK(before.status >= MTLCommandBufferStatusCommitted);
    CommitAndWait(command_buffer);
    CHECK(ReadImage(result)[0] == 4);
  }
}

TEST_CASE("mps graph: executeAsync") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNGraph* graph = MakeGraph(device, AddNumber(Input(@"in"), 1));
    const auto run = [&] {
      auto outcome = std::make_shared<std::promise<std::pair<bool, long>>>();
      MPSImage* image = [graph executeAsyncWithSourceImages:@[ One(device, 1) ]
                                          completionHandler:^(MPSImage* result, NSError* error) {
                                            outcome->set_value({result != nil, error.code});
                                          }];
      const auto [has_result, code] = outcome->get_future().get();
      CHECK(has_result == (code == 0));
      return code == 0 ? ReadImage(image)[0] : -1;
    };
    CHECK(run() == 2);
    apple_double::FailNextCommandBuffer(MTLCommandBufferErrorTimeout);
    CHECK(run() == -1);
  }
}

TEST_CASE("mps graph: not for two threads at a time") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNGraph* graph = MakeGraph(device, Relu(Input(@"in")));
    MPSImage* image = One(device, 1);
    std::string reason;
    std::string* reason_of_second = &reason;
    TestAllocator* allocator = [[TestAllocator alloc] init];
    allocator.format = MPSImageFeatureChannelFormatFloat16;
    allocator.during = ^{
      std::thread([&] {
        @autoreleasepool {
          *reason_of_second = ReasonOf([&] {
            (void)[graph encodeToCommandBuffer:NewCommandBuffer(device) sourceImages:@[ image ]];
          });
        }
      }).join();
    };
    graph.destinationImageAllocator = allocator;
    (void)RunGraph(graph, {image});
    CHECK(reason.find("two threads") != std::string::npos);
    allocator.during = nil;
    (void)RunGraph(graph, {image});
  }
}

TEST_CASE("mps graph: results keep their producers, and nothing keeps itself") {
  FreshDouble fresh;
  CHECK(ObjectsLeftBy([] { (void)MTLCreateSystemDefaultDevice(); }) == 0);
  const auto build_and_run = [] {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNImageNode* result = nil;
    @autoreleasepool {
      MPSNNFilterNode* first = AddNumber(Input(@"in"), 1);
      // What was said of an image node that nobody kept.
      Export(first, @"first");
      result = AddNumber(first.resultImage, 1).resultImage;
    }
    MPSNNGraph* graph = [MPSNNGraph graphWithDevice:device
                                        resultImage:result
                                resultImageIsNeeded:YES];
    CHECK(Names(graph.intermediateImageHandles) == std::vector<std::string>{"first"});
    CHECK(ReadImage(RunGraph(graph, {One(device, 1)}))[0] == 3);
    apple_double::WaitUntilIdle();
  };
  @autoreleasepool {
    build_and_run();  // classes and singletons
  }
  CHECK(ObjectsLeftBy(build_and_run) == 0);
  CHECK(apple_double::LiveBytes(1) == 0);
}
