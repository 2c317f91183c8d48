/*
 * timeline.c - a machine's past: keeping states, going there. See timeline.h.
 *
 * How far apart two instants are is measured in work: an instruction is one, and 100 ns of guest
 * time are another one, because timers cost the host something while the processor is halted.
 */
#include "frontend/timeline/timeline.h"

#include "hw/machine/vm_inspect.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 8192, WORK_NS = 100 };
/* Work between two states: when they are taken, and at most after some were dropped. */
#define SPACING 40000000ull
#define WIDEST 400000000ull

struct kept {
    struct vm_state *state;
    struct instant at;
    u64 work;
    u64 written; /* sectors that the guest had written to disks by then */
    u64 entry;   /* of the journal, that comes next */
};

struct timeline {
    struct vm *vm;
    struct vm_states *states; /* NULL: nothing is kept, `why` says why */
    u64 room;                 /* bytes */
    enum timeline_mode mode;
    bool apart;
    struct kept kept[MOST]; /* the oldest first */
    unsigned count;
    u64 spacing, closest; /* work */
    u64 next;             /* guest time of the next look */
    u64 barriers;         /* vm_barriers() since the first state */
    bool away;            /* kept[count - 1] is the present */
    char why[200];        /* nothing is kept, because */
};

static const char nothing_yet[] = "nothing is kept yet; it takes a second";

static u64 work_of(struct instant i)
{
    return i.instructions + i.ns / WORK_NS;
}

/* ---- keeping ---- */

struct timeline *timeline_new(struct vm *vm, u64 bytes, enum timeline_mode mode, bool apart)
{
    struct timeline *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->states = vm_states_new(vm);
    if (!t->states) {
        free(t);
        return NULL;
    }
    t->vm = vm;
    t->room = bytes;
    t->mode = mode;
    t->apart = apart;
    t->closest = t->spacing = SPACING;
    t->next = vm_now(vm);
    t->barriers = vm_barriers(vm);
    vm_journal(vm)->keeps = true;
    vm_live(vm, true);
    return t;
}

void timeline_closer(struct timeline *t, u64 instructions)
{
    t->closest = t->spacing = instructions ? instructions : SPACING;
    t->next = vm_now(t->vm);
}

/* Up to `end` they are forgotten. */
static void drop(struct timeline *t, unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++)
        vm_states_drop(t->states, t->kept[i].state);
    memmove(&t->kept[first], &t->kept[end], (t->count - end) * sizeof(t->kept[0]));
    t->count -= end - first;
    if (first == 0 && t->count)
        journal_forget(vm_journal(t->vm), t->kept[0].entry);
}

static void stop_keeping(struct timeline *t)
{
    struct journal *j = vm_journal(t->vm);
    drop(t, 0, t->count);
    vm_states_free(t->states);
    t->states = NULL;
    t->away = false;
    j->keeps = false;
    journal_cut(j, j->forgotten);
    vm_live(t->vm, j->told != NULL);
}

void timeline_free(struct timeline *t)
{
    if (t && t->states)
        stop_keeping(t);
    free(t);
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

static u64 bytes_taken(const struct timeline *t)
{
    return t->states ? vm_states_size(t->states) + journal_room(vm_journal(t->vm)) : 0;
}

/* The state without which least is lost: a small gap, for its age. 0: all gaps are wide. */
static unsigned least_missed(const struct timeline *t)
{
    u64 now = t->kept[t->count - 1].work;
    double least = 0;
    unsigned which = 0;
    for (unsigned i = 1; i + 1 < t->count; i++) {
        u64 gap = t->kept[i + 1].work - t->kept[i - 1].work;
        double price = (double)gap / (double)(now - t->kept[i].work + t->closest);
        if (gap <= WIDEST && (!which || price < least)) {
            which = i;
            least = price;
        }
    }
    return which;
}

static void make_room(struct timeline *t)
{
    while (t->count > 2 && (bytes_taken(t) > t->room || t->count == MOST)) {
        unsigned i = least_missed(t);
        drop(t, i, i + 1);
    }
}

static void no_more(struct timeline *t, const char *why)
{
    stop_keeping(t);
    snprintf(t->why, sizeof(t->why), "%s", why);
}

static bool keep(struct timeline *t, struct err *e)
{
    struct vm_state *state = vm_states_take(t->states, e);
    if (!state)
        return false;
    struct instant at = vm_state_instant(state);
    t->kept[t->count++] = (struct kept){.state = state,
                                        .at = at,
                                        .work = work_of(at),
                                        .written = written(t->vm),
                                        .entry = journal_end(vm_journal(t->vm))};
    make_room(t);
    return true;
}

/* The machine is another one than that of the states, or a part of what entered is missing. */
static void begin_again(struct timeline *t)
{
    struct journal *j = vm_journal(t->vm);
    drop(t, 0, t->count);
    journal_cut(j, j->forgotten);
    j->failed = false;
    t->away = false;
    t->barriers = vm_barriers(t->vm);
    t->next = vm_now(t->vm);
    vm_live(t->vm, true);
}

/* The time at which so much work is done, if the processor is never halted; then one looks again.
 */
static u64 time_of_work(const struct timeline *t, u64 work)
{
    double ns = (double)work / (vm_mips(t->vm) / 1e3 + 1.0 / WORK_NS);
    return vm_now(t->vm) + (ns < 1e6 ? 1000000 : ns > 1e10 ? 10000000000ull : (u64)ns);
}

static void look(struct timeline *t)
{
    u64 work = work_of(vm_instant(t->vm));
    u64 since = t->count ? work - t->kept[t->count - 1].work : t->spacing;
    if (since < t->spacing) {
        t->next = time_of_work(t, t->spacing - since);
        return;
    }
    struct err e;
    double begun = host_now();
    bool ok = keep(t, &e);
    double took = host_now() - begun;
    t->next = time_of_work(t, t->spacing);
    if (!ok && !strstr(e.text, "interrupted")) {
        char why[sizeof(t->why)];
        snprintf(why, sizeof(why), "%.190s", e.text);
        no_more(t, why);
    } else if (ok && bytes_taken(t) > t->room) {
        no_more(t, "this machine's states are too large for the memory that they get; -rewind MB "
                   "gives them more");
    } else if (t->mode == TIMELINE_TRY && t->count > 1 && took > TIMELINE_HITCH) {
        no_more(t, "keeping states of this machine would be felt; -rewind MB does it all the same");
    } else if (t->mode != TIMELINE_STEADY) {
        double apart = took / TIMELINE_SHARE; /* host seconds; of work, at this speed at most */
        u64 more = (u64)((apart < 10 ? apart : 10) * vm_mips(t->vm) * 1e6);
        t->spacing = more > t->closest ? more : t->closest;
    }
}

bool timeline_look(struct timeline *t, struct err *e)
{
    const char *astray = vm_journal(t->vm)->astray.text;
    if (!t->states)
        return true;
    if (t->barriers != vm_barriers(t->vm) || vm_journal(t->vm)->failed)
        begin_again(t);
    if (t->away) {
        bool lost = *astray != 0;
        if (lost)
            err_set(e, "%s; the machine is back in the present", astray);
        if (lost || !instant_before(vm_instant(t->vm), timeline_latest(t)))
            return timeline_goto_latest(t, e) && !lost;
        return true;
    }
    if (vm_now(t->vm) >= t->next)
        look(t);
    return true;
}

u64 timeline_next(const struct timeline *t)
{
    if (!t->states)
        return UINT64_MAX;
    return t->away ? timeline_latest(t).ns : t->next;
}

unsigned timeline_states(const struct timeline *t, u64 *bytes)
{
    *bytes = bytes_taken(t);
    return t->count;
}

bool timeline_state_instant(const struct timeline *t, unsigned i, struct instant *at)
{
    if (i >= t->count)
        return false;
    *at = t->kept[i].at;
    return true;
}

size_t timeline_events(const struct timeline *t)
{
    return vm_journal(t->vm)->count;
}

bool timeline_event(const struct timeline *t, size_t i, struct timeline_event *out)
{
    static const struct {
        u8 kind;
        const char *what;
    } names[] = {{JOURNAL_KEY, "key"},
                 {JOURNAL_MOUSE, "mouse"},
                 {JOURNAL_POINTER, "pointer"},
                 {JOURNAL_STICK, "stick"},
                 {JOURNAL_UNPLUG, "stick unplugged"},
                 {JOURNAL_POWER, "power button"},
                 {JOURNAL_RESET, "reset"},
                 {JOURNAL_SPEED, "speed"},
                 {JOURNAL_CLOCK, "speed"},
                 {JOURNAL_FLOPPY, "diskette in"},
                 {JOURNAL_EJECT, "diskette out"},
                 {JOURNAL_PROTECT, "write protection"},
                 {JOURNAL_CD, "CD in"},
                 {JOURNAL_CD_EJECT, "CD out"},
                 {JOURNAL_LOAD, "snapshot loaded"},
                 {JOURNAL_BYTES, "serial bytes"},
                 {JOURNAL_RENEW, "folder read anew"},
                 {JOURNAL_NMI, "NMI"},
                 {JOURNAL_PORT, "port"},
                 {JOURNAL_PLUG, "USB stick"},
                 {JOURNAL_FRAME, "network frame"},
                 {JOURNAL_ANSWER, "host's answer"},
                 {JOURNAL_SOUND, "recorded sound"},
                 {JOURNAL_MIDI, "MIDI bytes"}};
    const struct journal *j = vm_journal(t->vm);
    if (i >= j->count)
        return false;
    const struct journal_entry *e = &j->entry[i];
    *out = (struct timeline_event){.at = {e->instructions, e->ns}, .what = "", .unit = e->unit};
    for (size_t k = 0; k < ARRAY_SIZE(names); k++)
        if (names[k].kind == e->kind)
            out->what = names[k].what; /* "" of checks, which are no events */
    return true;
}

/* ---- going ---- */

/* The oldest state to which the machine can go back: no disk was written to since. */
static unsigned oldest(const struct timeline *t)
{
    unsigned i = 0;
    u64 now = t->apart ? 0 : written(t->vm);
    while (!t->apart && i < t->count && t->kept[i].written != now)
        i++;
    return i;
}

bool timeline_reach(const struct timeline *t, struct instant *earliest, const char **why)
{
    unsigned i = oldest(t);
    *earliest = vm_instant(t->vm);
    *why = t->why[0]  ? t->why
           : t->count ? "the guest has just written to a disk, which does not go back; with "
                        "-snapshot it would"
                      : nothing_yet;
    if (i < t->count)
        *earliest = t->kept[i].at;
    return i < t->count && (t->away || instant_before(*earliest, vm_instant(t->vm)));
}

const char *timeline_before(const struct timeline *t)
{
    return oldest(t) ? "; before that the guest has written to a disk, which does not go back "
                       "(with -snapshot it would)"
                     : "";
}

struct instant timeline_latest(const struct timeline *t)
{
    return t->away ? t->kept[t->count - 1].at : vm_instant(t->vm);
}

bool timeline_away(const struct timeline *t)
{
    return t->away;
}

/*
 * To a state. One that does not fit any more leaves the machine spoiled: then the present's. Who
 * listens hears the present, and so is there when it is restored, with what was on its way to them.
 */
static bool go_state(struct timeline *t, unsigned i, struct err *e)
{
    const struct kept *k = &t->kept[i];
    struct err why;
    vm_replay(t->vm, t->kept[t->count - 1].at, i < t->count - 1);
    if (vm_states_go(t->states, k->state, e ? e : &why)) {
        journal_go(vm_journal(t->vm), k->entry);
        return true;
    }
    if (vm_states_go(t->states, t->kept[t->count - 1].state, &why)) {
        t->away = false;
        vm_live(t->vm, true);
    }
    return false;
}

/* The present becomes a state, too, so that there is a way back. */
static bool leave(struct timeline *t, struct err *e)
{
    if (t->away)
        return true;
    if (!keep(t, e))
        return false;
    t->away = true;
    return true;
}

bool timeline_goto_latest(struct timeline *t, struct err *e)
{
    if (!t->away)
        return true;
    unsigned last = t->count - 1;
    bool ok = go_state(t, last, e);
    t->away = false;
    vm_live(t->vm, true);
    drop(t, last, t->count);
    t->next = vm_now(t->vm);
    return ok;
}

bool timeline_apart(const struct timeline *t)
{
    return t->apart;
}

/* In the past, what comes next is known, and does not go beyond what has been. */
bool timeline_try(struct timeline *t, void (*run)(void *opaque), void *opaque, struct err *e)
{
    static const struct instant never = {UINT64_MAX, UINT64_MAX};
    if (t->away)
        return err_set(e, "the machine is in its past");
    if (!t->states)
        return err_set(e, "%s", *t->why ? t->why : nothing_yet);
    if (!leave(t, e) || !go_state(t, t->count - 1, e))
        return false;
    vm_replay(t->vm, never, true); /* nobody hears it */
    run(opaque);
    return timeline_goto_latest(t, e);
}

/* Of instants by instructions or by guest time. */
struct target {
    u64 instructions, ns; /* the other one is UINT64_MAX */
};

static bool not_after(struct instant i, const struct target *to)
{
    return i.instructions <= to->instructions && i.ns <= to->ns;
}

static bool reaches(struct instant i, const struct target *to)
{
    return i.instructions >= to->instructions || i.ns >= to->ns;
}

static bool there(const struct vm *vm, const struct target *to)
{
    return reaches(vm_instant(vm), to);
}

/* What made the machine stop the first time has been answered since; it is in the journal. */
static bool run_there(struct timeline *t, const struct target *to, struct err *e)
{
    while (!there(t->vm, to)) {
        enum vm_stop why = vm_run_to(t->vm, to->ns, to->instructions);
        const char *astray = vm_journal(t->vm)->astray.text;
        if (why == VM_INTERRUPTED)
            return err_set(e, "interrupted on the way");
        if (why == VM_REPLAYED && *astray)
            return err_set(e, "%s", astray);
        if (why == VM_REPLAYED)
            break;
    }
    return true;
}

/* Was the state taken after something had entered at its instant? One arrives there before. */
static bool entered(const struct timeline *t, const struct kept *k)
{
    const struct journal *j = vm_journal(t->vm);
    if (k->entry <= j->forgotten || k->entry > journal_end(j))
        return false;
    const struct journal_entry *e = &j->entry[k->entry - 1 - j->forgotten];
    return e->instructions == k->at.instructions && e->ns == k->at.ns;
}

/* The last state not after the target, of those from `first` on. t->count: there is none. */
static unsigned state_for(const struct timeline *t, unsigned first, const struct target *to)
{
    unsigned i = t->count;
    while (i > first &&
           (!not_after(t->kept[i - 1].at, to) ||
            (i > first + 1 && reaches(t->kept[i - 1].at, to) && entered(t, &t->kept[i - 1]))))
        i--;
    return i == first ? t->count : i - 1;
}

/* false + err: why one cannot go there. */
static bool reachable(const struct timeline *t, const struct target *to, struct err *e)
{
    const char *why;
    struct instant earliest, latest = timeline_latest(t);
    bool any = timeline_reach(t, &earliest, &why);
    if (!reaches(latest, to))
        return err_set(e,
                       "the machine has not been there yet: it has come to %llu instructions "
                       "(%.3f s of guest time)",
                       (unsigned long long)latest.instructions, (double)latest.ns / 1e9);
    if (!any)
        return err_set(e, "%s", why);
    if (state_for(t, oldest(t), to) < t->count)
        return true;
    return err_set(e,
                   "the earliest instant that can be reached is after %llu instructions (%.3f s "
                   "of guest time)%s",
                   (unsigned long long)earliest.instructions, (double)earliest.ns / 1e9,
                   timeline_before(t));
}

static bool go(struct timeline *t, const struct target *to, struct err *e)
{
    struct instant now = vm_instant(t->vm);
    if (there(t->vm, to) && not_after(now, to))
        return true; /* it is there */
    if (!reachable(t, to, e) || !leave(t, e))
        return false;
    unsigned i = state_for(t, oldest(t), to);
    /* From where it is, when no state is nearer. */
    bool nearer = vm_replaying(t->vm) && !there(t->vm, to) && !instant_before(now, t->kept[i].at);
    return (nearer || go_state(t, i, e)) && run_there(t, to, e);
}

bool timeline_goto(struct timeline *t, u64 instructions, struct err *e)
{
    return go(t, &(struct target){instructions, UINT64_MAX}, e);
}

bool timeline_goto_time(struct timeline *t, u64 ns, struct err *e)
{
    return go(t, &(struct target){UINT64_MAX, ns}, e);
}

bool timeline_goto_state_before(struct timeline *t, struct instant before, struct instant *at,
                                struct err *e)
{
    const char *why;
    if (!timeline_reach(t, at, &why))
        return err_set(e, "%s", why);
    if (!instant_before(*at, before))
        return err_set(e, "this is the earliest instant that can be reached");
    if (!leave(t, e))
        return false;
    unsigned first = oldest(t), i = t->count;
    while (i > first + 1 && !instant_before(t->kept[i - 1].at, before))
        i--;
    *at = t->kept[i - 1].at;
    return go_state(t, i - 1, e);
}

void timeline_live(struct timeline *t)
{
    struct journal *j = vm_journal(t->vm);
    struct instant now = vm_instant(t->vm);
    unsigned i = t->count;
    if (!t->away)
        return;
    while (i && instant_before(now, t->kept[i - 1].at))
        i--;
    if (j->taken_back)
        j->taken_back(j->opaque, j->count - j->next);
    journal_cut(j, j->forgotten + j->next);
    drop(t, i, t->count);
    t->away = false;
    t->next = vm_now(t->vm);
    vm_live(t->vm, true);
}
