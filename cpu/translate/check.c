/*
 * check.c - -jit check: each block that machine code has run from its head to its end is run again
 * by the interpreter, from the same registers and the same memory, and both must have come to the
 * same. The first difference is shown with the code of both sides, and ends the program: it is our
 * bug.
 *
 * Machine code notes where it is about to store and what was there (emit_journal()). No jump is
 * patched and no block is left for another one without coming here. What leaves in its middle is
 * not checked: the rest of it is the interpreter's anyway.
 */
#include "cpu/blocks/branch.h"
#include "cpu/protect/access.h"
#include "cpu/translate/emit.h"

#include <stdlib.h>
#include <string.h>

/* ---- in the code ---- */

/* Before a store of n bytes at the host address in T0. The flags are in rax; T1, T2 are used. */
void emit_journal(struct emit *e, unsigned n)
{
    struct x64 *x = &e->x;
    struct check *k = e->jit->check;
    if (!k)
        return;
    for (unsigned at = 0, part; at < n; at += part) {
        part = n - at < 8 ? n - at : 8;
        x64_mov_imm(x, 8, X_REG(H_T2), (uintptr_t)&k->next);
        x64_op(x, X_MOV_LOAD, 8, H_T2, X_MEM(H_T2, 0));
        x64_op(x, X_LEA, 8, H_T1, X_MEM(H_T0, (s32)at));
        x64_op(x, X_MOV, 8, H_T1, X_MEM(H_T2, (s32)offsetof(struct store, at)));
        x64_op(x, X_MOV_LOAD, part, H_T1, X_MEM(H_T0, (s32)at));
        x64_op(x, X_MOV, 8, H_T1, X_MEM(H_T2, (s32)offsetof(struct store, old)));
        x64_mov_imm(x, 4, X_MEM(H_T2, (s32)offsetof(struct store, size)), part);
        x64_mov_imm(x, 8, X_REG(H_T1), (uintptr_t)&k->next);
        x64_alu_imm(x, X_ADD, 8, X_MEM(H_T1, 0), sizeof(struct store));
    }
}

/* ---- before and behind a block ---- */

HANDLER(jit_check_start)
{
    struct check *k = c->jit->check;
    k->block = op_block(o);
    k->next = k->store;
    k->eip = c->eip;
    k->fl = (u32)fl;
    memcpy(k->gpr, c->gpr, sizeof k->gpr);
    memcpy(k->seg, c->seg, sizeof k->seg);
    k->eflags = c->eflags;
    fpu_leave(c);
    k->fpu = c->fpu;
    exec_fn *enter = translation_of(c->jit, k->block)->enter;
    TAIL(enter(c, o, fl));
}

static void show_units(const struct log *log, const struct cpu_fpu *a, const struct cpu_fpu *b)
{
    if (memcmp(a, b, offsetof(struct cpu_fpu, st)))
        log_line(log, LOG_JIT,
                 "  FCW %04x %04x, FSW %04x %04x, FTW %02x %02x, FOP %03x %03x, FIP %04x:%08x "
                 "%04x:%08x, FDP %04x:%08x %04x:%08x, MXCSR %04x %04x",
                 a->fcw, b->fcw, a->fsw, b->fsw, a->ftw, b->ftw, a->fop, b->fop, a->fcs, a->fip,
                 b->fcs, b->fip, a->fds, a->fdp, b->fds, b->fdp, a->mxcsr, b->mxcsr);
    for (unsigned i = 0; i < 16; i++) { /* R0-R7, XMM0-XMM7 */
        const u8 *x = i < 8 ? a->st[i] : a->xmm[i - 8], *y = i < 8 ? b->st[i] : b->xmm[i - 8];
        if (memcmp(x, y, 16))
            log_line(log, LOG_JIT, "  %s%u %016llx%016llx %016llx%016llx", i < 8 ? "R" : "XMM",
                     i & 7, (unsigned long long)get_le64(x + 8), (unsigned long long)get_le64(x),
                     (unsigned long long)get_le64(y + 8), (unsigned long long)get_le64(y));
    }
}

static void show(const struct cpu *c, const struct check *k, const u32 *gpr, u32 fl, u32 eip)
{
    static const char name[8][4] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
    const struct log *log = c->log;
    log_line(log, LOG_JIT,
             "machine code and interpreter differ at %08x; before, machine code, "
             "interpreter:",
             k->eip);
    for (unsigned i = 0; i < 8; i++)
        log_line(log, LOG_JIT, "  %s %08x %08x %08x%s", name[i], k->gpr[i], gpr[i], c->gpr[i],
                 gpr[i] == c->gpr[i] ? "" : "  <--");
    log_line(log, LOG_JIT, "  flags %04x %04x %04x, EIP %08x %08x %08x", k->fl & FL_ALL,
             fl & FL_ALL, c->fl & FL_ALL, k->eip, eip, c->eip);
    show_units(log, &k->fpu_after, &c->fpu);
    for (const struct store *s = k->store; s < k->next; s++)
        log_line(log, LOG_JIT, "  memory, %u bytes: %llx %llx %llx", s->size,
                 (unsigned long long)s->old, (unsigned long long)s->new,
                 (unsigned long long)host_load(s->at, s->size));
}

/* The interpreter's run of the block: with an empty budget it comes back at the block's end. */
static void interpret(struct cpu *c, const struct check *k)
{
    const struct block *b = k->block;
    memcpy(c->gpr, k->gpr, sizeof c->gpr);
    memcpy(c->seg, k->seg, sizeof c->seg);
    c->eflags = k->eflags;
    c->fpu = k->fpu;
    c->eip = k->eip;
    c->budget = 0;
#ifdef FERRITE_TRAMPOLINE
    c->fl = (u32)step_through(c, b->first(c, b->op, k->fl));
#else
    b->first(c, b->op, k->fl);
#endif
    fpu_leave(c);
}

static bool same_segments(const struct seg *a, const struct seg *b)
{
    for (unsigned i = 0; i < SEG_COUNT; i++)
        if (a[i].sel != b[i].sel || a[i].base != b[i].base)
            return false;
    return true;
}

void jit_check_end(struct cpu *c, u64 fl)
{
    struct check *k = c->jit->check;
    u32 gpr[8], eip = c->eip, eflags = c->eflags;
    struct seg seg[SEG_COUNT];
    s64 budget = c->budget;
    u64 until = c->until, extra = c->extra;
    memcpy(gpr, c->gpr, sizeof gpr);
    memcpy(seg, c->seg, sizeof seg);
    fpu_leave(c);
    k->fpu_after = c->fpu;
    for (struct store *s = k->next; s-- > k->store;) {
        s->new = host_load(s->at, s->size);
        host_store(s->at, s->size, s->old);
    }
    /* Where stores overlap, only the last one's value is to be found in the end. */
    interpret(c, k);
    bool same = !memcmp(gpr, c->gpr, sizeof gpr) && eip == c->eip && eflags == c->eflags &&
                same_segments(seg, c->seg) && !((fl ^ c->fl) & FL_ALL) &&
                !memcmp(&k->fpu_after, &c->fpu, offsetof(struct cpu_fpu, gate));
    for (const struct store *s = k->next; s-- > k->store;) {
        bool hidden = false;
        for (const struct store *t = s + 1; t < k->next; t++)
            hidden |= t->at < s->at + s->size && s->at < t->at + t->size;
        same &= hidden || host_load(s->at, s->size) == s->new;
    }
    c->budget = budget;
    c->until = until;
    c->extra = extra;
    c->shadow = SHADOW_NONE; /* STI of machine code has none, and has seen that none is needed */
    k->blocks++;
    if (same)
        return;
    show(c, k, gpr, (u32)fl, eip);
    abort();
}
