#pragma once
// The test double's Metal: our own declarations of what the project uses, with the signatures and
// values of Apple's frameworks. Nothing here is copied from Apple's headers.
#import <Foundation/Foundation.h>

#ifdef __cplusplus
#define MTL_EXTERN extern "C" __attribute__((visibility("default")))
#else
#define MTL_EXTERN extern __attribute__((visibility("default")))
#endif
#define MTL_INLINE static inline

#ifndef NS_RETURNS_INNER_POINTER
#define NS_RETURNS_INNER_POINTER __attribute__((objc_returns_inner_pointer))
#endif

typedef double CFTimeInterval;
