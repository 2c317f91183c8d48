/*
 * usual_calls.h - the system calls of every process that works with files: on what it has open, on
 * names of files, of its own memory, threads, signals and time.
 */
#ifndef FERRITE_USUAL_CALLS_H
#define FERRITE_USUAL_CALLS_H

#include "hw/base/confine/filter.h"

/*
 * None of them has a test of its arguments; but for clone, which makes threads only, and prlimit64,
 * which only asks. What is mapped and made executable (mmap, mprotect), sent, connected and asked
 * of devices (ioctl) is not among them: each process has rules of its own for that.
 */
void filter_add_usual(struct filter *f);

#endif
