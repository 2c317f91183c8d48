/*
 * limits.c - see limits.h.
 *
 * Memory: RLIMIT_DATA (setrlimit(2), from Linux 4.7 on), which counts what is private and can be
 * written: heap, stacks, the guest's memory. What does not fit is refused to whoever asked, as when
 * the host has no more. A window is not bounded unless asked for: its drivers take what they like.
 */
#define _GNU_SOURCE /* fopencookie */
#include "frontend/cli/limits.h"

#include "frontend/cli/machine.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FIRST_NOTICE (1ull << 30)
/* Seconds that may be caught up with after a guest was idle; the longest sleep at once. */
#define BANK 0.05
#define SLEEP_MOST 0.1

/* ---- the option ---- */

/* "64M", "2G", "100K". */
static bool size_of(const char *text, size_t len, u64 *bytes)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    double n = strtod(text, &end);
    unsigned shift = 0;
    size_t used = (size_t)(end - text);
    if (used < len) {
        const char *unit = strchr(units, *end & ~0x20);
        shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
        used += unit && *unit;
    }
    if (errno || end == text || used != len || !(n > 0) || n > 1e15)
        return false;
    *bytes = (u64)(n * (double)(1ull << shift));
    return *bytes > 0;
}

bool limits_word(struct limit_options *o, const char *word, bool *known, struct err *e)
{
    size_t n = strcspn(word, ",");
    const char *equal = memchr(word, '=', n), *value = equal ? equal + 1 : word + n;
    size_t name = equal ? (size_t)(equal - word) : n, len = n - (size_t)(value - word);
    const struct {
        const char *name;
        u64 *to;
    } sizes[] = {{"mem", &o->memory}, {"disk", &o->disk}, {"log", &o->log}};
    *known = true;
    if (name == 3 && memcmp(word, "cpu", 3) == 0) {
        char *end;
        double percent = strtod(value, &end);
        end += *end == '%';
        if (end == value || end != value + len || !(percent >= 1 && percent <= 100))
            return err_set(e, "-limit %.100s: say cpu=1%% to cpu=100%% of one processor", word);
        o->cpu = percent / 100;
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        if (strlen(sizes[i].name) != name || memcmp(word, sizes[i].name, name) != 0)
            continue;
        if (sizes[i].to == &o->log && len == 4 && memcmp(value, "none", 4) == 0)
            return o->log_any = true;
        return size_of(value, len, sizes[i].to) ||
               err_set(e, "-limit %.100s: say a size, such as 100M or 2G", word);
    }
    *known = false;
    return true;
}

/* ---- a machine's ---- */

void limits_begin(struct machine *m)
{
    const struct limit_options *o = &m->options->limits;
    m->disk_budget.most = o->disk;
    m->log_budget.most = o->log_any ? 0 : o->log ? o->log : LIMITS_LOG;
    m->next_notice = FIRST_NOTICE;
}

/* ---- logs ---- */

struct counted {
    struct budget *budget;
    int fd;
};

static ssize_t counted_write(void *cookie, const char *bytes, size_t size)
{
    const struct counted *c = cookie;
    if (!budget_take(c->budget, size))
        return (ssize_t)size; /* goes nowhere: the run ends for it */
    ssize_t n;
    do
        n = write(c->fd, bytes, size);
    while (n < 0 && errno == EINTR);
    return n < 0 ? 0 : n;
}

static int counted_close(void *cookie)
{
    struct counted *c = cookie;
    int result = close(c->fd);
    free(c);
    return result;
}

FILE *limits_log(struct machine *m, int fd)
{
    struct counted *c = malloc(sizeof(*c));
    FILE *f = NULL;
    if (c) {
        *c = (struct counted){&m->log_budget, fd};
        f = fopencookie(c, "w",
                        (cookie_io_functions_t){.write = counted_write, .close = counted_close});
    }
    if (!f) {
        free(c);
        close(fd);
    }
    return f;
}

/* The dump of the network's frames is written by the network; its size is looked at. */
static void look_at_dump(struct machine *m)
{
    struct stat st;
    const char *path = m->options->netdump;
    if (!path || stat(path, &st) != 0 || !S_ISREG(st.st_mode) || (u64)st.st_size <= m->dumped)
        return;
    budget_take(&m->log_budget, (u64)st.st_size - m->dumped);
    m->dumped = (u64)st.st_size;
}

/* ---- memory ---- */

/* What of this process RLIMIT_DATA counts, and its stack; 0: unknown. The sixth number of statm, in
 * pages (proc(5)), which the kernel says in a tenth of the time that `status` takes. */
static u64 data_now(void)
{
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%*u %*u %*u %*u %*u %llu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? pages * (u64)size : 0;
}

static u64 usual_memory(const struct machine *m, u64 now)
{
    const struct options *o = m->options;
    u64 ram = (u64)(o->ram_mb ? o->ram_mb : 64) << 20, drives = 0;
    for (unsigned i = 0; o->snapshot && i < VM_DRIVES; i++)
        drives += o->snapshot_memory ? o->snapshot_memory : 256ull << 20;
    return now + ram + drives + ((u64)o->rewind_mb << 20) + LIMITS_MEMORY; /* ram: a snapshot */
}

bool limits_memory(struct machine *m, struct err *e)
{
    u64 asked = m->options->limits.memory;
    u64 now = m->memory_before ? m->memory_before : data_now(); /* a fork has what its parent had */
    struct rlimit limit;
    m->memory_before = now;
    if ((!asked && m->window) || !now || getrlimit(RLIMIT_DATA, &limit) != 0)
        return !asked || err_set(e, "-limit mem=: this host does not tell what a process uses");
    if (asked && now > asked)
        return err_set(e,
                       "-limit mem=: this machine has %llu MB when it starts; -m MB makes it "
                       "smaller",
                       (unsigned long long)(now >> 20) + 1);
    u64 most = asked ? asked : usual_memory(m, now);
    if (limit.rlim_max != RLIM_INFINITY && most > limit.rlim_max)
        most = limit.rlim_max;
    limit.rlim_cur = limit.rlim_max = (rlim_t)most;
    return setrlimit(RLIMIT_DATA, &limit) == 0 || !asked ||
           err_set(e, "-limit mem=: %s", strerror(errno));
}

/* ---- the processor ---- */

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* So long that all threads together had their share of the time since then. */
static void hold_back(struct machine *m, double share)
{
    double now = host_seconds(), cpu = cpu_seconds();
    if (m->cpu_since == 0) {
        m->cpu_since = now;
        m->cpu_then = cpu;
        return;
    }
    double due = m->cpu_since + (cpu - m->cpu_then) / share;
    if (due < now - BANK) { /* idle time is not saved up */
        m->cpu_since = now - BANK;
        m->cpu_then = cpu;
    }
    while (due > now && !ending_asked(m->ending)) {
        host_sleep(due - now < SLEEP_MOST ? due - now : SLEEP_MOST);
        now = host_seconds();
    }
}

void limits_look(struct machine *m)
{
    look_at_dump(m);
    if (m->options->limits.cpu > 0 && m->options->limits.cpu < 1)
        hold_back(m, m->options->limits.cpu);
    if (!m->disk_budget.most && m->disk_budget.taken >= m->next_notice) {
        machine_tell(m,
                     "the guest has taken %llu GB of this computer's disk so far; -limit disk= "
                     "would bound it",
                     (unsigned long long)(m->disk_budget.taken >> 30));
        m->next_notice *= 2;
    }
    if (m->disk_budget.refused && !m->told_budget) {
        m->told_budget = true;
        machine_tell(m, "the guest has taken all that -limit disk= lets it have of this computer's "
                        "disk; it is told that the disk is full");
    }
}

bool limits_ok(const struct machine *m, struct err *e)
{
    return !m->log_budget.refused ||
           err_set(e,
                   "the machine has written %llu MB into logs, serial files and dumps, and "
                   "-limit log= allows no more: the run ends",
                   (unsigned long long)(m->log_budget.most >> 20));
}
