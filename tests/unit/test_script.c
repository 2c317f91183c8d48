/*
 * test_script.c - scripts: every command against a fake machine, every kind of bad line, exit
 * statuses, and random text for the parser.
 */
#include "frontend/control/picture_compare.h"
#include "frontend/script/script.h"
#include "hw/input/keys.h"
#include "tests/unit/fake_vm.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/ferrite-test-XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[4][200];
    static int n;
    n = (n + 1) % 4;
    snprintf(path[n], sizeof(path[n]), "%s/%s", dir, name);
    return path[n];
}

static void make_dir(void)
{
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(setenv("FERRITE_TEST_DIR", dir, 1), 0);
    FILE *f = fopen(in_dir("disk.img"), "w");
    fputs("x", f);
    fclose(f);
    f = fopen(in_dir("odd.img"), "w");
    fputs("x", f);
    fclose(f);
}

static void remove_dir(void)
{
    static const char *const names[] = {"differs.png", "disk.img", "odd.img",
                                        "shot.png",    "text.txt", "vm.snap"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        unlink(in_dir(names[i]));
    rmdir(dir);
}

static struct script *parse(const char *text, struct err *e)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/s.script", dir);
    e->text[0] = 0;
    return script_parse(path, NULL, text, strlen(text), e);
}

/* What a run printed, besides its status. */
struct result {
    int status;
    char out[3000], messages[3000];
};

static void to_control(void *opaque, const u8 *data, size_t len)
{
    control_serial_said(opaque, data, len);
}

static struct result run(struct vm *vm, const char *text)
{
    struct err e;
    struct result result = {.status = -1};
    struct script *s = parse(text, &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    FILE *out = fmemopen(result.out, sizeof(result.out), "w");
    FILE *messages = fmemopen(result.messages, sizeof(result.messages), "w");
    struct control c;
    control_init(&c, vm);
    struct script_run *r = script_run_new(s, &c, out, messages);
    vm->serial = to_control;
    vm->opaque = &c;
    enum vm_stop stop = VM_SLICE;
    for (int rounds = 0; rounds < 100000; rounds++) {
        if (script_run_step(r, stop) == SCRIPT_DONE) {
            result.status = script_run_status(r);
            break;
        }
        ck_assert_uint_gt(script_run_next(r), vm->now);
        stop = vm_run(vm, script_run_next(r));
    }
    script_run_free(r);
    control_free(&c);
    script_free(s);
    fclose(out);
    fclose(messages);
    return result;
}

START_TEST(waits_for_text_at_fixed_steps)
{
    struct vm *vm = vm_new(NULL, NULL);
    fake_plan(vm, 1.234, (struct fake_plan){.text = "Hello\nA:\\>\n"});
    struct result r =
        run(vm, "# comment\n\n  wait-text \"A:\\>\" 5 # behind\nassert-text \"Hello\"\n"
                "refute-text \"C:\\>\"\n");
    ck_assert_msg(r.status == 0, "%s", r.messages);
    ck_assert_uint_eq(vm->now, 1240 * NS_PER_MS);
    ck_assert_str_eq(r.messages, "");
    vm_free(vm, NULL);
}
END_TEST

START_TEST(a_failed_wait_says_where_and_shows_the_screen)
{
    struct vm *vm = vm_new(NULL, NULL);
    fake_plan(vm, 0.5, (struct fake_plan){.text = "Bad or missing interpreter\n"});
    struct result r = run(vm, "sleep 1\nwait-text \"A:\\>\" 2.5\nquit 0\n");
    ck_assert_int_eq(r.status, 1);
    ck_assert_uint_eq(vm->now, 3500 * NS_PER_MS);
    ck_assert_ptr_nonnull(strstr(r.messages, "s.script:2: wait-text \"A:\\>\" 2.5: "));
    ck_assert_ptr_nonnull(strstr(r.messages, "Bad or missing interpreter"));
    ck_assert_ptr_nonnull(strstr(r.messages, "\nat 3500000000\n")); /* vm_explain()'s words */
    vm_free(vm, NULL);

    vm = vm_new(NULL, NULL); /* the default limit */
    ck_assert_int_eq(run(vm, "wait-text \"x\"\n").status, 1);
    ck_assert_uint_eq(vm->now, 60 * NS_PER_SEC);
    vm_free(vm, NULL);

    vm = vm_new(NULL, NULL);
    fake_plan(vm, 0, (struct fake_plan){.text = "here\n"});
    ck_assert_int_eq(run(vm, "sleep 0.1\nassert-text \"there\"\n").status, 1);
    vm_free(vm, NULL);
    vm = vm_new(NULL, NULL);
    fake_plan(vm, 0, (struct fake_plan){.text = "here\n"});
    ck_assert_int_eq(run(vm, "sleep 0.1\nrefute-text \"here\"\n").status, 1);
    vm_free(vm, NULL);
}
END_TEST

START_TEST(waits_for_serial_in_order)
{
    struct vm *vm = vm_new(NULL, NULL);
    fake_plan(vm, 0.1, (struct fake_plan){.serial = "login: "});
    fake_plan(vm, 0.2, (struct fake_plan){.serial = "log"});
    fake_plan(vm, 0.3, (struct fake_plan){.serial = "in: ok\r\n"});
    struct result r = run(vm, "wait-serial \"login:\" 1\nwait-serial \"login:\" 1\n"
                              "wait-serial \"ok\\x0d\\n\" 1\n");
    ck_assert_msg(r.status == 0, "%s", r.messages);
    ck_assert_uint_eq(vm->now, 300 * NS_PER_MS);
    vm_free(vm, NULL);

    vm = vm_new(NULL, NULL); /* said once, waited for twice */
    fake_plan(vm, 0.1, (struct fake_plan){.serial = "ready "});
    r = run(vm, "wait-serial \"ready\" 1\nwait-serial \"ready\" 1\n");
    ck_assert_int_eq(r.status, 1);
    ck_assert_ptr_nonnull(strstr(r.messages, "s.script:2:"));
    vm_free(vm, NULL);
}
END_TEST

START_TEST(types_on_the_serial_port_as_fast_as_it_takes_it)
{
    struct vm *vm = vm_new(NULL, NULL);
    struct err e;
    struct script *s = parse("sleep 1\ntype-serial \"root\\n\"\n", &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    struct control c;
    control_init(&c, vm);
    struct script_run *r = script_run_new(s, &c, stdout, stderr);
    u8 got[8] = {0};
    ck_assert_int_eq(script_run_step(r, VM_SLICE), SCRIPT_RUNNING);
    ck_assert_uint_eq(control_serial_typed(&c, got, sizeof(got)), 0); /* its time has not come */
    vm_run(vm, script_run_next(r));
    ck_assert_int_eq(script_run_step(r, VM_SLICE), SCRIPT_RUNNING);
    ck_assert_uint_eq(control_serial_typed(&c, got, 3), 3);
    vm_run(vm, script_run_next(r));
    ck_assert_int_eq(script_run_step(r, VM_SLICE), SCRIPT_RUNNING);
    ck_assert_uint_eq(control_serial_typed(&c, got + 3, sizeof(got) - 3), 2);
    ck_assert_str_eq((char *)got, "root\n");
    ck_assert_uint_eq(control_serial_typed(&c, got, sizeof(got)), 0);
    vm_run(vm, script_run_next(r));
    ck_assert_int_eq(script_run_step(r, VM_SLICE), SCRIPT_DONE);
    ck_assert_int_eq(script_run_status(r), SCRIPT_OK);
    ck_assert_uint_eq(control_serial_typed(&c, got, sizeof(got)), 0);
    script_run_free(r);
    control_free(&c);
    script_free(s);
    vm_free(vm, NULL);

    vm = vm_new(NULL, NULL); /* nobody reads the port */
    struct result result = run(vm, "type-serial \"x\" 2\n");
    ck_assert_int_eq(result.status, 1);
    ck_assert_uint_eq(vm->now, 2 * NS_PER_SEC);
    vm_free(vm, NULL);
}
END_TEST

START_TEST(a_flood_on_the_serial_port_is_survived)
{
    struct vm *vm = vm_new(NULL, NULL);
    struct err e;
    struct script *s = parse("wait-serial \"needle\" 100\n", &e);
    struct control c;
    control_init(&c, vm);
    struct script_run *r = script_run_new(s, &c, stdout, stderr);
    ck_assert_int_eq(script_run_step(r, VM_SLICE), SCRIPT_RUNNING);
    u8 hay[1000];
    memset(hay, 'n', sizeof(hay));
    for (int i = 0; i < 5000; i++) {
        control_serial_said(&c, hay, sizeof(hay));
        if (i % 500 == 0) {
            vm->now = script_run_next(r);
            ck_assert_int_eq(script_run_step(r, VM_SLICE), SCRIPT_RUNNING);
        }
    }
    control_serial_said(&c, (const u8 *)"eedle", 5);
    vm->now = script_run_next(r);
    ck_assert_int_eq(script_run_step(r, VM_SLICE), SCRIPT_DONE);
    ck_assert_int_eq(script_run_status(r), 0);
    script_run_free(r);
    control_free(&c);
    script_free(s);
    vm_free(vm, NULL);
}
END_TEST

START_TEST(types_presses_and_moves)
{
    struct vm *vm = vm_new(NULL, NULL);
    struct result r = run(vm, "type \"aB\\n\"\nkey ctrl-alt-del\nmouse -250 30 1\n");
    ck_assert_msg(r.status == 0, "%s", r.messages);
    static const struct {
        int key, down;
    } want[] = {
        {KEY_A, 1},      {KEY_A, 0},      {KEY_LSHIFT, 1}, {KEY_B, 1},     {KEY_B, 0},
        {KEY_LSHIFT, 0}, {KEY_ENTER, 1},  {KEY_ENTER, 0},  {KEY_LCTRL, 1}, {KEY_LALT, 1},
        {KEY_DELETE, 1}, {KEY_DELETE, 0}, {KEY_LALT, 0},   {KEY_LCTRL, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        ck_assert_int_eq(vm->event[i].key, want[i].key);
        ck_assert_int_eq(vm->event[i].down, want[i].down);
    }
    ck_assert_uint_gt(vm->event[1].at, vm->event[0].at);
    int dx = 0, dy = 0;
    for (unsigned i = ARRAY_SIZE(want); i < vm->events; i++) {
        dx += vm->event[i].dx;
        dy += vm->event[i].dy;
        ck_assert_int_le(abs(vm->event[i].dx), 127);
        ck_assert_uint_eq(vm->event[i].buttons, 1);
    }
    ck_assert(dx == -250 && dy == 30);
    vm_free(vm, NULL);
}
END_TEST

START_TEST(media_reset_and_quit)
{
    struct vm *vm = vm_new(NULL, NULL);
    struct result r = run(vm, "insert fda disk.img\ninsert fdb ${FERRITE_TEST_DIR}/disk.img\n"
                              "eject fdb\nreset\npower\nquit 7\nassert-text \"never\"\n");
    ck_assert_msg(r.status == 7, "%s", r.messages);
    ck_assert_str_eq(vm->inserted[0], in_dir("disk.img"));
    ck_assert_str_eq(vm->inserted[1], "");
    ck_assert(vm->ejects == 1 && vm->resets == 1 && vm->power_presses == 1);
    vm_free(vm, NULL);

    vm = vm_new(NULL, NULL);
    r = run(vm, "insert cd ${FERRITE_TEST_DIR}/disk.img\neject cd force\n");
    ck_assert_int_eq(r.status, SCRIPT_OK);
    ck_assert_str_eq(vm->cd, in_dir("disk.img"));
    ck_assert_uint_eq(vm->cd_ejects, 1);
    r = run(vm, "eject cd\n");
    ck_assert_int_eq(r.status, SCRIPT_BAD);
    ck_assert_ptr_nonnull(strstr(r.messages, "s.script:1: eject cd: the guest has locked it"));
    r = run(vm, "insert fda odd.img\n");
    ck_assert_int_eq(r.status, 2);
    ck_assert_ptr_nonnull(strstr(r.messages, "s.script:1: insert fda odd.img: "));
    vm_free(vm, NULL);
}
END_TEST

START_TEST(snapshots)
{
    struct vm *vm = vm_new(NULL, NULL);
    struct result r = run(vm, "sleep 1\nsnapshot save ${FERRITE_TEST_DIR}/vm.snap\nsleep 5\n"
                              "snapshot load ${FERRITE_TEST_DIR}/vm.snap\nsleep 2\n");
    ck_assert_msg(r.status == 0, "%s", r.messages);
    ck_assert_uint_eq(vm->now, 3 * NS_PER_SEC);
    vm_free(vm, NULL);

    static const char *const wrong[] = {"snapshot load disk.img\n", "snapshot load /nonexistent\n",
                                        "snapshot save /nonexistent/x\n"};
    ck_assert_int_eq(chdir(dir), 0);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        vm = vm_new(NULL, NULL);
        r = run(vm, wrong[i]);
        ck_assert_int_eq(r.status, 2);
        ck_assert_ptr_nonnull(strstr(r.messages, "s.script:1: snapshot "));
        vm_free(vm, NULL);
    }
}
END_TEST

START_TEST(the_guest_may_end_first)
{
    static const struct {
        enum vm_stop stop;
        int status;
        const char *says;
    } end[] = {
        {VM_TRIPLE_FAULT, 3, "triple fault"},
        {VM_POWER_OFF, 3, "power off"},
        {VM_RESET_REQUEST, 3, "reset"},
        {VM_DEBUG_EXIT, 85, "F4h"},
        {VM_PROGRAM_END, 42, "the program in the guest ended, status 42"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(end); i++) {
        struct vm *vm = vm_new(NULL, NULL);
        fake_plan(vm, 0.5, (struct fake_plan){.text = "bye\n", .stop = end[i].stop});
        struct result r = run(vm, "sleep 2\nwait-text \"bye\"\n");
        ck_assert_int_eq(r.status, end[i].status);
        ck_assert_msg(strstr(r.messages, end[i].says) != NULL, "%s", r.messages);
        ck_assert_ptr_nonnull(strstr(r.messages, "s.script:1: sleep 2: "));
        vm_free(vm, NULL);

        /* What the guest did last may be all that the script still waited for. */
        vm = vm_new(NULL, NULL);
        fake_plan(vm, 0.5, (struct fake_plan){.serial = "bye", .stop = end[i].stop});
        ck_assert_int_eq(run(vm, "wait-serial \"bye\"\n").status, 0);
        vm_free(vm, NULL);
    }
}
END_TEST

START_TEST(stillness)
{
    struct vm *vm = vm_new(NULL, NULL);
    for (int i = 0; i < 10; i++)
        fake_plan(vm, 0.3 * i, (struct fake_plan){.text = "", .paint = (u32)i});
    struct result r = run(vm, "wait-still 0.5\n");
    ck_assert_msg(r.status == 0, "%s", r.messages);
    ck_assert_uint_eq(vm->now, 3200 * NS_PER_MS);
    vm_free(vm, NULL);

    vm = vm_new(NULL, NULL); /* in text mode a blinking cursor is no change */
    fake_plan(vm, 0, (struct fake_plan){.text = "x", .paint = 1});
    for (int i = 1; i < 10; i++)
        fake_plan(vm, 0.3 * i, (struct fake_plan){.paint = (u32)i});
    ck_assert_int_eq(run(vm, "wait-still 0.5\n").status, 0);
    ck_assert_uint_le(vm->now, 520 * NS_PER_MS);
    vm_free(vm, NULL);
}
END_TEST

START_TEST(pictures_and_text_files)
{
    struct err e;
    if (!picture_png_supported(&e))
        return;
    struct vm *vm = vm_new(NULL, NULL);
    fake_plan(vm, 0.1, (struct fake_plan){.text = "", .paint = 0x123456});
    char script[400];
    snprintf(script, sizeof(script), "sleep 0.2\nscreenshot %s\n", in_dir("shot.png"));
    struct result r = run(vm, script);
    ck_assert_msg(r.status == 0, "%s", r.messages);
    vm_free(vm, NULL);

    vm = vm_new(NULL, NULL);
    fake_plan(vm, 0.1, (struct fake_plan){.text = "", .paint = 0x123457});
    fake_plan(vm, 0.7, (struct fake_plan){.paint = 0x123456});
    r = run(vm, "wait-screen shot.png 2\n");
    ck_assert_msg(r.status == 0, "%s", r.messages);
    ck_assert_uint_eq(vm->now, 700 * NS_PER_MS);
    vm_free(vm, NULL);

    vm = vm_new(NULL, NULL);
    snprintf(script, sizeof(script), "wait-screen shot.png 2 diff=%s\n", in_dir("differs.png"));
    r = run(vm, script);
    ck_assert_int_eq(r.status, 1);
    ck_assert_int_eq(access(in_dir("differs.png"), R_OK), 0);
    vm_free(vm, NULL);

    vm = vm_new(NULL, NULL);
    fake_plan(vm, 0.1, (struct fake_plan){.text = "Line\n"});
    snprintf(script, sizeof(script), "sleep 0.2\ndump-text\ndump-text %s\n", in_dir("text.txt"));
    r = run(vm, script);
    ck_assert_str_eq(r.out, "Line\n");
    FILE *f = fopen(in_dir("text.txt"), "r");
    char text[20] = "";
    ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
    ck_assert_str_eq(text, "Line\n");
    fclose(f);
    vm_free(vm, NULL);

    vm = vm_new(NULL, NULL);
    r = run(vm, "sleep 0.5\nstate-hash\n");
    ck_assert_str_eq(r.out, "state hash: 0000000ad9cd6500\ninstructions: 500000000\n");
    vm_free(vm, NULL);
    vm = vm_new(NULL, NULL);
    fake_plan(vm, 0.1, (struct fake_plan){.text = "traced"});
    snprintf(script, sizeof(script), "state-hash %s\n", in_dir("text.txt"));
    r = run(vm, script);
    ck_assert_str_eq(r.out, "");
    f = fopen(in_dir("text.txt"), "r");
    char all[200] = "";
    ck_assert_uint_gt(fread(all, 1, sizeof(all) - 1, f), 0);
    ck_assert_str_eq(all, "state hash: 0000000abc000000\ninstructions: 0\n"
                          "trace hash: 0000000000000123\n");
    fclose(f);
    vm_free(vm, NULL);

    struct picture p = {0};
    ck_assert(!picture_load(&p, in_dir("disk.img"), &e)); /* no PNG at all */
    static const u32 pixels[4];
    ck_assert(!picture_save("/nonexistent/x.png", pixels, 2, 2, &e));
}
END_TEST

START_TEST(bad_lines_are_found_before_the_start)
{
    static const struct {
        const char *line, *why;
    } wrong[] = {
        {"wait-txt \"x\"", "did you mean wait-text?"},
        {"frobnicate", "no command"},
        {"wait-text", "STRING"},
        {"wait-text \"\"", "empty"},
        {"wait-text \"x", "closing"},
        {"wait-text \"x\"5", "blank"},
        {"wait-text \"x\" 5 6", "nothing is expected"},
        {"wait-text \"x\" soon", "number of seconds"},
        {"wait-text \"x\" -1", "number of seconds"},
        {"wait-text \"x\" nan", "number of seconds"},
        {"wait-serial", "STRING"},
        {"sleep", "number of seconds"},
        {"sleep 1e99", "more than 1000000 seconds"},
        {"sleep nan", "number of seconds"},
        {"type \"\xe2\x98\x83\"", "gives \"\xe2\x98\x83\" (character 1)"},
        {"type \"ab\xe2\x82\xac\xe2\x84\xa2\"", "gives \"\xe2\x84\xa2\" (character 4)"},
        {"type \"a\xc3\"", "character 2 (code C3h)"},
        {"type \"\\x80\"", "character 1 (code 80h)"},
        {"key ctrl-foo", "\"foo\""},
        {"key", "wants a key"},
        {"mouse 1", "movement down"},
        {"mouse 1 x", "movement down"},
        {"mouse 1 2 32", "buttons"},
        {"insert fdc x", "fda, fdb or cd"},
        {"insert cd", "wants a file"},
        {"eject cd hard", "nothing is expected"},
        {"insert fda", "wants a file"},
        {"insert fda missing.img", "No such file"},
        {"insert fda /tmp", "not a file"},
        {"insert fda ${FERRITE_NO_SUCH_VARIABLE}/x", "no variable"},
        {"eject", "fda, fdb or cd"},
        {"eject fda now", "nothing is expected"},
        {"reset now", "nothing is expected"},
        {"power off", "nothing is expected"},
        {"quit 256", "exit status"},
        {"quit x", "exit status"},
        {"snapshot", "save FILE"},
        {"snapshot keep x", "save FILE"},
        {"snapshot save", "file name"},
        {"screenshot", "file name"},
        {"screenshot shot.bmp", "not as BMP; say shot.png"},
        {"screenshot shots.old/a.b.JPEG", "say shots.old/a.b.png or shots.old/a.b.ppm"},
        {"wait-screen nothing.png", "No such file"},
        {"wait-screen disk.img", "wait-screen"},
        {"a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f "
         "g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m",
         "too many"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct err e;
        char text[300];
        if (strstr(wrong[i].line, "screen") && !picture_png_supported(&e))
            continue;
        snprintf(text, sizeof(text), "sleep 1\n\n%s\n", wrong[i].line);
        struct script *s = parse(text, &e);
        ck_assert_msg(s == NULL, "accepted: %s", wrong[i].line);
        ck_assert_msg(strstr(e.text, wrong[i].why) != NULL, "%s: %s", wrong[i].line, e.text);
        ck_assert_msg(strstr(e.text, "s.script:3: ") != NULL, "%s", e.text);
        ck_assert_ptr_null(strchr(e.text, '\n'));
    }
    struct err e;
    ck_assert_ptr_null(script_load("/nonexistent", NULL, &e));
    ck_assert_ptr_null(script_load("/tmp", NULL, &e));
}
END_TEST

/* Its name says what a picture is, unless the command does. */
START_TEST(names_of_pictures)
{
    static const struct {
        const char *words, *file, *begins;
    } row[] = {
        {"a.ppm", "a.ppm", "P6"},         {"A.PPM", "A.PPM", "P6"},
        {"a.pnm", "a.pnm", "P6"},         {"b.png", "b.png", "\x89PNG"},
        {"plain", "plain", "\x89PNG"},    {"bmp", "bmp", "\x89PNG"},
        {".gif", ".gif", "\x89PNG"},      {"other.txt", "other.txt", "\x89PNG"},
        {"c.bmp raw ppm", "c.bmp", "P6"},
    };
    struct err e;
    struct picture_compare how = {0};
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        char script[300], bytes[4] = "";
        bool ppm = row[i].begins[0] == 'P';
        if (!ppm && !picture_png_supported(&e))
            continue;
        struct vm *vm = vm_new(NULL, NULL);
        snprintf(script, sizeof(script), "screenshot %s/%s\n", dir, row[i].words);
        struct result r = run(vm, script);
        ck_assert_msg(r.status == 0, "%s: %s", row[i].words, r.messages);
        vm_free(vm, NULL);
        FILE *f = fopen(in_dir(row[i].file), "rb");
        ck_assert_ptr_nonnull(f);
        ck_assert_uint_eq(fread(bytes, 1, sizeof(bytes), f), sizeof(bytes));
        fclose(f);
        ck_assert_msg(memcmp(bytes, row[i].begins, strlen(row[i].begins)) == 0, "%s", row[i].words);
        unlink(in_dir(row[i].file));
    }
    ck_assert(!picture_compare_word(&how, "diff=d.gif", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "not as GIF; say d.png"));
    ck_assert(!picture_compare_word(&how, "diff=d.ppm", &e)); /* these are PNG always */
    ck_assert_ptr_nonnull(strstr(e.text, "not as PPM; say d.png"));
    ck_assert(picture_compare_word(&how, "diff=d", &e));
    free(how.differences);
}
END_TEST

START_TEST(escapes)
{
    struct err e;
    struct script *s = parse("type \"a\\n\\t\\\"\\\\\\x41\"\r\nwait-text \"A:\\>C:\\dos\\x\"", &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    ck_assert_uint_eq(s->count, 2);
    ck_assert_str_eq(s->command[0].request.arg[0].text, "a\n\t\"\\A");
    ck_assert_str_eq(s->command[1].request.arg[0].text, "A:\\>C:\\dos\\x");
    script_free(s);
}
END_TEST

START_TEST(marks_of_editors)
{
    struct err e;
    struct script *s = parse("\xef\xbb\xbfsleep 1\r\n\r\ntype-serial \"x\"\r\n", &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    ck_assert_uint_eq(s->count, 2);
    ck_assert_str_eq(s->command[0].source, "sleep 1");
    ck_assert_ptr_eq(script_uses_serial(s), &s->command[1]);
    ck_assert_uint_eq(s->command[1].line, 3);
    script_free(s);
    s = parse("sleep 1\n\xef\xbb\xbfsleep 1\n", &e); /* only at the start */
    ck_assert_ptr_null(s);
    ck_assert_ptr_null(parse("\xff\xfes", &e));
    ck_assert_ptr_nonnull(strstr(e.text, "UTF-16"));
    s = parse("\xef\xbb\xbf", &e);
    ck_assert(s && s->count == 0 && !script_uses_serial(s));
    script_free(s);
}
END_TEST

START_TEST(random_text_never_crashes_the_parser)
{
    static const char *const pieces[] = {"wait-text ", "\"",   "\\x",         "\\",  "type ",
                                         "key ctrl-",  "\n",   "insert fda ", "${",  "}",
                                         "$",          "1e9 ", "mouse ",      "-1 ", "#",
                                         "quit ",      "\xff", " ",           "f",   "dump-text "};
    unsigned seed = 7;
    for (int round = 0; round < 5000; round++) {
        char text[300] = "";
        for (int n = 0; n < 12; n++) {
            seed = seed * 1103515245 + 12345;
            strcat(text, pieces[(seed >> 16) % ARRAY_SIZE(pieces)]);
        }
        char *exact = malloc(strlen(text));
        memcpy(exact, text, strlen(text));
        struct err e = {""};
        struct script *s = script_parse("x", NULL, exact, strlen(text), &e);
        ck_assert(s || e.text[0]);
        script_free(s);
        free(exact);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("script");
    TCase *tc = tcase_create("script");
    suite_add_tcase(suite, tc);
    tcase_add_unchecked_fixture(tc, make_dir, remove_dir);
    tcase_add_test(tc, waits_for_text_at_fixed_steps);
    tcase_add_test(tc, a_failed_wait_says_where_and_shows_the_screen);
    tcase_add_test(tc, waits_for_serial_in_order);
    tcase_add_test(tc, types_on_the_serial_port_as_fast_as_it_takes_it);
    tcase_add_test(tc, a_flood_on_the_serial_port_is_survived);
    tcase_add_test(tc, types_presses_and_moves);
    tcase_add_test(tc, media_reset_and_quit);
    tcase_add_test(tc, snapshots);
    tcase_add_test(tc, the_guest_may_end_first);
    tcase_add_test(tc, stillness);
    tcase_add_test(tc, pictures_and_text_files);
    tcase_add_test(tc, bad_lines_are_found_before_the_start);
    tcase_add_test(tc, names_of_pictures);
    tcase_add_test(tc, escapes);
    tcase_add_test(tc, marks_of_editors);
    tcase_add_test(tc, random_text_never_crashes_the_parser);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
