/*
 * test_far.c - segment loads, far transfers, gates, rings, IRET, with the error codes of what must
 * fail. SDM vol. 3, chapters 5 and 6. Each test runs a few instructions as bytes.
 */
#include "tests/unit/cpu_harness.h"

#include "cpu/delivered.h"
#include "cpu/protect/desc.h"

/* Frames that the handlers find at their ESP. */
static u32 frame(struct rig *r, unsigned i)
{
    return rd32(r, r->c->gpr[ESP] + 4 * i);
}

static void expect_fault(struct rig *r, int vector, u32 error, u32 eip)
{
    rig_run(r, 100);
    ck_assert_int_eq(halted_in(r), vector);
    ck_assert_uint_eq(frame(r, 0), error);
    ck_assert_uint_eq(frame(r, 1), eip);
}

START_TEST(load_segment_sets_accessed)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    put_desc(r, SEL_FREE, 0x12345678, 0xfff, 0x4092);
    PUT(r, CODE, "\x66\xb8\x68\x00\x8e\xe0\xf4"); /* mov ax,68; mov fs,ax; hlt */
    rig_run(r, 10);
    ck_assert(r->c->halted);
    ck_assert_uint_eq(r->c->seg[SEG_FS].base, 0x12345678);
    ck_assert_uint_eq(r->c->seg[SEG_FS].limit, 0xfff);
    ck_assert_uint_eq(phys_load(&r->phys, GDT + 0x68 + 5, 1), 0x93);
    rig_free(r);
}
END_TEST

/* mov ax, sel; mov sreg, ax. modrm names the register; vector -1: it must succeed. */
static const struct {
    u8 cpl;
    u16 sel;
    u16 attr;
    u8 modrm; /* C0 + sreg * 8 */
    int vector;
    u32 error;
} loads[] = {
    {0, 0x800, 0, 0xd8, 13, 0x800},            /* DS, outside the GDT */
    {0, 0x10c, 0, 0xd8, 13, 0x10c},            /* outside the LDT */
    {0, SEL_FREE, 0x4012, 0xd8, 11, 0x68},     /* not present */
    {0, SEL_FREE, 0x4098, 0xd8, 13, 0x68},     /* execute-only code */
    {0, SEL_FREE, 0x0089, 0xd8, 13, 0x68},     /* a TSS */
    {0, SEL_FREE | 3, 0x4092, 0xd8, 13, 0x68}, /* RPL 3 > DPL 0 */
    {3, SEL_FREE | 3, 0x40b2, 0xd8, 13, 0x68}, /* CPL 3 > DPL 1 */
    {3, SEL_FREE | 3, 0x409e, 0xd8, -1, 0},    /* conforming readable code: any privilege */
    {0, 0, 0, 0xd8, -1, 0},                    /* null DS is fine */
    {0, 3, 0, 0xd0, 13, 0},                    /* null SS is not */
    {0, SEL_FREE, 0x4090, 0xd0, 13, 0x68},     /* SS read-only */
    {0, SEL_FREE | 1, 0x4092, 0xd0, 13, 0x68}, /* SS RPL 1 at CPL 0 */
    {0, SEL_FREE, 0x40b2, 0xd0, 13, 0x68},     /* SS DPL 1 at CPL 0 */
    {0, SEL_FREE, 0x4012, 0xd0, 12, 0x68},     /* SS not present: #SS */
    {0, SEL_FREE, 0x401a, 0xd0, 13, 0x68},     /* code comes before not present */
};

START_TEST(load_segment_checks)
{
    struct rig *r = rig_new("pentium3");
    u8 code[] = {0x66, 0xb8, 0, 0, 0x8e, loads[_i].modrm, 0xcd, 0x80};
    pm_init(r, loads[_i].cpl);
    put_desc(r, SEL_FREE, 0, 0xfffff, loads[_i].attr);
    wr32(r, IDT + 8 * 0x80 + 4, rd32(r, IDT + 8 * 0x80 + 4) | 0x6000); /* INT 80h for all */
    code[2] = (u8)loads[_i].sel;
    code[3] = (u8)(loads[_i].sel >> 8);
    put_bytes(r, CODE, (char *)code, sizeof code);
    if (loads[_i].vector < 0) {
        rig_run(r, 10);
        ck_assert_int_eq(halted_in(r), 0x80);
        ck_assert_uint_eq(r->c->seg[SEG_DS].sel, loads[_i].sel);
    } else {
        expect_fault(r, loads[_i].vector, loads[_i].error, CODE + 4);
    }
    rig_free(r);
}
END_TEST

/* The last descriptor of a table ends with its limit; one byte less, and it is none. */
START_TEST(last_descriptor_of_a_table)
{
    for (unsigned ldt = 0; ldt < 2; ldt++)
        for (unsigned less = 0; less < 2; less++) {
            u16 sel = ldt ? 0xfc : 0x7f8;
            struct rig *r = rig_new("pentium3");
            pm_init(r, 0);
            put_desc(r, sel, 0x1230, 0xfff, 0x4093);
            r->c->ldtr.limit -= ldt ? less : 0;
            r->c->gdtr.limit -= (u16)(ldt ? 0 : less);
            PUT(r, CODE, "\x8e\xd8\xf4"); /* mov ds,ax; hlt */
            r->c->gpr[EAX] = sel;
            if (less) {
                expect_fault(r, VEC_GP, sel, CODE);
            } else {
                rig_run(r, 10);
                ck_assert_int_eq(halted_in(r), -1);
                ck_assert_uint_eq(r->c->seg[SEG_DS].base, 0x1230);
            }
            rig_free(r);
        }
}
END_TEST

START_TEST(limits_and_expand_down)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    put_desc(r, SEL_FREE, 0, 0x0fff, 0x4096); /* expand-down: 1000..ffffffff */
    /* mov ax,68; mov ds,ax; mov al,[1000]; mov al,[fff] */
    PUT(r, CODE, "\x66\xb8\x68\x00\x8e\xd8\xa0\x00\x10\x00\x00\xa0\xff\x0f\x00\x00");
    expect_fault(r, 13, 0, CODE + 11);
    rig_free(r);

    r = rig_new("pentium3");
    pm_init(r, 3);
    /* mov ax,5b; mov es,ax; mov [es:fc],eax; mov [es:fd],eax */
    PUT(r, CODE, "\x66\xb8\x5b\x00\x8e\xc0\x26\xa3\xfc\x00\x00\x00\x26\xa3\xfd\x00\x00\x00");
    expect_fault(r, 13, 0, CODE + 12);
    ck_assert_uint_eq(frame(r, 2), SEL_CODE3);
    ck_assert_uint_eq(rd16(r, DATA + 0xfc), 0x5b);
    rig_free(r);
}
END_TEST

/* Call gate from ring 3 to ring 0 with two parameters, and back with RET 8. */
START_TEST(call_gate_with_parameters)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    put_gate_at(r, GDT + SEL_FREE, SEL_CODE0, CODE + 0x100, 0xec, 2);
    /* push 11h; push 22h; call 6b:0; int 80 */
    PUT(r, CODE, "\x6a\x11\x6a\x22\x9a\x00\x00\x00\x00\x6b\x00\xcd\x80");
    /* mov eax,[esp+8]; mov ebx,[esp+12]; mov ecx,[esp]; mov edx,[esp+4]; retf 8 */
    PUT(r, CODE + 0x100,
        "\x8b\x44\x24\x08\x8b\x5c\x24\x0c\x8b\x0c\x24\x8b\x54\x24\x04\xca\x08\x00");
    wr32(r, IDT + 8 * 0x80 + 4, rd32(r, IDT + 8 * 0x80 + 4) | 0x6000);
    rig_run(r, 100);
    ck_assert_int_eq(halted_in(r), 0x80);
    ck_assert_uint_eq(r->c->gpr[EAX], 0x22);
    ck_assert_uint_eq(r->c->gpr[EBX], 0x11);
    ck_assert_uint_eq(r->c->gpr[ECX], CODE + 11);
    ck_assert_uint_eq(r->c->gpr[EDX], SEL_CODE3);
    ck_assert_uint_eq(rd32(r, STACK0 - 4), SEL_DATA3);
    ck_assert_uint_eq(rd32(r, STACK0 - 8), STACK3); /* INT 80h's frame: parameters are gone */
    /* RETF nulled what ring 3 may not see: nothing here, all data segments were ring 3's. */
    ck_assert_uint_eq(r->c->seg[SEG_DS].sel, SEL_DATA3);
    rig_free(r);
}
END_TEST

START_TEST(outer_return_nulls_data_segments)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    /* push 33; push STACK3; push 2b; push CODE+100; retf */
    PUT(r, CODE, "\x6a\x33\x68\x00\x80\x03\x00\x6a\x2b\x68\x00\x01\x01\x00\xcb");
    PUT(r, CODE + 0x100, "\x8c\xd8\x8b\x1d\x00\x00\x04\x00"); /* mov eax,ds; mov ebx,[40000] */
    expect_fault(r, 13, 0, CODE + 0x102);
    ck_assert_uint_eq(r->c->gpr[EAX], 0);
    ck_assert_uint_eq(frame(r, 2), SEL_CODE3);
    ck_assert_uint_eq(frame(r, 4), STACK3);
    ck_assert_uint_eq(frame(r, 5), SEL_DATA3);
    rig_free(r);
}
END_TEST

/* call/jmp far ptr: {CPL, selector, attr of SEL_FREE or gate type, vector, error} */
static const struct {
    u8 cpl, opcode;
    u16 sel, attr;
    int vector;
    u32 error;
} jumps[] = {
    {0, 0xea, 0, 0, 13, 0},
    {0, 0xea, SEL_DATA0, 0, 13, SEL_DATA0},
    {0, 0xea, SEL_CODE1, 0, 13, 0x18},                 /* outward */
    {3, 0xea, SEL_CODE0, 0, 13, 0x08},                 /* inward */
    {3, 0x9a, SEL_FREE | 3, 0x40fa & ~0x80, 11, 0x68}, /* not present */
    {3, 0x9a, SEL_TSS2, 0, 13, 0x48},                  /* TSS of DPL 0 */
    {0, 0xea, SEL_TSS, 0, 13, 0x38},                   /* busy TSS */
    {0, 0xea, SEL_LDT, 0, 13, 0x40},
};

START_TEST(far_transfer_checks)
{
    struct rig *r = rig_new("pentium3");
    u8 code[] = {jumps[_i].opcode, 0, 0, 1, 0, (u8)jumps[_i].sel, (u8)(jumps[_i].sel >> 8)};
    pm_init(r, jumps[_i].cpl);
    put_desc(r, SEL_FREE, 0, 0xfffff, jumps[_i].attr);
    put_bytes(r, CODE, (char *)code, sizeof code);
    expect_fault(r, jumps[_i].vector, jumps[_i].error, CODE);
    rig_free(r);
}
END_TEST

START_TEST(conforming_code_keeps_cpl)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    PUT(r, CODE, "\x9a\x00\x01\x01\x00\x50\x00"); /* call 50:10100 */
    PUT(r, CODE + 0x100, "\x8c\xc8\xfa");         /* mov eax,cs; cli: #GP */
    expect_fault(r, 13, 0, CODE + 0x102);
    ck_assert_uint_eq(r->c->gpr[EAX], SEL_CONF0 | 3);
    ck_assert_uint_eq(rd32(r, STACK3 - 4), SEL_CODE3);
    ck_assert_uint_eq(rd32(r, STACK3 - 8), CODE + 7);
    rig_free(r);
}
END_TEST

/* Segments that a return or an interrupt gives to CS and SS are marked as used, to any ring. */
START_TEST(returns_and_gates_mark_segments)
{
    enum { CODE_SEG = 0x80, STACK_SEG = 0x88 };
    for (unsigned kind = 0; kind < 5; kind++) {
        bool outer = kind & 1, iret = kind & 2, gate = kind == 4;
        unsigned rpl = outer ? 3 : 0;
        struct rig *r = rig_new("pentium3");
        pm_init(r, gate ? 3 : 0);
        put_desc(r, CODE_SEG, 0, 0xfffff, 0xc09a | rpl << 5);
        put_desc(r, STACK_SEG, 0, 0xfffff, 0xc092 | rpl << 5);
        u32 esp = r->c->gpr[ESP] -= 20;
        wr32(r, esp, CODE + 0x100);
        wr32(r, esp + 4, CODE_SEG | rpl);
        if (iret)
            wr32(r, esp + 8, EFL_ONE);
        wr32(r, esp + (iret ? 12 : 8), STACK3);
        wr32(r, esp + (iret ? 16 : 12), STACK_SEG | rpl);
        put_gate_at(r, IDT + 8 * 0x30, CODE_SEG, CODE + 0x100, 0xee, 0);
        wr32(r, TSS + 8, STACK_SEG);
        put_bytes(r, CODE, gate ? "\xcd\x30" : iret ? "\xcf" : "\xcb", gate ? 2 : 1);
        rig_run(r, 1);
        ck_assert_uint_eq(r->c->eip, CODE + 0x100);
        ck_assert_uint_eq(r->c->seg[SEG_CS].sel, CODE_SEG | rpl);
        ck_assert_uint_eq(phys_load(&r->phys, GDT + CODE_SEG + 5, 1) & 1, 1);
        ck_assert_uint_eq(phys_load(&r->phys, GDT + STACK_SEG + 5, 1) & 1, outer || gate);
        rig_free(r);
    }
}
END_TEST

/* To an outer ring whose stack is one of 16 bits: the upper half of ESP stays what it was. */
START_TEST(outer_return_to_a_16_bit_stack)
{
    for (unsigned iret = 0; iret < 2; iret++) {
        struct rig *r = rig_new("pentium3");
        pm_init(r, 0);
        put_desc(r, SEL_FREE, 0, 0xffff, 0x00f3);
        u32 esp = r->c->gpr[ESP] -= 20;
        wr32(r, esp, CODE + 0x100);
        wr32(r, esp + 4, SEL_CODE3);
        if (iret)
            wr32(r, esp + 8, EFL_ONE);
        wr32(r, esp + (iret ? 12 : 8), 0x1234f000);
        wr32(r, esp + (iret ? 16 : 12), SEL_FREE | 3);
        put_bytes(r, CODE, iret ? "\xcf" : "\xcb", 1);
        rig_run(r, 1);
        ck_assert_uint_eq(r->c->eip, CODE + 0x100);
        ck_assert_uint_eq(r->c->gpr[ESP], (STACK0 & 0xffff0000u) - 0x10000 + 0xf000);
        rig_free(r);
    }
}
END_TEST

/* Interrupt gate and trap gate of 16 bits, trap keeps IF; IRET masks by IOPL. */
START_TEST(int_gate_rings_and_iret)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    put_gate_at(r, IDT + 8 * 0x81, SEL_CODE0, CODE + 0x200, 0xef, 0); /* trap gate, DPL 3 */
    cpu_set_eflags(r->c, EFL_ONE | EFL_IF | EFL_CF);
    PUT(r, CODE, "\xcd\x81\x9c\x58\xf4"); /* int 81; pushf; pop eax; hlt -> #GP */
    PUT(r, CODE + 0x200, "\x9c\x5b\x81\x4c\x24\x08\x00\x30\x00\x00\xcf");
    /* pushf; pop ebx; or dword [esp+8],3000 (IOPL 3); iret */
    expect_fault(r, 13, 0, CODE + 4);
    ck_assert_uint_eq(r->c->gpr[EBX] & 0x3203, 0x203);  /* IF kept, IOPL 0 */
    ck_assert_uint_eq(r->c->gpr[EAX] & 0x3203, 0x3203); /* ring 0's IRET sets IOPL */
    rig_free(r);
}
END_TEST

/* What a gate clears in EFLAGS, and that the frame has it still (SDM vol. 3, 6.12.1.2 and .3). */
START_TEST(gates_clear_flags)
{
    for (unsigned trap = 0; trap < 2; trap++) {
        struct rig *r = rig_new("pentium3");
        u32 before = EFL_ONE | EFL_NT | EFL_IF | EFL_IOPL | EFL_AC | EFL_ID | EFL_DF | EFL_CF;
        pm_init(r, 0);
        put_gate_at(r, IDT + 8 * 0x30, SEL_CODE0, HANDLERS + 16 * 0x30, trap ? 0x8f : 0x8e, 0);
        cpu_set_eflags(r->c, before);
        PUT(r, CODE, "\xcd\x30");
        rig_run(r, 100);
        ck_assert_int_eq(halted_in(r), 0x30);
        ck_assert_uint_eq(rd32(r, r->c->gpr[ESP] + 8), before);
        ck_assert_uint_eq(cpu_eflags(r->c), before & ~(EFL_NT | (trap ? 0 : EFL_IF)));
        rig_free(r);
    }
}
END_TEST

/* RF is in the frame of a fault, and not in the handler's own flags. */
START_TEST(fault_handler_has_no_rf)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    cpu_set_eflags(r->c, EFL_ONE | EFL_RF | EFL_NT);
    PUT(r, CODE, "\x0f\x0b"); /* ud2 */
    rig_run(r, 100);
    ck_assert_int_eq(halted_in(r), VEC_UD);
    ck_assert_uint_eq(rd32(r, r->c->gpr[ESP] + 8), EFL_ONE | EFL_RF | EFL_NT);
    ck_assert_uint_eq(cpu_eflags(r->c), EFL_ONE);
    rig_free(r);
}
END_TEST

/* A 16-bit TSS has SP only: ESP's upper half is 0 on a 32-bit stack. */
START_TEST(inner_stack_of_a_16_bit_tss)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    r->c->tr.attr = SEG_P | DT_TSS16_BUSY;
    wr16(r, TSS + 2, 0xf000);
    wr16(r, TSS + 4, SEL_DATA0);
    wr16(r, TSS + 6, 0xabcd);
    PUT(r, CODE, "\x0f\x0b");
    rig_run(r, 100);
    ck_assert_int_eq(halted_in(r), VEC_UD);
    ck_assert_uint_eq(r->c->gpr[ESP], 0xf000 - 20);
    ck_assert_uint_eq(r->c->seg[SEG_SS].sel, SEL_DATA0);
    rig_free(r);
}
END_TEST

START_TEST(int_gate_dpl)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    PUT(r, CODE, "\xcd\x21");
    expect_fault(r, 13, 0x21 * 8 + 2, CODE);
    rig_free(r);
}
END_TEST

START_TEST(missing_gate_is_np_and_ext)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    wr32(r, IDT + 8 * 6 + 4, 0x0e00); /* #UD's gate: not present */
    PUT(r, CODE, "\x0f\x0b");
    expect_fault(r, 11, 6 * 8 + 2 + 1, CODE);
    rig_free(r);
}
END_TEST

START_TEST(double_fault_and_shutdown)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    wr32(r, IDT + 8 * 13 + 4, 0x0e00); /* #GP -> #NP -> #DF */
    wr32(r, IDT + 8 * 11 + 4, 0x0e00);
    PUT(r, CODE, "\xfa");
    expect_fault(r, 8, 0, CODE);
    rig_free(r);

    r = rig_new("pentium3");
    pm_init(r, 3);
    wr32(r, IDT + 8 * 13 + 4, 0x0e00);
    wr32(r, IDT + 8 * 11 + 4, 0x0e00);
    wr32(r, IDT + 8 * 8 + 4, 0x0e00);
    PUT(r, CODE, "\xfa");
    ck_assert_int_eq(rig_run(r, 100), CPU_SHUTDOWN);
    ck_assert(r->c->shutdown);
    ck_assert_ptr_nonnull(strstr(cpu_last_fault_text(r->c), "shutdown"));
    rig_free(r);
}
END_TEST

START_TEST(faults_explain_themselves)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    ck_assert_str_eq(cpu_last_fault_text(r->c), "");
    PUT(r, CODE, "\xfa");
    rig_run(r, 1);
    const char *text = cpu_last_fault_text(r->c);
    ck_assert_msg(strstr(text, "#GP(0) at ") && strstr(text, ": CLI at CPL 3 with IOPL 0"), "%s",
                  text);
    rig_free(r);

    /* Strings, and numbers of every kind. */
    struct cpu_event e = {.why = "%s %04x, %u and %d: %llx%%"};
    e.arg[0] = (uintptr_t) "selector";
    e.arg[1] = 0x1b;
    e.arg[2] = 4000000000u;
    e.arg[3] = (u32)-5;
    e.arg[4] = 0x123456789abcull;
    char out[80], small[12];
    cpu_event_text(&e, out, sizeof out);
    ck_assert_str_eq(out, "selector 001b, 4000000000 and -5: 123456789abc%");
    cpu_event_text(&e, small, sizeof small);
    ck_assert_str_eq(small, "selector 00");
}
END_TEST

/* What a fault is raised with waits in the event, each value as the text will want it. */
START_TEST(faults_keep_their_values)
{
    struct rig *r = rig_new("pentium3");
    const char *name = "TSS";
    char text[120];

    ck_assert_int_eq(cpu_fault(r->c, VEC_UD, "nothing to add"), OP_FAULT);
    ck_assert(r->c->event.pending && !r->c->event.has_error);
    ck_assert_uint_eq(r->c->event.vector, VEC_UD);
    cpu_event_text(&r->c->event, text, sizeof text);
    ck_assert_str_eq(text, "nothing to add");

    u16 selector = 0x2b;
    s32 minus = -7;
    u64 wide = 0xfedcba9876543210;
    ck_assert_int_eq(cpu_fault_code(r->c, VEC_GP, 0x28, "%s %04x %d %llx %u %02x %x %s", name,
                                    selector, minus, (unsigned long long)wide, 4000000000u, (u8)200,
                                    0xdeadbeef, "busy"),
                     OP_FAULT);
    ck_assert(r->c->event.has_error);
    ck_assert_uint_eq(r->c->event.error, 0x28);
    cpu_event_text(&r->c->event, text, sizeof text);
    ck_assert_str_eq(text, "TSS 002b -7 fedcba9876543210 4000000000 c8 deadbeef busy");
    rig_free(r);
}
END_TEST

/* Ring 0 enters V86; INT 21h with IOPL 3 comes back through the gate with the nine-dword frame. */
START_TEST(v86_round_trip)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    static const u32 image[] = {
        0x100,  0x1000, 0x23002, 0xff00, 0x2000,
        0x3001, 0x3002, 0x3003,  0x3004}; /* EIP CS EFLAGS(VM, IOPL 3) ESP SS ES DS FS GS */
    for (unsigned i = 0; i < 9; i++)
        wr32(r, DATA + 4 * i, image[i]);
    r->c->gpr[ESP] = DATA;
    seg_assign_null(&r->c->seg[SEG_DS], 0); /* no matter there */
    cpu_update_mode(r->c);
    PUT(r, CODE, "\xcf");
    PUT(r, 0x10100, "\xb8\x34\x12\xa3\x10\x00\xcd\x21"); /* mov ax,1234; mov [10],ax; int 21 */
    wr32(r, IDT + 8 * 0x21 + 4, rd32(r, IDT + 8 * 0x21 + 4) | 0x6000);
    rig_run(r, 20);
    ck_assert_int_eq(halted_in(r), 0x21);
    ck_assert_uint_eq(r->c->gpr[EAX], 0x1234);
    ck_assert_uint_eq(r->c->gpr[ESP], STACK0 - 36);
    ck_assert_uint_eq(rd16(r, 0x30020 + 0x10), 0x1234);
    static const u32 want[] = {0x108,  0x1000, 0x23002, 0xff00, 0x2000,
                               0x3001, 0x3002, 0x3003,  0x3004};
    for (unsigned i = 0; i < 9; i++)
        ck_assert_uint_eq(frame(r, i), want[i]);
    ck_assert_uint_eq(cpu_eflags(r->c) & EFL_VM, 0);
    ck_assert(!r->c->seg[SEG_GS].usable);
    rig_free(r);
}
END_TEST

/* A return to virtual-8086 mode with an EIP that it cannot have is refused at the IRET. */
START_TEST(v86_entry_beyond_64k)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    static const u32 image[] = {0x10000, SEL_FREE, 0x23002, 0xff00, 0x2000, 0, 0, 0, 0};
    r->c->gpr[ESP] -= sizeof image;
    for (unsigned i = 0; i < 9; i++)
        wr32(r, r->c->gpr[ESP] + 4 * i, image[i]);
    PUT(r, CODE, "\xcf");
    expect_fault(r, 13, 0, CODE);
    ck_assert_uint_eq(frame(r, 2), SEL_CODE0);
    ck_assert_uint_eq(r->c->gpr[ESP], STACK0 - sizeof image - 16);
    rig_free(r);
}
END_TEST

static void enter_v86(struct rig *r, u32 eflags)
{
    struct cpu *c = r->c;
    pm_init(r, 0);
    c->cpl = 3;
    cpu_set_eflags(c, eflags | EFL_VM | EFL_ONE);
    for (unsigned s = 0; s < SEG_COUNT; s++)
        seg_load_real(c, s, s == SEG_CS ? CODE >> 4 : 0x2000);
    c->gpr[ESP] = 0xff00;
    c->eip = 0;
    cpu_set_eflags(c, eflags | EFL_VM | EFL_ONE);
}

/*
 * NMIs are let in again by the execution of an IRET, also by one that faults (SDM vol. 3, 6.7.1):
 * the fault's handler finds them unblocked, and one that waited comes before its first instruction.
 */
START_TEST(iret_that_faults_unblocks_nmi)
{
    static const struct {
        const char *what;
        int vector;
    } row[] = {{"in V86 mode with IOPL 0", VEC_GP},
               {"to a null CS", VEC_GP},
               {"beyond SS", VEC_SS},
               {"to a task that is not busy", VEC_TS},
               {"in real mode, beyond CS", VEC_GP}};
    for (unsigned i = 0; i < ARRAY_SIZE(row); i++)
        for (unsigned waits = 0; waits < 2; waits++) {
            struct rig *r = rig_new("pentium3");
            struct cpu *c = r->c;
            u32 at = CODE;
            if (i == 0) {
                enter_v86(r, 0);
            } else if (i < 4) {
                pm_init(r, 0);
                c->gpr[ESP] -= 12;
                wr32(r, c->gpr[ESP], CODE);
                wr32(r, c->gpr[ESP] + 4, 0);
                if (i == 2)
                    c->gpr[ESP] = 0xfffffffe;
                if (i == 3)
                    cpu_set_eflags(c, EFL_ONE | EFL_NT);
                wr16(r, TSS, SEL_TSS2);
            } else {
                at = 0x5000;
                c->seg[SEG_CS].base = 0;
                c->seg[SEG_CS].limit = 0xffff;
                cpu_update_mode(c);
                c->eip = at;
                c->gpr[ESP] = 0x4000;
                wr32(r, 0x4000, 0x10000);
                wr32(r, 4 * VEC_GP, 0x5100);
                wr32(r, 4 * VEC_NMI, 0x5200);
                PUT(r, 0x5100, "\xf4");
                PUT(r, 0x5200, "\xf4");
            }
            put_bytes(r, at, i == 4 ? "\x66\xcf" : "\xcf", i == 4 ? 2 : 1);
            c->nmi_blocked = true;
            if (waits)
                cpu_raise_nmi(c);
            rig_run(r, 100);
            int in = i == 4 ? c->eip == 0x5101   ? VEC_GP
                              : c->eip == 0x5201 ? VEC_NMI
                                                 : -1
                            : halted_in(r);
            ck_assert_msg(in == (waits ? VEC_NMI : row[i].vector), "IRET %s: vector %d",
                          row[i].what, in);
            ck_assert_msg(c->nmi_blocked == waits, "IRET %s", row[i].what);
            rig_free(r);
        }
}
END_TEST

START_TEST(v86_iopl_rules)
{
    static const char *const forbidden[] = {"\xfa", "\xfb",     "\x9c", "\x9d",
                                            "\xcf", "\xcd\x21", "\xf4", "\x0f\x06"};
    struct rig *r = rig_new("pentium3");
    enter_v86(r, 0);
    put_bytes(r, CODE, forbidden[_i], (unsigned)strlen(forbidden[_i]));
    expect_fault(r, 13, 0, 0);
    ck_assert_uint_eq(frame(r, 3) & EFL_VM, EFL_VM);
    rig_free(r);
}
END_TEST

/* VME: INT 21h is redirected through the IVT, with IF from VIF; bit set in the bitmap: #GP. */
START_TEST(vme_redirection)
{
    struct rig *r = rig_new("pentium3");
    enter_v86(r, EFL_VIF);
    mmu_set_cr4(&r->c->mmu, CR4_VME);
    wr16(r, TSS + 102, 0x100);
    wr32(r, 0x21 * 4, 0x10000050); /* 1000:0050 */
    PUT(r, CODE, "\xcd\x21");
    PUT(r, CODE + 0x50, "\xcf");
    rig_run(r, 1);
    ck_assert_uint_eq(r->c->eip, 0x50);
    ck_assert_uint_eq(cpu_eflags(r->c) & (EFL_VIF | EFL_VM), EFL_VM);
    ck_assert_uint_eq(rd16(r, 0x2fefa), 2);
    ck_assert_uint_eq(rd16(r, 0x2fefc), 0x1000);
    ck_assert_uint_eq(rd16(r, 0x2fefe), 0x3202); /* IOPL 3 in the image, IF = VIF */
    rig_run(r, 1);                               /* IRET sets VIF again */
    ck_assert_uint_eq(r->c->eip, 2);
    ck_assert_uint_eq(cpu_eflags(r->c) & (EFL_VIF | EFL_IF | EFL_IOPL), EFL_VIF);
    rig_free(r);

    r = rig_new("pentium3");
    enter_v86(r, EFL_VIF);
    mmu_set_cr4(&r->c->mmu, CR4_VME);
    wr16(r, TSS + 102, 0x100);
    phys_store(&r->phys, TSS + 0x100 - 32 + 4, 2, 1); /* vector 21h */
    PUT(r, CODE, "\xcd\x21");
    expect_fault(r, 13, 0, 0);
    rig_free(r);
}
END_TEST

START_TEST(io_bitmap)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 3);
    wr16(r, TSS + 102, 0x68);
    memset(r->phys.ram + TSS + 0x68, 0, 0x200);
    phys_store(&r->phys, TSS + 0x68 + 0x60 / 8, 1 << 4, 1); /* port 64h denied */
    /* out 60,al; out 62,eax would span 64: #GP */
    PUT(r, CODE, "\xe6\x60\xe7\x62");
    expect_fault(r, 13, 0, CODE + 2);
    ck_assert_uint_eq(r->out_port, 0x60);
    rig_free(r);
    /* A 16-bit TSS has none, and allows nothing. */
    r = rig_new("pentium3");
    pm_init(r, 3);
    wr16(r, TSS + 102, 0x68);
    r->c->tr.attr = SEG_P | DT_TSS16_BUSY;
    wr16(r, TSS + 2, 0xf000);
    wr16(r, TSS + 4, SEL_DATA0);
    PUT(r, CODE, "\xe6\x60");
    expect_fault(r, 13, 0, CODE);
    rig_free(r);
}
END_TEST

/* A far jump in real mode goes by CS's limit, whatever protected mode left there. */
START_TEST(real_mode_jump_and_limit)
{
    static const struct {
        u32 limit, target;
        bool ok;
    } cases[] = {{0xffff, 0xffff, true},
                 {0xffff, 0x10000, false},
                 {0x7fff, 0x8000, false},
                 {0x7fff, 0x7fff, true},
                 {0xfffff, 0x12345, true}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct rig *r = rig_new("386");
        struct cpu *c = r->c;
        seg_load_real(c, SEG_CS, 0x1000);
        seg_load_real(c, SEG_SS, 0x2000);
        c->seg[SEG_CS].limit = cases[i].limit;
        seg_update(&c->seg[SEG_CS]);
        cpu_update_mode(c);
        c->eip = 0;
        c->gpr[ESP] = 0x100;
        wr32(r, VEC_GP * 4, 0x00000500);
        PUT(r, 0x500, "\xf4");
        PUT(r, 0x10000, "\x66\xea....\x00\x10"); /* jmp 1000:target */
        wr32(r, 0x10002, cases[i].target);
        rig_run(r, 1);
        ck_assert_uint_eq(c->seg[SEG_CS].sel, cases[i].ok ? 0x1000 : 0);
        ck_assert_uint_eq(c->eip, cases[i].ok ? cases[i].target : 0x500);
        rig_free(r);
    }
}
END_TEST

/* An offset beyond the limit is a fault of no selector: error code 0, to a ring or within one. */
START_TEST(gate_beyond_the_limit)
{
    for (unsigned cpl = 0; cpl <= 3; cpl += 3) {
        struct rig *r = rig_new("486");
        pm_init(r, cpl);
        put_desc(r, SEL_FREE, 0, 0xfff, 0x409b);
        put_gate_at(r, GDT + 0x70, SEL_FREE, 0x1000, 0xec, 0);
        PUT(r, CODE, "\x9a....\x73\x00"); /* call 73:anything */
        expect_fault(r, VEC_GP, 0, CODE);
        rig_free(r);
    }
}
END_TEST

/* Types are no matter in real mode: before the far jump CS is still the code segment it was. */
START_TEST(real_mode_writes_through_cs)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    /* mov eax,cr0; and al,0feh; mov cr0,eax; mov byte cs:[DATA],5ah; hlt */
    PUT(r, CODE, "\x0f\x20\xc0\x24\xfe\x0f\x22\xc0\x2e\xc6\x05\x00\x00\x04\x00\x5a\xf4");
    rig_run(r, 10);
    ck_assert(r->c->halted);
    ck_assert_uint_eq(r->c->eip, CODE + 17);
    ck_assert_uint_eq(rd32(r, DATA) & 0xff, 0x5a);
    rig_free(r);
}
END_TEST

/* INT n in real mode clears AC with IF and TF; IRETD brings AC, ID and IOPL, but neither VM, VIF
 * nor VIP (SDM vol. 2, INT n, IRET: 257FD5h and 1A0000h). */
START_TEST(real_mode_flags_of_32_bits)
{
    enum { CALLED = 0x5100, BEFORE = EFL_ONE | EFL_IF | EFL_AC | EFL_ID | EFL_DF | EFL_IOPL };
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    seg_load_real(c, SEG_CS, 0);
    cpu_update_mode(c);
    c->eip = 0x5000;
    c->gpr[ESP] = 0x4000;
    wr32(r, 4 * 0x50, CALLED);
    PUT(r, 0x5000, "\xcd\x50");
    PUT(r, CALLED, "\x66\xcf");
    cpu_set_eflags(c, BEFORE | EFL_VIF);
    rig_run(r, 1);
    ck_assert_uint_eq(c->eip, CALLED);
    ck_assert_uint_eq(cpu_eflags(c), (BEFORE | EFL_VIF) & ~(EFL_IF | EFL_AC));
    ck_assert_uint_eq(rd16(r, c->gpr[ESP] + 4), (u16)BEFORE);
    c->gpr[ESP] -= 12;
    wr32(r, c->gpr[ESP], 0x5000);
    wr32(r, c->gpr[ESP] + 4, 0);
    wr32(r, c->gpr[ESP] + 8, EFL_CF | EFL_AC | EFL_VM | EFL_VIP | EFL_NT);
    rig_run(r, 1);
    ck_assert_uint_eq(c->eip, 0x5000);
    ck_assert_uint_eq(cpu_eflags(c), EFL_ONE | EFL_CF | EFL_AC | EFL_NT | EFL_VIF);
    rig_free(r);
}
END_TEST

START_TEST(real_mode_int_and_iret)
{
    struct rig *r = rig_new("386");
    struct cpu *c = r->c;
    seg_load_real(c, SEG_CS, 0x1000);
    seg_load_real(c, SEG_SS, 0x2000);
    cpu_update_mode(c);
    c->eip = 0;
    c->gpr[ESP] = 0x100;
    wr32(r, 0x30 * 4, 0x10000040);
    cpu_set_eflags(c, EFL_ONE | EFL_IF | EFL_TF * 0 | EFL_CF);
    PUT(r, 0x10000, "\xcd\x30\xf4");
    PUT(r, 0x10040, "\xcf");
    rig_run(r, 1);
    ck_assert_uint_eq(c->eip, 0x40);
    ck_assert_uint_eq(cpu_eflags(c), EFL_ONE | EFL_CF);
    rig_run(r, 2);
    ck_assert(c->halted);
    ck_assert_uint_eq(c->eip, 3);
    ck_assert_uint_eq(cpu_eflags(c), EFL_ONE | EFL_CF | EFL_IF);
    ck_assert_uint_eq(c->gpr[ESP], 0x100);
    rig_free(r);
}
END_TEST

/* -d int: a line for each interrupt, INT n and exception, with the place that it came upon. */
START_TEST(log_of_deliveries)
{
    char *text = NULL;
    size_t size;
    struct log log = {.mask = LOG_INT, .out = open_memstream(&text, &size)};
    struct rig *r = rig_new("pentium3");
    ck_assert_ptr_nonnull(log.out);
    pm_init(r, 0);
    r->c->log = &log;
    cpu_set_eflags(r->c, EFL_ONE | EFL_IF);
    cpu_set_intr(r->c, true);
    PUT(r, CODE, "\xcd\x50"); /* int 50h */
    PUT(r, HANDLERS + 16 * 0x40, "\xcf");
    PUT(r, HANDLERS + 16 * 0x50, "\x0f\x0b"); /* ud2 */
    put_gate_at(r, IDT + 8 * VEC_UD, SEL_CODE0, 0, 0x0e, 0);
    cpu_run(r->c, 1);
    cpu_set_intr(r->c, false);
    rig_run(r, 10);
    ck_assert_int_eq(halted_in(r), VEC_NP);
    const struct cpu_delivered *all = cpu_delivered(r->c);
    ck_assert_uint_eq(all->count, 3);
    ck_assert_uint_eq(all->entry[1].vector, 0x50);
    ck_assert_uint_eq(all->entry[1].frame, STACK0 - 12);
    ck_assert_uint_eq(all->entry[2].vector, VEC_NP);
    ck_assert_uint_eq(all->entry[2].frame, STACK0 - 12 - 16);
    fclose(log.out);
    const char *irq = strstr(text, "interrupt 40 at 0008:10000");
    const char *soft = strstr(text, "INT 50 at 0008:10000");
    const char *fault = strstr(text, "vector 06 #UD(0) at 0008:20500");
    const char *second = strstr(text, "#NP(33) while delivering vector 06: IDT gate 06");
    ck_assert_msg(irq && soft && fault && second, "%s", text);
    ck_assert_msg(irq < soft && soft < fault && fault < second, "%s", text);
    r->c->log = NULL;
    rig_free(r);
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("far");
    TCase *t = tcase_create("far");
    tcase_add_test(t, faults_explain_themselves);
    tcase_add_test(t, faults_keep_their_values);
    tcase_add_test(t, load_segment_sets_accessed);
    tcase_add_loop_test(t, load_segment_checks, 0, (int)ARRAY_SIZE(loads));
    tcase_add_test(t, last_descriptor_of_a_table);
    tcase_add_test(t, limits_and_expand_down);
    tcase_add_test(t, call_gate_with_parameters);
    tcase_add_test(t, outer_return_nulls_data_segments);
    tcase_add_loop_test(t, far_transfer_checks, 0, (int)ARRAY_SIZE(jumps));
    tcase_add_test(t, conforming_code_keeps_cpl);
    tcase_add_test(t, returns_and_gates_mark_segments);
    tcase_add_test(t, outer_return_to_a_16_bit_stack);
    tcase_add_test(t, int_gate_rings_and_iret);
    tcase_add_test(t, gates_clear_flags);
    tcase_add_test(t, fault_handler_has_no_rf);
    tcase_add_test(t, inner_stack_of_a_16_bit_tss);
    tcase_add_test(t, int_gate_dpl);
    tcase_add_test(t, missing_gate_is_np_and_ext);
    tcase_add_test(t, double_fault_and_shutdown);
    tcase_add_test(t, v86_round_trip);
    tcase_add_test(t, v86_entry_beyond_64k);
    tcase_add_test(t, iret_that_faults_unblocks_nmi);
    tcase_add_loop_test(t, v86_iopl_rules, 0, 8);
    tcase_add_test(t, vme_redirection);
    tcase_add_test(t, io_bitmap);
    tcase_add_test(t, real_mode_jump_and_limit);
    tcase_add_test(t, gate_beyond_the_limit);
    tcase_add_test(t, real_mode_writes_through_cs);
    tcase_add_test(t, real_mode_flags_of_32_bits);
    tcase_add_test(t, real_mode_int_and_iret);
    tcase_add_test(t, log_of_deliveries);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
