#include <algorithm>
#include <vector>

#include "image_internal.h"

NSInteger MPSImageBatchIterate(MPSImageBatch* batch,
                               NSInteger (^iteratorBlock)(MPSImage* image, NSUInteger index)) {
  std::vector<MPSImage*> seen;
  NSInteger result = 0;
  for (NSUInteger i = 0; i < batch.count; ++i) {
    MPSImage* image = batch[i];
    if (std::find(seen.begin(), seen.end(), image) != seen.end()) {
      continue;
    }
    seen.push_back(image);
    result = iteratorBlock(image, i);
    if (result > NSIntegerMin) {
      break;
    }
  }
  return result;
}

// MPSImage.h: once for each image; not for images that are not temporary or whose readCount is 0.
NSUInteger MPSImageBatchIncrementReadCount(MPSImageBatch* batch, NSInteger amount) {
  __block NSUInteger different = 0;
  MPSImageBatchIterate(batch, ^NSInteger(MPSImage* image, NSUInteger index) {
    ++different;
    if ([image isKindOfClass:[MPSTemporaryImage class]]) {
      MPSTemporaryImage* temporary = (MPSTemporaryImage*)image;
      if (temporary.readCount != 0) {
        temporary.readCount += static_cast<NSUInteger>(amount);
      }
    }
    return NSIntegerMin;
  });
  return different;
}

void MPSImageBatchSynchronize(MPSImageBatch* batch, id<MTLCommandBuffer> cmdBuf) {
  MPSImageBatchIterate(batch, ^NSInteger(MPSImage* image, NSUInteger index) {
    [image synchronizeOnCommandBuffer:cmdBuf];
    return NSIntegerMin;
  });
}

NSUInteger MPSImageBatchResourceSize(MPSImageBatch* batch) {
  __block NSUInteger size = 0;
  MPSImageBatchIterate(batch, ^NSInteger(MPSImage* image, NSUInteger index) {
    size += [image resourceSize];
    return NSIntegerMin;
  });
  return size;
}
