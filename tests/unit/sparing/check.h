/*
 * check.h - in the place of libcheck's, for every unit test: libcheck writes down each place that
 * it passes, by a system call, to say after which one a test has crashed. In a loop over the dots
 * of a picture that takes longer than the test. So a place is written down a hundred times, and
 * then passed.
 */
#ifndef SPARING_H
#define SPARING_H

#include_next <check.h>

static inline void sparing_mark(const char *file, int line)
{
    static unsigned passed[1024]; /* by line; START_TEST is in a process of its own */
    if (passed[line & 1023] < 100) {
        passed[line & 1023]++;
        _mark_point(file, line);
    }
}

#define _mark_point(file, line) sparing_mark(file, line)

#endif
