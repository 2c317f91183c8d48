/*
 * threads.h - something done by every thread of the process: Landlock's rules are each thread's
 * own.
 */
#ifndef FERRITE_THREADS_H
#define FERRITE_THREADS_H

#include "hw/base/types.h"

/*
 * `what` is called once in each thread but the calling one, from a signal's handler (SIGSYS, which
 * libraries that block signals leave alone): only what such may do. Returns the number of threads
 * that did not, because they block it, have not come within a second, or because what() was false.
 */
unsigned threads_all(bool (*what)(void *opaque), void *opaque);

#endif
