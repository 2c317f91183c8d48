/*
 * rewind.c - states of the last while, in memory. See rewind.h.
 */
#include "frontend/control/rewind.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 4096 };

struct kept {
    u64 time;
    u64 written; /* sectors that the guest had written to disks by then */
    u8 *bytes;
    size_t size;
};

struct rewind {
    u64 room, used; /* bytes */
    enum rewind_mode mode;
    bool apart;
    struct kept kept[MOST]; /* the oldest first */
    unsigned count;
    u64 next;
    char why[200]; /* nothing is kept, because */
};

static const char nothing_yet[] = "nothing is kept yet; it takes a second";

struct rewind *rewind_new(u64 bytes, enum rewind_mode mode, bool apart)
{
    struct rewind *r = calloc(1, sizeof(*r));
    if (r) {
        r->room = bytes;
        r->mode = mode;
        r->apart = apart;
    }
    return r;
}

/* Up to `end` they are forgotten. */
static void drop(struct rewind *r, unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++) {
        r->used -= r->kept[i].size;
        free(r->kept[i].bytes);
    }
    memmove(&r->kept[first], &r->kept[end], (r->count - end) * sizeof(r->kept[0]));
    r->count -= end - first;
}

void rewind_free(struct rewind *r)
{
    if (r)
        drop(r, 0, r->count);
    free(r);
}

u64 rewind_next(const struct rewind *r)
{
    return r->why[0] ? UINT64_MAX : r->next;
}

/* Sectors that the guest has written; it may go down when a medium is changed, which counts, too.
 */
static u64 written(const struct vm *vm)
{
    u64 sum = 0;
    for (unsigned place = 0; place < VM_DRIVES; place++) {
        struct vm_drive d;
        if (vm_drive(vm, place, &d))
            sum += d.written;
    }
    return sum;
}

/* Of the processor, in this thread: what others do on the host says nothing of a state's price. */
static double host_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void no_more(struct rewind *r, const char *why)
{
    drop(r, 0, r->count);
    snprintf(r->why, sizeof(r->why), "%s", why);
}

static void keep(struct rewind *r, struct vm *vm)
{
    struct kept *k;
    struct err e;
    u8 *bytes;
    size_t size;
    if (!vm_save(vm, &bytes, &size, &e)) {
        r->next = vm_now(vm) + NS_PER_SEC; /* interrupted, perhaps */
        return;
    }
    if (size > r->room / 2) {
        free(bytes);
        no_more(r, "this machine's states are too large for the memory that they get; -rewind MB "
                   "gives them more");
        return;
    }
    while (r->count && (r->count == MOST || r->used + size > r->room))
        drop(r, 0, 1);
    k = &r->kept[r->count++];
    *k = (struct kept){vm_now(vm), written(vm), bytes, size};
    r->used += size;
}

void rewind_look(struct rewind *r, struct vm *vm)
{
    u64 now = vm_now(vm);
    while (r->count && r->kept[r->count - 1].time > now) /* a snapshot has taken the clock back */
        drop(r, r->count - 1, r->count);
    if (r->next > now + 100 * NS_PER_SEC)
        r->next = now;
    if (now < r->next || r->why[0])
        return;
    double begun = host_now();
    keep(r, vm);
    double took = host_now() - begun, apart = 1;
    if (r->mode == REWIND_TRY && took > REWIND_HITCH) {
        no_more(r, "keeping states of this machine would be felt; -rewind MB does it all the same");
        return;
    }
    if (r->mode != REWIND_STEADY && took / REWIND_SHARE > apart)
        apart = took / REWIND_SHARE < 60 ? took / REWIND_SHARE : 60;
    r->next = now + (u64)(apart * 1e9);
}

/* The oldest state to which the machine can go back: no disk was written to since. */
static unsigned oldest(const struct rewind *r, const struct vm *vm)
{
    unsigned i = 0;
    u64 now = written(vm);
    while (!r->apart && i < r->count && r->kept[i].written != now)
        i++;
    return i;
}

u64 rewind_reach(const struct rewind *r, const struct vm *vm, const char **why)
{
    unsigned i = oldest(r, vm);
    *why = r->why[0]  ? r->why
           : r->count ? "the guest has just written to a disk, which does not go back; with "
                        "-snapshot it would"
                      : nothing_yet;
    return i < r->count && r->kept[i].time < vm_now(vm) ? vm_now(vm) - r->kept[i].time : 0;
}

unsigned rewind_states(const struct rewind *r, u64 *bytes)
{
    *bytes = r->used;
    return r->count;
}

bool rewind_go(struct rewind *r, struct vm *vm, u64 ns, u64 *to, struct err *e)
{
    const char *why;
    u64 now = vm_now(vm), reach = rewind_reach(r, vm, &why);
    unsigned first = oldest(r, vm), i = r->count;
    if (!reach)
        return err_set(e, "%s", why);
    while (i > first && (r->kept[i - 1].time + ns > now || r->kept[i - 1].time >= now))
        i--;
    if (i == first)
        return err_set(e, "one can go back %.1f s%s", (double)reach / 1e9,
                       first ? "; before that the guest has written to a disk, which does not go "
                               "back (with -snapshot it would)"
                             : "");
    const struct kept *k = &r->kept[i - 1];
    if (!vm_load(vm, k->bytes, k->size, e))
        return false;
    *to = now - k->time;
    drop(r, i, r->count);
    r->next = vm_now(vm) + NS_PER_SEC;
    return true;
}
