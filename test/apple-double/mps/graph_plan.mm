#include "graph_plan.h"

#include <algorithm>
#include <exception>
#include <map>
#include <thread>
#include <utility>

#include "../control.h"
#include "../metal/raise.h"
#include "secure_coding.h"

namespace apple_double {

namespace {

// Walks from the results to what they need.
class Planner {
 public:
  explicit Planner(GraphPlan& plan) : plan_(plan) {}

  void Visit(MPSNNImageNode* node) { VisitImage(node); }

  // The order of evaluation: filters nearer to the inputs come first, and of those equally far the
  // one found last. Only this order is promised for intermediate images, so it must not look like
  // the one in which results were asked for.
  void SortFilters() {
    std::sort(filters_.begin(), filters_.end(), [](const Filter& a, const Filter& b) {
      return a.distance != b.distance ? a.distance < b.distance : a.found > b.found;
    });
  }

  void MakeSteps(id<MTLDevice> device) {
    for (const Filter& filter : filters_) {
      GraphStep step;
      step.kernel = [filter.node makeKernelWithDevice:device];
      if (step.kernel == nil) {
        failed_ = true;
        return;
      }
      if (filter.node.label != nil) {
        step.kernel.label = filter.node.label;  // overrides the data source's
      }
      step.padding = filter.node.paddingPolicy;
      CheckPadding(step);
      step.sources = filter.sources;
      step.result = filter.result;
      plan_.steps.push_back(std::move(step));
    }
  }

  bool Failed() const { return failed_; }
  size_t ImageOf(MPSNNImageNode* node) const { return places_.at((__bridge void*)node.place); }

 private:
  struct Filter {
    MPSNNFilterNode* node;
    std::vector<size_t> sources;
    size_t result;
    size_t distance;  // the longest way from an input
    size_t found;     // how many were found before it
  };

  struct Visited {
    size_t image;
    size_t distance;
  };

  Visited VisitImage(MPSNNImageNode* node) {
    void* key = (__bridge void*)node.place;
    if (const auto found = places_.find(key); found != places_.end()) {
      return {found->second, distances_.at(found->second)};
    }
    std::vector<size_t> sources;
    size_t distance = 0;
    if (node.producer != nil) {
      // Right operands first: only sourceImageHandles say in which order inputs come.
      NSArray<MPSNNImageNode*>* source_nodes = [node.producer sourceNodes];
      for (NSUInteger i = source_nodes.count; i-- > 0;) {
        const Visited source = VisitImage(source_nodes[i]);
        sources.insert(sources.begin(), source.image);
        distance = std::max(distance, source.distance + 1);
      }
    }
    const size_t image = plan_.images.size();
    GraphImage described;
    described.place = node.place;
    described.is_source = node.producer == nil;
    plan_.images.push_back(described);
    places_[key] = image;
    distances_[image] = distance;
    if (node.producer == nil) {
      plan_.sources.push_back(image);
    } else {
      std::vector<size_t> different = sources;
      std::sort(different.begin(), different.end());
      different.erase(std::unique(different.begin(), different.end()), different.end());
      for (const size_t source : different) {
        ++plan_.images[source].readers;
      }
      filters_.push_back({node.producer, std::move(sources), image, distance, filters_.size()});
    }
    return {image, distance};
  }

  static void CheckPadding(const GraphStep& step) {
    if (([step.padding paddingMethod] & MPSNNPaddingMethodCustom) == 0) {
      return;
    }
    // MPSNeuralNetworkTypes.h, MPSNNPadding: who sets the custom bit must say what is custom.
    if (![(NSObject*)step.padding
            respondsToSelector:@selector
            (destinationImageDescriptorForSourceImages:
                                          sourceStates:forKernel:suggestedDescriptor:)]) {
      RaiseInvalidArgument(NameOf(step.kernel) +
                           ": its padding policy is custom, but does not make descriptors");
    }
    RequireSecureCoding(step.padding, "a padding policy");
  }

  GraphPlan& plan_;
  std::map<void*, size_t> places_;
  std::map<size_t, size_t> distances_;
  std::vector<Filter> filters_;
  bool failed_ = false;
};

// MPSCNNConvolution.h: whoever reads data sources may do so on any thread.
template <typename Work>
void OnAnotherThread(Work work) {
  NSException* raised = nil;
  std::exception_ptr thrown;
  std::thread thread([&] {
    @autoreleasepool {
      @try {
        try {
          work();
        } catch (const std::exception&) {
          thrown = std::current_exception();
        }
      } @catch (NSException* exception) {
        raised = exception;
      }
    }
  });
  thread.join();
  if (raised != nil) {
    [raised raise];
  }
  if (thrown != nullptr) {
    std::rethrow_exception(thrown);
  }
}

}  // namespace

bool MakePlan(id<MTLDevice> device, NSArray<MPSNNImageNode*>* results,
              const std::vector<bool>& needed, GraphPlan& plan) {
  if (results.count == 0) {
    return false;
  }
  Planner planner(plan);
  for (NSUInteger i = 0; i < results.count; ++i) {
    if (results[i].producer == nil) {
      return false;  // an input is no result
    }
    if (needed[i]) {
      planner.Visit(results[i]);
    }
  }
  planner.SortFilters();
  plan.first_result_is_needed = needed[0];
  for (NSUInteger i = 0; i < results.count; ++i) {
    if (needed[i]) {
      GraphImage& image = plan.images[planner.ImageOf(results[i])];
      if (i == 0) {
        plan.first_result = planner.ImageOf(results[i]);
        image.is_first_result = true;
      } else {
        image.is_listed = true;
      }
    }
  }
  for (GraphImage& image : plan.images) {
    if (!image.is_source) {
      image.is_listed = image.is_listed || image.place.exportFromGraph;
      RequireSecureCoding(image.place.imageAllocator, "an image allocator");
    }
  }
  OnAnotherThread([&] { planner.MakeSteps(device); });
  return !planner.Failed() && !plan.steps.empty();
}

size_t ReadsOfSource(const GraphPlan& plan, size_t source) {
  if (!CountsEverySourceRead()) {
    return 1;
  }
  return static_cast<size_t>(
      std::count_if(plan.steps.begin(), plan.steps.end(), [source](const GraphStep& step) {
        return std::find(step.sources.begin(), step.sources.end(), source) != step.sources.end();
      }));
}

}  // namespace apple_double
