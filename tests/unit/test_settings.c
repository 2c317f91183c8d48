/*
 * test_settings.c - the window's settings: what is refused and in which words, what the file
 * remembers, files that were damaged, the places of the file list.
 */
#include "frontend/view/settings.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(values)
{
    struct settings s;
    struct err e;
    settings_preset(&s);
    ck_assert(settings_set(&s, "filter", "crt", &e) && s.filter == 3);
    ck_assert(settings_set(&s, "volume", "35", &e) && s.volume == 35);
    static const char *const bad[][3] = {
        {"filter", "soft", "sharp, nearest, linear or crt"},
        {"volume", "101", "0 to 100"},
        {"volume", "", "0 to 100"},
        {"volume", "5x", "0 to 100"},
        {"filtre", "crt", "did you mean filter?"},
        {"fullscreen", "1", "off or on"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert(!settings_set(&s, bad[i][0], bad[i][1], &e));
        ck_assert_msg(strstr(e.text, bad[i][2]) != NULL, "%s", e.text);
    }
    ck_assert(s.filter == 3 && s.volume == 35);
    settings_free(&s);
}
END_TEST

/* From any value, next comes back to it after all others, and before is its reverse. */
START_TEST(round_the_values)
{
    struct settings s;
    struct err e;
    const struct setting *which;
    for (unsigned i = 0; (which = setting_at(i)); i++) {
        if (which->hidden)
            continue;
        settings_preset(&s);
        char first[40], now[40], was[40];
        unsigned steps = 0;
        settings_text(&s, which, first, sizeof(first));
        do {
            settings_text(&s, which, was, sizeof(was));
            settings_next(&s, which, 1, now, sizeof(now));
            ck_assert_msg(settings_set(&s, which->name, now, &e), "%s", e.text);
            settings_next(&s, which, -1, now, sizeof(now));
            ck_assert_msg(strcmp(now, was) == 0, "%s: %s, not %s", which->name, now, was);
            settings_text(&s, which, now, sizeof(now));
        } while (strcmp(now, first) != 0 && ++steps < 200);
        ck_assert_msg(steps < 200, "%s never comes round", which->name);
    }
}
END_TEST

START_TEST(the_file)
{
    struct settings s, t;
    struct err e;
    size_t size;
    settings_preset(&s);
    settings_set(&s, "scale", "integer", &e);
    settings_set(&s, "width", "1234", &e);
    for (int i = 0; i < 12; i++) {
        char path[40];
        snprintf(path, sizeof(path), "/images/disk %d=.img", i % 10);
        settings_used(&s, path);
    }
    char *text = settings_write(&s, &size);
    settings_preset(&t);
    settings_read(&t, text, size);
    ck_assert(t.scale == 1 && t.width == 1234);
    ck_assert_str_eq(t.directory, "/images");
    ck_assert_str_eq(t.recent[0], "/images/disk 1=.img");
    ck_assert_str_eq(t.recent[1], "/images/disk 0=.img");
    ck_assert_str_eq(t.recent[2], "/images/disk 9=.img");
    for (unsigned i = 0; i < SETTINGS_RECENT; i++)
        ck_assert_str_eq(s.recent[i], t.recent[i]);
    free(text);
    settings_free(&s);
    settings_free(&t);
}
END_TEST

START_TEST(other_files)
{
    static const char text[] =
        "no equals\n# filter = crt\n  volume =  12\nnew-thing = 5\n"
        "filter = wrong\nscale=free\nrecent = relative\nwidth = -1\n\xff\xfe";
    struct settings s;
    settings_preset(&s);
    settings_read(&s, text, sizeof(text) - 1);
    ck_assert(s.volume == 12 && s.filter == 0 && s.scale == 2 && s.width == 0 && !s.recent[0]);
    settings_free(&s);
}
END_TEST

/* An option is for one run; what the person changed in it is remembered. */
START_TEST(options_are_not_kept)
{
    struct settings s, remembered, given;
    struct err e;
    settings_preset(&s);
    settings_set(&s, "volume", "30", &e);
    remembered = s;
    settings_set(&s, "filter", "crt", &e);
    settings_set(&s, "scale", "free", &e);
    given = s;
    settings_set(&s, "scale", "integer", &e);
    settings_set(&s, "pace", "blend", &e);
    settings_ungive(&s, &given, &remembered);
    ck_assert(s.filter == 0 && s.scale == 1 && s.pace == 1 && s.volume == 30);
}
END_TEST

START_TEST(on_the_disk)
{
    char dir[] = "/tmp/ferrite-settings-XXXXXX", name[100];
    struct settings s;
    struct err e;
    struct stat st;
    ck_assert(mkdtemp(dir));
    snprintf(name, sizeof(name), "%s/deep/er", dir);
    setenv("XDG_STATE_HOME", name, 1);
    settings_preset(&s);
    settings_set(&s, "volume", "41", &e);
    ck_assert_msg(settings_save(&s, &e), "%s", e.text);
    snprintf(name, sizeof(name), "%s/deep/er/ferrite/window.ini", dir);
    ck_assert(stat(name, &st) == 0 && st.st_size > 0);
    settings_preset(&s);
    settings_load(&s);
    ck_assert_int_eq(s.volume, 41);
    /* The same once more is not written; anything else is. */
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    ck_assert(utimensat(AT_FDCWD, name, old, 0) == 0);
    ck_assert(settings_save(&s, &e) && stat(name, &st) == 0);
    ck_assert_int_eq(st.st_mtime, 1000);
    settings_set(&s, "volume", "42", &e);
    ck_assert(settings_save(&s, &e) && stat(name, &st) == 0);
    ck_assert_int_ne(st.st_mtime, 1000);
    settings_free(&s);
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    settings_preset(&s);
    ck_assert(settings_save(&s, &e)); /* nowhere to go is no error */
    settings_load(&s);
    char command[160];
    snprintf(command, sizeof(command), "rm -r %s", dir);
    ck_assert(system(command) == 0);
}
END_TEST

/* A setting that is a text: any name that fits on a line, and back to the usual one. */
START_TEST(a_text)
{
    struct settings a, b;
    struct err e;
    char value[SETTINGS_VALUE], long_one[SETTINGS_VALUE + 1];
    size_t size;
    const struct setting *device = setting_find("sound-device");
    settings_preset(&a);
    settings_preset(&b);
    settings_text(&a, device, value, sizeof(value));
    ck_assert_str_eq(value, "default");
    ck_assert(settings_set(&a, "sound-device", "USB Headset = 2, Ger\xc3\xa4t", &e));
    memset(long_one, 'x', SETTINGS_VALUE);
    long_one[SETTINGS_VALUE] = 0;
    ck_assert(!settings_set(&a, "sound-device", long_one, &e) && strstr(e.text, "127 bytes"));
    ck_assert(!settings_set(&a, "sound-device", "two\nlines", &e));
    settings_next(&a, device, 1, value, sizeof(value));
    ck_assert_str_eq(value, "USB Headset = 2, Ger\xc3\xa4t");
    char *text = settings_write(&a, &size);
    ck_assert_ptr_nonnull(text);
    settings_read(&b, text, size);
    ck_assert_str_eq(b.device, a.device);
    free(text);
    /* Given for this run only. */
    struct settings given = b, remembered;
    settings_preset(&remembered);
    settings_set(&remembered, "sound-device", "other", &e);
    settings_ungive(&b, &given, &remembered);
    ck_assert_str_eq(b.device, "other");
    ck_assert(settings_set(&b, "sound-device", "default", &e));
    ck_assert_str_eq(b.device, "");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("settings");
    TCase *t = tcase_create("settings");
    tcase_add_test(t, values);
    tcase_add_test(t, round_the_values);
    tcase_add_test(t, the_file);
    tcase_add_test(t, other_files);
    tcase_add_test(t, options_are_not_kept);
    tcase_add_test(t, on_the_disk);
    tcase_add_test(t, a_text);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
