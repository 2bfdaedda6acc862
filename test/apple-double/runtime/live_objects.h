#pragma once

// For tests that look for leaks.

// How many objects and blocks there are on the heap, in all threads. String literals are not on
// it. Objects in autorelease pools count until these are drained.
long LiveObjects();
