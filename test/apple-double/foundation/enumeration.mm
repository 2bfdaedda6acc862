#import <Foundation/NSObject.h>

#include "foundation/raise.h"

// Called by for (object in collection) if the collection has counted a mutation meanwhile.
extern "C" void objc_enumerationMutation(id collection) {
  Raise(NSGenericException, @"collection <%s: %p> was mutated while being enumerated",
        object_getClassName(collection), (__bridge void*)collection);
}
