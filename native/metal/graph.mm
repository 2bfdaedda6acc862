#include "metal/graph.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "metal/graph_nodes.h"
#include "metal/guarded.h"
#include "metal/value_handle.h"

namespace mobilenet::metal {
namespace {

// Builds the nodes of a graph; the caller keeps this until the graph has been made of them.
class NodeChain {
 public:
  NodeChain(const Program& program, MetalPrecision precision)
      : program_(program),
        format_(FormatOf(precision)),
        images_(program.values.size(), nil),
        nodes_([NSMutableArray array]) {}

  void AddSource(size_t value) { SetImage(value, [MPSNNImageNode nodeWithHandle:HandleOf(value)]); }

  void AddStep(const Step& step, const std::shared_ptr<PackedWeights>& weights) {
    NSMutableArray<MPSNNImageNode*>* inputs = [NSMutableArray array];
    for (const size_t input : step.inputs) {
      [inputs addObject:images_[input]];
    }
    MPSNNFilterNode* node = NodeFor(program_, step, inputs, weights);
    [nodes_ addObject:node];
    SetImage(step.output, node.resultImage);
  }

  // Results that encoding gives beside the one it returns. They are read after the graph, so they
  // must not be temporary.
  NSArray<MPSNNImageNode*>* Results(const std::vector<size_t>& values) {
    NSMutableArray<MPSNNImageNode*>* results = [NSMutableArray array];
    for (const size_t value : values) {
      MPSNNImageNode* image = images_[value];
      image.handle = HandleOf(value);
      if (results.count > 0) {
        image.exportFromGraph = YES;
        image.imageAllocator = [MPSImage defaultAllocator];
      }
      [results addObject:image];
    }
    return results;
  }

 private:
  MobilenetValueHandle* HandleOf(size_t value) const {
    return [[MobilenetValueHandle alloc] initWithValue:value
                                                 label:ToObjectiveC(program_.values[value].name)];
  }

  void SetImage(size_t value, MPSNNImageNode* image) {
    image.format = format_;
    images_[value] = image;
  }

  const Program& program_;
  const MPSImageFeatureChannelFormat format_;
  std::vector<MPSNNImageNode*> images_;  // by value
  NSMutableArray<MPSNNFilterNode*>* nodes_;
};

size_t ValueOf(id<MPSHandle> handle) {
  return static_cast<MobilenetValueHandle*>(static_cast<NSObject*>(handle)).value;
}

NSArray<MPSImage*>* ImagesOf(size_t value, const std::vector<ValueImages*>& frames) {
  NSMutableArray<MPSImage*>* images = [NSMutableArray arrayWithCapacity:frames.size()];
  for (const ValueImages* frame : frames) {
    [images addObject:(*frame)[value]];
  }
  return images;
}

}  // namespace

MPSImageFeatureChannelFormat FormatOf(MetalPrecision precision) {
  return precision == MetalPrecision::kFloat32 ? MPSImageFeatureChannelFormatFloat32
                                               : MPSImageFeatureChannelFormatFloat16;
}

Graph::Graph(const Program& program, const GraphAction& action, const StepWeights& weights,
             id<MTLDevice> device, MetalPrecision precision)
    : results_(action.results) {
  for (const Value& value : program.values) {
    shapes_.push_back(value.shape);
  }
  NodeChain chain(program, precision);
  for (const size_t source : action.sources) {
    chain.AddSource(source);
  }
  for (const size_t step : action.steps) {
    chain.AddStep(program.steps[step], weights[step]);
  }
  const auto needed = std::make_unique<BOOL[]>(results_.size());
  std::fill_n(needed.get(), results_.size(), YES);
  graph_ = [MPSNNGraph graphWithDevice:device
                          resultImages:chain.Results(results_)
                      resultsAreNeeded:needed.get()];
  if (graph_ == nil) {
    throw Error(ErrorCode::kUnsupportedOperation,
                "Metal Performance Shaders refuses the graph that ends in '" +
                    program.values[results_.front()].name + "'");
  }
  graph_.format = FormatOf(precision);
  for (id<MPSHandle> handle in graph_.sourceImageHandles) {
    sources_.push_back(ValueOf(handle));
  }
}

size_t Graph::ReadsOf(size_t value) const {
  const auto source = std::find(sources_.begin(), sources_.end(), value);
  return source == sources_.end()
             ? 0
             : [graph_ readCountForSourceImageAtIndex:static_cast<NSUInteger>(source -
                                                                              sources_.begin())];
}

void Graph::Encode(id<MTLCommandBuffer> commands, std::vector<ValueImages*> frames) const {
  NSMutableArray<NSArray<MPSImage*>*>* sources = [NSMutableArray array];
  for (const size_t source : sources_) {
    [sources addObject:ImagesOf(source, frames)];
  }
  NSArray<MPSImage*>* first = nil;
  NSMutableArray<NSArray<MPSImage*>*>* others = [NSMutableArray array];
  if (frames.size() == 1) {
    NSMutableArray<MPSImage*>* single_sources = [NSMutableArray array];
    for (NSArray<MPSImage*>* batch in sources) {
      [single_sources addObject:batch[0]];
    }
    NSMutableArray<MPSImage*>* single_others = [NSMutableArray array];
    MPSImage* single = [graph_ encodeToCommandBuffer:commands
                                        sourceImages:single_sources
                                        sourceStates:nil
                                  intermediateImages:single_others
                                   destinationStates:nil];
    first = single != nil ? @[ single ] : nil;
    for (MPSImage* image in single_others) {
      [others addObject:@[ image ]];
    }
  } else {
    first = [graph_ encodeBatchToCommandBuffer:commands
                                  sourceImages:sources
                                  sourceStates:nil
                            intermediateImages:others
                             destinationStates:nil];
  }
  NSArray<id<MPSHandle>>* handles = graph_.intermediateImageHandles;
  for (size_t i = 0; i < frames.size(); ++i) {
    Keep(results_.front(), first[i], *frames[i]);
    for (NSUInteger other = 0; other < others.count; ++other) {
      // The graph says which they are; their order is its own.
      if (other >= handles.count) {
        throw Error(ErrorCode::kInternal, "MPSNNGraph gave more images than it names");
      }
      Keep(ValueOf(handles[other]), others[other][i], *frames[i]);
    }
    for (const size_t result : results_) {
      if ((*frames[i])[result] == nil) {
        throw Error(ErrorCode::kInternal,
                    "MPSNNGraph did not give image " + std::to_string(result));
      }
    }
  }
}

void Graph::Keep(size_t value, MPSImage* image, ValueImages& images) const {
  const Shape& shape = shapes_.at(value);
  const Shape actual = {static_cast<int32_t>(image.height), static_cast<int32_t>(image.width),
                        static_cast<int32_t>(image.featureChannels)};
  if (actual != shape) {
    throw Error(ErrorCode::kInternal, "MPSNNGraph gave an image of " + ToString(actual) +
                                          " where one of " + ToString(shape) + " was expected");
  }
  images[value] = image;
}

}  // namespace mobilenet::metal
