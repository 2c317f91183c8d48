/*
 * test_vm_alive.c - the run loop comes back whatever the guest does: interrupts without end, NMIs
 * that nothing unblocks, resets of the processor for ever; and vm_interrupt(). Such guests are
 * machines like others: the same in every cutting of a run, and after a snapshot.
 */
#include "tests/unit/vm_rig.h"

#include <pthread.h>
#include <time.h>

/*
 * Flat protected mode with a GDT at 7c28h (selector 18h: no memory behind it) and an IDT at 9000h;
 * 7c48h: what the guest does. tests/guest/alive.sh has the source, from its pm.inc on.
 */
#define PROTECTED                                                                                  \
    0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x0f, 0x01, 0x1e, 0x1c, 0x7c, 0x0f, 0x01, 0x16, 0x22, 0x7c,      \
        0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, 0xea, 0x48, 0x7c, 0x08, 0x00, 0x27, 0x01,  \
        0x00, 0x90, 0x00, 0x00, 0x1f, 0x00, 0x28, 0x7c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  \
        0x00, 0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x9a, 0xcf, 0x00, 0xff, 0xff, 0x00, 0x00,  \
        0x00, 0x92, 0xcf, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x92, 0x00, 0xe0, 0x66, 0xb8, 0x10,  \
        0x00, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0x00, 0x00

/* NMI's gate; the local APIC's ICR: an NMI to itself; hlt. The handler at 7c80h does the same. */
static const u8 nmi[] = {
    PROTECTED, 0xc7, 0x05, 0x10, 0x90, 0x00, 0x00, 0x80, 0x7c, 0x08, 0x00, 0xc7, 0x05, 0x14,
    0x90,      0x00, 0x00, 0x00, 0x8e, 0x00, 0x00, 0xc7, 0x05, 0x10, 0x03, 0xe0, 0xfe, 0x00,
    0x00,      0x00, 0x00, 0xc7, 0x05, 0x00, 0x03, 0xe0, 0xfe, 0x00, 0x44, 0x00, 0x00, 0xf4,
    0xc7,      0x05, 0x00, 0x03, 0xe0, 0xfe, 0x00, 0x44, 0x00, 0x00, 0x90, 0xf4,
};

/* A trap gate for IRQ4; automatic EOI, IRQ4 level-triggered; THRE's interrupt on; sti; jmp $. */
static const u8 aeoi[] = {
    PROTECTED, 0xc7, 0x05, 0x20, 0x91, 0x00, 0x00, 0xa0, 0x7c, 0x08, 0x00, 0xc7, 0x05,
    0x24,      0x91, 0x00, 0x00, 0x00, 0x8f, 0x00, 0x00, 0x66, 0xb8, 0x18, 0x00, 0x8e,
    0xd0,      0xbc, 0x00, 0xff, 0x00, 0x00, 0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x20, 0xe6,
    0x21,      0xb0, 0x04, 0xe6, 0x21, 0xb0, 0x03, 0xe6, 0x21, 0xb0, 0xef, 0xe6, 0x21,
    0x66,      0xba, 0xd0, 0x04, 0xb0, 0x10, 0xee, 0x66, 0xba, 0xfc, 0x03, 0xb0, 0x08,
    0xee,      0x66, 0xba, 0xf9, 0x03, 0xb0, 0x02, 0xee, 0xfb, 0xeb, 0xfe,
};

/* again: CMOS 0Fh = 0Ah, 40:67h = again; out 64h,feh; jmp $. */
static const u8 resumes[] = {
    0x31, 0xc0, 0x8e, 0xd8, 0xfa, 0xb0, 0x8f, 0xe6, 0x70, 0xb0, 0x0a, 0xe6, 0x71, 0xc7, 0x06, 0x67,
    0x04, 0x05, 0x7c, 0xc7, 0x06, 0x69, 0x04, 0x00, 0x00, 0xb0, 0xfe, 0xe6, 0x64, 0xeb, 0xfe,
};

static const u8 spin[] = {0xfa, 0xeb, 0xfe};

static const struct guest {
    const u8 *code;
    size_t size;
    const char *words; /* what is said of it */
} guests[] = {
    {nmi, sizeof(nmi), "halted at 0008:00007c8c (protected mode, ring 0) in an NMI's handler"},
    {aeoi, sizeof(aeoi), "the next interrupt comes before"},
    {resumes, sizeof(resumes), "real mode"},
    {spin, sizeof(spin), "running at 0000:00007c01 (real mode) with interrupts off"},
};

static struct vm *boot(const struct guest *g, double mips)
{
    return vm_boot((struct vm_config){.mips = mips}, g->code, g->size);
}

static void run(struct vm *vm, u64 until, u64 piece)
{
    while (vm_now(vm) < until) {
        u64 to = vm_now(vm) + piece;
        enum vm_stop why = vm_run(vm, to < until ? to : until);
        ck_assert(why == VM_SLICE || why == VM_INTERRUPTED);
    }
}

START_TEST(time_goes_on_in_every_cutting)
{
    enum { END = 300 * 1000 * 1000 }; /* the guests are at it after 0.1 s */
    const struct guest *g = &guests[_i];
    struct vm *whole = boot(g, 0), *pieces = boot(g, 0);
    run(whole, END, END);
    run(pieces, END / 2, 77777);
    vm_interrupt(pieces);
    run(pieces, END / 2 + 2000, 3); /* a few deliveries */
    u8 *bytes;
    size_t size;
    struct err e;
    ck_assert_msg(vm_save(pieces, &bytes, &size, &e), "%s", e.text);
    run(pieces, END, 1000 * 1000);
    ck_assert_uint_eq(vm_instructions(whole), vm_instructions(pieces));
    ck_assert_uint_eq(state_of(whole), state_of(pieces));
    char words[300];
    vm_explain(whole, words, sizeof(words));
    ck_assert_msg(strstr(words, g->words) != NULL, "%s", words);
    /* Back to the middle, in another machine. */
    struct vm *loaded = boot(g, 0);
    ck_assert_msg(vm_load(loaded, bytes, size, &e), "%s", e.text);
    run(loaded, END, END);
    ck_assert_uint_eq(state_of(whole), state_of(loaded));
    free(bytes);
    done(whole);
    done(pieces);
    done(loaded);
}
END_TEST

static void *interrupt_soon(void *vm)
{
    nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    vm_interrupt(vm);
    return NULL;
}

START_TEST(another_thread_gets_control_back)
{
    struct vm *vm = boot(&guests[_i], 100000);
    struct timespec before, after;
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, interrupt_soon, vm), 0);
    clock_gettime(CLOCK_MONOTONIC, &before);
    ck_assert_int_eq(vm_run(vm, 1000000 * NS_PER_SEC), VM_INTERRUPTED);
    clock_gettime(CLOCK_MONOTONIC, &after);
    pthread_join(thread, NULL);
    ck_assert_int_lt(after.tv_sec - before.tv_sec, 10); /* sanitizers, a busy host */
    vm_interrupt(vm);                                   /* before a run: the next one */
    ck_assert_int_eq(vm_run(vm, vm_now(vm) + 1000), VM_INTERRUPTED);
    ck_assert_int_eq(vm_run(vm, vm_now(vm) + 1000), VM_SLICE);
    done(vm);
}
END_TEST

/* vm_run() would take the wish as done; a save in its way must not go on. */
START_TEST(saving_is_given_up)
{
    struct vm *vm = boot(&guests[3], 0);
    u8 *bytes;
    size_t size;
    u64 h;
    struct err e;
    run(vm, 1000000, 1000000);
    vm_interrupt(vm);
    ck_assert(!vm_save(vm, &bytes, &size, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "interrupted"));
    ck_assert(!vm_state_hash(vm, &h, &e));
    ck_assert_int_eq(vm_run(vm, vm_now(vm) + 1000), VM_INTERRUPTED);
    ck_assert_msg(vm_save(vm, &bytes, &size, &e), "%s", e.text);
    free(bytes);
    done(vm);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm_alive");
    TCase *tc = tcase_create("vm_alive");
    suite_add_tcase(suite, tc);
    tcase_add_loop_test(tc, time_goes_on_in_every_cutting, 0, ARRAY_SIZE(guests));
    tcase_add_test(tc, saving_is_given_up);
    tcase_add_loop_test(tc, another_thread_gets_control_back, 0, ARRAY_SIZE(guests));
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
