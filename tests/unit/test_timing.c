/*
 * test_timing.c - what instructions take with the clock of a processor of the past: the usual delay
 * loops against the clocks that Intel's manuals give, the same in every tier and however time is
 * cut into slices; the time stamp counter and the machine's clock in step with it.
 */
#include "cpu_harness.h"

#include "cpu/translate/jit.h"
#include "tests/unit/vm_rig.h"

#include <math.h>

/* ---- loops ---- */

struct loop_case {
    const char *what, *timing, *code; /* ends with the branch back to its first byte */
    unsigned bytes;
    double clocks; /* of an iteration, on the part */
};
#define LOOP_CASE(what, timing, code, clocks)                                                      \
    {                                                                                              \
        what, timing, code, sizeof(code) - 1, clocks                                               \
    }
/* 32-bit code; the counter is ECX. Where two clocks are named in a manual, the one of a loop. */
static const struct loop_case loops[] = {
    LOOP_CASE("LOOP $", "pentium", "\xe2\xfe", 5.5),
    LOOP_CASE("LOOP $", "486", "\xe2\xfe", 7),
    LOOP_CASE("LOOP $", "386", "\xe2\xfe", 12),
    LOOP_CASE("LOOP $", "286", "\xe2\xfe", 9),
    LOOP_CASE("LOOP $", "8088", "\xe2\xfe", 17),
    LOOP_CASE("DEC, JNZ", "pentium", "\x49\x75\xfd", 1),
    LOOP_CASE("DEC, JNZ", "pentium3", "\x49\x75\xfd", 1),
    LOOP_CASE("DEC, JNZ", "486", "\x49\x75\xfd", 4),
    LOOP_CASE("DEC, JNZ", "386", "\x49\x75\xfd", 10),
    LOOP_CASE("INC, DEC, JNZ", "pentium", "\x40\x49\x75\xfc", 2),
    LOOP_CASE("MUL EBX", "pentium", "\xf7\xe3\x49\x75\xfb", 11),
    LOOP_CASE("DIV EBX", "pentium", "\x31\xd2\xf7\xf3\x49\x75\xf9", 43),
    LOOP_CASE("DIV EBX", "486", "\x31\xd2\xf7\xf3\x49\x75\xf9", 45),
    LOOP_CASE("IDIV EBX", "pentium", "\x31\xd2\xf7\xfb\x49\x75\xf9", 48),
    LOOP_CASE("MOV EAX, [ESI]", "pentium", "\x8b\x06\x83\xc6\x00\x49\x75\xf8", 2),
    LOOP_CASE("MOV [EDI], EAX", "pentium", "\x89\x07\x83\xc7\x00\x49\x75\xf8", 2),
    LOOP_CASE("ADD EAX, [ESI]", "pentium", "\x03\x06\x83\xc6\x00\x49\x75\xf8", 3),
    LOOP_CASE("ADD [EDI], EAX", "pentium", "\x01\x07\x49\x75\xfb", 4),
    LOOP_CASE("MOV EAX, [ESI]", "486", "\x8b\x06\x83\xc6\x00\x49\x75\xf8", 6),
    LOOP_CASE("LODSB, LOOP", "pentium", "\xac\xe2\xfd", 7.5),
    LOOP_CASE("FMUL", "486", "\xd8\xc8\x49\x75\xfb", 20),
    /* push ecx; mov ecx, 100; loop $; pop ecx; dec ecx; jnz */
    LOOP_CASE("nested", "pentium", "\x51\xb9\x64\0\0\0\xe2\xfe\x59\x49\x75\xf4", 555),
    LOOP_CASE("nested", "486", "\x51\xb9\x64\0\0\0\xe2\xfe\x59\x49\x75\xf4", 707),
    LOOP_CASE("nested", "386", "\x51\xb9\x64\0\0\0\xe2\xfe\x59\x49\x75\xf4", 1218),
    LOOP_CASE("nested", "286", "\x51\xb9\x64\0\0\0\xe2\xfe\x59\x49\x75\xf4", 920),
    LOOP_CASE("nested", "8088", "\x51\xb9\x64\0\0\0\xe2\xfe\x59\x49\x75\xf4", 1750),
    LOOP_CASE("NOP, LOOP", "pentium", "\x90\xe2\xfd", 6),
    LOOP_CASE("NOP, LOOP", "486", "\x90\xe2\xfd", 8),
    LOOP_CASE("NOP, LOOP", "386", "\x90\xe2\xfd", 15),
    LOOP_CASE("NOP, LOOP", "286", "\x90\xe2\xfd", 12),
    LOOP_CASE("NOP, LOOP", "8088", "\x90\xe2\xfd", 20),
    LOOP_CASE("JMP $+2, LOOP", "pentium", "\xeb\0\xeb\0\xe2\xfa", 7.5),
    LOOP_CASE("JMP $+2, LOOP", "486", "\xeb\0\xeb\0\xe2\xfa", 13),
    LOOP_CASE("JMP $+2, LOOP", "386", "\xeb\0\xeb\0\xe2\xfa", 30),
    LOOP_CASE("SUB, JNZ", "pentium", "\x83\xe9\x01\x75\xfb", 1),
    LOOP_CASE("INC [EDI]", "486", "\xff\x07\x49\x75\xfb", 7),
    LOOP_CASE("INC [EDI]", "386", "\xff\x07\x49\x75\xfb", 16),
    LOOP_CASE("INC [EDI]", "286", "\xff\x07\x49\x75\xfb", 17),
    LOOP_CASE("INC byte [EDI]", "8088", "\xfe\x07\x49\x75\xfb", 38),
    LOOP_CASE("CMP [ESI], JZ", "pentium", "\x3b\x06\x74\x00\x49\x75\xf9", 3),
    LOOP_CASE("PUSH, POP", "386", "\x50\x58\x49\x75\xfb", 16),
    LOOP_CASE("PUSH, POP", "286", "\x50\x58\x49\x75\xfb", 18),
    LOOP_CASE("PUSH, POP", "486", "\x50\x58\x49\x75\xfb", 6),
    LOOP_CASE("SHL, 1", "pentium", "\xd1\xe0\x49\x75\xfb", 2),
    LOOP_CASE("SHL, 1", "486", "\xd1\xe0\x49\x75\xfb", 7),
    LOOP_CASE("SHL, 1", "386", "\xd1\xe0\x49\x75\xfb", 13),
    LOOP_CASE("SHL, 1", "286", "\xd1\xe0\x49\x75\xfb", 12),
    LOOP_CASE("SHL, 4", "286", "\xc1\xe0\x04\x49\x75\xfa", 19),
    LOOP_CASE("SHL, 4", "486", "\xc1\xe0\x04\x49\x75\xfa", 6),
    LOOP_CASE("RCL, 4", "386", "\xc1\xd0\x04\x49\x75\xfa", 19),
    LOOP_CASE("RCL, 1", "486", "\xd1\xd0\x49\x75\xfb", 7),
    LOOP_CASE("SHR, CL", "8088", "\xd3\xe8\x49\x75\xfb", 42),
    LOOP_CASE("MUL BX", "8088", "\x66\xf7\xe3\x49\x75\xfa", 145),
    LOOP_CASE("MUL BX", "286", "\x66\xf7\xe3\x49\x75\xfa", 31),
    LOOP_CASE("IMUL EAX, EBX", "pentium", "\x0f\xaf\xc3\x49\x75\xfa", 11),
    LOOP_CASE("DIV BL", "8088", "\xb4\0\xf6\xf3\x49\x75\xf9", 107),
    LOOP_CASE("DIV EBX", "386", "\x31\xd2\xf7\xf3\x49\x75\xf9", 50),
    /* jmp; a ret; call it; dec ecx; jnz */
    LOOP_CASE("CALL, RET", "pentium", "\xeb\1\xc3\xe8\xfa\xff\xff\xff\x49\x75\xf5", 5),
    LOOP_CASE("CALL, RET", "486", "\xeb\1\xc3\xe8\xfa\xff\xff\xff\x49\x75\xf5", 15),
    LOOP_CASE("CALL, RET", "386", "\xeb\1\xc3\xe8\xfa\xff\xff\xff\x49\x75\xf5", 37),
    LOOP_CASE("CALL, RET", "286", "\xeb\1\xc3\xe8\xfa\xff\xff\xff\x49\x75\xf5", 38),
    LOOP_CASE("STOSB, LOOP", "486", "\xaa\xe2\xfd", 12),
    LOOP_CASE("LODSB, LOOP", "386", "\xac\xe2\xfd", 17),
    LOOP_CASE("LODSB, LOOP", "8088", "\xac\xe2\xfd", 29),
    LOOP_CASE("XCHG", "pentium", "\x93\x49\x75\xfc", 3),
    LOOP_CASE("XCHG", "386", "\x93\x49\x75\xfc", 13),
    LOOP_CASE("FADD", "486", "\xd8\xc0\x49\x75\xfb", 14),
    LOOP_CASE("FADD", "pentium", "\xd8\xc0\x49\x75\xfb", 4),
    LOOP_CASE("FMUL", "pentium", "\xd8\xc8\x49\x75\xfb", 4),
    LOOP_CASE("FMUL", "386", "\xd8\xc8\x49\x75\xfb", 56),
};

/* Ticks and instructions of so many rounds. */
static void take(struct rig *r, const struct loop_case *k, u32 rounds, u64 *ticks, u64 *executed)
{
    struct cpu *c = r->c;
    pm_init(r, 0);
    put_bytes(r, CODE, k->code, k->bytes);
    PUT(r, CODE + k->bytes, "\xf4");
    c->gpr[EAX] = 1;
    c->gpr[EBX] = 3;
    c->gpr[ECX] = rounds;
    c->gpr[EDX] = 0;
    c->gpr[ESI] = c->gpr[EDI] = DATA;
    c->halted = false;
    *ticks = cpu_ticks(c);
    *executed = cpu_executed(c);
    ck_assert_int_eq(cpu_run(c, 1u << 30), CPU_HALT);
    *ticks = cpu_ticks(c) - *ticks;
    *executed = cpu_executed(c) - *executed;
}

START_TEST(usual_loops)
{
    const struct loop_case *k = &loops[_i];
    struct rig *r = rig_new("pentium3");
    u64 few, many, instructions;
    cpu_set_timing(r->c, cpu_timing_find(k->timing));
    take(r, k, 1000, &few, &instructions);
    take(r, k, 21000, &many, &instructions);
    double clocks = (double)(many - few) / 20000 / CPU_TICKS_PER_CLOCK;
    ck_assert_msg(clocks > .8 * k->clocks && clocks < 1.2 * k->clocks,
                  "%s on %s: %g clocks, not %g", k->what, k->timing, clocks, k->clocks);
    rig_free(r);
}
END_TEST

/* Clocks of REP MOVSD, STOSB and SCASB over 4000 elements, beside the set-up. */
START_TEST(repeated_strings)
{
    static const struct {
        const char *timing, *code;
        unsigned bytes;
        double clocks;
    } row[] = {{"pentium", "\xf3\xa5", 2, 1},
               {"486", "\xf3\xa5", 2, 3},
               {"386", "\xf3\xaa", 2, 5},
               {"486", "\xf2\xae", 2, 5},
               {"286", "\xf3\xaa", 2, 3}};
    for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
        struct loop_case k = {"REP", row[i].timing, row[i].code, row[i].bytes, row[i].clocks};
        struct rig *r = rig_new("pentium3");
        u64 few, many, one, all;
        cpu_set_timing(r->c, cpu_timing_find(k.timing));
        take(r, &k, 0, &few, &one);
        take(r, &k, 4000, &many, &all);
        double clocks = (double)(many - few) / 4000 / CPU_TICKS_PER_CLOCK;
        ck_assert_msg(fabs(clocks - k.clocks) < .2 * k.clocks, "%u: %g", i, clocks);
        rig_free(r);
    }
}
END_TEST

/* However far a branch leads: backwards or forwards is a matter of its displacement alone. */
START_TEST(a_branch_takes_the_same_anywhere_in_a_block)
{
    static const u32 far[] = {0x7fffffec, 0x7fffffff, 0x80000000, 0x80000010};
    static const char *const timing[] = {"286", "386", "486", "pentium"};
    for (unsigned i = 0; i < ARRAY_SIZE(far) * ARRAY_SIZE(timing); i++) {
        for (unsigned before = 0; before < 40; before += 5) {
            u64 ticks[2];
            for (unsigned singly = 0; singly < 2; singly++) {
                struct rig *r = rig_new("pentium3");
                pm_init(r, 0);
                cpu_set_timing(r->c, cpu_timing_find(timing[i / ARRAY_SIZE(far)]));
                cpu_set_eflags(r->c, EFL_ONE | EFL_CF);
                for (unsigned n = 0; n < before; n++)
                    PUT(r, CODE + n, "\x90");
                PUT(r, CODE + before, "\x0f\x87    \xf4"); /* ja, which is not taken; hlt */
                wr32(r, CODE + before + 2, far[i % ARRAY_SIZE(far)]);
                while (rig_run(r, singly ? 1 : 10000) == CPU_BUDGET)
                    ;
                ticks[singly] = cpu_ticks(r->c);
                rig_free(r);
            }
            ck_assert_uint_eq(ticks[0], ticks[1]);
        }
    }
}
END_TEST

START_TEST(without_a_timing_an_instruction_is_a_tick)
{
    struct rig *r = rig_new("pentium3");
    u64 ticks, executed, again;
    take(r, &loops[11], 1000, &ticks, &executed);
    ck_assert_uint_eq(ticks, executed);
    cpu_set_timing(r->c, cpu_timing_find("486"));
    take(r, &loops[11], 1000, &ticks, &again);
    ck_assert_uint_eq(executed, again); /* how many there are has nothing to do with it */
    ck_assert_uint_gt(ticks, executed * CPU_TICKS_PER_CLOCK);
    cpu_set_timing(r->c, NULL);
    take(r, &loops[11], 1000, &ticks, &executed);
    ck_assert_uint_eq(ticks, executed);
    rig_free(r);
}
END_TEST

/* ---- slices and tiers ---- */

/* Strings, a division, a call, branches both ways, a store into what comes next. */
static const char mixed[] = "\xb9\x40\x00\x00\x00"         /* 10000: mov ecx, 64 */
                            "\x51"                         /* again: push ecx */
                            "\xbe\x00\x00\x04\x00"         /* mov esi, DATA */
                            "\xbf\x00\x08\x04\x00"         /* mov edi, DATA + 800h */
                            "\xb9\x25\x00\x00\x00\xf3\xa5" /* mov ecx, 37; rep movsd */
                            "\xb9\x13\x00\x00\x00\xf3\xa6" /* mov ecx, 19; repe cmpsb */
                            "\x89\xe8\x31\xd2\xf7\xf3"     /* mov eax, ebp; xor edx, edx; div ebx */
                            "\x01\xc5"                     /* add ebp, eax */
                            "\xe8\x0e\x00\x00\x00"         /* call +14 */
                            "\xf6\xc1\x01\x74\x01\x40"     /* test cl, 1; jz +1; inc eax */
                            "\x59\x49\x75\xd0"             /* pop ecx; dec ecx; jnz again */
                            "\xf4\x90\x90\x90"             /* hlt */
                            "\xff\x05\x44\x00\x01\x00" /* inc dword [the next one's immediate] */
                            "\x81\xc5\x01\x00\x00\x00" /* add ebp, 1 */
                            "\xc3";                    /* ret */

static void begin_mixed(struct rig *r, const char *timing)
{
    pm_init(r, 0);
    PUT(r, CODE, mixed);
    memset(r->c->gpr, 0, sizeof r->c->gpr);
    r->c->gpr[ESP] = STACK0;
    r->c->gpr[EBX] = 7;
    r->c->gpr[EBP] = 12345;
    cpu_set_timing(r->c, cpu_timing_find(timing));
}

static void same_end(const struct rig *a, const struct rig *b, const char *what)
{
    ck_assert_msg(cpu_ticks(a->c) == cpu_ticks(b->c) && cpu_executed(a->c) == cpu_executed(b->c),
                  "%s: %llu ticks of %llu, %llu of %llu", what, (unsigned long long)cpu_ticks(a->c),
                  (unsigned long long)cpu_executed(a->c), (unsigned long long)cpu_ticks(b->c),
                  (unsigned long long)cpu_executed(b->c));
    ck_assert_mem_eq(a->c->gpr, b->c->gpr, sizeof a->c->gpr);
}

/* In slices of any length, with and without machine code. */
START_TEST(slices_and_tiers_agree)
{
    static const char *const timing[] = {"8088",    "286",      "386",     "486",
                                         "pentium", "pentium3", "pentium4"};
    struct rig *whole = rig_new("pentium3");
    begin_mixed(whole, timing[_i]);
    ck_assert_int_eq(cpu_run(whole->c, 1u << 30), CPU_HALT);
    for (unsigned way = 0; way < 6; way++) {
        struct rig *r = rig_new("pentium3");
        struct err e;
        u32 seed = way;
        begin_mixed(r, timing[_i]);
        if (way >= 3)
            jit_start(r->c, way == 3 ? 0 : 3, false, &e);
        while (!r->c->halted) {
            seed = seed * 1664525 + 1013904223;
            u64 before = cpu_ticks(r->c), n = way % 3 == 0 ? 1u << 20 : 1 + (seed >> 16) % 900;
            enum cpu_stop why = cpu_run(r->c, n);
            if (why == CPU_BUDGET) /* the last instruction comes to its end, but no other begins */
                ck_assert_uint_lt(cpu_ticks(r->c) - before, n + 20000);
        }
        same_end(whole, r, timing[_i]);
        rig_free(r);
    }
    rig_free(whole);
}
END_TEST

/* A slice ends with the first instruction that would begin after it, wherever it lies in a block.
 */
START_TEST(no_instruction_begins_after_the_slice)
{
    struct rig *r = rig_new("pentium3"), *one = rig_new("pentium3");
    begin_mixed(r, "486");
    begin_mixed(one, "486");
    for (u64 n = 1; !r->c->halted; n = n % 977 + 13) {
        u64 end = cpu_ticks(r->c) + n;
        cpu_run(r->c, n);
        while (cpu_ticks(one->c) < end && !one->c->halted)
            cpu_run(one->c, 1);
        same_end(r, one, "one by one");
        ck_assert_uint_eq(r->c->eip, one->c->eip);
    }
    rig_free(r);
    rig_free(one);
}
END_TEST

/* ---- a machine ---- */

/* The clocks of 200000 LOOPs at 0504h, and again and again. */
static const u8 measure[] = {
    0x31, 0xc0, 0x8e, 0xd8,                   /* xor ax, ax; mov ds, ax */
    0xfa,                                     /* cli */
    0x0f, 0x31, 0x66, 0xa3, 0x00, 0x05,       /* again: rdtsc; mov [0500h], eax */
    0x66, 0xb9, 0x40, 0x0d, 0x03, 0x00,       /* mov ecx, 200000 */
    0x67, 0xe2, 0xfd,                         /* loop $, by ECX */
    0x0f, 0x31, 0x66, 0x2b, 0x06, 0x00, 0x05, /* rdtsc; sub eax, [0500h] */
    0x66, 0xa3, 0x04, 0x05,                   /* mov [0504h], eax */
    0x66, 0xff, 0x06, 0x08, 0x05,             /* inc dword [0508h] */
    0xeb, 0xdf,                               /* jmp again */
};

static struct vm *boot_code(const u8 *code, size_t size, const char *clock_of, double mhz)
{
    return vm_boot((struct vm_config){.mhz = mhz, .clock_of = clock_of}, code, size);
}

static struct vm *boot(const char *clock_of, double mhz)
{
    return boot_code(measure, sizeof measure, clock_of, mhz);
}

static u32 word(struct vm *vm, u32 at)
{
    u8 b[4];
    vm_read_memory(vm, at, b, 4);
    return get_le32(b);
}

/* Run until the guest has measured again: clocks by its counter, and how long it took. */
static u32 measured(struct vm *vm, double *seconds)
{
    u32 n = word(vm, 0x508);
    u64 first = 0;
    for (unsigned i = 0; i < 200000; i++) {
        vm_run(vm, vm_now(vm) + 20000);
        if (word(vm, 0x508) == n)
            continue;
        if (first) {
            *seconds = (double)(vm_now(vm) - first) / 1e9;
            return word(vm, 0x504);
        }
        first = vm_now(vm);
        n = word(vm, 0x508);
    }
    ck_abort_msg("it never measured");
}

START_TEST(counter_and_clock_are_in_step)
{
    double seconds, mhz;
    struct vm *vm = boot("pentium", 100);
    u32 clocks = measured(vm, &seconds);
    ck_assert_msg(clocks > 200000 * 5 && clocks < 200000 * 6, "%u clocks", clocks);
    ck_assert_msg(fabs(clocks / seconds - 100e6) < 1e6, "%g MHz", clocks / seconds / 1e6);
    /* Another clock while it runs: the next measurement but one is made with it from end to end. */
    ck_assert(vm_set_clock(vm, "pentium", 200));
    measured(vm, &seconds);
    clocks = measured(vm, &seconds);
    ck_assert_msg(clocks > 200000 * 5 && clocks < 200000 * 6, "%u clocks", clocks);
    ck_assert_msg(fabs(clocks / seconds - 200e6) < 2e6, "%g MHz", clocks / seconds / 1e6);
    ck_assert_str_eq(vm_processor_clock(vm, &mhz), "pentium");
    ck_assert(mhz == 200);
    ck_assert(vm_set_clock(vm, NULL, 20)); /* a clock an instruction */
    measured(vm, &seconds);
    clocks = measured(vm, &seconds);
    ck_assert_msg(clocks >= 200000 && clocks < 200100, "%u clocks", clocks);
    ck_assert_msg(fabs(clocks / seconds - 20e6) < 2e5, "%g MHz", clocks / seconds / 1e6);
    vm_set_mips(vm, 200); /* the model's own counter */
    measured(vm, &seconds);
    clocks = measured(vm, &seconds);
    ck_assert_msg(fabs(clocks / seconds - 800e6) < 30e6, "%g MHz", clocks / seconds / 1e6);
    ck_assert_ptr_null(vm_processor_clock(vm, &mhz));
    ck_assert(mhz == 0);
    ck_assert(!vm_set_clock(vm, "pentium5", 100) && !vm_set_clock(vm, "486", 0) &&
              !vm_set_clock(vm, NULL, -1) && !vm_set_clock(vm, "486", 1e9) &&
              !vm_set_clock(vm, "486", NAN));
    done(vm);
}
END_TEST

/*
 * Programs wait by reading ports, for whom a processor of any speed waits: a round of IN AL, 61h;
 * DEC CX; JNZ in microseconds, as it was on boards with an ISA bus of 8 MHz.
 */
START_TEST(loops_that_read_a_port)
{
    static const struct {
        const char *part;
        double mhz, us;
    } row[] = {{"286", 12, 2.2}, {"386", 33, 1.5}, {"486", 66, 1.3}, {"pentium", 100, 1.2}};
    u8 code[sizeof measure];
    double seconds;
    memcpy(code, measure, sizeof measure);
    memcpy(code + 11, "\xb9\x20\x4e\xe4\x61\x49\x75\xfb\x90", 9); /* 20000 rounds */
    struct vm *vm = boot_code(code, sizeof code, row[_i].part, row[_i].mhz);
    double us = measured(vm, &seconds) / row[_i].mhz / 20000;
    ck_assert_msg(fabs(us - row[_i].us) < .2 * row[_i].us, "%s: %g us", row[_i].part, us);
    done(vm);
}
END_TEST

/*
 * An 8088's clocks of an IN or OUT have the bus cycle in them, which a PC made a clock longer:
 * eight of them, DEC CX and JNZ, in microseconds at 4.77 MHz.
 */
START_TEST(ports_of_an_8088)
{
    static const struct {
        const char *what;
        u8 code[2], bytes;
        double clocks; /* of one */
    } row[] = {{"IN AL, DX", {0xec}, 1, 9},
               {"OUT DX, AL", {0xee}, 1, 9},
               {"IN AX, DX", {0xed}, 1, 13},
               {"OUT DX, AX", {0xef}, 1, 13},
               {"IN AL, 61h", {0xe4, 0x61}, 2, 13} /* fetching takes that long */};
    u8 code[sizeof measure + 32];
    size_t n = sizeof measure;
    double seconds;
    memcpy(code, measure, n);
    memcpy(code + 11, "\xe8\x18\x00\x90\x90\x90\x90\x90\x90", 9); /* call the end */
    ck_assert_uint_eq(n, 14 + 0x18);
    memcpy(code + n, "\xb9\xd0\x07\xba\x80\x00", 6); /* mov cx, 2000; mov dx, 80h */
    n += 6;
    size_t again = n;
    for (unsigned i = 0; i < 8; i++, n += row[_i].bytes)
        memcpy(code + n, row[_i].code, row[_i].bytes);
    memcpy(code + n, "\x49\x75\x00\xc3", 4);
    code[n + 2] = (u8)(again - (n + 3));
    struct vm *vm = boot_code(code, sizeof code, "8088", 4.77);
    double clocks = (measured(vm, &seconds) / 2000. - 20) / 8;
    ck_assert_msg(fabs(clocks - row[_i].clocks) < .1 * row[_i].clocks, "%s: %g clocks, not %g",
                  row[_i].what, clocks, row[_i].clocks);
    done(vm);
}
END_TEST

/* Into a machine with another clock, and into one without any; the run goes on as it would have. */
START_TEST(snapshots_hold_the_clock)
{
    struct err e;
    u8 *bytes;
    size_t size;
    double mhz;
    u64 ha, hb;
    struct vm *a = boot("486", 66), *b = _i ? boot("pentium", 100) : boot(NULL, 0);
    vm_run(a, 600 * NS_PER_MS);
    vm_run(b, 10 * NS_PER_MS);
    ck_assert_msg(vm_save(a, &bytes, &size, &e), "%s", e.text);
    ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
    ck_assert_str_eq(vm_processor_clock(b, &mhz), "486");
    ck_assert(mhz == 66);
    for (unsigned i = 1; i < 40; i++) {
        vm_run(a, vm_now(a) + 12345 * i);
        vm_run(b, vm_now(a));
        ck_assert_uint_eq(vm_now(a), vm_now(b));
        ck_assert_uint_eq(vm_instructions(a), vm_instructions(b));
    }
    ck_assert(vm_state_hash(a, &ha, &e) && vm_state_hash(b, &hb, &e));
    ck_assert_uint_eq(ha, hb);
    free(bytes);
    done(a);
    done(b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("timing");
    TCase *t = tcase_create("timing");
    tcase_add_loop_test(t, usual_loops, 0, (int)ARRAY_SIZE(loops));
    tcase_add_test(t, repeated_strings);
    tcase_add_test(t, a_branch_takes_the_same_anywhere_in_a_block);
    tcase_add_test(t, without_a_timing_an_instruction_is_a_tick);
    tcase_add_loop_test(t, slices_and_tiers_agree, 0, 7);
    tcase_add_test(t, no_instruction_begins_after_the_slice);
    tcase_add_test(t, counter_and_clock_are_in_step);
    tcase_add_loop_test(t, loops_that_read_a_port, 0, 4);
    tcase_add_loop_test(t, ports_of_an_8088, 0, 5);
    tcase_add_loop_test(t, snapshots_hold_the_clock, 0, 2);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
