#pragma once

// Objective-C has one scope of class names for a whole process, into which two versions of this
// package may be loaded: names carry the version. binding.gyp says it.
#ifndef MOBILENET_CLASS_SUFFIX
#define MOBILENET_CLASS_SUFFIX _unpublished
#endif

#define MOBILENET_JOIN_TOKENS(name, suffix) name##suffix
#define MOBILENET_CLASS(name, suffix) MOBILENET_JOIN_TOKENS(name, suffix)

#define MobilenetPadding MOBILENET_CLASS(MobilenetPadding, MOBILENET_CLASS_SUFFIX)
#define MobilenetValueHandle MOBILENET_CLASS(MobilenetValueHandle, MOBILENET_CLASS_SUFFIX)
#define MobilenetWeightsSource MOBILENET_CLASS(MobilenetWeightsSource, MOBILENET_CLASS_SUFFIX)
