/*
 * test_debug.c - breakpoints, single step and EFLAGS.RF (SDM vol. 3, 17.2 and 17.3), and #AC of
 * operands that are accessed as bytes (vol. 3, table 6-7). Every handler is "hlt; iretd", so that
 * the frame can be looked at and the program goes on.
 */
#include "tests/unit/cpu_harness.h"

#include "cpu/protect/debug_regs.h"

enum { RW_EXEC, RW_WRITE, RW_IO, RW_ACCESS };
enum { LEN1 = 0, LEN2 = 4, LEN4 = 12 };

static struct rig *debug_rig(unsigned cpl)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, cpl);
    for (unsigned v = 0; v < 256; v++)
        PUT(r, HANDLERS + 16 * v, "\xf4\xcf");
    for (unsigned v = 0x50; v < 0x58; v++)
        put_gate_at(r, IDT + 8 * v, SEL_CODE0, HANDLERS + 16 * v, 0xee, 0);
    mmu_set_cr4(&r->c->mmu, r->c->mmu.cr4 | CR4_DE | CR4_OSFXSR);
    return r;
}

/* Breakpoint 0 on this address. */
static void watch(struct rig *r, u32 addr, unsigned kind, unsigned len)
{
    r->c->dr[0] = addr;
    debug_set_dr6(r->c, 0);
    debug_set_dr7(r->c, 0x401 | (kind | len) << 16);
}

/* The i-th item of the frame without an error code: EIP, CS, EFLAGS. */
static u32 frame(struct rig *r, unsigned i)
{
    return rd32(r, r->c->gpr[ESP] + 4 * i);
}

/* Run to the next handler; -1: the program's own HLT, or nothing for 1000 instructions. */
static int next_handler(struct rig *r)
{
    r->c->halted = false;
    rig_run(r, 1000);
    if (halted_in(r) < 0)
        return -1;
    r->c->eip -= 1; /* HANDLERS + 16 n again */
    int vector = halted_in(r);
    r->c->eip += 1;
    return vector;
}

/* ---- I/O breakpoints ---- */

START_TEST(io_breakpoint_lets_strings_advance)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    PUT(r, CODE, "\xf3\x6e\x90\xf4"); /* rep outsb; nop; hlt */
    PUT(r, CODE + 8, "\xf3\x6c\x90\xf4");
    for (unsigned input = 0; input < 2; input++)
        for (u32 count = 0; count < 4; count++) {
            watch(r, 0xe1, RW_IO, LEN1);
            c->eip = CODE + 8 * input;
            c->gpr[ECX] = count;
            c->gpr[EDX] = 0xe1;
            c->gpr[ESI] = c->gpr[EDI] = DATA;
            for (u32 i = 1; i <= count; i++) {
                ck_assert_int_eq(next_handler(r), VEC_DB);
                ck_assert_uint_eq(c->gpr[ECX], count - i);
                ck_assert_uint_eq(c->gpr[input ? EDI : ESI], DATA + i);
                ck_assert_uint_eq(c->dr[6], 0xffff0ff1);
                ck_assert_uint_eq(frame(r, 0), CODE + 8 * input + (i == count ? 2 : 0));
                ck_assert_uint_eq(frame(r, 2) & EFL_RF, i == count ? 0 : EFL_RF);
            }
            ck_assert_int_eq(next_handler(r), -1);
            ck_assert(c->halted);
        }
    rig_free(r);
}
END_TEST

START_TEST(io_breakpoint_needs_an_access)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    /* The memory operand of OUTS is beyond DS: no access to the port, no trap. */
    PUT(r, CODE, "\x6e\xf4");
    watch(r, 0xe1, RW_IO, LEN4);
    c->gpr[EDX] = 0xe2;
    c->gpr[ESI] = 0x1000;
    set_segment(r, SEG_DS, SEL_DATA0, 0, 0xfff, 0x4093);
    ck_assert_int_eq(next_handler(r), VEC_GP);
    ck_assert_uint_eq(c->dr[6] & 15, 0);
    set_segment(r, SEG_DS, SEL_DATA0, 0, 0xffffffffu, 0xc093);
    c->gpr[ESP] += 4; /* the error code */
    ck_assert_int_eq(next_handler(r), VEC_DB);
    ck_assert_uint_eq(c->dr[6] & 15, 1);
    ck_assert_uint_eq(frame(r, 0), CODE + 1);
    /* IN reads before it traps. */
    PUT(r, CODE, "\xec\xf4");
    c->eip = CODE;
    c->gpr[EAX] = 0;
    ck_assert_int_eq(next_handler(r), VEC_DB);
    ck_assert_uint_eq(c->gpr[EAX], 0xff);
    rig_free(r);
}
END_TEST

/* Without CR4.DE there are none, whatever R/W says. */
START_TEST(io_breakpoint_needs_de)
{
    struct rig *r = debug_rig(0);
    PUT(r, CODE, "\xe6\xe1\xe4\xe1\xf4"); /* out e1h,al; in al,e1h; hlt */
    mmu_set_cr4(&r->c->mmu, r->c->mmu.cr4 & ~CR4_DE);
    watch(r, 0xe1, RW_IO, LEN1);
    ck_assert_int_eq(next_handler(r), -1);
    ck_assert_uint_eq(r->c->eip, CODE + 5);
    ck_assert_uint_eq(r->c->dr[6], 0xffff0ff0);
    rig_free(r);
}
END_TEST

/* ---- instruction breakpoints and RF ---- */

/* REP MOVSB of 20 bytes under a breakpoint, run in slices; the handler sets RF and returns. */
START_TEST(breakpoint_on_rep_strikes_once)
{
    for (u64 slice = 1; slice < 24; slice++)
        for (unsigned interrupt = 0; interrupt < 2; interrupt++) {
            struct rig *r = debug_rig(0);
            struct cpu *c = r->c;
            unsigned hits = 0, interrupts = 0;
            PUT(r, CODE, "\xf3\xa4\xf4"); /* rep movsb; hlt */
            watch(r, CODE, RW_EXEC, LEN1);
            c->gpr[ECX] = 20;
            c->gpr[ESI] = DATA;
            c->gpr[EDI] = DATA + 0x100;
            cpu_set_eflags(c, EFL_ONE | EFL_IF);
            for (unsigned n = 0; n < 200; n++) {
                rig_run(r, slice);
                int v = halted_in(r);
                if (v < 0 && c->halted)
                    break;
                if (v >= 0) {
                    c->eip--;
                    hits += halted_in(r) == VEC_DB;
                    interrupts += halted_in(r) == 0x40;
                    c->eip++;
                    if (frame(r, 0) == CODE && halted_in(r) >= 0) {
                        bool first = c->gpr[ECX] == 20;
                        /* An interrupt in the middle finds RF set, the breakpoint does not. */
                        if (!first)
                            ck_assert_uint_eq(frame(r, 2) & EFL_RF, EFL_RF);
                        wr32(r, c->gpr[ESP] + 8, frame(r, 2) | EFL_RF);
                    }
                    cpu_set_intr(c, false);
                    c->halted = false;
                } else if (interrupt && c->gpr[ECX] < 15 && c->gpr[ECX] && !interrupts) {
                    cpu_set_intr(c, true);
                }
            }
            ck_assert_uint_eq(c->gpr[ECX], 0);
            ck_assert_uint_eq(hits, 1);
            ck_assert_uint_le(interrupts, interrupt);
            if (slice < 5) /* longer ones have nothing left between 15 and 1 to interrupt */
                ck_assert_uint_eq(interrupts, interrupt);
            ck_assert_uint_eq(c->eflags & EFL_RF, 0);
            rig_free(r);
        }
}
END_TEST

/*
 * REPNE CMPSB, REPNE SCASB: what comes in between two iterations finds the flags of the last one,
 * as on processors (recorded: single steps on an AMD EPYC; Bochs and QEMU agree).
 */
enum { COMPARED = 6 };
static const u8 compared[2][COMPARED] = {{1, 2, 0x80, 5, 0x7f, 7}, {9, 1, 1, 0xff, 0x80, 8}};
static const u32 compared_flags[COMPARED] = {EFL_CF | EFL_AF | EFL_SF,
                                             0,
                                             EFL_OF | EFL_AF,
                                             EFL_CF | EFL_AF | EFL_PF,
                                             EFL_CF | EFL_OF | EFL_SF | EFL_PF,
                                             EFL_CF | EFL_AF | EFL_SF | EFL_PF};

/* The last `beyond` elements of the second operand are beyond its segment. */
static struct rig *comparing_rig(u32 flags, u32 beyond)
{
    struct rig *r = debug_rig(0);
    put_bytes(r, DATA, (const char *)compared[0], COMPARED);
    put_bytes(r, DATA + 0x100, (const char *)compared[1], COMPARED);
    PUT(r, CODE, "\xf2\xa6\xf4"); /* repne cmpsb; hlt */
    set_segment(r, SEG_ES, SEL_DATA0, 0, DATA + 0x100 + COMPARED - beyond - 1, 0x4093);
    r->c->gpr[ECX] = COMPARED;
    r->c->gpr[ESI] = DATA;
    r->c->gpr[EDI] = DATA + 0x100;
    cpu_set_eflags(r->c, EFL_ONE | flags);
    return r;
}

START_TEST(events_in_rep_see_the_last_comparison)
{
    for (u32 before = 0; before <= EFL_ARITH; before += EFL_ARITH) {
        /* Single steps. */
        struct rig *r = comparing_rig(EFL_TF | before, 0);
        for (u32 i = 0; i < COMPARED; i++) {
            ck_assert_int_eq(next_handler(r), VEC_DB);
            ck_assert_uint_eq(r->c->gpr[ECX], COMPARED - 1 - i);
            ck_assert_uint_eq(frame(r, 2) & EFL_ARITH, compared_flags[i]);
        }
        rig_free(r);
        /* NMIs, after so many iterations, in slices that pause before and after. */
        for (u32 at = 1; at < COMPARED; at++)
            for (u32 slice = 1; slice <= at; slice++) {
                r = comparing_rig(before, 0);
                for (u32 done = 0; done < at; done += slice)
                    rig_run(r, slice < at - done ? slice : at - done);
                ck_assert_uint_eq(r->c->gpr[ECX], COMPARED - at);
                cpu_raise_nmi(r->c);
                ck_assert_int_eq(next_handler(r), VEC_NMI);
                ck_assert_uint_eq(frame(r, 0), CODE);
                ck_assert_uint_eq(frame(r, 2) & EFL_ARITH, compared_flags[at - 1]);
                ck_assert_int_eq(next_handler(r), -1);
                ck_assert_uint_eq(r->c->gpr[ECX], 0);
                ck_assert_uint_eq(cpu_eflags(r->c) & EFL_ARITH, compared_flags[COMPARED - 1]);
                rig_free(r);
            }
    }
}
END_TEST

/*
 * A fault restores the flags of the beginning (SDM vol. 2, REP; recorded on an Intel Xeon), which
 * is where an event had come in, and not where a slice had ended or a snapshot was taken.
 */
START_TEST(fault_in_rep_restores_the_flags)
{
    enum { ALONE, SNAPSHOT, NMI, WAYS };
    for (u32 before = 0; before <= EFL_ARITH; before += EFL_ARITH)
        for (u32 slice = 1; slice < COMPARED; slice++)
            for (unsigned way = 0; way < WAYS; way++) {
                struct rig *r = comparing_rig(before, 1), *other = comparing_rig(0, 1);
                u32 expected = before;
                rig_run(r, slice);
                if (way == SNAPSHOT) {
                    rig_run(other, 2);
                    load_from(r->c, other->c);
                    struct rig *swap = r;
                    r = other;
                    other = swap;
                } else if (way == NMI) {
                    expected = compared_flags[COMPARED - 1 - r->c->gpr[ECX]];
                    cpu_raise_nmi(r->c);
                    ck_assert_int_eq(next_handler(r), VEC_NMI);
                }
                do {
                    r->c->halted = false;
                    rig_run(r, slice);
                } while (!r->c->halted);
                ck_assert_uint_eq(r->c->gpr[ECX], 1);
                ck_assert_uint_eq(frame(r, 1), CODE); /* behind the error code */
                ck_assert_uint_eq(frame(r, 3) & EFL_ARITH, expected);
                rig_free(r);
                rig_free(other);
            }
}
END_TEST

START_TEST(iret_gives_rf_to_one_instruction)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    PUT(r, CODE,
        "\xcf\x90\x90\x40\x40\xeb\xfc\xf4"); /* iretd; ...; +3: inc eax; +4: inc eax; jmp +3 */
    for (unsigned rf_before = 0; rf_before < 2; rf_before++)
        for (unsigned rf = 0; rf < 2; rf++) {
            watch(r, CODE + 3, RW_EXEC, LEN1);
            c->eip = CODE;
            c->gpr[ESP] = STACK0 - 12;
            c->gpr[EAX] = 0;
            wr32(r, STACK0 - 12, CODE + 3);
            wr32(r, STACK0 - 8, SEL_CODE0);
            wr32(r, STACK0 - 4, EFL_ONE | (rf ? EFL_RF : 0));
            /* The RF that IRET itself runs under is another one. */
            cpu_set_eflags(c, EFL_ONE | (rf_before ? EFL_RF : 0));
            ck_assert_int_eq(next_handler(r), VEC_DB);
            ck_assert_uint_eq(frame(r, 0), CODE + 3);
            ck_assert_uint_eq(frame(r, 2) & EFL_RF, 0);
            ck_assert_uint_eq(c->gpr[EAX], rf ? 2 : 0);
        }
    rig_free(r);
}
END_TEST

START_TEST(rf_in_frames)
{
    static const struct {
        const char *code;
        unsigned size;
        int vector;
        u32 rf;
    } row[] = {
        {"\x0f\x0b", 2, VEC_UD, EFL_RF}, /* a fault */
        {"\xf7\xf1", 2, VEC_DE, EFL_RF}, /* div ecx = 0 */
        {"\xcc", 1, VEC_BP, 0},          /* traps and software interrupts */
        {"\xcd\x50", 2, 0x50, 0},        /* */
        {"\xf1", 1, VEC_DB, 0},          /* */
        {"\x0f\x21\xc0", 3, VEC_DB, 0},  /* mov eax,dr0 with GD: no RF on processors */
        {"\x0f\x0b", 2, VEC_UD, EFL_RF}, /* and again, under RF */
    };
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    for (unsigned i = 0; i < ARRAY_SIZE(row); i++)
        for (unsigned rf = 0; rf < 2; rf++) {
            put_bytes(r, CODE, row[i].code, row[i].size);
            c->eip = CODE;
            c->gpr[ESP] = STACK0;
            c->gpr[ECX] = c->gpr[EDX] = 0;
            debug_set_dr7(c, DR7_GD | 0x400);
            cpu_set_eflags(c, EFL_ONE | (rf ? EFL_RF : 0));
            ck_assert_int_eq(next_handler(r), row[i].vector);
            ck_assert_uint_eq(frame(r, 2) & EFL_RF, row[i].rf);
            ck_assert_uint_eq(c->eflags & EFL_RF, 0);
        }
    /* An interrupt between instructions leaves RF as it is: IRET set it for the next one. */
    PUT(r, CODE, "\x90\xf4");
    for (unsigned rf = 0; rf < 2; rf++) {
        c->eip = CODE;
        cpu_set_eflags(c, EFL_ONE | EFL_IF | (rf ? EFL_RF : 0));
        cpu_set_intr(c, true);
        ck_assert_int_eq(next_handler(r), 0x40);
        cpu_set_intr(c, false);
        ck_assert_uint_eq(frame(r, 2) & EFL_RF, rf ? EFL_RF : 0);
    }
    rig_free(r);
}
END_TEST

START_TEST(single_step_over_rep)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    PUT(r, CODE, "\xf3\xa4\x90\xf4"); /* rep movsb; nop; hlt */
    c->gpr[ECX] = 5;
    c->gpr[ESI] = DATA;
    c->gpr[EDI] = DATA + 0x100;
    cpu_set_eflags(c, EFL_ONE | EFL_TF);
    for (u32 left = 5; left-- > 0;) {
        ck_assert_int_eq(next_handler(r), VEC_DB);
        ck_assert_uint_eq(c->gpr[ECX], left);
        ck_assert_uint_eq(frame(r, 0), left ? CODE : CODE + 2);
        ck_assert_uint_eq(frame(r, 2) & EFL_RF, left ? EFL_RF : 0);
    }
    ck_assert_int_eq(next_handler(r), VEC_DB);
    ck_assert_uint_eq(frame(r, 0), CODE + 3);
    rig_free(r);
}
END_TEST

/* INT n and its relatives clear TF on the way: no step is reported in the handler, nor behind it.
 */
START_TEST(no_single_step_over_interrupts)
{
    static const struct {
        const char *code;
        unsigned n;
        int vector;
    } t[] = {{"\xce", 1, VEC_OF}, {"\xf1", 1, VEC_DB}, {"\xcc", 1, VEC_BP}, {"\xcd\x30", 2, 0x30}};
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    put_bytes(r, CODE, t[_i].code, t[_i].n);
    PUT(r, CODE + t[_i].n, "\x90\xf4");
    cpu_set_eflags(c, EFL_ONE | EFL_TF | EFL_OF);
    ck_assert_int_eq(next_handler(r), t[_i].vector);
    ck_assert_uint_eq(frame(r, 0), CODE + t[_i].n);
    ck_assert_uint_eq(c->dr[6] & 0xf00f, 0);
    ck_assert(!c->event.pending);
    rig_free(r);
}
END_TEST

START_TEST(a_fault_in_the_middle_of_rep)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    PUT(r, CODE, "\xf3\xaa\xf4"); /* rep stosb beyond ES after 3 bytes */
    set_segment(r, SEG_ES, SEL_DATA0, 0, DATA + 2, 0x4093);
    c->gpr[ECX] = 5;
    c->gpr[EDI] = DATA;
    ck_assert_int_eq(next_handler(r), VEC_GP);
    ck_assert_uint_eq(c->gpr[ECX], 2);
    ck_assert_uint_eq(frame(r, 1), CODE);
    ck_assert_uint_eq(frame(r, 3) & EFL_RF, EFL_RF);
    rig_free(r);
}
END_TEST

/* ---- data breakpoints ---- */

/* clang-format off */
static const struct access {
    const char *what, *code;
    unsigned size;
    u32 at;        /* the first byte accessed */
    unsigned n;    /* how many */
    bool write;
} accesses[] = {
    {"push eax", "\x50", 1, STACK0 - 4, 4, true},
    {"pop eax", "\x58", 1, STACK0, 4, false},
    {"pusha", "\x60", 1, STACK0 - 32, 32, true},
    {"popa", "\x61", 1, STACK0 + 28, 4, false},
    {"pushf", "\x9c", 1, STACK0 - 4, 4, true},
    {"enter 8,2", "\xc8\x08\x00\x02", 4, STACK0 - 12, 12, true},
    {"leave", "\xc9", 1, DATA + 0x80, 4, false},
    {"call near", "\xe8\x00\x00\x00\x00", 5, STACK0 - 4, 4, true},
    {"call far", "\x9a\x07\x00\x01\x00\x08\x00", 7, STACK0 - 8, 8, true},
    {"call far []", "\xff\x1d\x00\x00\x04\x00", 6, DATA, 6, false},
    {"retf", "\xcb", 1, STACK0, 8, false},
    {"iretd", "\xcf", 1, STACK0, 12, false},
    {"int 50h", "\xcd\x50", 2, STACK0 - 12, 12, true},
    {"int 50h, gate", "\xcd\x50", 2, IDT + 8 * 0x50, 8, false},
    {"movsd, source", "\xa5", 1, DATA, 4, false},
    {"movsd, destination", "\xa5", 1, DATA + 0x100, 4, true},
    {"rep movsd", "\xf3\xa5", 2, DATA + 0x100, 4, true},
    {"cmpsd", "\xa7", 1, DATA + 0x100, 4, false},
    {"scasb", "\xae", 1, DATA + 0x100, 1, false},
    {"xlat", "\xd7", 1, DATA, 1, false},
    {"lfs", "\x0f\xb4\x0d\x00\x00\x04\x00", 7, DATA, 6, false},
    {"mov fs, descriptor", "\x8e\xe6", 2, GDT + SEL_DATA0, 8, false},
    {"sgdt", "\x0f\x01\x05\x02\x00\x04\x00", 7, DATA + 2, 6, true},
    {"dword across pages", "\x89\x05\xfe\x0f\x04\x00", 6, DATA + 0xffe, 4, true},
    {"cmpxchg, unequal", "\x0f\xb1\x15\x10\x00\x04\x00", 7, DATA + 0x10, 4, true},
    {"bts", "\x0f\xba\x2d\x00\x00\x04\x00\x05", 8, DATA, 4, true},
    {"fld m80", "\xdb\x2d\x00\x00\x04\x00", 6, DATA, 10, false},
    {"fstp m80", "\xdb\x3d\x00\x00\x04\x00", 6, DATA, 10, true},
    {"fnstenv", "\xd9\x35\x00\x00\x04\x00", 6, DATA, 28, true},
    {"fnsave", "\xdd\x35\x00\x00\x04\x00", 6, DATA, 108, true},
    {"fxsave", "\x0f\xae\x05\x00\x00\x04\x00", 7, DATA, 288, true},
    {"movups store", "\x0f\x11\x05\x04\x00\x04\x00", 7, DATA + 4, 16, true},
    {"movaps load", "\x0f\x28\x05\x00\x00\x04\x00", 7, DATA, 16, false},
    {"task switch, save", "\xea\x00\x00\x00\x00\x48\x00", 7, TSS + 0x20, 0x28, true},
    {"task switch, load", "\xea\x00\x00\x00\x00\x48\x00", 7, TSS2 + 0x20, 0x28, false},
};
/* clang-format on */

static bool traps(const struct access *a, u32 at, unsigned kind)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    memset(r->phys.ram + CODE, 0x90, 64);
    put_bytes(r, CODE, a->code, a->size);
    wr32(r, DATA, CODE + 0x20); /* for CALL FAR [], LFS */
    wr32(r, DATA + 4, SEL_CODE0);
    wr32(r, STACK0, CODE + 0x20); /* for RETF, IRET */
    wr32(r, STACK0 + 4, SEL_CODE0);
    wr32(r, STACK0 + 8, EFL_ONE);
    wr32(r, TSS2 + 0x20, CODE + 0x20);
    wr32(r, TSS2 + 0x24, EFL_ONE);
    wr32(r, TSS2 + 0x38, STACK1);
    wr32(r, TSS2 + 0x4c, SEL_CODE0);
    wr32(r, TSS2 + 0x50, SEL_DATA0);
    wr32(r, TSS2 + 0x60, 0);
    c->gpr[EBP] = DATA + 0x80;
    c->gpr[EBX] = DATA;
    c->gpr[EAX] = 0;
    c->gpr[ESI] = a->code[0] == (char)0x8e ? SEL_DATA0 : DATA;
    c->gpr[EDI] = DATA + 0x100;
    c->gpr[ECX] = 1;
    wr32(r, DATA + 0x10, 1);
    watch(r, at, kind, LEN1);
    c->dr[7] |= 2; /* also globally: a task switch keeps it */
    cpu_run(c, 1);
    bool trapped = c->dr[6] & 1;
    rig_free(r);
    return trapped;
}

START_TEST(data_breakpoints_see_every_access)
{
    for (unsigned i = 0; i < ARRAY_SIZE(accesses); i++) {
        const struct access *a = &accesses[i];
        for (u32 at = a->at; at < a->at + a->n;
             at += at == a->at || at == a->at + a->n - 1 ? 1 : 3) {
            ck_assert_msg(traps(a, at, RW_ACCESS), "%s: byte %u unseen", a->what, at - a->at);
            ck_assert_msg(traps(a, at, RW_WRITE) == a->write, "%s: byte %u %s", a->what, at - a->at,
                          a->write ? "unseen as a write" : "is not written");
        }
        /* What lies behind is not touched. */
        ck_assert_msg(!traps(a, a->at + a->n + 0x40, RW_ACCESS), "%s: too far", a->what);
    }
}
END_TEST

/* Breakpoint i on DATA; one byte is read or written at `at`. Does it strike, alone and rightly? */
static void one_data_breakpoint(unsigned i, unsigned kind, unsigned len, u32 bytes, bool write,
                                u32 at)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    bool hit = at - DATA < bytes && (write || kind == RW_ACCESS);

    PUT(r, CODE, "\x8a\x03\x90\xf4");     /* mov al,[ebx]; nop; hlt */
    PUT(r, CODE + 8, "\x88\x03\x90\xf4"); /* mov [ebx],al */
    c->gpr[EBX] = at;
    c->eip = write ? CODE + 8 : CODE;
    for (unsigned k = 0; k < 4; k++)
        c->dr[k] = k == i ? DATA : 0xdead0000;
    debug_set_dr6(c, 0);
    debug_set_dr7(c, 0x400 | 1u << 2 * i | (kind | len) << (16 + 4 * i));
    ck_assert_msg(next_handler(r) == (hit ? VEC_DB : -1), "%u: kind %u, %u bytes, %s at %x", i,
                  kind, bytes, write ? "written" : "read", at);
    ck_assert_uint_eq(c->dr[6] & 15, hit ? 1u << i : 0);
    rig_free(r);
}

START_TEST(four_data_breakpoints)
{
    static const u8 kinds[] = {RW_WRITE, RW_ACCESS}, lens[] = {LEN1, LEN2, LEN4};
    static const u8 bytes[] = {1, 2, 4};
    for (unsigned i = 0; i < 4; i++)
        for (unsigned k = 0; k < 2 * 3 * 2; k++)
            for (u32 at = DATA - 1; at <= DATA + 4; at++)
                one_data_breakpoint(i, kinds[k % 2], lens[k / 2 % 3], bytes[k / 2 % 3], k / 6, at);
}
END_TEST

/* What IRET brings holds from the next instruction on: a step, and an NMI that had to wait. */
START_TEST(iret_looks_at_once)
{
    for (unsigned nmi = 0; nmi < 2; nmi++) {
        struct rig *r = debug_rig(0);
        struct cpu *c = r->c;
        PUT(r, CODE, "\xcf");                    /* iretd */
        PUT(r, CODE + 0x20, "\x90\x90\x90\xf4"); /* nop; nop; nop; hlt */
        c->gpr[ESP] -= 12;
        wr32(r, c->gpr[ESP], CODE + 0x20);
        wr32(r, c->gpr[ESP] + 4, SEL_CODE0);
        wr32(r, c->gpr[ESP] + 8, EFL_ONE | (nmi ? 0 : EFL_TF));
        if (nmi) {
            c->nmi_blocked = true;
            cpu_raise_nmi(c);
        }
        ck_assert_int_eq(next_handler(r), nmi ? VEC_NMI : VEC_DB);
        ck_assert_uint_eq(frame(r, 0), nmi ? CODE + 0x20 : CODE + 0x21);
        rig_free(r);
    }
}
END_TEST

/* On the frame of an exception or interrupt: #DB before the handler's first instruction. */
START_TEST(data_breakpoints_on_delivery)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    PUT(r, CODE, "\x0f\x0b"); /* ud2 */
    for (unsigned external = 0; external < 2; external++) {
        c->eip = CODE;
        c->gpr[ESP] = STACK0;
        cpu_set_eflags(c, EFL_ONE | EFL_IF);
        cpu_set_intr(c, external);
        watch(r, STACK0 - 12, RW_WRITE, LEN4); /* the EIP that is pushed */
        ck_assert_int_eq(next_handler(r), VEC_DB);
        ck_assert_uint_eq(frame(r, 0), HANDLERS + 16 * (external ? 0x40 : VEC_UD));
        ck_assert_uint_eq(c->dr[6], 0xffff0ff1);
        ck_assert_uint_eq(frame(r, 3), CODE);
        cpu_set_intr(c, false);
        ck_assert_int_eq(next_handler(r), external ? 0x40 : VEC_UD);
    }
    rig_free(r);
}
END_TEST

/* A breakpoint on the gate of #DB makes each delivery the cause of the next. Time must pass. */
START_TEST(breakpoint_on_its_own_gate_takes_time)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    PUT(r, CODE, "\xa1\x00\x00\x04\x00\xeb\xf9"); /* mov eax,[DATA]; jmp back */
    watch(r, DATA, RW_ACCESS, LEN4);
    c->dr[1] = IDT + 8 * VEC_DB;
    debug_set_dr7(c, 0x405 | (RW_ACCESS | LEN4) << 16 | (RW_ACCESS | LEN4) << 20);
    ck_assert_int_eq(cpu_run(c, 500), CPU_BUDGET);
    ck_assert_uint_ge(cpu_executed(c), 500);
    ck_assert_uint_lt(cpu_executed(c), 600); /* the last delivery comes to its end */
    ck_assert_int_eq(cpu_run(c, 500), CPU_BUDGET);
    ck_assert_uint_ge(cpu_executed(c), 1000);
    ck_assert_uint_lt(cpu_executed(c), 1200);
    ck_assert_uint_lt(c->gpr[ESP], STACK0 - 12 * 20);
    rig_free(r);
}
END_TEST

START_TEST(mov_ss_holds_traps_for_one_instruction)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    wr32(r, DATA, SEL_DATA0);
    /* mov ss,[DATA]; nop; hlt: after the nop */
    PUT(r, CODE, "\x8e\x15\x00\x00\x04\x00\x90\xf4");
    watch(r, DATA, RW_ACCESS, LEN2);
    ck_assert_int_eq(next_handler(r), VEC_DB);
    ck_assert_uint_eq(frame(r, 0), CODE + 7);
    /* mov ss,[DATA]; int 50h: before the handler's first instruction */
    PUT(r, CODE, "\x8e\x15\x00\x00\x04\x00\xcd\x50");
    c->eip = CODE;
    ck_assert_int_eq(next_handler(r), VEC_DB);
    ck_assert_uint_eq(frame(r, 0), HANDLERS + 16 * 0x50);
    /* A code breakpoint on the instruction behind it is passed over. */
    PUT(r, CODE, "\x8e\x15\x00\x00\x04\x00\x90\xf4");
    c->eip = CODE;
    watch(r, CODE + 6, RW_EXEC, LEN1);
    ck_assert_int_eq(next_handler(r), -1);
    rig_free(r);
}
END_TEST

/* A machine that is saved right behind MOV SS goes on to the trap that it holds back. */
START_TEST(snapshot_keeps_what_mov_ss_holds)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    struct state *s = state_new_save();
    struct err e = {0};
    size_t size;
    wr32(r, DATA, SEL_DATA0);
    PUT(r, CODE, "\x8e\x15\x00\x00\x04\x00\x90\xf4"); /* mov ss,[DATA]; nop; hlt */
    watch(r, DATA, RW_ACCESS, LEN2);
    c->eip = CODE;
    rig_run(r, 1);
    ck_assert_uint_eq(c->eip, CODE + 6);
    cpu_state(c, s);
    const u8 *bytes = state_finish(s, &size);
    struct state *t = state_new_load(bytes, size, &e);
    ck_assert_ptr_nonnull(t);
    /* Into a machine that was somewhere else. */
    c->eip = CODE + 7;
    c->dr6_hit = 0;
    c->shadow = SHADOW_NONE;
    cpu_state(c, t);
    ck_assert_msg(state_ok(t), "%s", state_error(t));
    ck_assert_int_eq(next_handler(r), VEC_DB);
    ck_assert_uint_eq(frame(r, 0), CODE + 7);
    ck_assert_uint_eq(c->dr[6] & 0xf, 1);
    state_free(t);
    state_free(s);
    rig_free(r);
}
END_TEST

/* The T bit of a new task and a breakpoint on the switch are one #DB. */
START_TEST(task_switch_reports_both)
{
    struct rig *r = debug_rig(0);
    struct cpu *c = r->c;
    PUT(r, CODE, "\xea\x00\x00\x00\x00\x48\x00"); /* jmp SEL_TSS2:0 */
    wr32(r, TSS2 + 0x20, CODE + 0x20);
    wr32(r, TSS2 + 0x24, EFL_ONE);
    wr32(r, TSS2 + 0x38, STACK1);
    wr32(r, TSS2 + 0x4c, SEL_CODE0);
    wr32(r, TSS2 + 0x50, SEL_DATA0);
    wr32(r, TSS2 + 0x64, 1);
    watch(r, TSS + 0x20, RW_WRITE, LEN4);
    ck_assert_int_eq(next_handler(r), VEC_DB);
    ck_assert_uint_eq(c->dr[6] & 0xe00f, DR6_BT | 1);
    ck_assert_uint_eq(frame(r, 0), CODE + 0x20);
    ck_assert_uint_eq(c->dr[7] & 1, 0);
    rig_free(r);
}
END_TEST

START_TEST(reserved_bits_of_dr6_and_dr7)
{
    struct rig *r = debug_rig(0);
    debug_set_dr6(r->c, 0xffffffff);
    ck_assert_uint_eq(r->c->dr[6], 0xffffefff);
    debug_set_dr6(r->c, 0);
    ck_assert_uint_eq(r->c->dr[6], 0xffff0ff0);
    debug_set_dr7(r->c, 0xffffffff);
    ck_assert_uint_eq(r->c->dr[7], 0xffff27ff);
    debug_set_dr7(r->c, 0);
    ck_assert_uint_eq(r->c->dr[7], 0x400);
    rig_free(r);
    /* Up to the 486 they could be set. */
    static const char *const old[] = {"386", "486"};
    for (unsigned i = 0; i < ARRAY_SIZE(old); i++) {
        r = rig_new(old[i]);
        debug_set_dr6(r->c, 0xffffffff);
        ck_assert_uint_eq(r->c->dr[6], 0xffffffff);
        debug_set_dr7(r->c, 0xffffffff);
        ck_assert_uint_eq(r->c->dr[7], 0xffffffff);
        rig_free(r);
    }
}
END_TEST

/* ---- #AC ---- */

START_TEST(alignment_of_images)
{
    static const struct {
        const char *code;
        unsigned size, align; /* what raises #AC: less alignment than this */
        unsigned gp;          /* #GP(0): less than this, where #AC is not raised */
    } row[] = {
        {"\xd9\x30", 2, 4, 1},      /* fnstenv [eax] */
        {"\x66\xd9\x30", 3, 2, 1},  /* of 16-bit format */
        {"\xd9\x20", 2, 4, 1},      /* fldenv */
        {"\x66\xd9\x20", 3, 2, 1},  /* */
        {"\xdd\x30", 2, 4, 1},      /* fnsave */
        {"\x66\xdd\x30", 3, 2, 1},  /* */
        {"\xdd\x20", 2, 4, 1},      /* frstor */
        {"\x66\xdd\x20", 3, 2, 1},  /* */
        {"\x0f\xae\x00", 3, 4, 16}, /* fxsave */
        {"\x0f\xae\x08", 3, 4, 16}, /* fxrstor */
        {"\x0f\x10\x00", 3, 16, 1}, /* movups xmm0,[eax] */
        {"\x0f\x11\x00", 3, 16, 1}, /* movups [eax],xmm0 */
        {"\x0f\x28\x00", 3, 1, 16}, /* movaps */
        {"\xdb\x28", 2, 8, 1},      /* fld m80 */
        {"\x0f\x00\x00", 3, 2, 1},  /* sldt m16 */
        {"\x8b\x18", 2, 4, 1},      /* mov ebx,[eax] */
    };
    for (unsigned i = 0; i < ARRAY_SIZE(row); i++)
        for (unsigned at = 0; at < 32; at++)
            for (unsigned mode = 0; mode < 3; mode++) {
                bool checked = mode == 0; /* else: AC clear, or CPL 0 */
                struct rig *r = debug_rig(mode == 2 ? 0 : 3);
                struct cpu *c = r->c;
                put_bytes(r, CODE, row[i].code, row[i].size);
                PUT(r, CODE + row[i].size, "\xcd\x50");
                wr32(r, DATA + at, 0x37f);
                mmu_set_cr0(&c->mmu, c->mmu.cr0 | CR0_AM);
                cpu_set_eflags(c, EFL_ONE | (mode == 1 ? 0 : EFL_AC));
                c->gpr[EAX] = DATA + at;
                int vector = next_handler(r), want = 0x50;
                if (checked && at % row[i].align)
                    want = VEC_AC;
                else if (at % row[i].gp)
                    want = VEC_GP;
                ck_assert_msg(vector == want, "row %u at %u, mode %u: vector %d, not %d", i, at,
                              mode, vector, want);
                rig_free(r);
            }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("debug");
    TCase *t = tcase_create("debug");
    tcase_add_test(t, io_breakpoint_lets_strings_advance);
    tcase_add_test(t, io_breakpoint_needs_an_access);
    tcase_add_test(t, io_breakpoint_needs_de);
    tcase_add_test(t, breakpoint_on_rep_strikes_once);
    tcase_add_test(t, events_in_rep_see_the_last_comparison);
    tcase_add_test(t, fault_in_rep_restores_the_flags);
    tcase_add_test(t, iret_gives_rf_to_one_instruction);
    tcase_add_test(t, rf_in_frames);
    tcase_add_test(t, single_step_over_rep);
    tcase_add_loop_test(t, no_single_step_over_interrupts, 0, 4);
    tcase_add_test(t, a_fault_in_the_middle_of_rep);
    tcase_add_test(t, data_breakpoints_see_every_access);
    tcase_add_test(t, four_data_breakpoints);
    tcase_add_test(t, iret_looks_at_once);
    tcase_add_test(t, data_breakpoints_on_delivery);
    tcase_add_test(t, breakpoint_on_its_own_gate_takes_time);
    tcase_add_test(t, mov_ss_holds_traps_for_one_instruction);
    tcase_add_test(t, snapshot_keeps_what_mov_ss_holds);
    tcase_add_test(t, task_switch_reports_both);
    tcase_add_test(t, reserved_bits_of_dr6_and_dr7);
    tcase_add_test(t, alignment_of_images);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
