/*
 * test_cpu_state.c - the processor's state function forgets nothing: a processor full of random
 * state is loaded into another one full of other random state, the structs are compared byte for
 * byte, and both are driven alike afterwards.
 *
 * A field that is new in struct cpu is filled and compared like the others until it is either saved
 * or named below as no state.
 */
#include "cpu_harness.h"
#include "hw/base/state.h"

#include <stddef.h>

struct span {
    size_t at, size;
};

#define FIELD(m)                                                                                   \
    {                                                                                              \
        offsetof(struct cpu, m), sizeof(((struct cpu *)0)->m)                                      \
    }
#define FROM_TO(a, b)                                                                              \
    {                                                                                              \
        offsetof(struct cpu, a), offsetof(struct cpu, b) - offsetof(struct cpu, a)                 \
    }

/* Computed from the rest, or the same between any two runs: compared, but not filled. */
static const struct span derived[] = {
    FROM_TO(zero, eip), FROM_TO(budget, tlb), FROM_TO(mode, blocks), FIELD(user),
    FIELD(stop_wanted), FIELD(hold),          FIELD(slow_op),        FIELD(delivering),
    FIELD(dr6_hit),     FIELD(mmu.pse36),     FIELD(model),          FIELD(fpu.last_op),
};

/* The host's, or what is only read after it has been written anew: neither. */
static const struct span no_state[] = {
    FIELD(fl), /* in eflags when saved; the place of the bits says how they were computed */
    FROM_TO(fpu.last_cs, fpu.last_op),
    FROM_TO(fpu.gate, fpu.ignne), /* closed or open, x87 and SSE do the same */
    FIELD(int_taken),
    FIELD(doing),    /* for samples */
    FIELD(watching), /* spin.h */
    FIELD(spin),
    FROM_TO(ldtr.rd_max, ldtr.sel),
    FROM_TO(tr.rd_max, tr.sel),
    FIELD(extra),
    FIELD(tsc_hz),
    FIELD(second),
    FIELD(tlb),
    FIELD(blocks),
    FROM_TO(page_eip, seg), /* the translator */
    FIELD(mmu.phys),
    FROM_TO(mmu.fault_error, cpl),
    FIELD(event.why),
    FIELD(event.arg),
    FIELD(fpu.scratch),
    FROM_TO(timing, fault_text),
};

#define BETWEEN(a, b)                                                                              \
    {                                                                                              \
        offsetof(struct cpu, a) + sizeof(((struct cpu *)0)->a),                                    \
            offsetof(struct cpu, b) - offsetof(struct cpu, a) - sizeof(((struct cpu *)0)->a)       \
    }

static const struct span padding[] = {
    BETWEEN(mmu.pse36, mmu.pdpte),
    BETWEEN(nmi_blocked, extra),
    BETWEEN(int_taken, slow_op),
    BETWEEN(delivering, gdtr),
    BETWEEN(gdtr.limit, idtr),
    BETWEEN(idtr.limit, ldtr),
    BETWEEN(dr6_hit, tsc_offset),
    BETWEEN(msr.sysenter_eip, msr.apic_base),
    BETWEEN(msr, fpu),
    BETWEEN(fpu.scratch, spin),
    BETWEEN(ldtr.usable, tr),
    BETWEEN(tr.usable, cr2),
};

static bool within(const struct span *spans, unsigned count, size_t at)
{
    for (unsigned i = 0; i < count; i++)
        if (at - spans[i].at < spans[i].size)
            return true;
    return false;
}

/* Does this byte of struct cpu hold state, or (if wanted) what is computed from it? */
static bool holds_state(size_t at, bool or_derived)
{
    size_t in_seg = (at - offsetof(struct cpu, seg)) % sizeof(struct seg);
    if (at - offsetof(struct cpu, seg) < SEG_COUNT * sizeof(struct seg) &&
        in_seg >= offsetof(struct seg, usable) + sizeof(bool))
        return false;
    return at < offsetof(struct cpu, fault_text) && !within(no_state, ARRAY_SIZE(no_state), at) &&
           !within(padding, ARRAY_SIZE(padding), at) &&
           (or_derived || !within(derived, ARRAY_SIZE(derived), at));
}

static u32 next(u64 *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (u32)(*seed * 0x2545f4914f6cdd1dull >> 32);
}

static void *all_segments(struct cpu *c, unsigned i)
{
    return i < SEG_COUNT ? &c->seg[i] : i == SEG_COUNT ? &c->ldtr : &c->tr;
}

/* Random bytes wherever there is state. */
static void fill(struct cpu *c, u64 *seed)
{
    u8 *bytes = (u8 *)c;
    u8 *const bools[] = {(u8 *)&c->halted,
                         (u8 *)&c->shutdown,
                         (u8 *)&c->intr,
                         (u8 *)&c->nmi,
                         (u8 *)&c->nmi_blocked,
                         (u8 *)&c->event.pending,
                         (u8 *)&c->event.has_error,
                         (u8 *)&c->event.software};
    for (size_t at = 0; at < sizeof *c; at++)
        if (!within(derived, ARRAY_SIZE(derived), at) &&
            !within(no_state, ARRAY_SIZE(no_state), at))
            bytes[at] = (u8)next(seed);
    for (unsigned i = 0; i < ARRAY_SIZE(bools); i++)
        *bools[i] &= 1;
    for (unsigned i = 0; i < SEG_COUNT + 2; i++) {
        struct seg *s = all_segments(c, i);
        *(u8 *)&s->usable &= 1;
        seg_update(s);
    }
    c->eflags = (c->eflags & 0x3f7700) | EFL_ONE;
    c->cpl &= 3;
    c->shadow %= SHADOW_SS + 1;
    c->fpu.ignne &= 1;
    c->fpu.ferr &= 1;
}

static struct state *save(struct cpu *c, const u8 **bytes, size_t *size)
{
    struct state *s = state_new_save();
    cpu_state(c, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    *bytes = state_finish(s, size);
    ck_assert_ptr_nonnull(*bytes);
    return s;
}

static void load(struct cpu *c, const u8 *bytes, size_t size)
{
    struct err e;
    struct state *s = state_new_load(bytes, size, &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    cpu_state(c, s);
    ck_assert_msg(state_ok(s), "%s", state_error(s));
    state_free(s);
}

/* Byte for byte. */
static void same_inside(const struct cpu *a, const struct cpu *b)
{
    const u8 *p = (const u8 *)a, *q = (const u8 *)b;
    for (size_t at = 0; at < sizeof *a; at++)
        if (p[at] != q[at] && holds_state(at, true))
            ck_abort_msg("the processors differ at byte %zu of struct cpu: %02x, %02x", at, p[at],
                         q[at]);
}

static void same(struct rig *a, struct rig *b)
{
    const u8 *p, *q;
    size_t n, m;
    same_inside(a->c, b->c);
    struct state *s = save(a->c, &p, &n), *t = save(b->c, &q, &m);
    ck_assert_uint_eq(n, m);
    ck_assert_mem_eq(p, q, n);
    state_free(s);
    state_free(t);
    ck_assert_mem_eq(a->phys.ram, b->phys.ram, a->phys.ram_size);
}

/* a into b, which has another life behind it; then both go the same way. */
static void round_trip(struct rig *a, struct rig *b)
{
    const u8 *bytes;
    size_t size;
    struct state *s = save(a->c, &bytes, &size);
    memcpy(b->phys.ram, a->phys.ram, a->phys.ram_size);
    b->ns = a->ns, b->out_port = a->out_port, b->out_value = a->out_value;
    load(b->c, bytes, size);
    same(a, b);
    for (unsigned i = 0; i < 20; i++) {
        a->ns += 1000, b->ns += 1000;
        ck_assert_int_eq(cpu_run(a->c, 1 + i), cpu_run(b->c, 1 + i));
        ck_assert_uint_eq(a->out_port, b->out_port);
        ck_assert_uint_eq(a->out_value, b->out_value);
    }
    ck_assert_uint_eq(cpu_executed(a->c), cpu_executed(b->c));
    ck_assert_uint_eq(cpu_time_stamp(a->c), cpu_time_stamp(b->c));
    same(a, b);
    state_free(s);
}

static const char *const models[] = {"386", "486", "pentium", "pentium2", "pentium3", "pentium4"};

START_TEST(random_state)
{
    u64 seed = 0x243f6a8885a308d3ull + (u64)_i;
    struct rig *a = rig_new(models[_i]), *b = rig_new(models[_i]);
    for (unsigned n = 0; n < 60; n++) {
        const u8 *bytes;
        size_t size;
        fill(a->c, &seed);
        fill(b->c, &seed);
        /* What no processor can be in is put right when it is loaded. */
        struct state *s = save(a->c, &bytes, &size);
        load(a->c, bytes, size);
        state_free(s);
        round_trip(a, b);
    }
    rig_free(a);
    rig_free(b);
}
END_TEST

/* Code and data that mean nothing, in protected mode: mostly faults, and what leads up to them. */
static void live(struct rig *r, u64 *seed)
{
    cpu_reset(r->c);
    pm_init(r, next(seed) % 4 == 0 ? 3 : 0);
    for (unsigned i = 0; i < 0x400; i += 4)
        wr32(r, CODE + i, next(seed));
    for (unsigned i = EAX; i <= EDI; i++)
        if (i != ESP)
            r->c->gpr[i] = next(seed) % 0x60000;
    for (unsigned i = 0; i < 30; i++) {
        r->ns += 1000;
        cpu_set_intr(r->c, next(seed) & 1);
        if (next(seed) % 4 == 0)
            cpu_raise_nmi(r->c);
        if (r->c->halted && !(next(seed) & 1)) /* another piece of it */
            r->c->eip = CODE + next(seed) % 0x400, r->c->halted = false;
        cpu_run(r->c, next(seed) % 20);
    }
}

START_TEST(lives)
{
    u64 seed = 0x13198a2e03707344ull + (u64)_i;
    struct rig *a = rig_new(models[_i]), *b = rig_new(models[_i]);
    for (unsigned n = 0; n < 60; n++) {
        live(a, &seed);
        live(b, &seed);
        round_trip(a, b);
    }
    rig_free(a);
    rig_free(b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpu_state");
    TCase *t = tcase_create("cpu_state");
    tcase_add_loop_test(t, random_state, 0, ARRAY_SIZE(models));
    tcase_add_loop_test(t, lives, 0, ARRAY_SIZE(models));
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
