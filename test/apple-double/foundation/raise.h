#pragma once

#import <Foundation/NSException.h>

// As +[NSException raise:format:], which Apple does not declare to never return.
[[noreturn]] void Raise(NSExceptionName name, NSString* format, ...) NS_FORMAT_FUNCTION(2, 3);
