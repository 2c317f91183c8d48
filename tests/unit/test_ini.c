/*
 * test_ini.c - a machine's file: what is read, what is kept as a person wrote it, which line is
 * wrong; and the table of settings behind it.
 */
#include "frontend/machines/command_line.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool parse(struct ini *f, const char *text, struct err *e)
{
    return ini_parse(f, "m.ini", text, strlen(text), e);
}

static const char text[] = "# mine\r\n"
                           "[machine]\n"
                           "format = 1   \n"
                           "  Guest =linux\n"
                           "\n"
                           "; drives\n"
                           "[drive.c]\n"
                           "file = disks/a, b #1.img\n"
                           "# tail\n"
                           "[net]\n"
                           "mode = lan:x\n";

START_TEST(what_is_read)
{
    struct ini f;
    struct err e;
    size_t line = 0;
    ck_assert(parse(&f, text, &e));
    ck_assert_str_eq(ini_get(&f, "machine", "format", &line), "1");
    ck_assert_uint_eq(line, 3);
    ck_assert_str_eq(ini_get(&f, "MACHINE", "guest", NULL), "linux");
    ck_assert_str_eq(ini_get(&f, "drive.c", "file", &line), "disks/a, b #1.img");
    ck_assert_uint_eq(line, 8);
    ck_assert_ptr_null(ini_get(&f, "net", "model", NULL));
    ini_free(&f);
}
END_TEST

static void save_and_compare(const char *wanted, bool change)
{
    char path[] = "/tmp/ferrite-ini-XXXXXX";
    struct ini f;
    struct err e;
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    ck_assert_msg(ini_load(&f, path, &e), "%s", e.text);
    if (change) {
        ck_assert(ini_set(&f, "drive.c", "mode", "ro", &e));
        ck_assert(ini_set(&f, "machine", "guest", "dos", &e));
        ck_assert(ini_set(&f, "cpu", "model", "486", &e));
        ck_assert(ini_remove(&f, "net", "mode") && !ini_remove(&f, "net", "mode"));
    }
    ck_assert_msg(ini_save(&f, &e), "%s", e.text);
    char got[1000];
    close(fd);
    fd = open(path, O_RDONLY); /* it was replaced */
    ssize_t n = read(fd, got, sizeof(got) - 1);
    ck_assert_int_gt(n, 0);
    got[n] = 0;
    ck_assert_str_eq(got, wanted);
    close(fd);
    unlink(path);
    ini_free(&f);
}

START_TEST(kept_as_written)
{
    save_and_compare("# mine\n[machine]\nformat = 1   \n  Guest =linux\n\n; drives\n[drive.c]\n"
                     "file = disks/a, b #1.img\n# tail\n[net]\nmode = lan:x\n",
                     false);
    save_and_compare("# mine\n[machine]\nformat = 1   \nGuest = dos\n\n; drives\n[drive.c]\n"
                     "file = disks/a, b #1.img\nmode = ro\n# tail\n[net]\n\n[cpu]\nmodel = 486\n",
                     true);
}
END_TEST

START_TEST(mistakes_name_their_line)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"a = b\n", "m.ini:1: a [section] comes first"},
        {"[a\n", "m.ini:1: a section's name ends with ]"},
        {"[a b]\n", "m.ini:1: \"a b\" is no name"},
        {"[a]\nx\n", "m.ini:2: \"x\": say key = value"},
        {"[a]\nx = 1\ny = 2\nX = 3\n", "m.ini:4: X stands in line 2 already"},
        {"[a]\n = 3\n", "m.ini:2: \"\" is no name"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct ini f;
        struct err e;
        ck_assert(!parse(&f, wrong[i].text, &e));
        ck_assert_msg(strncmp(e.text, wrong[i].says, strlen(wrong[i].says)) == 0, "%s", e.text);
    }
}
END_TEST

START_TEST(settings_are_checked)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"[cpu]\nmodel = 486\n", "m.ini: [machine] format = 1 is missing"},
        {"[machine]\nformat = 2\nfuture = 1\n", "m.ini:2: this machine is of a newer Ferrite"},
        {"[machine]\nformat = 1\n[cpux]\na = 1\n", "m.ini:4: there is no section [cpux]"},
        {"[machine]\nformat = 1\n[cpu]\nmodle = 1\n",
         "m.ini:4: [cpu] has no \"modle\"; did you mean model?"},
        {"[machine]\nformat = 1\nguest = dso\n", "m.ini:3: machine.guest = dso: say one of:"},
        {"[machine]\nformat = 1\n[drive.c]\nindex = 4\n",
         "m.ini:4: drive.c.index = 4: say a number"},
        {"[machine]\nformat = 1\n[net]\nrestrict = perhaps\n", "m.ini:4: net.restrict = perhaps"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct config c = {.folder = NULL};
        struct err e;
        ck_assert(parse(&c.ini, wrong[i].text, &e));
        ck_assert_msg(!config_check(&c, &e), "%s", wrong[i].text);
        ck_assert_msg(strncmp(e.text, wrong[i].says, strlen(wrong[i].says)) == 0, "%s", e.text);
        ini_free(&c.ini);
    }
}
END_TEST

static void open_text(struct config *c, const char *ini, char *folder)
{
    struct err e;
    *c = (struct config){.folder = folder};
    ck_assert(parse(&c->ini, ini, &e));
    ck_assert_msg(config_check(c, &e), "%s", e.text);
}

static const char *joined(const struct command_line *l, char *to)
{
    to[0] = 0;
    for (int i = 1; i < l->argc; i++)
        sprintf(to + strlen(to), "%s%s", i > 1 ? " " : "", l->argv[i]);
    return to;
}

/* File, else the guest's preset, else default; and what becomes of them as options. */
START_TEST(a_machine_is_a_command_line)
{
    struct config c;
    struct command_line line;
    struct options o;
    struct err e;
    char got[4000], folder[] = "/m";
    enum origin origin;
    open_text(&c,
              "[machine]\nformat = 1\nguest = linux\n[memory]\nmb = 32\n"
              "[drive.c]\nfile = a,b.img\nmode = overlay\noverlay = c.cow\n"
              "[drive.d]\nfile = /x/d.img\nmode = ro\n[drive.cd]\nif = cdrom\nfile = cd.iso\n"
              "[drive.e]\nfolder = files\nrw = live\nfat = 16\n[share.docs]\npath = /d\nmode = rw\n"
              "[window]\nfilter = crt\n[net]\nmodel = ne2k_isa\nforward = tcp::2222-:22 "
              "udp::69-:69\n[serial1]\nto = null\n"
              "[security]\nthrowaway = yes\n",
              folder);
    ck_assert_str_eq(config_get(&c, "memory", "mb", &origin), "32");
    ck_assert_int_eq(origin, FROM_FILE);
    ck_assert_str_eq(config_get(&c, "net", "mode", &origin), "user");
    ck_assert_int_eq(origin, FROM_PRESET);
    ck_assert_str_eq(config_get(&c, "cpu", "speed", &origin), "max");
    ck_assert_int_eq(origin, FROM_DEFAULT);
    ck_assert(command_line_make(&line, &c, 0, NULL, &e));
    ck_assert_str_eq(
        joined(&line, got),
        "-cpu pentium3 -speed max -m 32 -serial null -filter crt -snapshot -rtc base=utc -nic "
        "user,model=ne2k_isa,hostfwd=tcp::2222-:22,hostfwd=udp::69-:69 "
        "-drive file=/m/a,,b.img,if=ide,index=0,overlay=/m/c.cow "
        "-drive file=/x/d.img,if=ide,index=1,readonly=on "
        "-drive file=/m/cd.iso,media=cdrom -drive folder=/m/files,if=ide,index=2,rw=live,"
        "fat=16 -share docs=/d,rw");
    ck_assert_msg(options_parse(&o, line.argc, line.argv, &e), "%s", e.text);
    options_free(&o);
    command_line_free(&line);

    /* What the user says comes before. */
    char *given[] = {"--m=8", "-hda", "other.img", "-nic", "none"};
    ck_assert(command_line_make(&line, &c, 5, given, &e));
    ck_assert_str_eq(
        joined(&line, got),
        "-cpu pentium3 -speed max -serial null -filter crt -snapshot -rtc base=utc "
        "-drive file=/x/d.img,if=ide,index=1,readonly=on "
        "-drive file=/m/cd.iso,media=cdrom -drive folder=/m/files,if=ide,index=2,rw=live,"
        "fat=16 -share docs=/d,rw --m=8 -hda other.img -nic none");
    ck_assert_msg(options_parse(&o, line.argc, line.argv, &e), "%s", e.text);
    options_free(&o);
    ck_assert_uint_eq(o.ram_mb, 8);
    command_line_free(&line);
    ini_free(&c.ini);
}
END_TEST

/* Every preset makes a command line that is accepted, and says only keys that there are. */
START_TEST(presets)
{
    const struct preset *p;
    for (size_t i = 0; (p = preset_at(i)); i++) {
        struct config c;
        struct command_line line;
        struct options o;
        struct err e;
        char ini[100], folder[] = "/m";
        snprintf(ini, sizeof(ini), "[machine]\nformat = 1\nguest = %s\n", p->name);
        open_text(&c, ini, folder);
        ck_assert(command_line_make(&line, &c, 0, NULL, &e));
        ck_assert_msg(options_parse(&o, line.argc, line.argv, &e), "%s: %s", p->name, e.text);
        options_free(&o);
        for (size_t v = 0; p->value[v]; v += 2) {
            char section[40];
            snprintf(section, sizeof(section), "%s", p->value[v]);
            char *point = strchr(section, '.');
            *point = 0;
            ck_assert_msg(key_find(section, point + 1), "%s: %s", p->name, p->value[v]);
        }
        command_line_free(&line);
        ini_free(&c.ini);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ini");
    TCase *tc = tcase_create("ini");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, what_is_read);
    tcase_add_test(tc, kept_as_written);
    tcase_add_test(tc, mistakes_name_their_line);
    tcase_add_test(tc, settings_are_checked);
    tcase_add_test(tc, a_machine_is_a_command_line);
    tcase_add_test(tc, presets);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0;
}
