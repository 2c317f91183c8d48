/*
 * test_vm.c - the whole machine through hw/machine/vm.h: time, requests, determinism, snapshots. It
 * boots the built-in BIOS from a diskette of a few bytes of code that each test brings along.
 */
#define _GNU_SOURCE /* memmem */
#include "hw/base/state.h"
#include "hw/input/keys.h"
#include "hw/machine/vm.h"
#include "hw/machine/vm_look_state.h"
#include "sealed.h"
#include "tests/fuzz/snapshot.h"

#include <check.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { DISKETTE = 160 * 1024, LIMIT_S = 20 };

struct sink {
    u8 bytes[65536];
    size_t count;
};

static void sink_write(void *opaque, const u8 *data, size_t len)
{
    struct sink *s = opaque;
    for (size_t i = 0; i < len; i++)
        s->bytes[s->count++ % sizeof(s->bytes)] = data[i];
}

static u8 diskette[DISKETTE];

static struct vm *boot_with(enum vm_jit jit, const u8 *code, size_t size, struct sink *console)
{
    struct err e;
    memset(diskette, 0, sizeof(diskette));
    for (unsigned i = 512; i < sizeof(diskette); i++)
        diskette[i] = (u8)(i / 512 * 37 + i);
    memcpy(diskette, code, size);
    diskette[510] = 0x55;
    diskette[511] = 0xaa;
    struct vm_config c = {
        .ram_mb = 2, .jit = jit, .floppy[0] = {.bytes = diskette, .size = DISKETTE}};
    if (console)
        c.debugcon = (struct stream){sink_write, NULL, console};
    struct vm *vm = vm_new(&c, &e);
    ck_assert_msg(vm != NULL, "%s", e.text);
    return vm;
}

static struct vm *boot(const u8 *code, size_t size, struct sink *console)
{
    return boot_with(VM_JIT_OFF, code, size, console);
}

static void done(struct vm *vm)
{
    struct err e;
    ck_assert(vm_free(vm, &e));
}

static enum vm_stop run_until_stop(struct vm *vm)
{
    for (u64 t = 0; t < LIMIT_S * 100; t++) {
        enum vm_stop s = vm_run(vm, vm_now(vm) + 10 * NS_PER_MS);
        if (s != VM_SLICE)
            return s;
    }
    return VM_SLICE;
}

/* Reads diskette sectors round and round, echoes keys, sums everything up on the debug console. */
static const u8 busy[] = {
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, /* xor ax,ax; mov ds,ax; es; ss */
    0xbc, 0x00, 0x7c,                               /* mov sp,7c00h */
    0xfb,                                           /* sti */
    0xbd, 0x00, 0x00,                               /* mov bp,0: cylinder */
    /* 7c0f again: */
    0xb8, 0x08, 0x02, 0xbb, 0x00, 0x80,             /* mov ax,0208h; mov bx,8000h */
    0x89, 0xe9, 0x88, 0xcd, 0xb1, 0x01,             /* mov cx,bp; mov ch,cl; mov cl,1 */
    0xba, 0x00, 0x00, 0xcd, 0x13,                   /* mov dx,0; int 13h */
    0xbe, 0x00, 0x80, 0xb9, 0x00, 0x08, 0x31, 0xd2, /* mov si,8000h; mov cx,800h; xor dx,dx */
    0xad, 0x01, 0xc2, 0xd1, 0xc2, 0xe2, 0xf9,       /* lodsw; add dx,ax; rol dx,1; loop -7 */
    0x88, 0xd0, 0xe6, 0xe9, 0x88, 0xf0, 0xe6, 0xe9, /* mov al,dl; out e9h,al; al,dh; out */
    0xb4, 0x01, 0xcd, 0x16, 0x74, 0x0a,             /* mov ah,1; int 16h; jz +10 */
    0xb4, 0x00, 0xcd, 0x16, 0xe6, 0xe9, 0xb4, 0x0e, 0xcd, 0x10, /* key: out e9h; teletype */
    0x45, 0x83, 0xfd, 0x28, 0x72, 0x02, 0x31, 0xed, /* inc bp; cmp bp,40; jb +2; xor bp,bp */
    0xf4,                                           /* hlt */
    0xeb, 0xbd,                                     /* jmp again */
};

static void type(struct vm *vm, int key)
{
    vm_key(vm, key, true);
    vm_key(vm, key, false);
}

/* Run to `until` in pieces of a given pattern. */
static void run_in_pieces(struct vm *vm, u64 until, u64 piece)
{
    while (vm_now(vm) < until) {
        u64 to = vm_now(vm) + piece;
        ck_assert_int_eq(vm_run(vm, to < until ? to : until), VM_SLICE);
        piece = piece * 7 % 9999991 + 1000;
    }
}

static void same(struct vm *a, struct vm *b)
{
    u8 *bytes_a, *bytes_b;
    size_t size_a, size_b;
    struct err e;
    ck_assert_uint_eq(vm_instructions(a), vm_instructions(b));
    ck_assert_uint_eq(vm_now(a), vm_now(b));
    ck_assert_msg(vm_save(a, &bytes_a, &size_a, &e), "%s", e.text);
    ck_assert_msg(vm_save(b, &bytes_b, &size_b, &e), "%s", e.text);
    ck_assert_uint_eq(size_a, size_b);
    ck_assert_int_eq(memcmp(bytes_a, bytes_b, size_a), 0);
    free(bytes_a);
    free(bytes_b);
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

START_TEST(slices_do_not_show)
{
    static struct sink ca, cb;
    ca.count = cb.count = 0;
    struct vm *a = boot(busy, sizeof(busy), &ca), *b = boot(busy, sizeof(busy), &cb);
    for (u64 t = 1; t <= 30; t++) {
        type(a, KEY_A + (int)t % 8);
        type(b, KEY_A + (int)t % 8);
        ck_assert_int_eq(vm_run(a, t * 100 * NS_PER_MS), VM_SLICE);
        run_in_pieces(b, t * 100 * NS_PER_MS, 12345);
    }
    ck_assert_uint_gt(ca.count, 20);
    ck_assert_uint_eq(ca.count, cb.count);
    ck_assert_int_eq(memcmp(ca.bytes, cb.bytes, sizeof(ca.bytes)), 0);
    same(a, b);
    done(a);
    done(b);
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

/* again: in al,40h; jmp again */
static const u8 asking[] = {0xe4, 0x40, 0xeb, 0xfc};

/* Among the same 128 bytes as the code: xor ax,ax; mov ds,ax; L: mov [7c40h],ax; inc ax; jmp L */
static const u8 storing[] = {0x31, 0xc0, 0x8e, 0xd8, 0xa3, 0x40, 0x7c, 0x40, 0xeb, 0xfa};

/* What the statistics say; the caller frees it. */
static char *statistics(const struct vm *vm)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    vm_print_jit(vm, f);
    fclose(f);
    return text;
}

/* The same when it has run until there are samples enough. */
static char *sampled(struct vm *vm)
{
    char *text = NULL;
    for (unsigned i = 0; i < 5000; i++) { /* a host that is busy samples seldom */
        vm_run(vm, vm_now(vm) + 50 * NS_PER_MS);
        free(text);
        text = statistics(vm);
        if (strstr(text, "samples:"))
            break;
    }
    return text;
}

/* The same from its start on. */
static char *sampled_program(struct vm *vm)
{
    vm_run(vm, NS_PER_SEC); /* the diskette has been read */
    ck_assert(vm_count_host_time(vm));
    ck_assert(!vm_count_host_time(vm));
    return sampled(vm);
}

/* What machine code calls for such stores is not the interpreter's work. */
START_TEST(stores_beside_code_are_told)
{
    struct vm *a = boot_with(VM_JIT_ON, storing, sizeof(storing), NULL);
    char *text = sampled_program(a);
    ck_assert_msg(strstr(text, "% stores into pages") || strstr(text, "everything is interpreted"),
                  "%s", text);
    free(text);
    done(a);
}
END_TEST

/* Whose ports a program asks all the time is found out, and it runs as if nobody looked. */
START_TEST(samples_say_what_the_host_does)
{
    struct vm *a = boot(asking, sizeof(asking), NULL), *b = boot(asking, sizeof(asking), NULL);
    char *text = sampled_program(a);
    ck_assert_msg(strstr(text, "ports of devices: pit ") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "fdc") == NULL, "%s", text);
    free(text);
    vm_run(b, vm_now(a));
    same(a, b);
    done(a);
    done(b);
}
END_TEST

struct other_thread {
    struct vm *vm;
    atomic_int stage; /* 1: it has run, and a signal is pending; 2: the machine is gone */
    double worked;    /* seconds of its processor time */
};

static void *run_and_hold_back(void *opaque)
{
    struct other_thread *t = opaque;
    sigset_t set, pending;
    vm_run(t->vm, 20 * NS_PER_MS);
    sigemptyset(&set);
    sigaddset(&set, SIGPROF);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    do
        sigpending(&pending);
    while (!sigismember(&pending, SIGPROF));
    atomic_store(&t->stage, 1);
    while (atomic_load(&t->stage) != 2)
        sched_yield();
    pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* what names a machine that is gone comes now */
    return NULL;
}

/* In a window's thread, which begins with signals blocked. */
static void *run_blocked(void *opaque)
{
    struct other_thread *t = opaque;
    struct timespec now;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    free(sampled(t->vm));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    t->worked = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    return NULL;
}

/* Who asks in another thread, when the machine's has ended, is told what that one did. */
START_TEST(samples_are_the_machines_thread)
{
    struct other_thread t = {.vm = boot(asking, sizeof(asking), NULL)};
    pthread_t thread;
    double seconds = 0;
    if (!vm_count_host_time(t.vm)) { /* this host has no such timers */
        done(t.vm);
        return;
    }
    ck_assert_int_eq(pthread_create(&thread, NULL, run_blocked, &t), 0);
    pthread_join(thread, NULL);
    char *text = statistics(t.vm);
    const char *said = strstr(text, "worked for ");
    ck_assert_msg(said && strstr(text, "by ") && strstr(text, "samples:"), "%s", text);
    ck_assert_int_eq(sscanf(said, "worked for %lf", &seconds), 1);
    ck_assert_msg(seconds > t.worked / 2 && seconds < t.worked + 0.01, "%f and %s", t.worked, text);
    free(text);
    done(t.vm);
}
END_TEST

/* Signals are the running thread's. Who frees the machine in another one cannot take them back. */
START_TEST(counted_machine_is_freed_by_another_thread)
{
#ifdef M_PERTURB
    mallopt(M_PERTURB, 0xa5); /* what was freed is no machine any more */
#endif
    for (unsigned i = 0; i < 3; i++) {
        struct other_thread t = {.vm = boot(asking, sizeof(asking), NULL)};
        pthread_t thread;
        if (!vm_count_host_time(t.vm)) { /* this host has no such timers */
            done(t.vm);
            return;
        }
        ck_assert_int_eq(pthread_create(&thread, NULL, run_and_hold_back, &t), 0);
        while (atomic_load(&t.stage) != 1)
            sched_yield();
        done(t.vm);
        atomic_store(&t.stage, 2);
        pthread_join(thread, NULL);
    }
}
END_TEST

START_TEST(snapshot_continues_identically)
{
    static struct sink ca, cb;
    static const u64 points[] = {3, 57, 333, 700, 1111, 2345}; /* ms: POST, boot, program */
    for (unsigned i = 0; i < ARRAY_SIZE(points); i++) {
        struct err e;
        u8 *bytes;
        size_t size;
        ca.count = cb.count = 0;
        struct vm *a = boot(busy, sizeof(busy), &ca);
        type(a, KEY_X);
        vm_run(a, points[i] * NS_PER_MS);
        for (int k = 0; k < 10; k++) /* still queued when it is saved */
            type(a, KEY_Q + k);
        vm_mouse(a, 5, 7, 0, 1);
        ck_assert_msg(vm_save(a, &bytes, &size, &e), "%s", e.text);
        struct vm *b = boot(busy, sizeof(busy), &cb);
        vm_run(b, 1500 * NS_PER_MS); /* somewhere else altogether */
        cb.count = 0;
        size_t seen = ca.count;
        ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
        same(a, b);
        u64 end = vm_now(a) + 1500 * NS_PER_MS;
        vm_run(a, end);
        run_in_pieces(b, end, 54321);
        same(a, b);
        ck_assert_uint_eq(ca.count - seen, cb.count);
        ck_assert_int_eq(memcmp(ca.bytes + seen, cb.bytes, cb.count), 0);
        free(bytes);
        done(a);
        done(b);
    }
}
END_TEST

/* Into a machine that runs at another speed and stands elsewhere in its queues. */
START_TEST(snapshot_forgets_the_other_life)
{
    static struct sink ca, cb;
    struct err e;
    u8 *bytes;
    size_t size;
    ca.count = cb.count = 0;
    struct vm *a = boot(busy, sizeof(busy), &ca), *b = boot(busy, sizeof(busy), &cb);
    vm_set_mips(a, 3); /* periods with a rest in picoseconds */
    vm_set_mips(b, 7);
    for (unsigned i = 1; i < 5; i++) {
        vm_mouse(b, 1, 1, 0, 0);
        vm_run(b, i * 70 * NS_PER_MS + 12345);
    }
    for (unsigned i = 0; i < 10; i++)
        run_in_pieces(a, vm_now(a) + 777, 100);
    vm_mouse(a, 5, 7, 0, 1);
    vm_mouse(a, 6, -7, 0, 0);
    ck_assert_msg(vm_save(a, &bytes, &size, &e), "%s", e.text);
    ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
    ck_assert_uint_eq(vm_now(a), vm_now(b));
    for (unsigned i = 0; i < 1000; i++) {
        u64 to = vm_now(a) + 1000;
        vm_run(a, to);
        vm_run(b, to);
        ck_assert_uint_eq(vm_now(a), vm_now(b));
        ck_assert_uint_eq(vm_instructions(a), vm_instructions(b));
    }
    vm_run(a, vm_now(a) + 50 * NS_PER_MS);
    vm_run(b, vm_now(b) + 50 * NS_PER_MS);
    same(a, b);
    free(bytes);
    done(a);
    done(b);
}
END_TEST

START_TEST(exit_status_is_saved)
{
    static const u8 code[] = {0xb0, 0x2a, 0xe6, 0xf4, 0xeb, 0xfe}; /* al=2ah; out f4h; jmp $ */
    struct err e;
    u8 *bytes;
    size_t size;
    struct vm *a = boot(code, sizeof(code), NULL);
    ck_assert_int_eq(run_until_stop(a), VM_DEBUG_EXIT);
    ck_assert_msg(vm_save(a, &bytes, &size, &e), "%s", e.text);
    struct vm *b = boot(code, sizeof(code), NULL);
    ck_assert_int_eq(vm_exit_status(b), 0);
    ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
    ck_assert_int_eq(vm_exit_status(b), 0x55);
    free(bytes);
    done(a);
    done(b);
}
END_TEST

static struct vm *boot_traced(struct sink *console, struct log *log)
{
    struct err e;
    struct vm_config c = {.ram_mb = 2,
                          .floppy[0] = {.bytes = diskette, .size = DISKETTE},
                          .debugcon = {sink_write, NULL, console},
                          .log = log};
    struct vm *vm = vm_new(&c, &e);
    ck_assert_msg(vm != NULL, "%s", e.text);
    return vm;
}

static u64 trace_of(struct vm *vm)
{
    u64 hash;
    ck_assert(vm_trace_hash(vm, &hash));
    return hash;
}

static u64 state_of(struct vm *vm)
{
    struct err e;
    u64 hash;
    ck_assert_msg(vm_state_hash(vm, &hash, &e), "%s", e.text);
    return hash;
}

/* Slices, saving, loading: none of it shows. One key more does. */
START_TEST(hashes_tell_runs_apart)
{
    static struct sink ca, cb, cc;
    struct log silent = {.mask = 0}, log = {.mask = LOG_HASH};
    struct err e;
    u8 *bytes;
    size_t size;
    u64 off;
    done(boot(busy, sizeof(busy), NULL)); /* for the diskette */
    struct vm *a = boot_traced(&ca, &log), *b = boot_traced(&cb, &log);
    struct vm *untraced = boot_traced(&cc, &silent);
    ck_assert_uint_eq(state_of(a), state_of(b));
    for (int i = 1; i <= 12; i++) {
        type(a, KEY_A + i);
        type(b, KEY_A + i);
        type(untraced, KEY_A + i);
        u64 end = (u64)i * 100 * NS_PER_MS, trace = trace_of(a);
        vm_run(a, end);
        run_in_pieces(b, end, 1234567);
        vm_run(untraced, end);
        ck_assert_uint_ne(trace_of(a), trace);
        ck_assert_uint_eq(trace_of(a), trace_of(b));
        ck_assert_uint_eq(state_of(a), state_of(b));
        ck_assert_uint_eq(state_of(a), state_of(untraced));
        if (i % 4)
            continue;
        /* b goes on in another process, as it were. */
        ck_assert_msg(vm_save(b, &bytes, &size, &e), "%s", e.text);
        done(b);
        b = boot_traced(&cb, &log);
        ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
        free(bytes);
        ck_assert_uint_eq(state_of(a), state_of(b));
        ck_assert_uint_eq(trace_of(a), trace_of(b));
    }
    ck_assert(!vm_trace_hash(untraced, &off));
    /* Of a run that was not traced there is no trace to go on with: it begins. */
    ck_assert_msg(vm_save(untraced, &bytes, &size, &e), "%s", e.text);
    struct vm *fresh = boot_traced(&cc, &log);
    u64 beginning = trace_of(fresh);
    ck_assert_msg(vm_load(fresh, bytes, size, &e), "%s", e.text);
    ck_assert_uint_eq(trace_of(fresh), beginning);
    done(fresh);
    free(bytes);
    type(a, KEY_Z);
    vm_run(a, 1300 * NS_PER_MS);
    vm_run(b, 1300 * NS_PER_MS);
    ck_assert_uint_ne(trace_of(a), trace_of(b));
    ck_assert_uint_ne(state_of(a), state_of(b));
    done(a);
    done(b);
    done(untraced);
}
END_TEST

START_TEST(hashes_are_logged_at_round_numbers)
{
    static const u8 spin[] = {0xeb, 0xfe};
    static struct sink console;
    FILE *lines = tmpfile();
    struct log log = {.mask = LOG_HASH, .out = lines};
    done(boot(spin, sizeof(spin), NULL));
    struct vm *vm = boot_traced(&console, &log);
    vm_run(vm, 500 * NS_PER_MS);
    ck_assert_uint_gt(vm_instructions(vm), 3 << 20);
    rewind(lines);
    for (unsigned long long i = 1; i <= vm_instructions(vm) >> 20; i++) {
        unsigned long long n, hash;
        ck_assert_int_eq(fscanf(lines, "hash: %llu %16llx\n", &n, &hash), 2);
        ck_assert_uint_eq(n, i << 20);
    }
    fclose(lines);
    done(vm);
}
END_TEST

START_TEST(refused_snapshot_changes_nothing)
{
    struct err e;
    u8 *bytes, *now, *after;
    size_t size, now_size, after_size;
    struct vm *vm = boot(busy, sizeof(busy), NULL);
    vm_run(vm, 300 * NS_PER_MS);
    ck_assert(vm_save(vm, &bytes, &size, &e));
    vm_run(vm, 600 * NS_PER_MS);
    ck_assert(vm_save(vm, &now, &now_size, &e));
    bytes[size / 2] ^= 1;
    ck_assert(!vm_load(vm, bytes, size, &e));
    bytes[size / 2] ^= 1;
    ck_assert(!vm_load(vm, bytes, size - 7, &e));
    ck_assert(!vm_load(vm, (const u8 *)"nonsense", 8, &e));
    /* One that is intact but of another machine fails half-way in and is undone. */
    struct vm_config c = {.ram_mb = 3};
    struct vm *other = vm_new(&c, &e);
    u8 *foreign;
    size_t foreign_size;
    vm_run(other, 10 * NS_PER_MS);
    ck_assert(vm_save(other, &foreign, &foreign_size, &e));
    ck_assert(!vm_load(vm, foreign, foreign_size, &e));
    ck_assert_str_ne(e.text, "");
    ck_assert(vm_save(vm, &after, &after_size, &e));
    ck_assert_uint_eq(now_size, after_size);
    ck_assert_int_eq(memcmp(now, after, now_size), 0);
    ck_assert(vm_load(vm, bytes, size, &e));
    free(bytes);
    free(now);
    free(after);
    free(foreign);
    done(vm);
    done(other);
}
END_TEST

/* The last part of a machine, where it begins in the file. */
static size_t last_part(const u8 *bytes, size_t size)
{
    static const u8 head[] = {0xb0, 5, 'i', 'n', 'p', 'u', 't'};
    size_t at = size - sizeof(head);
    while (memcmp(bytes + at, head, sizeof(head)) != 0)
        ck_assert_uint_gt(at--, STATE_HEADER);
    return at;
}

static bool load_sealed(struct vm *vm, u8 *bytes, size_t size, struct err *e)
{
    seal(bytes, size);
    return vm_load(vm, bytes, size, e);
}

START_TEST(parts_of_a_snapshot)
{
    struct err e;
    u8 *bytes;
    size_t size, noted_size;
    char *noted;
    struct log log = {.mask = LOG_RESET, .out = open_memstream(&noted, &noted_size)};
    struct sink console = {.count = 0};
    struct vm *vm = boot(busy, sizeof(busy), NULL);
    struct vm *other = boot_traced(&console, &log);
    vm_run(vm, 300 * NS_PER_MS);
    ck_assert(vm_save(vm, &bytes, &size, &e));
    size_t last = last_part(bytes, size), len = size - last;
    u8 *changed = malloc(size + 64);

    /* In another order. */
    memcpy(changed, bytes, STATE_HEADER);
    memcpy(changed + STATE_HEADER, bytes + last, len);
    memcpy(changed + STATE_HEADER + len, bytes + STATE_HEADER, last - STATE_HEADER);
    ck_assert_msg(load_sealed(other, changed, size, &e), "%s", e.text);
    ck_assert_uint_eq(state_of(vm), state_of(other));

    /* One missing. */
    vm_run(other, 400 * NS_PER_MS);
    u64 before = state_of(other);
    memcpy(changed, bytes, last);
    ck_assert(!load_sealed(other, changed, last, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "no \"input\""));
    ck_assert_uint_eq(before, state_of(other));

    /* One too many: refused, unless it says that it may be skipped. */
    static const u8 more[] = {0xb0, 4, 'm', 'o', 'r', 'e', 1, 0, 0, 0, 0xe0, 0};
    memcpy(changed, bytes, size);
    memcpy(changed + size, more, sizeof(more));
    ck_assert(!load_sealed(other, changed, size + sizeof(more), &e));
    ck_assert_ptr_nonnull(strstr(e.text, "\"more\""));
    ck_assert_uint_eq(before, state_of(other));
    put_le32(changed + size + 6, 1 | STATE_OPTIONAL);
    ck_assert_msg(load_sealed(other, changed, size + sizeof(more), &e), "%s", e.text);
    ck_assert_uint_eq(state_of(vm), state_of(other));
    fclose(log.out);
    log.out = stderr;
    ck_assert_ptr_nonnull(strstr(noted, "this machine has no more"));
    free(noted);
    free(changed);
    free(bytes);
    done(vm);
    done(other);
}
END_TEST

/* A speed that no configuration can have: a slice of it would take the host for ever. */
START_TEST(impossible_speed_is_refused)
{
    static const u64 period[] = {0, 1, 9, 10, 100000000, 100000001, ~0ull};
    struct err e;
    u8 *bytes;
    size_t size;
    struct vm *vm = boot(busy, sizeof(busy), NULL);
    ck_assert(vm_save(vm, &bytes, &size, &e));
    u8 *field = memmem(bytes, size, "period_ps", 9);
    ck_assert_ptr_nonnull(field);
    for (unsigned i = 0; i < ARRAY_SIZE(period); i++) {
        put_le64(field + 9 + 8, period[i]);
        snapshot_seal(bytes, size);
        ck_assert_int_eq(vm_load(vm, bytes, size, &e), period[i] == 10 || period[i] == 100000000);
    }
    free(bytes);
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
        struct err e;
        memset(diskette, 0, sizeof(diskette));
        memcpy(diskette, pointer_driver, sizeof(pointer_driver));
        diskette[510] = 0x55;
        diskette[511] = 0xaa;
        struct vm_config c = {.ram_mb = 2,
                              .floppy[0] = {.bytes = diskette, .size = DISKETTE},
                              .pointer_port = on,
                              .debugcon = {sink_write, NULL, &console}};
        struct vm *vm = vm_new(&c, &e);
        ck_assert_msg(vm != NULL, "%s", e.text);
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
    tcase_add_test(t, slices_do_not_show);
    tcase_add_test(t, quiet_edges_do_not_show);
    tcase_add_test(t, pending_request_falls_in_time);
    tcase_add_test(t, samples_say_what_the_host_does);
    tcase_add_test(t, stores_beside_code_are_told);
    tcase_add_test(t, samples_are_the_machines_thread);
    tcase_add_test(t, counted_machine_is_freed_by_another_thread);
    tcase_add_test(t, snapshot_continues_identically);
    tcase_add_test(t, snapshot_forgets_the_other_life);
    tcase_add_test(t, exit_status_is_saved);
    tcase_add_test(t, hashes_tell_runs_apart);
    tcase_add_test(t, hashes_are_logged_at_round_numbers);
    tcase_add_test(t, refused_snapshot_changes_nothing);
    tcase_add_test(t, parts_of_a_snapshot);
    tcase_add_test(t, impossible_speed_is_refused);
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
