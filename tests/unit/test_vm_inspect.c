/*
 * test_vm_inspect.c - hw/machine/vm_inspect.h on a whole machine: points change nothing in what the
 * guest does, stop where they should, and single instructions add up to the run; registers and
 * memory as a debugger sees them. The guest is the built-in BIOS and a boot sector.
 */
#include "hw/machine/vm_inspect.h"
#include "tests/unit/vm_rig.h"

enum { TICKS = 0x46c };

/*
 * Reads sectors, sums them up by string instructions and byte by byte, moves memory about, prints,
 * waits for the timer, and begins again.
 */
static const u8 busy[] = {
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, /* 7c00 xor ax,ax; mov ds,ax; es; ss */
    0xbc, 0x00, 0x7c,                               /* 7c08 mov sp,7c00h */
    0xfb,                                           /* 7c0b sti */
    0xb8, 0x08, 0x02, 0xbb, 0x00, 0x80,             /* 7c0c mov ax,0208h; mov bx,8000h */
    0xb9, 0x01, 0x00, 0xba, 0x00, 0x00, 0xcd, 0x13, /* 7c12 mov cx,1; mov dx,0; int 13h */
    0xbe, 0x00, 0x80, 0xb9, 0x00, 0x08, 0x31, 0xd2, /* 7c1a mov si,8000h; mov cx,800h; xor dx,dx */
    0xad, 0x01, 0xc2, 0xd1, 0xc2, 0xe2, 0xf9,       /* 7c22 lodsw; add dx,ax; rol dx,1; loop */
    0x01, 0x16, 0x00, 0x70,                         /* 7c29 add [7000h],dx */
    0xbe, 0x00, 0x80, 0xbf, 0x00, 0x90,             /* 7c2d mov si,8000h; mov di,9000h */
    0xb9, 0x00, 0x04, 0xf3, 0xa5,                   /* 7c33 mov cx,400h; rep movsw */
    0xb8, 0x2e, 0x0e, 0xcd, 0x10,                   /* 7c38 mov ax,0e2eh; int 10h */
    0xf4,                                           /* 7c3d hlt */
    0xeb, 0xcc,                                     /* 7c3e jmp 7c0c */
};
enum { LOOP = 0x7c25, ADD = 0x7c29, MOVS = 0x7c36, HALT = 0x7c3d, SUM = 0x7000 };

/*
 * Over and over: into protected mode, to another task through its TSS, back to real mode, OUT to
 * port 80h, IN from 61h, #UD, INT 12h.
 *
 *         cli                     task:   mov eax, cr0
 *         xor ax, ax                      dec ax
 *         mov ds, ax                      mov cr0, eax
 *         mov ss, ax                      jmp 0:real
 *         mov sp, 7c00h           real:   xor ax, ax
 *         mov word [6*4], ud              mov ds, ax
 *         mov [6*4+2], ax                 mov ss, ax
 * again:  lgdt [gdtr]                     mov byte [busy], 81h
 *         mov eax, cr0                    mov byte [busy2], 81h
 *         inc ax                          mov dx, 80h
 *         mov cr0, eax                    mov ax, 1234h
 *         jmp 8:pm                        out dx, ax
 * pm:     mov ax, 10h                     in al, 61h
 *         mov ds, ax                      ud2
 *         mov ss, ax                      int 12h
 *         mov ax, 18h                     jmp again
 *         ltr ax                  ud:     push bp
 *         jmp 20h:0                       mov bp, sp
 *                                         add word [bp+2], 2
 *                                         pop bp
 *                                         iret
 * GDTR, GDT (code, data, two TSSs of 16 bits), TSSs
 */
static const u8 eventful[] = {
    0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0xc7, 0x06, 0x18, 0x00, 0x61, 0x7c,
    0xa3, 0x1a, 0x00, 0x0f, 0x01, 0x16, 0x6a, 0x7c, 0x0f, 0x20, 0xc0, 0x40, 0x0f, 0x22, 0xc0, 0xea,
    0x24, 0x7c, 0x08, 0x00, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0x8e, 0xd0, 0xb8, 0x18, 0x00, 0x0f, 0x00,
    0xd8, 0xea, 0x00, 0x00, 0x20, 0x00, 0x0f, 0x20, 0xc0, 0x48, 0x0f, 0x22, 0xc0, 0xea, 0x42, 0x7c,
    0x00, 0x00, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xc6, 0x06, 0x8d, 0x7c, 0x81, 0xc6, 0x06, 0x95,
    0x7c, 0x81, 0xba, 0x80, 0x00, 0xb8, 0x34, 0x12, 0xef, 0xe4, 0x61, 0x0f, 0x0b, 0xcd, 0x12, 0xeb,
    0xb2, 0x55, 0x89, 0xe5, 0x83, 0x46, 0x02, 0x02, 0x5d, 0xcf, 0x27, 0x00, 0x70, 0x7c, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x9a, 0x00, 0x00,
    0xff, 0xff, 0x00, 0x00, 0x00, 0x92, 0x00, 0x00, 0x2b, 0x00, 0x98, 0x7c, 0x00, 0x81, 0x00, 0x00,
    0x2b, 0x00, 0xc4, 0x7c, 0x00, 0x81, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x36, 0x7c, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x7b,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x08, 0x00, 0x10, 0x00, 0x10, 0x00, 0x00, 0x00,
};
enum { PROTECTED = 0x7c1f, TASK = 0x7c36, BEHIND_OUT = 0x7c59, BEHIND_IN = 0x7c5b, UD = 0x7c61 };

static struct vm *boot_sector(const u8 *code, size_t len, enum vm_jit jit)
{
    return vm_boot((struct vm_config){.jit = jit, .log = hashing()}, code, len);
}

static struct vm *boot(enum vm_jit jit)
{
    return boot_sector(busy, sizeof(busy), jit);
}

static void set(struct vm *vm, enum vm_point_kind kind, u32 lin, u32 len)
{
    struct err e;
    struct vm_point p = {.kind = kind, .lin = lin, .len = len};
    ck_assert_msg(vm_point_set(vm, &p, &e), "%s", e.text);
}

/* To this guest time, over all points; how many there were. */
static unsigned run_over(struct vm *vm, u64 until)
{
    for (unsigned stops = 0;; stops++) {
        enum vm_stop why = vm_run(vm, until);
        if (why == VM_SLICE)
            return stops;
        ck_assert_int_eq(why, VM_POINT);
        vm_points_pass(vm);
    }
}

/* The instruction at which the machine is. */
static u32 at(struct vm *vm)
{
    struct vm_registers r;
    vm_registers(vm, &r);
    return r.seg[VM_CS].base + r.eip;
}

static const enum vm_jit tiers[] = {VM_JIT_OFF, VM_JIT_ALL};
static const u64 end = 700 * NS_PER_MS;

/* A hundred that are never met, at the offsets in a page of what runs; watches beside what is used.
 */
START_TEST(points_that_are_missed)
{
    struct vm *a = boot(tiers[_i]), *b = boot(tiers[_i]);
    for (u32 i = 0; i < 100; i++)
        set(b, VM_POINT_EXECUTE, 0x10000 + (i & 7) * 0x1000 + 0xc0c + i, 0);
    set(b, VM_POINT_ACCESS, SUM + 2, 8);
    set(b, VM_POINT_ACCESS, 0xa000, 0x800);
    set(b, VM_POINT_READ, 0x6ff0, 16);
    ck_assert_uint_eq(run_over(a, end), 0);
    ck_assert_uint_eq(run_over(b, end), 0);
    same_run(a, b);
    done(a);
    done(b);
}
END_TEST

/* Thousands that are met, in the program, in the BIOS, in what the timer's handler counts. */
START_TEST(points_that_are_met)
{
    struct vm *a = boot(tiers[_i]), *b = boot(tiers[_i]);
    ck_assert_uint_eq(run_over(a, end / 2), 0);
    ck_assert_uint_eq(run_over(b, end / 2), 0);
    set(b, VM_POINT_EXECUTE, LOOP, 0);
    set(b, VM_POINT_EXECUTE, HALT, 0);
    set(b, VM_POINT_EXECUTE, MOVS, 0);
    set(b, VM_POINT_WRITE, TICKS, 4);
    set(b, VM_POINT_READ, 0x8100, 2);
    set(b, VM_POINT_WRITE, 0x9100, 16);
    set(b, VM_POINT_ACCESS, 0x7bfe, 2);
    ck_assert_uint_eq(run_over(a, end), 0);
    ck_assert_uint_gt(run_over(b, end), 2000);
    same_run(a, b);
    vm_points_clear(b);
    ck_assert_uint_eq(run_over(a, end + end / 4), 0);
    ck_assert_uint_eq(run_over(b, end + end / 4), 0);
    same_run(a, b);
    done(a);
    done(b);
}
END_TEST

/* One instruction at a time, and some at a time, is the same run. */
START_TEST(single_instructions)
{
    struct vm *a = boot(tiers[_i]), *b = boot(tiers[_i]);
    ck_assert_uint_eq(run_over(a, end / 2), 0);
    ck_assert_uint_eq(run_over(b, end / 2), 0);
    u64 seed = 1;
    for (unsigned i = 0; i < 30000; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        u64 to = vm_instructions(b) + (seed >> 60 ? 1 : seed >> 50);
        enum vm_stop why;
        while ((why = vm_run_to(b, vm_now(b) + NS_PER_MS, to)) == VM_SLICE)
            ;
        ck_assert_int_eq(why, VM_GOAL);
        ck_assert_uint_eq(vm_instructions(b), to);
    }
    ck_assert_int_eq(vm_run_to(a, UINT64_MAX, vm_instructions(b)), VM_GOAL);
    same_run(a, b);
    done(a);
    done(b);
}
END_TEST

/* The stop is before the instruction, and after the one with the access. */
START_TEST(where_it_stops)
{
    struct vm *vm = boot(tiers[_i]);
    u16 before, after;
    set(vm, VM_POINT_EXECUTE, ADD, 0);
    ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
    ck_assert_uint_eq(at(vm), ADD);
    ck_assert_uint_eq(vm_point_hit(vm)->lin, ADD);
    ck_assert_uint_eq(vm_linear_read(vm, SUM, &before, 2), 2);
    set(vm, VM_POINT_WRITE, SUM + 1, 1);
    u64 instructions = vm_instructions(vm);
    ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
    ck_assert_int_eq(vm_point_hit(vm)->point.kind, VM_POINT_WRITE);
    ck_assert(vm_point_hit(vm)->write);
    ck_assert_uint_eq(vm_point_hit(vm)->lin, SUM);
    ck_assert_uint_eq(vm_instructions(vm), instructions + 1);
    ck_assert_uint_eq(at(vm), ADD + 4);
    ck_assert_uint_eq(vm_linear_read(vm, SUM, &after, 2), 2);
    ck_assert_uint_ne(before, after);
    /* Once around. */
    vm_points_pass(vm);
    ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
    ck_assert_uint_eq(at(vm), ADD);
    struct vm_point p = {.kind = VM_POINT_EXECUTE, .lin = ADD};
    ck_assert(vm_point_clear(vm, &p));
    ck_assert(!vm_point_clear(vm, &p));
    /* By selector: another one leads to the same code, but is not meant. */
    p = (struct vm_point){.kind = VM_POINT_EXECUTE, .lin = HALT, .far = true, .sel = 0x07c0};
    ck_assert(vm_point_set(vm, &p, NULL));
    p = (struct vm_point){.kind = VM_POINT_EXECUTE, .lin = MOVS, .far = true, .sel = 0};
    ck_assert(vm_point_set(vm, &p, NULL));
    ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
    ck_assert_int_eq(vm_point_hit(vm)->point.kind, VM_POINT_WRITE);
    /* The string instruction is met once, however many passes and stops it takes. */
    set(vm, VM_POINT_WRITE, 0x9000, 0x800);
    vm_points_pass(vm);
    ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
    ck_assert_uint_eq(at(vm), MOVS);
    ck_assert_int_eq(vm_point_hit(vm)->point.kind, VM_POINT_EXECUTE);
    vm_points_pass(vm);
    for (unsigned i = 0; i < 0x400; i++) {
        ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
        ck_assert_int_eq(vm_point_hit(vm)->point.kind, VM_POINT_WRITE);
        ck_assert_uint_eq(vm_point_hit(vm)->lin, 0x9000 + 2 * i);
    }
    done(vm);
}
END_TEST

static void set_event(struct vm *vm, enum vm_point_kind kind, u32 lin, u32 len, unsigned how)
{
    struct err e;
    struct vm_point p = {.kind = kind, .lin = lin, .len = len, .how = (u8)how};
    ck_assert_msg(vm_point_set(vm, &p, &e), "%s", e.text);
}

static const struct vm_point_hit *next_stop(struct vm *vm, enum vm_point_kind kind, u32 where)
{
    vm_points_pass(vm);
    ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
    ck_assert_int_eq(vm_point_hit(vm)->point.kind, kind);
    ck_assert_uint_eq(at(vm), where);
    return vm_point_hit(vm);
}

START_TEST(events)
{
    struct vm *vm = boot_sector(eventful, sizeof(eventful), tiers[_i]);
    const struct vm_point_hit *h;
    set(vm, VM_POINT_EXECUTE, 0x7c00, 0);
    next_stop(vm, VM_POINT_EXECUTE, 0x7c00);
    set_event(vm, VM_POINT_MODE, 0, 0, VM_MODE_OPERATION);
    set_event(vm, VM_POINT_TASK, 0, 0, 0);
    set_event(vm, VM_POINT_PORT, 0x80, 1, VM_PORT_OUT);
    set_event(vm, VM_POINT_PORT, 0x60, 4, VM_PORT_IN);
    set_event(vm, VM_POINT_PORT, 0x60, 4, VM_PORT_OUT);
    set_event(vm, VM_POINT_PORT, 0x82, 100, VM_PORT_IN | VM_PORT_OUT); /* beside it */
    set_event(vm, VM_POINT_VECTOR, 0, 256, VM_VECTOR_FAULT);
    set_event(vm, VM_POINT_VECTOR, 0x12, 1, VM_VECTOR_INT);
    for (unsigned round = 0; round < 3; round++) {
        h = next_stop(vm, VM_POINT_MODE, PROTECTED);
        ck_assert_uint_eq(h->value, VM_MODE_PE);
        ck_assert_uint_eq(h->lin, 0);
        ck_assert_uint_eq(h->how, VM_MODE_OPERATION);
        h = next_stop(vm, VM_POINT_TASK, TASK);
        ck_assert_uint_eq(h->lin, 0x18);
        ck_assert_uint_eq(h->value, 0x20);
        h = next_stop(vm, VM_POINT_MODE, TASK + 7);
        ck_assert_uint_eq(h->lin, VM_MODE_PE);
        ck_assert_uint_eq(h->value, 0);
        h = next_stop(vm, VM_POINT_PORT, BEHIND_OUT);
        ck_assert_uint_eq(h->lin, 0x80);
        ck_assert_uint_eq(h->value, 0x1234);
        ck_assert_uint_eq(h->how, VM_PORT_OUT);
        ck_assert_uint_eq(h->len, 2);
        h = next_stop(vm, VM_POINT_PORT, BEHIND_IN);
        ck_assert_uint_eq(h->lin, 0x61);
        ck_assert_uint_eq(h->how, VM_PORT_IN);
        h = next_stop(vm, VM_POINT_VECTOR, UD);
        ck_assert_uint_eq(h->lin, 6);
        ck_assert_uint_eq(h->how, VM_VECTOR_FAULT);
        vm_points_pass(vm);
        ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
        h = vm_point_hit(vm);
        ck_assert_uint_eq(h->lin, 0x12);
        ck_assert_uint_eq(h->how, VM_VECTOR_INT);
        ck_assert_uint_ge(at(vm), 0xf0000); /* the BIOS, before its first instruction */
    }
    struct err e;
    ck_assert(!vm_point_set(vm, &(struct vm_point){.kind = VM_POINT_PORT, .lin = 5}, &e));
    struct vm_point p = {.kind = VM_POINT_PORT, .lin = 0xffff, .len = 2, .how = VM_PORT_IN};
    ck_assert(!vm_point_set(vm, &p, &e));
    p = (struct vm_point){.kind = VM_POINT_VECTOR, .lin = 1, .len = 256, .how = VM_VECTOR_INT};
    ck_assert(!vm_point_set(vm, &p, &e));
    ck_assert(!vm_point_set(vm, &(struct vm_point){.kind = VM_POINT_MODE}, &e));
    /* Taken away, they stop nothing. */
    p = (struct vm_point){.kind = VM_POINT_TASK};
    ck_assert(vm_point_clear(vm, &p) && !vm_point_clear(vm, &p));
    next_stop(vm, VM_POINT_MODE, PROTECTED);
    next_stop(vm, VM_POINT_MODE, TASK + 7);
    done(vm);
}
END_TEST

/* A run that is stopped at each event is the run that is not; so is a single step from each. */
START_TEST(events_change_nothing)
{
    enum { STOPS = 3000 };
    bool other = _i & 1;
    struct vm *a =
        other ? boot_sector(eventful, sizeof(eventful), tiers[_i / 2]) : boot(tiers[_i / 2]);
    struct vm *b =
        other ? boot_sector(eventful, sizeof(eventful), tiers[_i / 2]) : boot(tiers[_i / 2]);
    set_event(b, VM_POINT_MODE, 0, 0, VM_MODE_OPERATION | VM_MODE_RING | VM_MODE_SIZE);
    set_event(b, VM_POINT_TASK, 0, 0, 0);
    set_event(b, VM_POINT_PORT, 0, 0x10000, VM_PORT_IN | VM_PORT_OUT);
    set_event(b, VM_POINT_VECTOR, 0, 256, VM_VECTOR_FAULT | VM_VECTOR_IRQ | VM_VECTOR_INT);
    unsigned kinds[VM_POINT_TASK + 1] = {0};
    u64 from = vm_instructions(b);
    while (kinds[VM_POINT_VECTOR] < STOPS) {
        enum vm_stop why = vm_run(b, vm_now(b) + NS_PER_SEC);
        if (why != VM_POINT)
            continue;
        kinds[vm_point_hit(b)->point.kind]++;
        if (kinds[VM_POINT_VECTOR] % 3 == 0)
            vm_run_to(b, UINT64_MAX, vm_instructions(b) + 1);
    }
    ck_assert_uint_gt(kinds[VM_POINT_PORT], 100);
    ck_assert_uint_gt(vm_instructions(b), from);
    if (other)
        ck_assert(kinds[VM_POINT_MODE] > 100 && kinds[VM_POINT_TASK] > 100);
    vm_points_clear(b);
    u64 to = vm_instructions(b) + 100;
    while (vm_run_to(a, UINT64_MAX, to) != VM_GOAL)
        ;
    while (vm_run_to(b, UINT64_MAX, to) != VM_GOAL)
        ;
    same_run(a, b);
    done(a);
    done(b);
}
END_TEST

START_TEST(registers_and_memory)
{
    struct vm *vm = boot(VM_JIT_OFF);
    struct vm_registers r, s;
    struct err e;
    u32 base, phys;
    char text[VM_DISASSEMBLY];
    u8 bytes[16];
    set(vm, VM_POINT_EXECUTE, ADD, 0);
    ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
    vm_registers(vm, &r);
    ck_assert(!r.protected_mode && !r.code32 && !r.paging && !r.halted);
    ck_assert_uint_eq(r.gpr[VM_ECX] & 0xffff, 0);
    ck_assert_uint_eq(r.ftw, 0xffff);
    ck_assert_uint_eq(vm_disassemble(vm, ADD, ADD, false, text, sizeof(text)), 4);
    ck_assert_str_eq(text, "add [0x7000], dx");
    /* What is set is there, and the program goes on with it. */
    r.gpr[VM_EDX] = 0x1234;
    r.seg[VM_ES].sel = 0xb800;
    r.dr[0] = 0x55;
    r.fsw = 7 << 11; /* ST(0) is R7 */
    r.ftw = 0x3fff;
    memcpy(r.st[0], "\0\0\0\0\0\0\0\x80\xff\x3f", 10);
    r.xmm[3][5] = 9;
    ck_assert_msg(vm_set_registers(vm, &r, &e), "%s", e.text);
    vm_registers(vm, &s);
    ck_assert_uint_eq(s.gpr[VM_EDX], 0x1234);
    ck_assert_uint_eq(s.seg[VM_ES].base, 0xb8000);
    ck_assert_uint_eq(s.dr[0], 0x55);
    ck_assert_uint_eq(s.ftw, 0x3fff);
    ck_assert_mem_eq(s.st[0], r.st[0], 10);
    ck_assert_uint_eq(s.xmm[3][5], 9);
    ck_assert_uint_eq(vm_linear_write(vm, SUM, "\0\0", 2), 2);
    vm_points_pass(vm);
    ck_assert_int_eq(vm_run_to(vm, UINT64_MAX, vm_instructions(vm) + 1), VM_GOAL);
    ck_assert_uint_eq(vm_linear_read(vm, SUM, bytes, 2), 2);
    ck_assert_uint_eq(get_le16(bytes), 0x1234);
    /* What cannot be. */
    s.cr0 |= 1u << 31;
    ck_assert(!vm_set_registers(vm, &s, &e));
    vm_registers(vm, &s);
    s.eflags |= 1u << 17;
    ck_assert(!vm_set_registers(vm, &s, &e));
    /* The display's window can be read, RAM and ROM, nothing else; ROM is not written. */
    ck_assert_uint_eq(vm_linear_read(vm, 0xb8000, bytes, 16), 16);
    ck_assert_uint_eq(vm_linear_read(vm, 0xffff0, bytes, 16), 16);
    ck_assert_uint_eq(bytes[0], 0xea);
    ck_assert(vm_linear_is_rom(vm, 0xffff0) && !vm_linear_is_rom(vm, SUM));
    ck_assert_uint_eq(vm_linear_write(vm, 0xffff0, bytes, 16), 0);
    ck_assert_uint_eq(vm_linear_read(vm, (2u << 20) - 4, bytes, 16), 4);
    ck_assert_uint_eq(vm_linear_read(vm, 0xfec00000, bytes, 4), 0);
    ck_assert(vm_linear_to_physical(vm, 0x1234, &phys) && phys == 0x1234);
    ck_assert(vm_selector_base(vm, 0xf000, &base, &e) && base == 0xf0000);
    /* Points that cannot be. */
    struct vm_point p = {.kind = VM_POINT_WRITE, .lin = 0xfffffffe, .len = 4};
    ck_assert(!vm_point_set(vm, &p, &e));
    p.len = 0;
    ck_assert(!vm_point_set(vm, &p, &e));
    p = (struct vm_point){.kind = VM_POINT_EXECUTE};
    unsigned n = 0;
    while (vm_point_set(vm, &p, &e) && n < 100000)
        n++;
    ck_assert_uint_lt(n, 100000);
    done(vm);
}
END_TEST

/* REP CMPS that stands still half-way: another one that is begun by hand, and faults, has the flags
 * that it was begun with, and not those of the first one's beginning. */
START_TEST(moved_out_of_rep)
{
    enum { FIRST = 0x6000, SECOND = 0x6010, HANDLER = 0x6020, FRAME = 0x7000 };
    static const u8 compare[] = {0x67, 0xf2, 0xa6}; /* repne cmpsb by ESI and EDI */
    for (unsigned flags = 0; flags < 2; flags++) {
        struct vm *vm = boot(VM_JIT_OFF);
        struct vm_registers r;
        struct err e;
        u8 frame[6];
        set(vm, VM_POINT_EXECUTE, ADD, 0);
        ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
        vm_linear_write(vm, FIRST, compare, sizeof(compare));
        vm_linear_write(vm, SECOND, compare, sizeof(compare));
        vm_linear_write(vm, HANDLER, "\xf4", 1);
        vm_linear_write(vm, 4 * 13, "\x20\x60\0\0", 4);
        vm_linear_write(vm, 0x8000, "\1\2\3\4\5\6", 6);
        vm_linear_write(vm, 0x9000, "\5\5\5\5\4\4", 6); /* below, below, below, below, above */
        vm_registers(vm, &r);
        r.eip = FIRST;
        r.eflags = 0x8d7; /* all of them */
        r.gpr[VM_ESP] = FRAME;
        r.gpr[VM_ECX] = 6;
        r.gpr[VM_ESI] = 0x8000;
        r.gpr[VM_EDI] = 0x9000;
        ck_assert_msg(vm_set_registers(vm, &r, &e), "%s", e.text);
        vm_points_pass(vm);
        ck_assert_int_eq(vm_run_to(vm, UINT64_MAX, vm_instructions(vm) + 5), VM_GOAL);
        vm_registers(vm, &r);
        ck_assert(r.eip == FIRST && r.gpr[VM_ECX] == 1);
        ck_assert_uint_eq(r.eflags & 0x8d5, 0); /* 5 - 4 */
        r.eip = SECOND;
        r.eflags |= flags;
        r.gpr[VM_ESI] = 0x10000; /* beyond the segment */
        ck_assert_msg(vm_set_registers(vm, &r, &e), "%s", e.text);
        vm_run_to(vm, UINT64_MAX, vm_instructions(vm) + 2);
        ck_assert_uint_eq(vm_linear_read(vm, FRAME - 6, frame, 6), 6);
        ck_assert_uint_eq(get_le16(frame), SECOND);
        ck_assert_uint_eq(get_le16(frame + 4) & 0x8d5, flags);
        done(vm);
    }
}
END_TEST

/* Code that is changed from outside is what runs, also when it has been decoded. */
START_TEST(patched_code)
{
    struct vm *vm = boot(tiers[_i]);
    set(vm, VM_POINT_EXECUTE, HALT, 0);
    ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
    vm_points_pass(vm);
    ck_assert_int_eq(vm_run(vm, 10 * NS_PER_SEC), VM_POINT);
    ck_assert_uint_eq(vm_linear_write(vm, ADD, "\xeb\xfe", 2), 2); /* jmp $ */
    vm_points_pass(vm);
    ck_assert_int_eq(vm_run(vm, vm_now(vm) + NS_PER_SEC), VM_SLICE);
    ck_assert_uint_eq(at(vm), ADD);
    done(vm);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vm_inspect");
    TCase *t = tcase_create("inspect");
    tcase_add_loop_test(t, points_that_are_missed, 0, 2);
    tcase_add_loop_test(t, points_that_are_met, 0, 2);
    tcase_add_loop_test(t, single_instructions, 0, 2);
    tcase_add_loop_test(t, where_it_stops, 0, 2);
    tcase_add_loop_test(t, events, 0, 2);
    tcase_add_loop_test(t, events_change_nothing, 0, 4);
    tcase_add_test(t, registers_and_memory);
    tcase_add_test(t, moved_out_of_rep);
    tcase_add_loop_test(t, patched_code, 0, 2);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
