/*
 * test_absent.c - what there is no command for, though QEMU has it: the reason is found, however
 * the name is spelled, and what it names instead is there: options of the table, commands in
 * backticks.
 */
#include "frontend/cli/options.h"
#include "frontend/control/absent.h"
#include "frontend/control/command.h"

#include <check.h>
#include <ctype.h>
#include <string.h>

static const char *const asked[] = {"device_add",
                                    "device-del",
                                    "drive_add",
                                    "hostfwd_add",
                                    "chardev-add",
                                    "info qtree",
                                    "qom-list",
                                    "migrate",
                                    "info migrate",
                                    "delvm",
                                    "info snapshots",
                                    "log",
                                    "trace-event",
                                    "boot_set",
                                    "system_wakeup",
                                    "singlestep",
                                    "ringbuf-read",
                                    "mouse_set",
                                    "info mice",
                                    "gpa2hva",
                                    "commit",
                                    "query-balloon",
                                    "watchdog_action",
                                    "query-vnc",
                                    "info kvm",
                                    "info name",
                                    "info roms",
                                    "info chardev",
                                    "info usb",
                                    "info blockstats",
                                    "info history",
                                    "info capture",
                                    "query-replay",
                                    "job-cancel",
                                    "block-export-add",
                                    "x-query-virtio",
                                    "info version",
                                    "mce",
                                    "cpu",
                                    "qemu-io",
                                    "sync-profile",
                                    "x-query-irq",
                                    "nbd-server-add",
                                    "set-action",
                                    "query-command-line-options"};

/* `-word`, which no letter stands before. */
static void options_are_there(const char *why)
{
    for (const char *p = why; *p; p++) {
        char word[40];
        size_t n = 1;
        if (*p != '-' || !isalpha((unsigned char)p[1]) || (p > why && p[-1] != ' ' && p[-1] != '('))
            continue;
        while (isalnum((unsigned char)p[n]) || p[n] == '-')
            n++;
        ck_assert_uint_lt(n, sizeof(word));
        memcpy(word, p, n);
        word[n] = 0;
        ck_assert_msg(option_of(options_table, word) != NULL, "%s: there is no %s", why, word);
    }
}

/* The longest beginning of what stands in backticks is a command, but for the shell's. */
static void commands_are_there(const char *why)
{
    for (const char *p = why; (p = strchr(p, '`')); p++) {
        const char *end = strchr(++p, '`');
        ck_assert_ptr_nonnull(end);
        size_t n = (size_t)(end - p);
        bool known = strncmp(p, "ferrite ", 8) == 0;
        for (; n && !known; n--)
            known = (p + n == end || p[n] == ' ') && command_find(p, n);
        ck_assert_msg(known, "%s: there is no command %.*s", why, (int)(end - p), p);
        p = end;
    }
}

START_TEST(what_is_named_instead_is_there)
{
    for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
        const char *why = absent_why(asked[i]);
        ck_assert_msg(why != NULL, "%s", asked[i]);
        options_are_there(why);
        commands_are_there(why);
    }
}
END_TEST

START_TEST(others_are_not)
{
    ck_assert_ptr_null(absent_why("device"));
    ck_assert_ptr_null(absent_why("x"));
    ck_assert_ptr_null(absent_why("blocks"));
    ck_assert_ptr_null(absent_why("info"));
    ck_assert_ptr_null(absent_why(""));
    ck_assert_ptr_null(absent_why("migrate|migrate_incoming"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("absent");
    TCase *t = tcase_create("absent");
    tcase_add_test(t, what_is_named_instead_is_there);
    tcase_add_test(t, others_are_not);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
