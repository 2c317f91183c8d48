/*
 * test_vm_stick.c - sticks through the whole machine: INT 15h 84h of our BIOS measures where
 * vm_stick() puts them, at any speed of the processor, and finds no stick where there is none.
 */
#include "hw/base/row.h"
#include "tests/unit/vm_rig.h"

enum { ANSWERS = 0x500 };

/*
 * Again and again: INT 15h AX=8400h with DX=1: AX, BX, CX, DX, flags to 500h; with DX=0: AX to
 * 50Ah; with DX=2: AX and flags to 50Ch; INT 11h to 510h; 512h counts.
 */
static const u8 code[] = {0x31, 0xc0, 0x8e, 0xd8, 0xb8, 0x00, 0x84, 0xba, 0x01, 0x00, 0xcd, 0x15,
                          0x9c, 0xa3, 0x00, 0x05, 0x89, 0x1e, 0x02, 0x05, 0x89, 0x0e, 0x04, 0x05,
                          0x89, 0x16, 0x06, 0x05, 0x8f, 0x06, 0x08, 0x05, 0xb8, 0x00, 0x84, 0x31,
                          0xd2, 0xcd, 0x15, 0xa3, 0x0a, 0x05, 0xb8, 0x00, 0x84, 0xba, 0x02, 0x00,
                          0xcd, 0x15, 0x9c, 0xa3, 0x0c, 0x05, 0x8f, 0x06, 0x0e, 0x05, 0xcd, 0x11,
                          0xa3, 0x10, 0x05, 0xff, 0x06, 0x12, 0x05, 0xeb, 0xbf};

struct answers {
    u16 axis[4], flags, buttons, bad, bad_flags, equipment, rounds;
};

static struct vm *boot(double mips, const struct row *row)
{
    const struct row *rows[] = {row};
    struct vm_config c = {.mips = mips, .rows = rows, .row_count = row != NULL};
    return vm_boot(c, code, sizeof(code));
}

/* What the program has found since now. */
static struct answers ask(struct vm *vm)
{
    struct answers a = {.rounds = 0};
    u16 begun = 0;
    vm_read_memory(vm, ANSWERS + 0x12, &begun, sizeof(begun));
    a.rounds = begun;
    for (int i = 0; i < 2000 && (u16)(a.rounds - begun) < 2; i++) {
        ck_assert_int_eq(vm_run(vm, vm_now(vm) + 10 * NS_PER_MS), VM_SLICE);
        vm_read_memory(vm, ANSWERS, &a, sizeof(a));
    }
    ck_assert_uint_ge((u16)(a.rounds - begun), 2);
    return a;
}

/* Timer counts of a one-shot by 16: two a clock of 1.193 MHz. */
static int counts_of(u16 position)
{
    double us = 24.2 + 1100.0 * position / 65535;
    return (int)(us * 1.193182 * 2 / 16);
}

START_TEST(positions)
{
    static const double speeds[] = {0, 2, 40};
    static const u16 places[][4] = {{0, 65535, 32768, 10000}, {32768, 32768, 65535, 0}};
    struct vm *vm = boot(speeds[_i], NULL);
    struct answers a = ask(vm);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(a.axis[i], 0);
    ck_assert_uint_eq(a.flags & 1, 0);
    ck_assert_uint_eq(a.buttons & 0xff, 0xf0);
    ck_assert_uint_eq(a.bad >> 8, 0x86);
    ck_assert_uint_eq(a.bad_flags & 1, 1);
    ck_assert_uint_eq(a.equipment & 0x1000, 0x1000);
    for (unsigned k = 0; k < ARRAY_SIZE(places); k++) {
        ck_assert(vm_stick(vm, 0, places[k][0], places[k][1], 2));
        ck_assert(vm_stick(vm, 1, places[k][2], places[k][3], 1));
        a = ask(vm);
        int off = speeds[_i] == 2 ? 8 : 2; /* the loop of a slow processor */
        for (unsigned i = 0; i < 4; i++)
            ck_assert_msg(abs(a.axis[i] - counts_of(places[k][i])) <= off, "axis %u: %u, %d", i,
                          a.axis[i], counts_of(places[k][i]));
        ck_assert_uint_eq(a.buttons & 0xff, 0x90);
    }
    vm_stick_unplug(vm, 0);
    a = ask(vm);
    ck_assert_uint_eq(a.axis[0] + a.axis[1], 0);
    ck_assert_uint_ne(a.axis[2], 0);
    ck_assert(!vm_stick(vm, 2, 0, 0, 0));
    vm_free(vm, NULL);
}
END_TEST

/* A machine without the adapter. */
START_TEST(no_adapter)
{
    struct row row;
    struct err e;
    ck_assert(row_parse(&row, "-device", "gameport,present=off", &e));
    struct vm *vm = boot(0, &row);
    ck_assert(!vm_stick(vm, 0, 0, 0, 0));
    struct answers a = ask(vm);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(a.axis[i], 0);
    ck_assert_uint_eq(a.equipment & 0x1000, 0);
    vm_free(vm, NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vm stick");
    TCase *t = tcase_create("stick");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, positions, 0, 3);
    tcase_add_test(t, no_adapter);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
