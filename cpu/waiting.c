/*
 * waiting.c - finding and skipping loops that wait: see spin.h.
 *
 * A round is found as in Brent's algorithm: the place where the processor is gets compared with one
 * that is remembered, which is replaced by the present one after 16, 32, 64... instructions; so a
 * loop is found wherever in it watching began, and with whatever lies before it.
 */
#include "cpu/spin.h"

#include "cpu/blocks/block.h"
#include "cpu/decode/query.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/mode.h"
#include "cpu/trace.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHORTEST_ROUND = 16, /* instructions from one remembered place to the next, at first... */
    LONGEST_ROUND = 256, /* ...and at last */
    LONGEST_AFTER = 32,  /* the same when something was skipped already */
    MOST_ROUNDS = 64,    /* from the same place, none of which can be skipped */
    FIRST_PATIENCE = 32, /* reads of one port until it is watched... */
    LAST_PATIENCE = 1 << 16,
    WORTH_WATCHING = 4096,
    WATCHED_COSTS = 8,   /* so many instructions as one that is watched, at least */
    SOON_JUDGED = 512,   /* watched ones, after which it has to pay */
    LONGEST_POLL = 1024, /* instructions from one read of a port to the next */
    /* Reads, where a loop was skipped that read this port: the last one of a round, when what it
     * waited for has come, and one that is in vain. */
    KNOWN_PATIENCE = 4,
    MOST_TRIES = 4, /* of a round that drifts */
};
/* Instructions between two times that lead to nothing: twice as many each time. */
#define FIRST_INTERVAL (1u << 15)
#define LAST_INTERVAL (1u << 25)

bool cpu_skip_waits(struct cpu *c, bool on)
{
    if (!on) {
        free(c->spin);
        c->spin = NULL;
    } else if (!c->spin) {
        c->spin = calloc(1, sizeof *c->spin);
        if (c->spin)
            c->spin->patience = FIRST_PATIENCE;
    }
    return !on || c->spin;
}

u64 cpu_skipped(const struct cpu *c)
{
    return c->spin ? c->spin->skipped : 0;
}

/* ---- places ---- */

static u32 tlb_fills(const struct cpu *c)
{
    u32 fills = 0;
    for (unsigned t = 0; t < TLB_TABLES; t++)
        fills += c->mmu.tlb[t].used_count[TLB_LOCAL] + c->mmu.tlb[t].used_count[TLB_GLOBAL];
    return fills;
}

/* The next round begins, at the same place. */
static void next_round(struct cpu *c)
{
    struct spin *s = c->spin;
    struct spin_place *p = &s->place;
    p->gpr[EAX] = c->gpr[EAX];
    p->executed = cpu_executed(c);
    p->ticks = cpu_ticks(c);
    p->stall = s->stall;
    s->steps = s->accesses = s->reads = s->stores = 0;
    s->dirty = s->ax_read = s->clock_read = s->drift.trying = false;
    varied_begin(c);
}

/* A round begins here. */
static void remember(struct cpu *c)
{
    struct spin *s = c->spin;
    struct spin_place *p = &s->place;
    memcpy(p->gpr, c->gpr, sizeof p->gpr);
    memcpy(p->seg, c->seg, sizeof p->seg);
    p->eip = c->eip;
    p->eflags = c->eflags;
    p->fl = c->fl & FL_ALL;
    p->tr = c->tr.sel;
    p->ldtr = c->ldtr.sel;
    p->cpl = c->cpl;
    p->nmi_blocked = c->nmi_blocked;
    p->fills = tlb_fills(c);
    s->rounds = s->choices = 0;
    s->bytes.instructions = 0;
    next_round(c);
}

/* Does what AL held not matter, because a byte was read before anybody looked? */
static bool al_is_free(const struct spin *s)
{
    return s->accesses && !s->access[0].out && s->access[0].size == 1 && !s->ax_read;
}

static bool same_segment(const struct seg *a, const struct seg *b)
{
    return a->base == b->base && a->limit == b->limit && a->sel == b->sel && a->attr == b->attr &&
           a->usable == b->usable;
}

/* Is this the remembered place, whatever the registers and the flags of sums are? */
static bool near_place(const struct cpu *c)
{
    const struct spin_place *p = &c->spin->place;
    if (c->eip != p->eip || c->eflags != p->eflags || c->cpl != p->cpl || c->tr.sel != p->tr ||
        c->ldtr.sel != p->ldtr || c->nmi_blocked != p->nmi_blocked)
        return false;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        if (!same_segment(&c->seg[i], &p->seg[i]))
            return false;
    return tlb_fills(c) == p->fills;
}

/* Is this the remembered place, but for AL when it does not matter? */
static bool same_place(const struct cpu *c)
{
    const struct spin_place *p = &c->spin->place;
    u32 matters = al_is_free(c->spin) ? ~0xffu : ~0u;
    return !((c->gpr[EAX] ^ p->gpr[EAX]) & matters) &&
           memcmp(&c->gpr[1], &p->gpr[1], sizeof p->gpr - sizeof p->gpr[0]) == 0 &&
           (c->fl & FL_ALL) == p->fl;
}

/* Did an earlier store of the round change this byte? */
static bool changed_before(const struct spin *s, const struct spin_store *t, const u8 *byte)
{
    for (const struct spin_store *u = s->store; u < t; u++)
        if (byte >= u->at && byte < u->at + u->size)
            return true;
    return false;
}

/* Is memory again as it was when the round began? */
static bool same_memory(const struct spin *s)
{
    for (const struct spin_store *t = s->store; t < s->store + s->stores; t++)
        for (unsigned i = 0; i < t->size; i++)
            if (t->at[i] != t->old[i] && !changed_before(s, t, &t->at[i]))
                return false;
    return true;
}

/* ---- watching ---- */

/*
 * Rounds begin here, where the processor has stopped behind a port that it had read often enough.
 * It stops there each time, so that what a round was like that drifts may be known already.
 */
static void begin_round_that_drifts(struct cpu *c)
{
    struct spin *s = c->spin;
    const struct drift *d = &s->drift;
    s->at_port = true;
    s->limit = LONGEST_POLL;
    if (d->known && d->lin == c->seg[SEG_CS].base + c->eip)
        drift_begin(c);
}

static bool watch(struct cpu *c, u64 ticks)
{
    struct spin *s = c->spin;
    if (ticks < WORTH_WATCHING || c->halted || c->inspect || c->profile || c->trace ||
        debug_armed(c) || (c->eflags & EFL_TF) ||
        log_on(c->log, TRACE_CATEGORIES | LOG_INT | LOG_IO))
        return false;
    c->watching = true;
    cpu_update_mode(c);
    s->limit = SHORTEST_ROUND;
    s->watched = s->gained = 0;
    s->at_port = s->varied.wanted = s->varied.early = false;
    s->vain = 0;
    s->at_ports = s->drift;
    remember(c);
    if (s->polled && s->drift.wanted)
        begin_round_that_drifts(c);
    return true;
}

void spin_begin(struct cpu *c, u64 ticks)
{
    if (cpu_executed(c) >= c->spin->next)
        watch(c, ticks);
}

void spin_polled(struct cpu *c)
{
    if (c->watching || c->budget <= 0 || !watch(c, (u64)c->budget))
        c->spin->polled = false;
}

static void stop_watching(struct cpu *c)
{
    struct spin *s = c->spin;
    if (!s->polled)
        s->drift = s->at_ports;
    c->watching = s->polled = s->drift.trying = s->refused = false;
    memset(s->port, 0, sizeof s->port);
    cpu_update_mode(c);
}

/* A loop that waits for a port which changes every few rounds is done sooner than watched. */
static bool pays(const struct spin *s)
{
    return s->gained && s->gained >= WATCHED_COSTS * s->watched;
}

void spin_end(struct cpu *c, bool in_vain)
{
    struct spin *s = c->spin;
    bool polled = s->polled;
    if (!c->watching)
        return;
    stop_watching(c);
    if (polled) {
        if (pays(s))
            s->patience = s->drift.known ? KNOWN_PATIENCE : FIRST_PATIENCE;
        else
            s->patience = s->patience < LAST_PATIENCE ? 2 * s->patience : LAST_PATIENCE;
        if (s->drift.wanted && !pays(s) && ++s->drift.failures >= MOST_TRIES)
            s->drift.wanted = s->drift.known = false;
        return;
    }
    if (!in_vain || pays(s))
        s->interval = 0;
    else if (s->interval < LAST_INTERVAL)
        s->interval = s->interval ? 2 * s->interval : FIRST_INTERVAL;
    s->next = cpu_executed(c) + s->interval;
}

void spin_interrupted(struct cpu *c)
{
    struct spin *s = c->spin;
    /* One that comes before anything could be seen, as at the start of most slices, says nothing.
     */
    if (c->watching && !s->gained && (s->polled || s->limit == SHORTEST_ROUND))
        stop_watching(c);
    spin_end(c, true);
    if (cpu_executed(c) >= s->next) {
        s->soon = 2;
        s->taken = 0;
    }
}

/* May a round contain it? */
static bool repeats(const struct op *o)
{
    const u64 apart = R_STS | R_XMMS | 0xffull << 24 /* MM */ | R_X87 | R_MXCSR | R_SYS | R_PORT;
    const u64 segments = 0x3full << 8;
    if ((op_row(o)->attr & A_REP) && (o->flags & (OPF_REP | OPF_REPNE)) &&
        op_memory(o).access != 'r')
        return false; /* stores many bytes at once */
    switch (op_operation(o)) {
    case I_in:
    case I_out:
    case I_int:
    case I_iret:
    case I_call_far:
    case I_jmp_far:
    case I_retf:
    case I_rdtsc:
        return true; /* all that they change is compared, or noted */
    default:
        break;
    }
    u64 uses = op_reads(o) | op_writes(o);
    if (op_writes(o) & segments)
        uses &= ~R_SYS; /* the tables' registers, to load one */
    return !(uses & apart);
}

/* The answers for the instruction of a block; found in a table as a rule. */
static const struct spin_known *known(struct spin *s, const struct block *b)
{
    enum { OPERANDS = offsetof(struct op, r1) };
    uintptr_t at = (uintptr_t)b / sizeof *b;
    struct spin_known *k = &s->known[(at ^ at >> 10) % SPIN_KNOWN];
    const u8 *is = (const u8 *)b->op + OPERANDS, *was = (const u8 *)&k->op + OPERANDS;
    if (likely(memcmp(is, was, sizeof(struct op) - OPERANDS) == 0))
        return k;
    u64 reads = op_reads(b->op);
    *k = (struct spin_known){*b->op, repeats(b->op), reads & R_AX, reads, op_writes(b->op)};
    return k;
}

/* Rounds begin where the port is read for whose sake watching began. */
static void begin_at_port(struct cpu *c)
{
    struct spin *s = c->spin;
    s->at_port = true;
    s->limit = LONGEST_POLL;
    remember(c);
}

void spin_check(struct cpu *c, const struct block *b)
{
    struct spin *s = c->spin;
    s->begun = cpu_ticks(c);
    const struct spin_known *k = b == c->blocks->uncached ? NULL : known(s, b);
    if (!k || !k->repeats) {
        spin_end(c, true);
        return;
    }
    bool port = op_operation(b->op) == I_in;
    if (port && s->polled && !s->at_port)
        begin_at_port(c);
    else if (!(s->at_port && s->drift.wanted) && !s->varied.wanted && port && !s->reads &&
             s->ax_read)
        remember(c); /* a round that begins here reads nothing of AX before */
    else if (!s->reads && k->reads_ax)
        s->ax_read = true;
    if (s->varied.early && op_operation(b->op) == I_out) { /* one that latches, perhaps */
        s->varied.early = false;
        remember(c);
    }
    s->clock_read |= op_operation(b->op) == I_rdtsc;
    if (s->varied.whole)
        varied_before(c, b, k->reads, k->writes);
    if (s->drift.trying)
        drift_before(c, k, b);
}

/* ---- skipping ---- */

/* The remembered round, and so each one like it, can be repeated so many times. */
static u64 times(const struct cpu *c, u64 length)
{
    const struct spin *s = c->spin;
    u64 n = c->budget > 0 ? (u64)(c->budget - 1) / length : 0;
    for (unsigned i = 0; i < s->accesses; i++) {
        const struct cpu_port_access *a = &s->access[i];
        u64 same = a->steady ? (a->steady - 1) / length : 0;
        if (!a->out && !s->varied.curved[i] && same < n)
            n = same;
    }
    return n;
}

/*
 * The round makes the same accesses as those whose bytes are known, but for what one of them reads:
 * which? `accesses`: none differs; more: it is another round.
 */
static unsigned which_differs(const struct spin *s)
{
    const struct spin_bytes *b = &s->bytes;
    unsigned which = s->accesses;
    if (b->accesses != s->accesses)
        return which + 1;
    for (unsigned i = 0; i < s->accesses; i++) {
        const struct cpu_port_access *x = &s->access[i], *y = &b->access[i];
        if (x->port != y->port || x->size != y->size || x->out != y->out || x->at != y->at)
            return s->accesses + 1;
        if (x->value == y->value || (b->differ && i == b->index))
            continue;
        if (x->out || x->size != 1 || b->differ || which < s->accesses)
            return s->accesses + 1;
        which = i;
    }
    return which;
}

/* A round with these bytes came back. What was known of rounds of another kind is forgotten. */
static void note_bytes(const struct cpu *c, u64 instructions, u64 length)
{
    struct spin *s = c->spin;
    struct spin_bytes *b = &s->bytes;
    unsigned which = s->accesses + 1;
    if (b->instructions == instructions && b->ticks == length)
        which = which_differs(s);
    if (which < s->accesses && which != b->index) { /* of all rounds until now it was the same */
        u8 was = (u8)b->access[which].value, al = b->al[(u8)b->access[b->index].value];
        b->index = which;
        b->met = (struct byte_set){0};
        byte_set_add(&b->met, was);
        b->al[was] = al;
    }
    b->differ |= which < s->accesses;
    if (which > s->accesses) {
        if (b->instructions && b->index < s->accesses)
            s->access[b->index].steady = 0; /* it may have counted on the others */
        b->met = (struct byte_set){0};
        b->instructions = instructions;
        b->ticks = length;
        b->accesses = s->accesses;
        b->index = 0;
        b->differ = false;
        memcpy(b->access, s->access, s->accesses * sizeof s->access[0]);
    }
    u8 byte = (u8)s->access[b->index].value;
    byte_set_add(&b->met, byte);
    b->al[byte] = (u8)c->gpr[EAX];
}

/* Is there a port that no round can be skipped for, whatever the others say? */
static bool hopeless(const struct spin *s)
{
    for (unsigned i = 0; i < s->accesses; i++)
        if (!s->access[i].out && !s->access[i].steady && i != s->bytes.index)
            return true;
    return false;
}

/* Has the round left the devices with the same chosen as the one before it? */
static bool same_choice(const struct cpu *c)
{
    struct spin *s = c->spin;
    bool same = s->choices == s->accesses, any = false;
    for (unsigned i = 0; i < s->accesses; i++) {
        u16 port = s->access[i].port;
        struct spin_choice is = {port, c->bus.chosen ? c->bus.chosen(c->bus.owner, port) : 0};
        same = same && s->choice[i].port == port && s->choice[i].is == is.is;
        any |= is.is != 0;
        s->choice[i] = is;
    }
    s->choices = s->accesses;
    return same || !any;
}

/* What has been seen of the round that has just ended. */
static struct cpu_skip round_of(const struct cpu *c)
{
    const struct spin *s = c->spin;
    return (struct cpu_skip){.instructions = cpu_executed(c) - s->place.executed,
                             .ticks = cpu_ticks(c) - s->place.ticks,
                             .stall = (u64)(s->stall - s->place.stall),
                             .access = s->access,
                             .accesses = s->accesses};
}

/* So many rounds pass. value[]: what the last one reads and writes. */
static void pass(struct cpu *c, const struct cpu_skip *k, u32 *value)
{
    struct spin *s = c->spin;
    u64 length = k->ticks + k->stall;
    for (unsigned i = 0; i < k->accesses; i++)
        value[i] = k->access[i].value;
    if (c->bus.skip)
        c->bus.skip(c->bus.owner, k, value);
    c->budget -= (s64)(k->times * length);
    c->until -= k->times * (length - k->instructions);
    c->extra += k->times * (k->ticks - k->instructions);
    s->skipped += k->times * k->instructions;
    s->gained += k->times * k->instructions;
}

/* A round has ended where it began. */
static void came_back(struct cpu *c)
{
    struct spin *s = c->spin;
    struct cpu_skip k = round_of(c);
    u64 length = k.ticks + k.stall;
    u32 last[SPIN_ACCESSES];
    bool by_byte = s->reads > 0;
    if (by_byte)
        note_bytes(c, k.instructions, length);
    k.times = same_choice(c) && length ? times(c, length) : 0;
    if (k.times) {
        pass(c, &k, last);
        if (al_is_free(s))
            REG8(offsetof(struct cpu, gpr)) = s->bytes.al[(u8)last[s->bytes.index]];
        s->limit = SHORTEST_ROUND;
    }
    s->rounds = k.times ? 0 : s->rounds + 1;
    if ((s->watched > SOON_JUDGED && !pays(s)) || hopeless(s)) {
        spin_end(c, true);
        return;
    }
    /* Where a port changes the loop may end, or wait on. */
    if (c->budget >= WORTH_WATCHING && s->rounds < MOST_ROUNDS && (by_byte || k.times))
        next_round(c);
    else
        spin_end(c, !k.times);
}

/* The round does not drift, or ends elsewhere. At a port there is nothing else to find. */
static void drifts_in_vain(struct cpu *c)
{
    struct spin *s = c->spin;
    s->drift.trying = false;
    s->vain++;
    if (s->at_port)
        spin_end(c, true);
}

/* Rounds have passed that drift. Behind a port that is read again the processor stops anyway. */
static void drifted(struct cpu *c)
{
    struct spin *s = c->spin;
    if (s->at_port || c->budget < WORTH_WATCHING || !pays(s)) {
        spin_end(c, false);
        return;
    }
    s->limit = SHORTEST_ROUND;
    s->vain = 0;
    remember(c);
}

/* A round has ended at the instruction where it began, but something is different. */
static void came_near(struct cpu *c)
{
    struct spin *s = c->spin;
    struct cpu_skip k = round_of(c);
    u64 length = k.ticks + k.stall;
    u32 last[SPIN_ACCESSES];
    bool tried = s->drift.trying, same = same_choice(c);
    unsigned tries = s->rounds + 1, choices = s->choices;
    if (tried) {
        u64 most = drift_rounds(c, k.instructions, length);
        if (!same)
            most = 0;
        k.times = length ? times(c, length) : 0;
        k.times = most < k.times ? most : k.times;
    }
    if (k.times) {
        drift_pass(c, k.times);
        s->drift.failures = 0;
        pass(c, &k, last);
        drifted(c);
        return;
    }
    if (tries >= MOST_TRIES || c->budget < WORTH_WATCHING ||
        !drift_observe(c, k.instructions, length)) {
        drifts_in_vain(c);
        return;
    }
    remember(c);
    s->choices = choices;
    s->rounds = tries;
    drift_begin(c);
}

/* A round has ended that reads a count. */
static void came_varied(struct cpu *c)
{
    struct spin *s = c->spin;
    struct cpu_skip k = round_of(c);
    u64 length = k.ticks + k.stall, settle = 0;
    u32 last[SPIN_ACCESSES];
    unsigned tries = s->rounds + 1, choices;
    bool same = same_choice(c);
    choices = s->choices;
    if (same && length && s->place.executed >= s->varied.settled)
        k.times = varied_rounds(c, times(c, length), length, &settle);
    if (k.times) {
        pass(c, &k, last);
        s->varied.settled = cpu_executed(c) + settle * k.instructions;
        s->limit = 2 * (unsigned)k.instructions + SHORTEST_ROUND;
        tries = 0;
    }
    if (tries >= MOST_TRIES || c->budget < WORTH_WATCHING ||
        (s->watched > SOON_JUDGED && !pays(s))) {
        spin_end(c, !k.times);
        return;
    }
    remember(c);
    s->choices = choices;
    s->rounds = tries;
}

void spin_look(struct cpu *c)
{
    struct spin *s = c->spin;
    s->steps++;
    s->watched++;
    if (s->refused) {
        spin_end(c, true);
        return;
    }
    if (s->drift.trying && !drift_after(c)) {
        drifts_in_vain(c);
        if (!c->watching)
            return;
    }
    if (c->shadow == SHADOW_NONE && !s->dirty && near_place(c)) {
        if (s->varied.any) {
            came_varied(c);
            return;
        }
        bool drift = s->at_port ? s->drift.wanted : !s->polled; /* the port is still to come */
        if (!s->clock_read && (!s->drift.trying || !s->at_port) && same_place(c) &&
            same_memory(s)) {
            came_back(c);
            return;
        }
        if (drift && s->vain < MOST_TRIES) {
            came_near(c);
            return;
        }
        if (s->at_port && !drift) { /* from the next time on, if it comes soon */
            s->drift.wanted = true;
            s->drift.failures = 0;
            spin_end(c, true);
            return;
        }
    }
    if (s->steps < s->limit)
        return;
    if (s->limit >= (s->gained ? LONGEST_AFTER : LONGEST_ROUND)) {
        spin_end(c, true);
        return;
    }
    s->limit *= 2;
    remember(c);
}
