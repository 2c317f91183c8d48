/*
 * test_command_words.c - the log of a drive's commands (hw/base/command_log.h) and what is said
 * of them (commands_look.c): where, how much, how it ended; what the machine has gone back behind
 * is gone.
 */
#include "hw/storage/ata.h"
#include "hw/storage/commands_look.h"
#include "hw/storage/fdc82077.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char said[COMMAND_LOG + 1][400];
static unsigned lines;

static void group(void *opaque, const char *title)
{
    (void)opaque, (void)title;
    lines = 0;
}

static void text(void *opaque, const char *name, const char *words)
{
    (void)opaque;
    ck_assert_uint_lt(lines, COMMAND_LOG);
    snprintf(said[lines++], sizeof(said[0]), "%s: %s", name, words);
}

static const struct register_eye eye = {.group = group, .text = text};

struct rig {
    struct clock clock;
    struct board board;
    struct fdc fdc;
    struct ata_unit unit;
};

static struct rig *rig_new(void)
{
    struct rig *r = calloc(1, sizeof(*r));
    ck_assert_ptr_nonnull(r);
    r->board.clock = &r->clock;
    r->fdc.dev.board = &r->board;
    r->unit.timer.clock = &r->clock;
    r->clock.now = 5000000;
    return r;
}

static void is(unsigned i, const char *words)
{
    ck_assert_uint_lt(i, lines);
    ck_assert_msg(strncmp(said[i], words, strlen(words)) == 0, "\"%s\", not \"%s\"", said[i],
                  words);
}

#define GIVE(log, at, name, ...)                                                                   \
    command_log_add(log, at, name, (const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))
#define GAVE(log, ...)                                                                             \
    command_log_result(log, (const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

START_TEST(floppies)
{
    struct rig *r = rig_new();
    struct command_log *l = &r->fdc.commands;
    GIVE(l, 1000, "READ DATA", 0xe6, 0x04, 79, 1, 2, 2, 18, 0x1b, 0xff);
    GAVE(l, 0x44, 0x24, 0x20, 79, 1, 2, 2);
    GIVE(l, 2000, "SENSE INTERRUPT STATUS", 8);
    GAVE(l, 0x21, 5);
    GIVE(l, 3000, "SEEK", 0x0f, 1, 5);
    GIVE(l, 4000, "FORMAT TRACK", 0x4d, 0, 2, 9, 0x50, 0xf6);
    GIVE(l, 4500, "RECALIBRATE", 7, 0);
    GIVE(l, 4600, "INVALID", 0x4f);
    fdc_look_commands(&r->fdc, &eye);
    ck_assert_uint_eq(lines, 6);
    is(0, "INVALID: at 0.000005 s (4f)");
    is(1, "RECALIBRATE: A: to cylinder 0; at ");
    is(2, "FORMAT TRACK: A: side 0, 9 sectors of 512 bytes, filled with f6; at ");
    is(3, "SEEK: B: to cylinder 5; at ");
    is(4, "SENSE INTERRUPT STATUS: B: seek ended well, cylinder 5; at ");
    is(5, "READ DATA: A: cylinder 79, side 1, from sector 2 of 18, 512 bytes each, then the other "
          "side: "
          "ended early, CRC is wrong, sector not found, CRC of the data is wrong; left at cylinder "
          "79, "
          "head 1, sector 2; at 0.000001 s (e6 04 4f 01 02 02 12 1b ff gave 44 24 20 4f 01 02 02)");
    free(r);
}
END_TEST

START_TEST(disks)
{
    struct rig *r = rig_new();
    struct command_log *l = &r->unit.commands;
    GIVE(l, 1, "READ SECTORS", 0, 8, 3, 2, 1, 0xe4, 9, 9, 9, 9, 0x20);
    GAVE(l, 0x50, 0);
    GIVE(l, 2, "WRITE SECTORS", 0, 1, 63, 0xff, 3, 0xaf, 9, 9, 9, 9, 0x30);
    GAVE(l, 0x51, 0x10);
    GIVE(l, 3, "READ SECTORS EXT", 0, 0, 1, 0, 0, 0xe0, 0, 2, 0, 1, 0x24);
    GIVE(l, 4, "", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe6);
    GIVE(l, 5, "READ (10)", 0x28, 0, 0, 0, 1, 0x10, 0, 0, 4, 0, 0, 0);
    GAVE(l, 0x51, 0x34, 3, 0x11, 0);
    ata_look_commands(&r->unit, "Primary master", &eye);
    ck_assert_uint_eq(lines, 5);
    is(0, "READ (10): block 272, 4 blocks: failed, medium error (sense 3/11/00); at ");
    is(1, "SLEEP: at ");
    is(2, "READ SECTORS EXT: block 1099545182209, 65536 sectors; at ");
    is(3,
       "WRITE SECTORS: cylinder 1023, head 15, sector 63, 1 sector: failed, no such sector; at ");
    is(4, "READ SECTORS: block 67174915, 8 sectors: ended well; at ");
    free(r);
}
END_TEST

/* The machine goes back: what was given later is forgotten, and is not there twice afterwards. */
START_TEST(back_in_time)
{
    struct rig *r = rig_new();
    struct command_log *l = &r->fdc.commands;
    struct state *saving = state_new_save();
    struct err e;
    for (unsigned i = 0; i < 50; i++)
        GIVE(l, 1000 + i, "SEEK", 0x0f, 0, (u8)i);
    command_log_state(l, saving, 1020);
    fdc_look_commands(&r->fdc, &eye);
    ck_assert_uint_eq(lines, COMMAND_LOG);
    size_t size;
    const u8 *data = state_finish(saving, &size);
    struct state *loading = state_new_load(data, size, &e);
    ck_assert_ptr_nonnull(loading);
    command_log_state(l, loading, 1039);
    fdc_look_commands(&r->fdc, &eye);
    ck_assert_uint_eq(lines, COMMAND_LOG - 10);
    is(0, "SEEK: A: to cylinder 39; ");
    GIVE(l, 1040, "SEEK", 0x0f, 0, 40);
    GIVE(l, 1040, "SEEK", 0x0f, 0, 41); /* at the same moment */
    fdc_look_commands(&r->fdc, &eye);
    ck_assert_uint_eq(lines, COMMAND_LOG - 8);
    is(0, "SEEK: A: to cylinder 41; ");
    is(2, "SEEK: A: to cylinder 39; ");
    is(lines - 1, "SEEK: A: to cylinder 18; ");
    for (unsigned i = 42; i < 90; i++)
        GIVE(l, 1000 + i, "SEEK", 0x0f, 0, (u8)i);
    fdc_look_commands(&r->fdc, &eye);
    ck_assert_uint_eq(lines, COMMAND_LOG);
    is(lines - 1, "SEEK: A: to cylinder 58; ");
    command_log_state(l, loading, 1); /* to before all that is kept */
    GAVE(l, 0x20);
    fdc_look_commands(&r->fdc, &eye);
    ck_assert_uint_eq(lines, 0);
    state_free(loading);
    state_free(saving);
    free(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command words");
    TCase *tc = tcase_create("command words");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, floppies);
    tcase_add_test(tc, disks);
    tcase_add_test(tc, back_in_time);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
