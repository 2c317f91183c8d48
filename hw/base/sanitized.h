/*
 * sanitized.h - is this a build with AddressSanitizer? gcc and clang say it in different ways, and
 * its runtime wants more of the host than the program does.
 */
#ifndef FERRITE_SANITIZED_H
#define FERRITE_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
