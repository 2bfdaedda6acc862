#pragma once

#import <Foundation/NSObject.h>

// There are no notifications here: for the names of some.
typedef NSString* NSNotificationName NS_TYPED_EXTENSIBLE_ENUM;
