/*
 * callstack.c - in which chain of calls the processor is, from outside: guests keep no record of it
 * that could be relied on.
 *
 * A call, an interrupt or an exception notes where on the stack its return address lies. A return
 * takes back the note for the place that it pops from. Programs do other things, and each of them
 * repairs what is known:
 *
 *   longjmp(), exceptions of C++, a stack that is set anew: what lies below the stack pointer has
 *     been given up; notes for it go at the next call or return.
 *   a return to an address that was pushed: no note is for that place; it is a jump.
 *   another stack (a thread, DOS's own in INT 21h): a return from a place that another thread's
 *     last note is for is that thread going on. A call far from the last note is of another
 *     thread, if one has its notes nearer, else on a stack that this one has changed to.
 *   rings: the notes of the inner ring's stack lie on top of those of the outer one's, and go when
 *     it is left.
 *   hardware tasks: each has notes of its own, known by TR.
 *
 * A jump into another function than the one called (by its symbol) takes its place, as a tail call
 * does. What is wrong in spite of all this is wrong about the chain, never about the number of
 * instructions.
 */
#include "cpu/profile/private.h"

#include <stdlib.h>

#define FAR_AWAY 0x10000u /* no note is that far from the next one of the same stack */
#define BESIDE 256u       /* what a program pushes in order to return to it lies that near */

static u32 here(const struct cpu *c)
{
    return c->seg[SEG_CS].base + c->eip;
}

/* ---- strands ---- */

static struct strand *present(struct cpu_profile *p)
{
    return &p->strand[p->present];
}

static struct profile_frame *top_of(const struct strand *s)
{
    return s->frames ? &s->frame[s->frames - 1] : NULL;
}

static u32 *parked_at(struct cpu_profile *p, u32 slot)
{
    return &p->parked[(slot >> 2 ^ slot >> 12) % PARKED];
}

static void park(struct cpu_profile *p)
{
    struct strand *s = present(p);
    const struct profile_frame *top = top_of(s);
    s->node = p->at;
    s->task = p->task;
    s->used = ++p->clock;
    if (top)
        *parked_at(p, top->slot) = p->present + 1;
}

static void resume(struct cpu_profile *p, u32 strand)
{
    park(p);
    p->present = strand;
    p->at = present(p)->node;
}

/* A thread that was not seen before, in place of the one that was not seen for the longest time. */
static void fresh_strand(struct cpu_profile *p)
{
    u32 n = p->strands;
    if (n < STRANDS) {
        p->strands++;
    } else {
        n = p->present ? 0 : 1;
        for (u32 i = 0; i < STRANDS; i++)
            if (i != p->present && p->strand[i].used < p->strand[n].used)
                n = i;
    }
    p->strand[n].frames = p->strand[n].lost = 0;
    p->strand[n].node = node_number(p, 0);
    resume(p, n);
}

/* The parked thread of this task whose last note is the nearest above this place; the present one:
 * there is none. */
static u32 nearest(const struct cpu_profile *p, u32 slot, u32 within)
{
    u32 best = p->present;
    for (u32 i = 0; i < p->strands; i++) {
        const struct profile_frame *top = top_of(&p->strand[i]);
        if (i == p->present || !top || p->strand[i].task != p->task || top->slot <= slot ||
            top->slot - slot >= within)
            continue;
        within = top->slot - slot;
        best = i;
    }
    return best;
}

/* The hardware task has changed. */
static void change_task(struct cpu_profile *p, u32 task)
{
    u32 best = p->present;
    u64 latest = 0;
    for (u32 i = 0; i < p->strands; i++) {
        const struct strand *s = &p->strand[i];
        if (i != p->present && s->task == task && s->used >= latest && s->used) {
            latest = s->used;
            best = i;
        }
    }
    if (best == p->present)
        fresh_strand(p);
    else
        resume(p, best);
    p->task = task;
}

/* ---- notes ---- */

static void push(struct cpu_profile *p, const struct profile_frame *f)
{
    struct strand *s = present(p);
    if (s->frames == s->room) {
        u32 room = s->room ? 2 * s->room : 64;
        struct profile_frame *old = s->frame ? s->frame - 1 : NULL, *more = NULL;
        if (room <= FRAMES)
            more = realloc(old, (room + 1) * sizeof *more);
        if (!more) {
            s->lost++;
            return;
        }
        more->slot = NO_SLOT; /* below the first one, for who looks at the last one */
        s->frame = more + 1;
        s->room = room;
    }
    s->frame[s->frames++] = *f;
}

/* Notes above number n have gone. */
static void cut(struct cpu_profile *p, u32 n)
{
    struct strand *s = present(p);
    p->at = s->frame[n].node;
    s->frames = n;
    s->lost = 0;
}

/*
 * Notes at and below this place have been given up, as far as they are of the present stack and it
 * is one: a note above it has to be there, or it is just below the first one.
 */
static void repair(struct cpu_profile *p, u32 slot)
{
    struct strand *s = present(p);
    u32 n = s->frames;
    while (n && s->frame[n - 1].slot <= slot && slot - s->frame[n - 1].slot < FAR_AWAY) {
        n--;
        if (s->frame[n].kind > NOTE_CALL)
            break;
    }
    if (n == s->frames)
        return;
    bool more = n && s->frame[n].kind <= NOTE_CALL && s->frame[n - 1].slot > slot;
    if (more || slot - s->frame[n].slot < BESIDE)
        cut(p, n);
}

/* A return address is about to be noted there: of which stack? true: of one that begins now. */
static bool settle(struct cpu_profile *p, u32 slot)
{
    const struct profile_frame *top = top_of(present(p));
    if (!top)
        return true;
    if (top->slot <= slot) {
        repair(p, slot);
        top = top_of(present(p));
        if (!top)
            return true;
    }
    u32 within = top->slot > slot ? top->slot - slot : FAR_AWAY;
    if (within < FAR_AWAY / 16)
        return false;
    u32 other = nearest(p, slot, within < FAR_AWAY ? within : FAR_AWAY);
    if (other != p->present) {
        resume(p, other);
        return false;
    }
    return within >= FAR_AWAY;
}

/* What the code here is called; `to`: its place, or NULL. */
static u32 symbol_here(const struct cpu *c, const struct cpu_place *to)
{
    return to ? to->symbol : profile_symbol(c, here(c));
}

static void call(struct cpu *c, struct cpu_place *to, const struct profile_frame *f, s16 vector)
{
    struct cpu_profile *p = c->profile;
    struct profile_frame note = *f;
    if (note.kind != NOTE_INNER && settle(p, note.slot))
        note.kind = NOTE_BOTTOM;
    note.node = p->at;
    push(p, &note);
    if (to && to->called && to->caller == p->at) {
        p->at = to->called;
        p->at->calls++;
        return;
    }
    struct profile_node *caller = p->at;
    u32 function = to ? to->entered : 0;
    if (!function) {
        function = profile_function_of(p, c, symbol_here(c, to), here(c), vector);
        if (to)
            to->entered = function;
    }
    p->at = profile_child(p, p->at, function);
    if (to && p->at->symbol == to->symbol) {
        to->caller = caller;
        to->called = p->at;
        profile_knows(caller, here(c), p->at);
    }
    p->at->calls++;
}

/* The stack of the inner ring has been left. */
static void leave_inner(struct cpu *c)
{
    struct cpu_profile *p = c->profile;
    struct strand *s = present(p);
    u32 n = s->frames;
    while (n && s->frame[n - 1].kind != NOTE_INNER)
        n--;
    if (!n)
        return;
    struct profile_frame f = s->frame[n - 1];
    cut(p, n - 1);
    u32 esp = stack_lin(c);
    /* A monitor of virtual-8086 mode reflects an interrupt: it has pushed its frame by hand. */
    if (f.ret != here(c) && f.esp - esp == 6)
        call(c, NULL, &(struct profile_frame){.slot = esp, .ret = f.ret}, -1);
    else
        repair(p, esp - 1);
}

/* A return address was taken from there. */
static void back(struct cpu *c, u32 slot)
{
    struct cpu_profile *p = c->profile;
    struct strand *s = present(p);
    u32 n = s->frames, lin = here(c);
    if (n && s->frame[n - 1].slot == slot) {
        cut(p, n - 1);
        return;
    }
    if (n && s->lost && slot < s->frame[n - 1].slot) {
        s->lost--;
        return;
    }
    /* Pushed, and returned to: a jump. */
    if (n && slot < s->frame[n - 1].slot && s->frame[n - 1].slot - slot < BESIDE)
        return;
    for (u32 i = n; i-- > 0;) {
        if (s->frame[i].slot == slot && s->frame[i].ret == lin) {
            cut(p, i);
            return;
        }
    }
    u32 parked = *parked_at(p, slot);
    if (parked && parked - 1 != p->present) {
        const struct profile_frame *top = top_of(&p->strand[parked - 1]);
        if (top && top->slot == slot && top->ret == lin) {
            resume(p, parked - 1);
            cut(p, present(p)->frames - 1);
            return;
        }
    }
    if (!n)
        return;
    repair(p, slot);
    const struct profile_frame *top = top_of(present(p));
    if (top && top->slot - slot >= FAR_AWAY / 16) { /* modulo 2^32: below it, or above */
        u32 other = nearest(p, slot, FAR_AWAY / 16);
        if (other != p->present)
            resume(p, other);
        else
            fresh_strand(p);
    }
}

/* ---- what happens ---- */

void profile_free_calls(struct cpu_profile *p)
{
    for (u32 i = 0; i < STRANDS; i++) {
        if (p->strand[i].frame)
            free(p->strand[i].frame - 1);
        p->strand[i] = (struct strand){.frame = NULL};
    }
}

void profile_forget_calls(struct cpu_profile *p)
{
    profile_free_calls(p);
    for (u32 i = 0; i < PARKED; i++)
        p->parked[i] = 0;
    p->strands = 1;
    p->present = 0;
    p->at = node_number(p, 0);
}

void profile_enter(const struct cpu *c)
{
    struct cpu_profile *p = c->profile;
    struct strand *s = present(p);
    const struct profile_frame *top = c->counted.top;
    p->at = c->counted.at;
    if (top != &p->no_note)
        s->frames = (u32)(top + 1 - s->frame);
}

void profile_leave(struct cpu *c)
{
    struct cpu_profile *p = c->profile;
    struct strand *s = present(p);
    c->counted.at = p->at;
    c->counted.top = s->frame && !s->lost ? s->frame + s->frames - 1 : &p->no_note;
    c->counted.last = s->frame ? s->frame + s->room - 1 : NULL;
}

void profile_jumped(struct cpu *c, u32 symbol)
{
    struct cpu_profile *p = c->profile;
    repair(p, stack_lin(c) - 1); /* longjmp() */
    if (symbol && p->at->symbol == symbol)
        return;
    struct profile_node *parent = node_number(p, p->at->parent);
    p->at = profile_child(p, parent, profile_function_of(p, c, symbol, here(c), -1));
}

/* Where the stack of virtual-8086 mode stood that an interrupt's frame leads back to. */
static u32 interrupted_esp(const struct cpu *c, u32 frame)
{
    u32 word[2] = {0, 0}, phys;
    for (unsigned i = 0; i < 2; i++)
        if (mmu_peek((struct mmu *)(uintptr_t)&c->mmu, frame + 12 + 4 * i, &phys) &&
            c->phys->page[phys >> PAGE_SHIFT].kind == PAGE_RAM)
            word[i] = phys_load(c->phys, phys, 4);
    return ((word[1] & 0xffff) << 4) + (word[0] & 0xffff);
}

static bool entered_inner(const struct cpu *c, const struct cpu_place *from)
{
    return (from->mode & MODE_USER) && !c->user;
}

static bool left_inner(const struct cpu *c, const struct cpu_place *from)
{
    return !(from->mode & MODE_USER) && c->user;
}

static void transfer_far(struct cpu *c, const struct cpu_place *from, struct cpu_place *to)
{
    struct profile_frame f = {.slot = stack_lin(c),
                              .ret = from->lin + from->bytes,
                              .kind = entered_inner(c, from) ? NOTE_INNER : NOTE_CALL};
    switch ((enum place_end)from->end) {
    case END_FAR_CALL:
    case END_SYSENTER:
    case END_INT:
        if (f.kind == NOTE_INNER && from->end == END_INT && from->mode & MODE_VM)
            f.esp = interrupted_esp(c, f.slot);
        call(c, to, &f, from->end == END_INT ? from->vector : -1);
        break;
    case END_FAR_RET:
    case END_IRET:
    case END_SYSEXIT:
        if (left_inner(c, from))
            leave_inner(c);
        else
            back(c, taken_from(c, from));
        break;
    default: /* a far jump leads into another program, as a rule */
        if (!to || !to->symbol)
            profile_jumped(c, symbol_here(c, to));
        break;
    }
}

void profile_transition(struct cpu *c, const struct cpu_place *from, struct cpu_place *to)
{
    struct cpu_profile *p = c->profile;
    switch ((enum place_end)from->end) {
    case END_PLAIN:
        break;
    case END_CALL:
        call(c, to, &(struct profile_frame){.slot = stack_lin(c), .ret = from->lin + from->bytes},
             -1);
        break;
    case END_RET:
        back(c, taken_from(c, from));
        break;
    default:
        if (c->tr.base != p->task && (from->mode & MODE_PE))
            change_task(p, c->tr.base);
        else
            transfer_far(c, from, to);
        break;
    }
}

void profile_interrupted(struct cpu *c, const struct before *b, u8 vector)
{
    struct cpu_profile *p = c->profile;
    if (c->tr.base != p->task) {
        change_task(p, c->tr.base);
        return;
    }
    struct profile_frame f = {.slot = stack_lin(c),
                              .ret = b->lin,
                              .kind = b->user && !c->user ? NOTE_INNER : NOTE_CALL,
                              .esp = b->esp};
    call(c, NULL, &f, vector);
}

struct before profile_before(const struct cpu *c)
{
    return (struct before){.lin = here(c), .esp = stack_lin(c), .user = c->user};
}
