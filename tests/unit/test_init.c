/*
 * test_init.c - what RESET and INIT leave of the processor (SDM vol. 3, table 9-1), which of the
 * board's ways lead to which, and what the models say of themselves (CPUID, AP-485).
 */
#include "tests/unit/cpu_harness.h"

#include "cpu/decode/models.h"
#include "cpu/fpu.h"
#include "hw/machine/vm.h"

/* ---- the processor ---- */

/* Everything that INIT resets is made something else first, and everything that it keeps. */
static void spoil(struct rig *r)
{
    struct cpu *c = r->c;
    pm_init(r, 3);
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] = 0x11111111u * (i + 1);
    mmu_set_cr4(&c->mmu, c->model->cr4 & (CR4_PSE | CR4_OSFXSR));
    mmu_set_cr0(&c->mmu, c->mmu.cr0 | CR0_TS | CR0_NE | CR0_WP);
    mmu_set_cr3(&c->mmu, 0x5000);
    c->cr2 = 0x1234;
    for (unsigned i = 0; i < 4; i++)
        c->dr[i] = i + 1;
    c->dr[6] = 0xffff4ff1;
    c->dr[7] = 0x455;
    c->dr6_hit = 5; /* behind MOV SS, which holds it back */
    c->shadow = SHADOW_SS;
    c->halted = c->nmi_blocked = true;
    c->fpu.fcw = 0x0c7f;
    c->fpu.fsw = 0x3841;
    c->fpu.ftw = 0x80;
    c->fpu.fip = 0x42;
    memset(c->fpu.st, 0x5a, sizeof c->fpu.st);
    memset(c->fpu.xmm, 0x3c, sizeof c->fpu.xmm);
    c->fpu.mxcsr = 0x9f80 & c->fpu.mxcsr_mask;
    c->msr.sysenter_esp = 0xabcd1234;
    for (unsigned i = 0; i < ARRAY_SIZE(c->msr.misc); i++)
        c->msr.misc[i] = i * 0x0101010101010101ull;
    r->ns = 7 * NS_PER_SEC;
}

/* What both set. */
static void at_reset_vector(struct rig *r)
{
    struct cpu *c = r->c;
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(c->gpr[i], i == EDX ? c->model->signature : 0);
    ck_assert_uint_eq(c->eip, 0xfff0);
    ck_assert_uint_eq(cpu_eflags(c), EFL_ONE);
    ck_assert_uint_eq(c->cpl, 0);
    ck_assert_uint_eq(c->mmu.cr3 | c->mmu.cr4 | c->cr2, 0);
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        ck_assert_uint_eq(c->seg[i].sel, i == SEG_CS ? 0xf000 : 0);
        ck_assert_uint_eq(c->seg[i].base, i == SEG_CS ? 0xffff0000u : 0);
        ck_assert_uint_eq(c->seg[i].limit, 0xffff);
        ck_assert_uint_eq(c->seg[i].attr & 0xff, 0x93);
    }
    ck_assert_uint_eq(c->gdtr.base | c->idtr.base | c->ldtr.base | c->tr.base, 0);
    ck_assert_uint_eq(c->gdtr.limit & c->idtr.limit & c->ldtr.limit & c->tr.limit, 0xffff);
    ck_assert_uint_eq(c->ldtr.sel | c->tr.sel, 0);
    ck_assert_uint_eq(c->dr[0] | c->dr[1] | c->dr[2] | c->dr[3], 0);
    ck_assert_uint_eq(c->dr[6], c->model->id <= ID_486 ? 0xffff1ff0 : 0xffff0ff0);
    ck_assert_uint_eq(c->dr[7], 0x400);
    ck_assert(!c->halted && !c->nmi_blocked && !c->shutdown);
    ck_assert(!c->dr6_hit && c->shadow == SHADOW_NONE);
}

START_TEST(init_keeps_what_table_9_1_says)
{
    for (unsigned i = 0; cpu_model_name(i); i++)
        for (unsigned caches = 0; caches < 2; caches++) {
            struct rig *r = rig_new(cpu_model_name(i));
            struct cpu *c = r->c;
            u32 cache_bits = caches ? CR0_CD | CR0_NW : 0;
            spoil(r);
            mmu_set_cr0(&c->mmu, ((c->mmu.cr0 & ~(CR0_CD | CR0_NW)) | cache_bits) & c->model->cr0);
            struct cpu_fpu fpu = c->fpu;
            struct cpu_msrs msr = c->msr;
            u64 tsc = cpu_time_stamp(c);
            cpu_init(c);
            at_reset_vector(r);
            ck_assert_uint_eq(c->mmu.cr0, (CR0_ET | cache_bits) & c->model->cr0);
            ck_assert_uint_eq(c->fpu.fcw, fpu.fcw);
            ck_assert_uint_eq(c->fpu.fsw, fpu.fsw);
            ck_assert_uint_eq(c->fpu.ftw, fpu.ftw);
            ck_assert_uint_eq(c->fpu.fip, fpu.fip);
            ck_assert_uint_eq(c->fpu.mxcsr, fpu.mxcsr);
            ck_assert_mem_eq(c->fpu.st, fpu.st, sizeof fpu.st);
            ck_assert_mem_eq(c->fpu.xmm, fpu.xmm, sizeof fpu.xmm);
            ck_assert_mem_eq(&c->msr, &msr, sizeof msr);
            ck_assert_uint_eq(cpu_time_stamp(c), tsc);
            rig_free(r);
        }
}
END_TEST

START_TEST(reset_forgets_it)
{
    for (unsigned i = 0; cpu_model_name(i); i++) {
        struct rig *r = rig_new(cpu_model_name(i)), *fresh = rig_new(cpu_model_name(i));
        struct cpu *c = r->c;
        enum model_id id = c->model->id;
        spoil(r);
        cpu_reset(c);
        at_reset_vector(r);
        ck_assert_uint_eq(c->mmu.cr0, id == ID_386 ? CR0_ET : CR0_ET | CR0_CD | CR0_NW);
        ck_assert_uint_eq(c->fpu.fcw, id >= ID_P5 ? 0x40 : id == ID_486 ? 0x37f : 0x37e);
        ck_assert_uint_eq(c->fpu.fsw, id == ID_386 ? 0x8081 : 0);
        ck_assert_uint_eq(c->fpu.ftw, id >= ID_P5 ? 0xff : 0);
        ck_assert_uint_eq(c->fpu.mxcsr, 0x1f80 & c->fpu.mxcsr_mask);
        ck_assert_mem_eq(c->fpu.st, fresh->c->fpu.st, sizeof c->fpu.st);
        ck_assert_mem_eq(c->fpu.xmm, fresh->c->fpu.xmm, sizeof c->fpu.xmm);
        ck_assert_mem_eq(&c->msr.misc[8], &fresh->c->msr.misc[8], 56 * sizeof(u64));
        ck_assert_uint_eq(c->msr.sysenter_esp, 0);
        ck_assert_uint_eq(cpu_time_stamp(c), 0);
        r->ns += NS_PER_SEC;
        ck_assert_uint_eq(cpu_time_stamp(c), c->model->tsc_hz);
        rig_free(fresh);
        rig_free(r);
    }
}
END_TEST

/* The 387's error after RESET is there for the program, and FNINIT removes it. */
START_TEST(i387_after_reset)
{
    struct rig *r = rig_new("386");
    struct cpu *c = r->c;
    pm_init(r, 0);
    PUT(r, CODE, "\xdd\x3d\x00\x00\x04\x00\xdb\xe3\xdd\x3d\x04\x00\x04\x00\x9b\xf4");
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    ck_assert_uint_eq(rd16(r, DATA), 0x8081); /* fnstsw; fninit; fnstsw; fwait; hlt */
    ck_assert_uint_eq(rd16(r, DATA + 4), 0);
    ck_assert_uint_eq(c->eip, CODE + 16);
    rig_free(r);
}
END_TEST

/* ---- CPUID ---- */

START_TEST(cpuid_of_the_real_parts)
{
    static const struct {
        const char *model;
        u32 max, signature, features, leaf2[4];
    } part[] = {
        {"486", 1, 0x480, 0x00000003, {0}},
        {"pentium", 1, 0x52c, 0x000001bf, {0}},
        {"pentium-mmx", 1, 0x543, 0x008001bf, {0}},
        {"pentium2", 2, 0x652, 0x0183f9ff, {0x03020101, 0, 0, 0x0c040843}},
        {"pentium3", 3, 0x686, 0x0387f9ff, {0x03020101, 0, 0, 0x0c040882}},
        {"pentium4", 2, 0xf27, 0x0f8bf9ff, {0x665b5001, 0, 0, 0x007b7040}},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(part); i++) {
        struct rig *r = rig_new(part[i].model);
        u32 out[4];
        cpu_cpuid(r->c, 0, out);
        ck_assert_uint_eq(out[0], part[i].max);
        ck_assert_uint_eq(out[1], 0x756e6547); /* "Genu" "ineI" "ntel" in EBX, EDX, ECX */
        ck_assert_uint_eq(out[3], 0x49656e69);
        ck_assert_uint_eq(out[2], 0x6c65746e);
        cpu_cpuid(r->c, 1, out);
        ck_assert_uint_eq(out[0], part[i].signature);
        ck_assert_uint_eq(out[0], r->c->gpr[EDX]);
        ck_assert_uint_eq(out[3], part[i].features); /* this rig has no local APIC */
        if (part[i].max >= 2) {
            cpu_cpuid(r->c, 2, out);
            ck_assert_mem_eq(out, part[i].leaf2, sizeof out);
        }
        rig_free(r);
    }
}
END_TEST

static void on_the_board(void *owner, u64 value)
{
    (void)owner;
    (void)value;
}

/* CPUID has the local APIC's bit while the board has one and IA32_APIC_BASE's bit 11 is set. */
START_TEST(cpuid_of_the_apic)
{
    static const struct {
        bool board;
        u64 base;
        u32 bit;
    } row[] = {{false, 0, 0}, {false, 0x800, 0}, {true, 0, 0}, {true, 0x800, 1u << 9}};
    struct rig *r = rig_new("pentium3");
    for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
        u32 out[4];
        r->c->bus.apic_base = row[i].board ? on_the_board : NULL;
        r->c->msr.apic_base = 0xfee00000 | row[i].base;
        cpu_cpuid(r->c, 1, out);
        ck_assert_uint_eq(out[3] & 1u << 9, row[i].bit);
    }
    rig_free(r);
}
END_TEST

START_TEST(serial_number_until_it_is_disabled)
{
    struct rig *r = rig_new("pentium3");
    struct cpu *c = r->c;
    u32 out[4], two[4];
    pm_init(r, 0);
    cpu_cpuid(c, 3, out);
    ck_assert_uint_eq(out[0] | out[1], 0);
    ck_assert_uint_ne(out[2], 0);
    ck_assert_uint_ne(out[3], 0);
    PUT(r, CODE, "\x0f\x30\x31\xc0\x0f\x30\xf4"); /* wrmsr; xor eax,eax; wrmsr: cannot be undone */
    c->gpr[ECX] = 0x119;
    c->gpr[EAX] = 1 << 21;
    c->gpr[EDX] = 0;
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    ck_assert_uint_eq(c->eip, CODE + 7);
    cpu_cpuid(c, 0, out);
    ck_assert_uint_eq(out[0], 2);
    cpu_cpuid(c, 1, out);
    ck_assert_uint_eq(out[3] & 1 << 18, 0);
    cpu_cpuid(c, 2, two);
    cpu_cpuid(c, 3, out);
    ck_assert_mem_eq(out, two, sizeof out);
    cpu_cpuid(c, 0x80000000, out);
    ck_assert_mem_eq(out, two, sizeof out);
    cpu_init(c);
    cpu_cpuid(c, 0, out);
    ck_assert_uint_eq(out[0], 2);
    cpu_reset(c);
    cpu_cpuid(c, 0, out);
    ck_assert_uint_eq(out[0], 3);
    rig_free(r);
}
END_TEST

START_TEST(brand_string)
{
    struct rig *r = rig_new("pentium4");
    char brand[49] = "";
    for (u32 i = 0; i < 3; i++) {
        u32 out[4];
        cpu_cpuid(r->c, 0x80000002 + i, out);
        memcpy(brand + 16 * i, out, 16);
    }
    ck_assert_str_eq(brand, "              Intel(R) Pentium(R) 4 CPU 2.40GHz");
    rig_free(r);
}
END_TEST

/* ---- the board ---- */

enum { TRIGGER = 46, RESUME = 0x60, SECTOR = 512 };

/*
 * CMOS 0Fh and 40:67h say where to go on, the 8259's mask and an MSR are set; then a way to reset.
 * Behind it, at 7C60h, both together are the exit status: 78h xor 5Ah when INIT kept them.
 */
static const u8 returns[] = {
    0xfa, 0x31, 0xc0, 0x8e, 0xd8,                         /* cli; ds = 0 */
    0xb0, 0x8f, 0xe6, 0x70, 0xb0, 0x0a, 0xe6, 0x71,       /* CMOS 0Fh = 0Ah */
    0xc7, 0x06, 0x67, 0x04, 0x60, 0x7c,                   /* [467h] = 7c60h */
    0xc7, 0x06, 0x69, 0x04, 0x00, 0x00,                   /* [469h] = 0 */
    0xb0, 0x5a, 0xe6, 0x21,                               /* mask 5Ah */
    0x66, 0xb9, 0x75, 0x01, 0x00, 0x00, 0x66, 0x31, 0xd2, /* wrmsr(175h, 12345678h) */
    0x66, 0xb8, 0x78, 0x56, 0x34, 0x12, 0x0f, 0x30,
};
static const u8 resumes[] = {
    0xe4, 0x21, 0x88, 0xc4, 0x66, 0xb9, 0x75, 0x01, 0x00, 0x00, 0x50, 0x0f, 0x32, /* in; rdmsr */
    0x5b, 0x30, 0xf8, 0xe6, 0xf4,                                                 /* out f4h */
};
/* At 7C90h: a GDT with flat data, for the APIC's registers above 1 MB. */
static const u8 gdt[] = {0x0f, 0, 0x90, 0x7c, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0x92, 0xcf, 0};

static const struct way {
    const char *name;
    u8 code[36];
    u8 shutdown; /* CMOS 0Fh */
    enum vm_stop stop;
} ways[] = {
    {"8042", {0xb0, 0xfe, 0xe6, 0x64}, 0x0a, VM_DEBUG_EXIT},
    {"port 92h", {0xb0, 0x02, 0xe6, 0x92, 0xb0, 0x03, 0xe6, 0x92}, 0x0a, VM_DEBUG_EXIT},
    {"CF9h, soft", {0xba, 0xf9, 0x0c, 0x31, 0xc0, 0xee, 0xb0, 4, 0xee}, 0x0a, VM_DEBUG_EXIT},
    {"CF9h, hard", {0xba, 0xf9, 0x0c, 0xb0, 2, 0xee, 0xb0, 6, 0xee}, 0x0a, VM_RESET_REQUEST},
    {"shutdown", {0x2e, 0x0f, 0x01, 0x1e, 0xa0, 0x7c, 0xcd, 3}, 0x0a, VM_DEBUG_EXIT},
    {"INIT to itself",
     {0x2e, 0x0f, 0x01, 0x16, 0x90, 0x7c, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f,
      0x22, 0xc0, 0xbb, 0x08, 0x00, 0x8e, 0xdb, 0x24, 0xfe, 0x0f, 0x22, 0xc0,
      0x66, 0x67, 0xc7, 0x05, 0x00, 0x03, 0xe0, 0xfe, 0x00, 0x45, 0x00, 0x00},
     0x0a,
     VM_DEBUG_EXIT},
    /* Without a code, firmware resets the board: at once, or after it found shadow memory open. */
    {"8042, no code", {0xb0, 0xfe, 0xe6, 0x64}, 0, VM_RESET_REQUEST},
    {"port 92h, no code", {0xb0, 2, 0xe6, 0x92, 0xb0, 3, 0xe6, 0x92}, 0, VM_RESET_REQUEST},
    {"shutdown, no code", {0x2e, 0x0f, 0x01, 0x1e, 0xa0, 0x7c, 0xcd, 3}, 0, VM_TRIPLE_FAULT},
    {"INIT to itself, no code",
     {0x2e, 0x0f, 0x01, 0x16, 0x90, 0x7c, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f,
      0x22, 0xc0, 0xbb, 0x08, 0x00, 0x8e, 0xdb, 0x24, 0xfe, 0x0f, 0x22, 0xc0,
      0x66, 0x67, 0xc7, 0x05, 0x00, 0x03, 0xe0, 0xfe, 0x00, 0x45, 0x00, 0x00},
     0,
     VM_RESET_REQUEST},
};

START_TEST(ways_to_the_reset_vector)
{
    const struct way *w = &ways[_i];
    static u8 diskette[160 * 1024];
    struct err e;
    memset(diskette, 0x90, SECTOR);
    memcpy(diskette, returns, sizeof returns);
    diskette[10] = w->shutdown;
    memcpy(diskette + TRIGGER, w->code, sizeof w->code);
    diskette[TRIGGER + 36] = 0xf4;
    diskette[TRIGGER + 37] = 0xeb; /* hlt; jmp back to it */
    diskette[TRIGGER + 38] = 0xfd;
    memcpy(diskette + RESUME, resumes, sizeof resumes);
    memcpy(diskette + 0x90, gdt, sizeof gdt);
    memset(diskette + 0xa0, 0, 6); /* an IDT of one byte */
    diskette[510] = 0x55;
    diskette[511] = 0xaa;
    struct vm_config c = {.ram_mb = 2, .floppy[0] = {.bytes = diskette, .size = sizeof diskette}};
    struct vm *vm = vm_new(&c, &e);
    ck_assert_msg(vm != NULL, "%s", e.text);
    enum vm_stop stop = VM_SLICE;
    for (unsigned i = 0; i < 2000 && stop == VM_SLICE; i++)
        stop = vm_run(vm, vm_now(vm) + 10 * NS_PER_MS);
    ck_assert_msg(stop == w->stop, "%s: stop %d, not %d: %s", w->name, stop, w->stop,
                  vm_last_fault(vm));
    if (!strstr(w->name, "shutdown"))
        ck_assert_str_eq(vm_last_fault(vm), "");
    if (stop == VM_DEBUG_EXIT)
        ck_assert_int_eq(vm_exit_status(vm), (0x78 ^ 0x5a) << 1 | 1);
    ck_assert(vm_free(vm, &e));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("init");
    TCase *t = tcase_create("init");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, init_keeps_what_table_9_1_says);
    tcase_add_test(t, reset_forgets_it);
    tcase_add_test(t, i387_after_reset);
    tcase_add_test(t, cpuid_of_the_real_parts);
    tcase_add_test(t, cpuid_of_the_apic);
    tcase_add_test(t, serial_number_until_it_is_disabled);
    tcase_add_test(t, brand_string);
    tcase_add_loop_test(t, ways_to_the_reset_vector, 0, ARRAY_SIZE(ways));
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
