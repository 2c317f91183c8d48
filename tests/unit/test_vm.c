/*
 * test_vm.c - the whole machine through hw/machine/vm.h: time, requests, what it refuses and
 * what it tells. Runs that are cut, saved and hashed: test_vm_runs.c.
 */
#include "hw/machine/vm_look_state.h"
#include "tests/unit/vm_rig.h"

static struct vm *boot(const u8 *code, size_t size, struct sink *console)
{
    struct vm_config c = {.jit = VM_JIT_OFF};
    if (console)
        c.debugcon = sink_stream(console);
    return vm_boot(c, code, size);
}

START_TEST(time_is_exact)
{
    static const u8 spin[] = {0xeb, 0xfe};
    struct vm *vm = boot(spin, sizeof(spin), NULL);
    u64 seed = 1;
    for (int i = 0; i < 2000; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        u64 until = vm_now(vm) + (seed >> 33) % 200000;
        ck_assert_int_eq(vm_run(vm, until), VM_SLICE);
        ck_assert_uint_ge(vm_now(vm), until);
        /* 200 per microsecond, 5 ns each; the last one may have been a port access (1 us) */
        ck_assert_uint_lt(vm_now(vm), until + 5 + 1000);
    }
    done(vm);
}
END_TEST

START_TEST(exit_port)
{
    static const u8 code[] = {0xb0, 0x2a, 0xe6, 0xf4, 0xe6, 0xe9}; /* al=2ah; out f4h; out e9h */
    static struct sink console;
    struct vm *vm = boot(code, sizeof(code), &console);
    ck_assert_int_eq(run_until_stop(vm), VM_DEBUG_EXIT);
    ck_assert_int_eq(vm_exit_status(vm), 0x55);
    size_t before = console.count;
    vm_run(vm, vm_now(vm) + 1000);
    ck_assert_uint_eq(console.count, before + 1); /* stopped right after the instruction */
    done(vm);
}
END_TEST

START_TEST(power_off_string)
{
    /* ds = 0; dx = 8900h; si = the word; cx = 8; cld; rep outsb; jmp $ */
    static const u8 code[] = {0x31, 0xc0, 0x8e, 0xd8, 0xba, 0x00, 0x89, 0xbe, 0x12,
                              0x7c, 0xb9, 0x08, 0x00, 0xfc, 0xf3, 0x6e, 0xeb, 0xfe,
                              'S',  'h',  'u',  't',  'd',  'o',  'w',  'n'};
    struct vm *vm = boot(code, sizeof(code), NULL);
    ck_assert_int_eq(run_until_stop(vm), VM_POWER_OFF);
    done(vm);
}
END_TEST

START_TEST(reset_request_boots_again)
{
    /* Counts its starts in memory that a BIOS leaves alone (0:7000h), resets by the 8042. */
    static const u8 code[] = {
        0x31, 0xc0, 0x8e, 0xd8,             /* ds = 0 */
        0xa0, 0x00, 0x70, 0xe6, 0xe9,       /* mov al,[7000h]; out e9h,al */
        0xfe, 0x06, 0x00, 0x70,             /* inc byte [7000h] */
        0xb0, 0xfe, 0xe6, 0x64, 0xeb, 0xfe, /* out 64h,feh; jmp $ */
    };
    static struct sink console;
    struct vm *vm = boot(code, sizeof(code), &console);
    size_t text = 0;
    for (u8 i = 0; i < 3; i++) {
        ck_assert_int_eq(run_until_stop(vm), VM_RESET_REQUEST);
        u64 now = vm_now(vm), instructions = vm_instructions(vm);
        ck_assert_uint_gt(console.count, text);
        text = console.count;
        u8 count;
        vm_read_memory(vm, 0x7000, &count, 1);
        ck_assert_uint_eq(console.bytes[text - 1] + 1, count);
        vm_reset(vm);
        ck_assert_uint_eq(vm_now(vm), now); /* time and instructions go on */
        ck_assert_uint_eq(vm_instructions(vm), instructions);
    }
    done(vm);
}
END_TEST

START_TEST(processor_reset_returns_to_the_program)
{
    /* As a 286 program does: CMOS 0Fh = 0Ah, 40:67h = where to go on, then a triple fault. The
     * interrupt mask that it set must still be there. */
    static const u8 code[] = {
        0xfa, 0x31, 0xc0, 0x8e, 0xd8,                   /* cli; ds = 0 */
        0xb0, 0x8f, 0xe6, 0x70, 0xb0, 0x0a, 0xe6, 0x71, /* CMOS 0Fh = 0Ah */
        0xc7, 0x06, 0x67, 0x04, 0x2b, 0x7c,             /* [467h] = 7c2bh */
        0xc7, 0x06, 0x69, 0x04, 0x00, 0x00,             /* [469h] = 0 */
        0xb0, 0x5a, 0xe6, 0x21,                         /* mask 5Ah */
        0x90, 0x90, 0x90, 0x90, 0x2e, 0x0f, 0x01, 0x1e,
        0x40, 0x7c, 0xcd, 0x03,             /* lidt [cs:7c40h]; int 3 */
        0x90, 0x90, 0xe4, 0x21, 0xe6, 0xf4, /* 7c2b: in al,21h; out f4h,al */
    };
    struct vm *vm = boot(code, sizeof(code), NULL);
    ck_assert_int_eq(run_until_stop(vm), VM_DEBUG_EXIT);
    ck_assert_int_eq(vm_exit_status(vm), 0x5a << 1 | 1);
    done(vm);
}
END_TEST

START_TEST(triple_fault)
{
    static const u8 code[] = {0xfa, 0x2e, 0x0f, 0x01, 0x1e, 0x20, 0x7c, /* cli; lidt [cs:7c20h] */
                              0xcd, 0x03};                              /* int 3: limit 0 */
    struct vm *vm = boot(code, sizeof(code), NULL);
    ck_assert_int_eq(run_until_stop(vm), VM_TRIPLE_FAULT);
    /* The whole chain: the first fault, and those on the way to its handler. */
    const char *words = vm_last_fault(vm);
    const char *first = strstr(words, "#GP(0) at 0000:7c07");
    const char *second = strstr(words, "handler #DF"), *third = strstr(words, "handler #GP");
    ck_assert_msg(first == words && second && third && second < third && strstr(words, "shutdown"),
                  "%s", words);
    vm_reset(vm);
    ck_assert_int_eq(run_until_stop(vm), VM_TRIPLE_FAULT); /* it boots, and does it again */
    done(vm);
}
END_TEST

/*
 * A fast timer, in modes 2 and 3 by turns, whose interrupts are taken; its counter and the 8259's
 * IRR go to the debug console, and now and then the 8259 is initialised while OUT is high or low.
 */
static const u8 ticking[] = {
    0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0,       /* cli; xor ax,ax; mov ds,ax; mov ss,ax */
    0xbc, 0x00, 0x7c,                               /* mov sp,7c00h */
    0xc7, 0x06, 0x20, 0x00, 0x65, 0x7c,             /* mov word [20h],isr */
    0xa3, 0x22, 0x00,                               /* mov [22h],ax */
    0xbd, 0x34, 0x00,                               /* mov bp,34h */
    0x83, 0xf5, 0x02, 0x89, 0xe8, 0xe6, 0x43,       /* again: xor bp,2; mov ax,bp; out 43h,al */
    0xb0, 0x95, 0xe6, 0x40, 0xb0, 0x00, 0xe6, 0x40, /* count 149 */
    0xfb, 0xbb, 0x2c, 0x01,                         /* sti; mov bx,300 */
    0xb0, 0x00, 0xe6, 0x43,                         /* round: mov al,0; out 43h,al: latch */
    0xe4, 0x40, 0xe6, 0xe9, 0xe4, 0x40,             /* in al,40h; out e9h,al; in al,40h */
    0xb0, 0x0a, 0xe6, 0x20,                         /* mov al,0ah; out 20h,al */
    0xe4, 0x20, 0xe6, 0xe9,                         /* in al,20h; out e9h,al */
    0x89, 0xd9, 0x80, 0xe1, 0x7f, 0x88, 0xcd,       /* mov cx,bx; and cl,7fh; mov ch,cl */
    0x80, 0xe5, 0x0f, 0x41, 0xe2, 0xfe,             /* and ch,0fh; inc cx; loop $ */
    0x4b, 0x75, 0xde,                               /* dec bx; jnz round */
    0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x08, 0xe6, 0x21, /* ICW1, ICW2 */
    0xb0, 0x04, 0xe6, 0x21, 0xb0, 0x01, 0xe6, 0x21, /* ICW3, ICW4 */
    0xb0, 0xb8, 0xe6, 0x21,                         /* mask */
    0xb0, 0x2e, 0xe6, 0xe9, 0xeb, 0xb1,             /* '.'; jmp again */
    0x50, 0xb0, 0x20, 0xe6, 0x20, 0x58, 0xcf,       /* isr: EOI */
};

/* That the timer's OUT falls between two interrupts ends no slice. A machine that has just been
 * loaded does not know so. */
START_TEST(quiet_edges_do_not_show)
{
    static struct sink ca, cb;
    ca.count = cb.count = 0;
    struct vm *a = boot(ticking, sizeof(ticking), &ca), *b = boot(ticking, sizeof(ticking), &cb);
    vm_run(a, 500 * NS_PER_MS);
    run_in_pieces(b, 500 * NS_PER_MS, 4321);
    for (unsigned t = 1; t <= 60; t++) {
        struct err e;
        u8 *bytes;
        size_t size;
        u64 to = 500 * NS_PER_MS + t * (1100000 + 37777);
        vm_run(a, to);
        vm_run(b, to);
        ck_assert_msg(vm_save(b, &bytes, &size, &e), "%s", e.text);
        ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
        free(bytes);
        if (t % 10 == 0)
            same(a, b);
    }
    ck_assert_uint_gt(ca.count, 2000);
    ck_assert_uint_eq(ca.count, cb.count);
    ck_assert_int_eq(memcmp(ca.bytes, cb.bytes, sizeof(ca.bytes)), 0);
    done(a);
    done(b);
}
END_TEST

/*
 * IRQ 0 is masked. While its request is pending, another interrupt is taken (by 8042 command D2h);
 * then the counter's high byte goes to the debug console when the request is withdrawn.
 */
static const u8 withdrawn[] = {
    0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0,       /* cli; xor ax,ax; mov ds,ax; mov ss,ax */
    0xbc, 0x00, 0x7c,                               /* mov sp,7c00h */
    0xc7, 0x06, 0x24, 0x00, 0x4e, 0x7c,             /* mov word [24h],isr */
    0xa3, 0x26, 0x00, 0xb0, 0xfd, 0xe6, 0x21,       /* mov [26h],ax; only IRQ 1 */
    0xb0, 0x36, 0xe6, 0x43,                         /* mode 3, */
    0xb0, 0x20, 0xe6, 0x40, 0xb0, 0x4e, 0xe6, 0x40, /* count 4e20h */
    0xb0, 0x0a, 0xe6, 0x20,                         /* port 20h reads the IRR */
    0xe4, 0x20, 0xa8, 0x01, 0x75, 0xfa,             /* again: in al,20h; test al,1; jnz again */
    0xe4, 0x20, 0xa8, 0x01, 0x74, 0xfa,             /* rise: in al,20h; test al,1; jz rise */
    0xfb, 0xb0, 0xd2, 0xe6, 0x64,                   /* sti; mov al,0d2h; out 64h,al */
    0xb0, 0x01, 0xe6, 0x60,                         /* mov al,1; out 60h,al */
    0xe4, 0x20, 0xa8, 0x01, 0x75, 0xfa,             /* fall: in al,20h; test al,1; jnz fall */
    0xb0, 0x00, 0xe6, 0x43, 0xe4, 0x40, 0xe4, 0x40, /* latch; low byte, high byte */
    0xe6, 0xe9, 0xeb, 0xd9,                         /* out e9h,al; jmp again */
    0x50, 0xe4, 0x60, 0xb0, 'k',  0xe6, 0xe9,       /* isr: in al,60h; 'k' */
    0xb0, 0x20, 0xe6, 0x20, 0x58, 0xcf,             /* EOI */
};

START_TEST(pending_request_falls_in_time)
{
    static struct sink c;
    c.count = 0;
    struct vm *vm = boot(withdrawn, sizeof(withdrawn), &c);
    vm_run(vm, 800 * NS_PER_MS);
    size_t n = 0;
    while (n < c.count && c.bytes[n] != 'k')
        n++;
    ck_assert_uint_gt(c.count, n + 10);
    for (size_t i = n; i < c.count; i++) /* the count begins anew where OUT falls */
        ck_assert_int_eq(c.bytes[i], (i - n) % 2 ? 0x4e : 'k');
    done(vm);
}
END_TEST

START_TEST(bad_configurations)
{
    struct err e;
    struct vm_config c = {.cpu = "z80"};
    ck_assert_ptr_null(vm_new(&c, &e));
    c = (struct vm_config){.ram_mb = 5000};
    ck_assert_ptr_null(vm_new(&c, &e));
    c = (struct vm_config){.boot = "ax"};
    ck_assert_ptr_null(vm_new(&c, &e));
    c = (struct vm_config){.bios = "/nonexistent"};
    ck_assert_ptr_null(vm_new(&c, &e));
    c = (struct vm_config){.bios = "/dev/null"}; /* 0 bytes */
    ck_assert_ptr_null(vm_new(&c, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "64"));
    c = (struct vm_config){.bios = "/dev/zero"}; /* far too long */
    ck_assert_ptr_null(vm_new(&c, &e));
    c = (struct vm_config){.vga_bios = "/dev/null"};
    ck_assert_ptr_null(vm_new(&c, &e));
    c = (struct vm_config){.mips = -3};
    ck_assert_ptr_null(vm_new(&c, &e));
    c = (struct vm_config){.floppy[1] = {.path = "/nonexistent"}};
    ck_assert_ptr_null(vm_new(&c, &e));
}
END_TEST

/* A driver's hello to VMware's pointer, of which it reports what came back. */
static const u8 pointer_driver[] = {
    0x66, 0xb8, 0x68, 0x58, 0x4d, 0x56,                   /* mov eax,564d5868h */
    0x66, 0xb9, 0x0a, 0,    0,    0,                      /* mov ecx,0ah: version */
    0x66, 0x31, 0xdb, 0xba, 0x58, 0x56, 0x66, 0xed,       /* xor ebx,ebx; dx,5658h; in eax,dx */
    0xe6, 0xe9, 0x66, 0x89, 0xd8, 0x66, 0xc1, 0xe8, 0x18, /* out e9h,al; eax,ebx; shr eax,24 */
    0xe6, 0xe9, 0x88, 0xc8, 0xe6, 0xe9,                   /* out e9h,al; al,cl; out e9h,al */
    0x66, 0xb8, 0x68, 0x58, 0x4d, 0x56,                   /* mov eax,564d5868h */
    0x66, 0xb9, 0x29, 0,    0,    0,                      /* mov ecx,29h: a pointer command */
    0x66, 0xbb, 0x52, 0x45, 0x41, 0x45, 0x66, 0xed,       /* mov ebx,45414552h; in eax,dx */
    0x66, 0xb8, 0x68, 0x58, 0x4d, 0x56,                   /* mov eax,564d5868h */
    0x66, 0xb9, 0x29, 0,    0,    0,                      /* mov ecx,29h */
    0x66, 0xbb, 0x52, 0x41, 0x42, 0x53, 0x66, 0xed,       /* mov ebx,53424152h; in eax,dx */
    0xe6, 0xf4, 0xeb, 0xfe,                               /* out f4h,al; jmp $ */
};

START_TEST(pointer_port_reads_the_registers)
{
    static const u8 there[] = {6, 0x56, 2}, absent[] = {0xff, 0, 0x0a};
    for (int on = 0; on < 2; on++) {
        struct sink console = {.count = 0};
        struct vm_config c = {.pointer_port = on, .debugcon = sink_stream(&console)};
        struct vm *vm = vm_boot(c, pointer_driver, sizeof(pointer_driver));
        ck_assert(!vm_pointer(vm, 1, 2, 0, 0));
        ck_assert_int_eq(run_until_stop(vm), VM_DEBUG_EXIT);
        ck_assert_uint_ge(console.count, 3);
        ck_assert_mem_eq(console.bytes + console.count - 3, on ? there : absent, 3);
        ck_assert_int_eq(vm_pointer_wanted(vm), on);
        ck_assert_int_eq(vm_pointer(vm, 1, 2, 0, 0), on);
        /* A press and a release come one after the other, however close they are for the host. */
        vm_pointer(vm, 1, 2, 0, 1);
        vm_pointer(vm, 1, 2, 0, 0);
        ck_assert_int_eq(vm_run(vm, vm_now(vm) + 50 * NS_PER_MS), VM_SLICE);
        FILE *f = tmpfile();
        char text[400] = "";
        vm_describe(vm, "vmmouse", f);
        rewind(f);
        ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, f), 0);
        fclose(f);
        ck_assert_msg((strstr(text, "absolute, 5 words waiting") != NULL) == on, "%s", text);
        vm_reset(vm);
        ck_assert(!vm_pointer_wanted(vm));
        done(vm);
    }
}
END_TEST

/* What is inside, by name: brackets match, and each device that is saved says something. */
struct looked {
    unsigned depth, fields, bytes;
};

static void see_field(void *opaque, const char *name, enum state_seen kind, const void *values,
                      unsigned width, size_t count)
{
    struct looked *l = opaque;
    ck_assert_uint_gt(l->depth, 0);
    ck_assert(kind == STATE_SEES_BYTES || count);
    l->fields += *name != 0;
    for (size_t i = 0; values && i < width * count; i++)
        l->bytes += ((const u8 *)values)[i];
}

static void see_begin(void *opaque, const char *name)
{
    struct looked *l = opaque;
    ck_assert(*name);
    l->depth++;
}

static void see_end(void *opaque)
{
    ((struct looked *)opaque)->depth--;
}

static unsigned look_inside(struct vm *vm, const char *name)
{
    struct looked l = {0}, again = {0};
    const struct state_eye eye = {see_field, see_begin, see_end, &l},
                           other = {see_field, see_begin, see_end, &again};
    bool there = vm_look_state(vm, name, &eye);
    ck_assert_msg(vm_device_doc(vm, name) != NULL, "%s", name);
    ck_assert_uint_eq(l.depth, 0);
    ck_assert(vm_look_state(vm, name, &other) == there);
    ck_assert_uint_eq(l.bytes, again.bytes);
    ck_assert(there || !l.fields);
    return l.fields;
}

START_TEST(descriptions)
{
    static const u8 spin[] = {0xeb, 0xfe};
    struct vm *vm = boot(spin, sizeof(spin), NULL);
    char *text = NULL, name[32];
    size_t size = 0, lines = 0, fields = 0;
    u64 before;
    vm_run(vm, 500 * NS_PER_MS);
    ck_assert(vm_state_hash(vm, &before, NULL));
    FILE *f = open_memstream(&text, &size);
    vm_describe(vm, NULL, f);
    fclose(f);
    for (const char *p = text; p && *p; p = strchr(p, '\n'), p += p != NULL) {
        char *device = NULL;
        size_t length = 0;
        ck_assert_int_eq(sscanf(p, "%31s", name), 1);
        f = open_memstream(&device, &length);
        vm_describe(vm, name, f);
        fclose(f);
        ck_assert_msg(length > 10 && !strstr(device, "there is no"), "%s: %s", name, device);
        free(device);
        fields += look_inside(vm, name);
        lines++;
    }
    ck_assert_uint_ge(lines, 15);
    ck_assert_uint_ge(fields, 500);
    u64 after;
    ck_assert(vm_state_hash(vm, &after, NULL) && after == before);
    ck_assert(!vm_look_state(vm, "nothing", &(struct state_eye){see_field, see_begin, see_end, 0}));
    free(text);
    done(vm);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vm");
    TCase *t = tcase_create("vm");
    tcase_set_timeout(t, 110);
    tcase_add_test(t, time_is_exact);
    tcase_add_test(t, exit_port);
    tcase_add_test(t, power_off_string);
    tcase_add_test(t, reset_request_boots_again);
    tcase_add_test(t, processor_reset_returns_to_the_program);
    tcase_add_test(t, triple_fault);
    tcase_add_test(t, quiet_edges_do_not_show);
    tcase_add_test(t, pending_request_falls_in_time);
    tcase_add_test(t, bad_configurations);
    tcase_add_test(t, pointer_port_reads_the_registers);
    tcase_add_test(t, descriptions);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
