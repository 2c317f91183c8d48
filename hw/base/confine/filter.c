/*
 * filter.c - see filter.h. The layout of struct seccomp_data is the kernel's <linux/seccomp.h>.
 *
 * Calls without tests are answered by the kernel's cache of constant verdicts (from Linux 5.11 on)
 * without running the program at all.
 */
#define _GNU_SOURCE
#include "hw/base/confine/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

/* Headers of before Linux 4.14 and 4.17. */
#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000u
#endif
#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1u << 2)
#endif

enum {
    LENGTH = 4096, /* BPF_MAXINSNS */
    X32 = 0x40000000,
    /* Calls that came after these lists were written: libraries that try them know what to do. */
    FIRST_UNKNOWN = 463,
};

struct filter {
    bool deadly, full;
    bool plain[FIRST_UNKNOWN]; /* calls that are allowed whatever their arguments are */
    unsigned length;
    struct sock_filter program[LENGTH];
};

static void emit(struct filter *f, u16 code, u8 yes, u8 no, u32 k)
{
    if (f->length == LENGTH)
        f->full = true;
    else
        f->program[f->length++] = (struct sock_filter){code, yes, no, k};
}

static void load(struct filter *f, size_t offset)
{
    emit(f, BPF_LD | BPF_W | BPF_ABS, 0, 0, (u32)offset);
}

static void answer(struct filter *f, u32 value)
{
    emit(f, BPF_RET | BPF_K, 0, 0, value);
}

struct filter *filter_new(bool deadly)
{
    struct filter *f = calloc(1, sizeof(*f));
    if (!f)
        return NULL;
    f->deadly = deadly;
#ifdef THIS_ARCHITECTURE
    load(f, offsetof(struct seccomp_data, arch));
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, THIS_ARCHITECTURE);
    answer(f, SECCOMP_RET_KILL_PROCESS); /* int 80h in a 64-bit program: other numbers */
#endif
    load(f, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
    emit(f, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32);
    answer(f, deadly ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | ENOSYS);
#endif
    emit(f, BPF_JMP | BPF_JGE | BPF_K, 0, 1, FIRST_UNKNOWN);
    answer(f, SECCOMP_RET_ERRNO | ENOSYS);
    return f;
}

static u32 verdict(const struct filter *f, enum filter_verdict v)
{
    return v == FILTER_ALLOW    ? SECCOMP_RET_ALLOW
           : v == FILTER_ABSENT ? SECCOMP_RET_ERRNO | ENOSYS
           : v == FILTER_DENY   ? SECCOMP_RET_ERRNO | EPERM
           : f->deadly          ? SECCOMP_RET_KILL_PROCESS
                                : SECCOMP_RET_ERRNO | EPERM;
}

/* Little-endian hosts only (filter_possible()): the low half comes first. */
static size_t argument(const struct filter_test *t)
{
    return offsetof(struct seccomp_data, args) + 8u * t->argument + (t->high ? 4 : 0);
}

static void add_rule(struct filter *f, const struct filter_rule *r)
{
    unsigned tests = 0;
    while (tests < ARRAY_SIZE(r->test) && r->test[tests].used)
        tests++;
    /* Three instructions a test, the answer, and loading the number again where there were any. */
    unsigned rest = 3 * tests + 1 + (tests != 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, (u8)rest, (u32)r->call);
    for (unsigned i = 0; i < tests; i++) {
        const struct filter_test *t = &r->test[i];
        load(f, argument(t));
        emit(f, BPF_ALU | BPF_AND | BPF_K, 0, 0, t->mask);
        emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, (u8)(3 * (tests - 1 - i) + 1), t->value);
    }
    answer(f, verdict(f, r->verdict));
    if (tests)
        load(f, offsetof(struct seccomp_data, nr));
}

void filter_add(struct filter *f, const struct filter_rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct filter_rule *r = &rules[i];
        if (r->verdict == FILTER_ALLOW && !r->test[0].used && r->call >= 0 &&
            r->call < FIRST_UNKNOWN)
            f->plain[r->call] = true;
        else
            add_rule(f, r);
    }
}

/* Calls that lie side by side are one comparison: the kernel tries the program with every number
 * when it takes it, which is most of what it costs. */
static void add_plain(struct filter *f)
{
    for (unsigned first = 0; first < FIRST_UNKNOWN; first++) {
        unsigned last = first;
        if (!f->plain[first])
            continue;
        while (last + 1 < FIRST_UNKNOWN && f->plain[last + 1])
            last++;
        emit(f, BPF_JMP | BPF_JGE | BPF_K, 0, 2, first);
        emit(f, BPF_JMP | BPF_JGT | BPF_K, 1, 0, last);
        answer(f, SECCOMP_RET_ALLOW);
        first = last;
    }
}

bool filter_finish(struct filter *f)
{
    add_plain(f);
    answer(f, verdict(f, FILTER_REFUSE));
    return !f->full;
}

/* 0, a thread's number that has a filter of its own, or -1 and errno. */
static long install(const struct filter *f)
{
    struct sock_fprog program = {(unsigned short)f->length,
                                 (struct sock_filter *)(uintptr_t)f->program};
    /*
     * SPEC_ALLOW: kernels before 5.16 would forbid the processor to speculate around stores as soon
     * as there is a filter, which costs an interpreter much of its speed; without a filter it is
     * not forbidden either.
     */
    unsigned flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    long done = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (done < 0 && errno == EINVAL) /* a kernel before 4.17 */
        done = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    return done;
}

int filter_install(const struct filter *f)
{
    long done = install(f);
    return done == 0 ? 0 : done < 0 ? errno : EBUSY;
}

void filter_free(struct filter *f)
{
    free(f);
}

bool filter_enter(struct filter *f, struct err *e)
{
    bool whole = filter_finish(f);
    long done = whole ? install(f) : -1;
    int error = errno;
    free(f);
    if (done == 0)
        return true;
    if (done > 0)
        return err_set(e, "thread %ld has a filter of its own", done);
    return err_set(e, "%s", whole ? strerror(error) : "its program is too long");
}

bool filter_possible(void)
{
#if defined(THIS_ARCHITECTURE) && defined(__BYTE_ORDER__) &&                                       \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    u32 action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
#else
    return false;
#endif
}

#else

struct filter *filter_new(bool deadly)
{
    (void)deadly;
    return calloc(1, 1);
}

void filter_add(struct filter *f, const struct filter_rule *rules, size_t count)
{
    (void)f, (void)rules, (void)count;
}

bool filter_finish(struct filter *f)
{
    (void)f;
    return true;
}

int filter_install(const struct filter *f)
{
    (void)f;
    return ENOSYS;
}

void filter_free(struct filter *f)
{
    free(f);
}

bool filter_enter(struct filter *f, struct err *e)
{
    free(f);
    return err_set(e, "this system is not Linux");
}

bool filter_possible(void)
{
    return false;
}

#endif
