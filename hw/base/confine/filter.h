/*
 * filter.h - which system calls a process may still make: seccomp's filter, a program of classic
 * BPF that the kernel runs at each call (seccomp(2), Linux' Documentation/userspace-api/
 * seccomp_filter.rst).
 *
 * The program is put together here and not by libseccomp: a list of numbers with a test of one or
 * two arguments is a few instructions each, needs no library that may be missing, and is ready in
 * microseconds, which counts against three milliseconds to the guest's first instruction.
 */
#ifndef FERRITE_FILTER_H
#define FERRITE_FILTER_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* (argument & mask) == value, of the argument's low or high half. */
struct filter_test {
    u8 argument; /* 0 to 5 */
    bool high, used;
    u32 mask, value;
};

enum filter_verdict {
    FILTER_ALLOW,
    FILTER_REFUSE, /* EPERM, or the end of the process */
    FILTER_DENY,   /* EPERM in any case: libraries try it, and do without */
    FILTER_ABSENT, /* ENOSYS: libraries then do it the older way */
};

/* The first rule of a call whose tests are all met counts; those without tests come last. */
struct filter_rule {
    int call;
    enum filter_verdict verdict;
    struct filter_test test[2];
};

struct filter;

/* `deadly`: a call that no rule allows ends the process (SIGSYS) instead of failing with EPERM. */
struct filter *filter_new(bool deadly);
void filter_add(struct filter *f, const struct filter_rule *rules, size_t count);
/*
 * The two steps of filter_enter(), for a process that was forked from one with threads and goes on
 * to another program: filter_finish() before fork(), false: too long; then filter_install(), system
 * calls only, 0 or an errno value.
 */
bool filter_finish(struct filter *f);
int filter_install(const struct filter *f);
void filter_free(struct filter *f);
/* In all threads, and for good. Frees it. false + err: nothing has changed. */
bool filter_enter(struct filter *f, struct err *e);
/* Does the kernel have it, and is this processor known here? */
bool filter_possible(void);

#endif
