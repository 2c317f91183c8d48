/*
 * test_control.c - the table of commands: every row with good arguments, with missing ones, with
 * too many, with ones out of range; what rows promise by their flags; requests that wait, one after
 * the other or cancelled; that the list in the README is the table's.
 */
#include "frontend/control/control.h"
#include "frontend/control/keymap.h"
#include "frontend/control/pattern.h"
#include "hw/input/keys.h"
#include "tests/unit/fake_vm.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/ferrite-test-XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[8][200];
    static int n;
    n = (n + 1) % 8;
    snprintf(path[n], sizeof(path[n]), "%s/%s", dir, name);
    return path[n];
}

/* A file of each kind that a row may want. */
static void make_dir(void)
{
    static const u32 pixels[FAKE_W * FAKE_H];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    FILE *f = fopen(in_dir("disk.img"), "w");
    fputs("x", f);
    fclose(f);
    ck_assert_int_eq(chdir(dir), 0);
    /* Recordings have an encoder that takes all of it. */
    f = fopen("ffmpeg", "w");
    fputs("#!/bin/sh\nexec cat >/dev/null\n", f);
    fclose(f);
    ck_assert_int_eq(chmod("ffmpeg", 0755), 0);
    char path[300];
    snprintf(path, sizeof(path), "%s:/usr/bin:/bin", dir);
    setenv("PATH", path, 1);
    if (picture_png_supported(NULL))
        ck_assert(picture_save("shot.png", pixels, FAKE_W, FAKE_H, NULL));
}

static void remove_dir(void)
{
    char command[300];
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    ck_assert_int_eq(system(command), 0);
}

/* Rows that want PNG files are beyond a build without them. */
static bool possible(const struct command *c)
{
    for (unsigned i = 0; i < command_params(c); i++) {
        enum param_kind kind = c->param[i].kind;
        if (kind == PARAM_PNG_IN && !picture_png_supported(NULL))
            return false;
    }
    return true;
}

static bool parse(struct request *r, const char *line, struct err *e)
{
    struct command_site site = {.script = in_dir("s.script"), .variables = true};
    e->text[0] = 0;
    return request_parse(r, &site, line, strlen(line), e);
}

/* Something that this argument may be. */
static const char *good(const struct param *p)
{
    static char text[100];
    switch (p->kind) {
    case PARAM_INT:
        snprintf(text, sizeof(text), "%lld", (long long)p->max);
        return text;
    case PARAM_WORD:
        snprintf(text, sizeof(text), "%.*s", (int)strcspn(p->words[0], "|"), p->words[0]);
        return text;
    case PARAM_SECONDS:
        return "0.5";
    case PARAM_INSTANT:
        return "-0.5s";
    case PARAM_SPEED:
        return "486-66";
    case PARAM_STRING:
    case PARAM_PATTERN:
    case PARAM_TYPED:
        return "\"two words\"";
    case PARAM_CHORD:
        return "ctrl-alt-del";
    case PARAM_KEY:
        return "f1";
    case PARAM_NAME:
        return "cpu";
    case PARAM_FILE_IN:
    case PARAM_MEDIUM:
        return "disk.img";
    case PARAM_FILE:
    case PARAM_FILE_OUT:
        return "out.bin";
    case PARAM_PNG_IN:
        return "shot.png";
    case PARAM_FOLDER:
        return ".";
    case PARAM_REST:
        return "all  of \"this\"";
    case PARAM_COMPARE:
        return "region=0,0,8,16 tolerance=3";
    case PARAM_CONDITIONS:
        return "text \"A or B\" 3 or serial /[a-z]+ or x$/";
    case PARAM_NONE:
        break;
    }
    ck_abort_msg("a kind without an example");
}

/* Something that it may not be; `n` counts up to NULL. */
static const char *wrong(const struct param *p, unsigned n)
{
    static char text[100];
    static const char *const seconds[] = {"soon", "-1", "nan", "1e99", "\"1\"", "1x", NULL};
    static const char *const instants[] = {
        "soon", "-", "5m", "1e99s", "\"latest\"", "99999999999999999999", "-1x", NULL};
    static const char *const speeds[] = {"fast", "0", "-3", "1e9", "nan", NULL};
    static const char *const words[] = {"nonsense", "\"\"", NULL};
    static const char *const chords[] = {"ctrl-foo", "-", "a-b-c-d-e-f-g-h-i", NULL};
    static const char *const keys[] = {"foo", "ctrl-alt", NULL};
    static const char *const files[] = {"missing.img", ".", "${FERRITE_NO_SUCH_VARIABLE}", NULL};
    static const char *const outputs[] = {"\"\"", "${FERRITE_NO_SUCH_VARIABLE}", NULL};
    static const char *const folders[] = {"missing", "disk.img", NULL};
    static const char *const typed[] = {"\"\"", "\"\xe2\x98\x83\"", "\"\\x80\"", NULL};
    static const char *const strings[] = {"\"\"", NULL};
    static const char *const patterns[] = {"\"\"",     "/(/",           "/a{2,1}/",
                                           "/(x)\\1/", "/a{999}{999}/", NULL};
    static const char *const compares[] = {
        "region=1,2,3",   "mask=-1,0,1,1", "tolerance=256", "pixels=x",
        "region=0,0,0,5", "diff=",         "colour=3",      NULL};
    static const char *const conditions[] = {
        "or",         "text \"x\" or",
        "reset",      "assert-text \"x\"",
        "text",       "text /(/",
        "sleep soon", "stop or stop or stop or stop or stop or stop or stop",
        NULL};
    static const char *const none[] = {NULL};
    switch (p->kind) {
    case PARAM_INT:
        if (n > 3)
            return NULL;
        if (n == 0)
            return "x";
        if (n == 1)
            return "99999999999999999999";
        if (n == 2 ? p->min == INT64_MIN : p->max == INT64_MAX)
            return "-9223372036854775809";
        snprintf(text, sizeof(text), "%lld", (long long)(n == 2 ? p->min - 1 : p->max + 1));
        return text;
    case PARAM_WORD:
        return words[n];
    case PARAM_SECONDS:
        return seconds[n];
    case PARAM_INSTANT:
        return instants[n];
    case PARAM_SPEED:
        return speeds[n];
    case PARAM_TYPED:
        return typed[n];
    case PARAM_CHORD:
        return chords[n];
    case PARAM_KEY:
        return keys[n];
    case PARAM_FILE_IN:
    case PARAM_MEDIUM:
    case PARAM_PNG_IN:
        return files[n];
    case PARAM_FILE:
    case PARAM_FILE_OUT:
        return outputs[n];
    case PARAM_FOLDER:
        return folders[n];
    case PARAM_PATTERN:
        return patterns[n];
    case PARAM_COMPARE:
        return compares[n];
    case PARAM_CONDITIONS:
        return conditions[n];
    case PARAM_STRING:
    case PARAM_NAME:
        return strings[n];
    default:
        return none[n];
    }
}

/* `c` with `count` good arguments, but the one at `at` is `other`. */
static void line_of(const struct command *c, unsigned count, unsigned at, const char *other,
                    char *line, size_t size)
{
    size_t n = (size_t)snprintf(line, size, "%s", c->name);
    for (unsigned i = 0; i < count; i++)
        n += (size_t)snprintf(line + n, size - n, " %s", i == at ? other : good(&c->param[i]));
    ck_assert_uint_lt(n, size);
}

static unsigned required(const struct command *c)
{
    unsigned n = 0;
    while (n < command_params(c) && !c->param[n].optional)
        n++;
    return n;
}

/* ---- the table ---- */

START_TEST(the_table_is_sound)
{
    const struct command *c;
    size_t rows = 0;
    for (; (c = command_at(rows)); rows++) {
        ck_assert_ptr_eq(command_find(c->name, strlen(c->name)), c);
        char dashed[100];
        snprintf(dashed, sizeof(dashed), "%s", c->name);
        for (char *p = dashed; *p; p++)
            *p = *p == ' ' ? '-' : *p;
        ck_assert_ptr_eq(command_find(dashed, strlen(dashed)), c);
        for (const char *a = c->aliases; a && *a;) { /* nobody else has this name */
            size_t n = strcspn(a, "|");
            ck_assert_msg(command_find(a, n) == c, "%s: the alias %.*s is another's", c->name,
                          (int)n, a);
            a += n + (a[n] == '|');
        }
        ck_assert(c->run && c->help && *c->help && !strchr(c->help, '\n'));
        ck_assert_msg(c->help[strlen(c->help) - 1] != '.', "%s", c->name);
        bool optional = false;
        for (unsigned i = 0; i < command_params(c); i++) {
            const struct param *p = &c->param[i];
            ck_assert_msg(!optional || p->optional, "%s: what is optional comes last", c->name);
            optional |= p->optional;
            ck_assert(p->name && *p->name && (p->kind == PARAM_WORD) == (p->words != NULL));
            ck_assert(p->kind != PARAM_INT || p->min < p->max);
            bool rest =
                p->kind == PARAM_REST || p->kind == PARAM_COMPARE || p->kind == PARAM_CONDITIONS;
            ck_assert(!rest || i + 1 == command_params(c));
        }
    }
    ck_assert_uint_gt(rows, 40);
    ck_assert_ptr_null(command_find("", 0));
    ck_assert_ptr_null(command_find("res", 3));
    ck_assert_ptr_null(command_find("resets", 6));
}
END_TEST

START_TEST(every_row_takes_what_it_says)
{
    const struct command *c;
    for (size_t row = 0; (c = command_at(row)); row++) {
        struct request r;
        struct err e;
        char line[500];
        for (unsigned n = required(c); n <= command_params(c) && possible(c); n++) {
            line_of(c, n, COMMAND_PARAMS, NULL, line, sizeof(line));
            bool ok = parse(&r, line, &e);
            /* `eject fda force`: a rule over several arguments */
            ck_assert_msg(ok || (c->check && e.text[0]), "%s: %s", line, e.text);
            ck_assert(r.row == c);
            for (unsigned i = 0; ok && i < command_params(c); i++)
                ck_assert_int_eq(r.arg[i].given, i < n);
            request_free(&r);
        }
    }
}
END_TEST

START_TEST(every_row_refuses_the_rest)
{
    const struct command *c;
    for (size_t row = 0; (c = command_at(row)); row++) {
        struct request r;
        struct err e;
        char line[500];
        if (!possible(c))
            continue;
        for (unsigned n = 0; n < required(c); n++) { /* too few */
            line_of(c, n, COMMAND_PARAMS, NULL, line, sizeof(line));
            ck_assert_msg(!parse(&r, line, &e), "accepted: %s", line);
            ck_assert_msg(strstr(e.text, c->name) && strstr(e.text, " wants "), "%s: %s", line,
                          e.text);
            request_free(&r);
        }
        enum param_kind last =
            command_params(c) ? c->param[command_params(c) - 1].kind : PARAM_NONE;
        bool rest = last == PARAM_REST;
        line_of(c, command_params(c), COMMAND_PARAMS, NULL, line, sizeof(line));
        strcat(line, " more");
        bool taken = parse(&r, line, &e);
        /* a rest with a rule of its own: a condition */
        ck_assert_msg(taken == rest || (rest && c->check && e.text[0]), "accepted: %s", line);
        ck_assert_msg(rest || last == PARAM_CONDITIONS || strstr(e.text, "nothing is expected"),
                      "%s: %s", line, e.text);
        request_free(&r);
        for (unsigned at = 0; at < command_params(c); at++) {
            const char *bad;
            for (unsigned n = 0; (bad = wrong(&c->param[at], n)); n++) {
                line_of(c, at + 1, at, bad, line, sizeof(line));
                ck_assert_msg(!parse(&r, line, &e), "accepted: %s", line);
                ck_assert_msg(e.text[0] && !strchr(e.text, '\n'), "%s: %s", line, e.text);
                request_free(&r);
            }
        }
    }
}
END_TEST

/* ---- doing ---- */

struct rig {
    struct vm *vm;
    struct control c;
};

static struct rig rig_new(void)
{
    struct rig rig = {.vm = vm_new(NULL, NULL)};
    fake_plan(rig.vm, 0, (struct fake_plan){.text = "two words \xc3\xa9 \"q\"\n\x01\n"});
    vm_run(rig.vm, 1);
    control_init(&rig.c, rig.vm);
    return rig;
}

static void rig_free(struct rig *rig)
{
    control_free(&rig->c);
    vm_free(rig->vm, NULL);
}

/* A file of JSON texts, one a line. */
static void keep_json(const struct reply *r, FILE *f)
{
    reply_write_json(r, f);
    fputc('\n', f);
}

/* Do it to its end, as guest time passes. */
static enum command_state perform(struct rig *rig, const struct request *r, struct reply *reply,
                                  struct call *call, bool *waited)
{
    call_begin(call, &rig->c, CLIENT_PERSON, r, reply);
    for (int steps = 0; steps < 10000; steps++) {
        enum command_state state = call_step(call);
        if (state != COMMAND_PENDING)
            return state;
        *waited = true;
        ck_assert_uint_gt(call->next, rig->vm->now);
        u8 typed[16];
        control_serial_typed(&rig->c, typed, sizeof(typed));
        control_run(&rig->c, call->next);
    }
    ck_abort_msg("%s never ends", r->row->name);
}

static void do_row(const struct command *c, unsigned arguments, FILE *json)
{
    struct rig rig = rig_new();
    struct request r;
    struct reply reply;
    struct call call;
    struct err e;
    char line[500];
    u64 before, after;
    bool waited = false;
    line_of(c, arguments, COMMAND_PARAMS, NULL, line, sizeof(line));
    if (parse(&r, line, &e)) {
        reply_init(&reply);
        vm_state_hash(rig.vm, &before, NULL);
        unsigned events = rig.vm->events;
        enum command_state state = perform(&rig, &r, &reply, &call, &waited);
        vm_state_hash(rig.vm, &after, NULL);
        ck_assert_msg(state == COMMAND_DONE || call.error.text[0], "%s fails in silence", line);
        ck_assert_msg(!waited || c->flags & COMMAND_WAITS, "%s waits", line);
        if (c->flags & COMMAND_LOOKS)
            ck_assert_msg(before == after && events == rig.vm->events, "%s does more than look",
                          line);
        if (state == COMMAND_DONE && c->flags & COMMAND_ANSWERS)
            ck_assert_msg(!reply_empty(&reply) || arguments, "%s answers nothing", line);
        ck_assert(!reply_lost(&reply));
        keep_json(&reply, json);
        reply_free(&reply);
    }
    request_free(&r);
    rig_free(&rig);
}

/* By a parser that is not ours: each line of the file is one JSON text. */
static void validate_json(const char *path)
{
    char command[500];
    if (system("python3 -c pass 2>/dev/null") != 0) {
        printf("not tested: JSON by another's parser (apt-get install python3)\n");
        return;
    }
    snprintf(command, sizeof(command),
             "python3 -c 'import json, sys\nfor line in open(sys.argv[1], \"rb\"):\n"
             "    json.loads(line.decode(\"utf-8\"))' %s",
             path);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(every_row_does_something)
{
    const struct command *c;
    FILE *json = fopen(in_dir("replies.json"), "w");
    for (size_t row = 0; (c = command_at(row)); row++) {
        for (unsigned n = required(c); n <= command_params(c) && possible(c); n++)
            do_row(c, n, json);
    }
    fclose(json);
    validate_json(in_dir("replies.json"));
}
END_TEST

/* One that takes no guest time, by its words. */
static bool now(struct rig *rig, struct reply *reply, struct err *e, const char *a, const char *b,
                const char *c)
{
    const char *words[] = {a, b, c, NULL};
    reply_init(reply);
    e->text[0] = 0;
    return control_do(&rig->c, CLIENT_PERSON, reply, e, words);
}

START_TEST(pointer_goes_where_the_guest_wants_it)
{
    struct rig rig = rig_new();
    struct reply r;
    struct err e;
    ck_assert(!now(&rig, &r, &e, "pointer", "1", "2"));
    ck_assert_ptr_nonnull(strstr(e.text, "wants positions"));
    reply_free(&r);
    ck_assert_uint_eq(rig.vm->events, 0);
    rig.vm->pointing = true;
    const char *press[] = {"pointer", "0", "65535", "4", NULL};
    reply_init(&r);
    ck_assert(control_do(&rig.c, CLIENT_PERSON, &r, &e, press));
    reply_free(&r);
    ck_assert_uint_eq(rig.vm->events, 1);
    ck_assert_int_eq(rig.vm->event[0].dy, 65535);
    ck_assert_uint_eq(rig.vm->event[0].buttons, 4);
    ck_assert(now(&rig, &r, &e, "pointer", "7", "8")); /* the button stays down */
    reply_free(&r);
    ck_assert_uint_eq(rig.vm->event[1].buttons, 4);
    rig_free(&rig);
}
END_TEST

/* Pastes "aB"; its reply's state, and how long it took in guest time. */
static enum command_state paste(struct rig *rig, struct err *e, u64 *took)
{
    struct request r;
    struct reply reply;
    struct call call;
    u64 begun = rig->vm->now;
    ck_assert(parse(&r, "paste \"aB\"", e));
    reply_init(&reply);
    call_begin(&call, &rig->c, CLIENT_PERSON, &r, &reply);
    enum command_state state;
    while ((state = call_step(&call)) == COMMAND_PENDING)
        vm_run(rig->vm, call.next);
    *e = call.error;
    *took = rig->vm->now - begun;
    reply_free(&reply);
    request_free(&r);
    return state;
}

START_TEST(paste_waits_for_the_guest)
{
    struct err e;
    u64 took;
    struct rig rig = rig_new();
    rig.vm->refuses = 100;
    ck_assert_int_eq(paste(&rig, &e, &took), COMMAND_DONE);
    ck_assert_uint_eq(rig.vm->events, 6); /* a, and B with Shift */
    ck_assert_uint_ge(took, 99 * 5 * NS_PER_MS);
    ck_assert_uint_lt(took, 130 * 5 * NS_PER_MS);
    rig_free(&rig);
    rig = rig_new(); /* the BIOS' buffer: 7 keys across its end are well, 8 are not */
    memcpy(rig.vm->bios_keys, "\x3c\0\x2a\0", 4);
    ck_assert_int_eq(paste(&rig, &e, &took), COMMAND_DONE);
    ck_assert_uint_lt(took, 100 * NS_PER_MS);
    memcpy(rig.vm->bios_keys, "\x3c\0\x2c\0", 4);
    unsigned events = rig.vm->events;
    ck_assert_int_eq(paste(&rig, &e, &took), COMMAND_FAILED);
    ck_assert_ptr_nonnull(strstr(e.text, "0 of 2"));
    ck_assert_uint_ge(took, 30 * NS_PER_SEC);
    ck_assert_uint_lt(took, 31 * NS_PER_SEC);
    ck_assert_uint_eq(rig.vm->events, events);
    rig_free(&rig);
}
END_TEST

START_TEST(what_a_keyboard_can_type)
{
    char out[40];
    ck_assert_uint_eq(keyboard_typed(keyboard_find("us"), "a\r\nb\rc\nd\t~", out), 0);
    ck_assert_str_eq(out, "a\nb\nc\nd\t~");
    ck_assert_uint_eq(keyboard_typed(keyboard_find("us"), "\xc3\xa4x\xe2\x82\xacy\x01", out), 3);
    ck_assert_str_eq(out, "xy");
    ck_assert_uint_eq(keyboard_typed(keyboard_find("us"), "", out), 0);
    ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(drives_tell_what_is_in_them)
{
    struct rig rig = rig_new();
    struct reply r;
    struct err e;
    ck_assert(!now(&rig, &r, &e, "protect", "fda", "on"));
    ck_assert_msg(strstr(e.text, "no diskette"), "%s", e.text);
    ck_assert_msg(now(&rig, &r, &e, "change", "floppy0", "disk.img"), "%s", e.text);
    ck_assert_str_eq(reply_get(&r, NULL, "drive"), "fda");
    ck_assert_str_eq(r.said, "disk.img is in A:");
    reply_free(&r);
    ck_assert(now(&rig, &r, &e, "protect", "fda", "on"));
    reply_free(&r);
    ck_assert(now(&rig, &r, &e, "info block", NULL, NULL));
    const struct reply_node *a = reply_first(&r, reply_root(&r)), *b = reply_next(&r, a);
    ck_assert_str_eq(reply_get(&r, a, "drive"), "fda");
    ck_assert_str_eq(reply_get(&r, a, "file"), "disk.img");
    ck_assert_int_eq(reply_find(&r, a, "read-only")->number, 1);
    ck_assert_str_eq(reply_get(&r, b, "drive"), "fdb");
    ck_assert_int_eq(reply_find(&r, b, "inserted")->number, 0);
    ck_assert_ptr_null(reply_find(&r, b, "file"));
    reply_free(&r);
    ck_assert(now(&rig, &r, &e, "insert-any", "disk.img", NULL));
    reply_free(&r);
    ck_assert_uint_eq(rig.vm->protect[0], 1); /* the fake's; the real one is in test_fdc.c */
    ck_assert(!now(&rig, &r, &e, "wait-text", "x", NULL));
    ck_assert_msg(strstr(e.text, "takes guest time"), "%s", e.text);
    rig_free(&rig);
}
END_TEST

START_TEST(time_stands_still_and_goes_on)
{
    struct rig rig = rig_new();
    struct reply r;
    struct err e;
    ck_assert(!now(&rig, &r, &e, "cont", NULL, NULL));
    ck_assert_str_eq(e.text, "the machine is not stopped");
    ck_assert(!control_stands(&rig.c) && now(&rig, &r, &e, "stop", NULL, NULL));
    ck_assert(control_stands(&rig.c));
    ck_assert(now(&rig, &r, &e, "status", NULL, NULL));
    ck_assert_str_eq(reply_get(&r, NULL, "status"), "paused");
    reply_free(&r);
    struct request request;
    ck_assert(parse(&request, "frame 2", &e));
    control_submit(&rig.c, CLIENT_PERSON, &request, NULL, NULL);
    ck_assert(!control_stands(&rig.c));
    u64 end = rig.vm->now + 40 * NS_PER_MS; /* two of the fake's pictures */
    ck_assert_uint_eq(control_limit(&rig.c, UINT64_MAX), end);
    vm_run(rig.vm, end);
    control_poll(&rig.c);
    ck_assert(control_stands(&rig.c) && rig.c.calls == 0);
    rig.c.stopped |= STOPPED_OFF;
    ck_assert(now(&rig, &r, &e, "cont", NULL, NULL));
    ck_assert(control_stands(&rig.c));
    ck_assert(!now(&rig, &r, &e, "cont", NULL, NULL));
    ck_assert_str_eq(e.text, "the power is off; reset starts the machine");
    ck_assert(now(&rig, &r, &e, "system_reset", NULL, NULL));
    ck_assert(!control_stands(&rig.c) && rig.vm->resets == 1);
    rig_free(&rig);
}
END_TEST

/* What a client was told. */
struct told {
    unsigned done, failed;
    char text[200];
};

static void on_done(void *opaque, const struct call *call, enum command_state state)
{
    struct told *t = opaque;
    t->done += state == COMMAND_DONE;
    t->failed += state == COMMAND_FAILED;
    snprintf(t->text, sizeof(t->text), "%.90s%.90s", call->error.text, call->reply->said);
}

static void submit(struct rig *rig, struct told *t, const char *line)
{
    struct request r;
    struct err e;
    ck_assert_msg(parse(&r, line, &e), "%s", e.text);
    control_submit(&rig->c, CLIENT_SOCKET, &r, on_done, t);
    ck_assert_ptr_null(r.row); /* it has been taken over */
}

static void pass(struct rig *rig, u64 ns)
{
    u64 end = rig->vm->now + ns;
    while (rig->vm->now < end) {
        u64 next = control_next(&rig->c);
        ck_assert_uint_gt(next, rig->vm->now);
        vm_run(rig->vm, next < end ? next : end);
        control_poll(&rig->c);
    }
}

START_TEST(clients_wait_for_themselves_alone)
{
    struct rig rig = rig_new();
    struct told a = {0}, b = {0};
    submit(&rig, &a, "sleep 1");
    submit(&rig, &a, "type \"x\""); /* after it */
    submit(&rig, &b, "key a");      /* at once */
    submit(&rig, &a, "reset");      /* takes no time, waits for nothing */
    ck_assert(rig.vm->resets == 1 && a.done == 1);
    ck_assert_int_eq(rig.vm->event[0].key, KEY_A);
    ck_assert_uint_eq(rig.vm->events, 1);
    pass(&rig, NS_PER_SEC / 2);
    ck_assert(b.done == 1 && a.done == 1 && rig.vm->events == 2);
    pass(&rig, NS_PER_SEC);
    ck_assert(a.done == 3 && rig.vm->events == 4);
    ck_assert_int_eq(rig.vm->event[3].key, KEY_X);
    ck_assert_uint_eq(rig.c.calls, 0);

    submit(&rig, &a, "wait-text \"never\" 1");
    submit(&rig, &b, "wait-text \"never\" 2");
    control_cancel(&rig.c, &b);
    pass(&rig, 2 * NS_PER_SEC);
    ck_assert_uint_eq(a.failed, 1);
    ck_assert_str_eq(a.text, "not seen on the screen within 1 s of guest time");
    ck_assert(b.failed == 0 && rig.c.calls == 0); /* who is gone is told nothing */

    for (unsigned i = 0; i < CONTROL_CALLS; i++)
        submit(&rig, &b, "sleep 1000");
    ck_assert_uint_eq(b.failed, 0);
    submit(&rig, &b, "sleep 1000");
    ck_assert_uint_eq(b.failed, 1);
    ck_assert_str_eq(b.text, "too much is pending already");
    rig_free(&rig); /* what is left fails */
}
END_TEST

START_TEST(a_clock_that_goes_back_ends_no_wait)
{
    struct rig rig = rig_new();
    struct told t = {0};
    struct request r;
    struct reply reply;
    struct err e;
    vm_run(rig.vm, 10 * NS_PER_SEC);
    ck_assert(now(&rig, &reply, &e, "savevm", "old.snap", NULL));
    reply_free(&reply);
    vm_run(rig.vm, 100 * NS_PER_SEC);
    submit(&rig, &t, "sleep 2");
    ck_assert(parse(&r, "loadvm old.snap", &e));
    control_submit(&rig.c, CLIENT_PERSON, &r, NULL, NULL);
    ck_assert_uint_eq(rig.vm->now, 10 * NS_PER_SEC);
    control_poll(&rig.c); /* two seconds from here */
    pass(&rig, 1900 * NS_PER_MS);
    ck_assert_uint_eq(t.done, 0);
    pass(&rig, 200 * NS_PER_MS);
    ck_assert_uint_eq(t.done, 1);
    rig_free(&rig);
}
END_TEST

START_TEST(who_leaves_takes_nobody_along)
{
    struct rig rig = rig_new();
    struct told t = {0};
    struct reply r;
    struct err e;
    submit(&rig, &t, "stop"); /* as CLIENT_SOCKET */
    submit(&rig, &t, "sleep 5");
    ck_assert(control_stands(&rig.c));
    control_leave(&rig.c, CLIENT_SOCKET, &t);
    control_poll(&rig.c);
    ck_assert(!control_stands(&rig.c) && rig.c.calls == 0 && t.failed == 0);
    ck_assert(now(&rig, &r, &e, "stop", NULL, NULL)); /* a person */
    submit(&rig, &t, "stop");
    control_leave(&rig.c, CLIENT_SOCKET, &t);
    ck_assert(control_stands(&rig.c)); /* still for the person */
    ck_assert(now(&rig, &r, &e, "cont", NULL, NULL));
    submit(&rig, &t, "sleep 5");
    control_free(&rig.c);
    ck_assert_uint_eq(t.failed, 1);
    ck_assert_str_eq(t.text, "the machine is no more");
    rig_free(&rig);
}
END_TEST

START_TEST(words_are_taken_as_they_are)
{
    struct request r;
    struct err e;
    static const char *const file[] = {"screenshot-next", "${HOME} \\n\"#", NULL};
    static const char *const gap[] = {"mouse-move", "1", "2", NULL};
    ck_assert(!request_words(&r, NULL, file, 2, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "${HOME} \\n\"#: No such file"));
    request_free(&r);
    ck_assert(request_words(&r, NULL, gap, 4, &e)); /* an argument left out */
    ck_assert(!r.arg[2].given && r.arg[1].number == 2);
    request_free(&r);
    ck_assert(!request_words(&r, NULL, (const char *const[]){"mouse-move", NULL, "2"}, 3, &e));
    request_free(&r);
    ck_assert(request_words(&r, NULL, NULL, 0, &e) && !r.row);
    ck_assert(!request_words(&r, NULL, file, COMMAND_PARAMS + 100, &e));
}
END_TEST

START_TEST(names_that_are_nearly_right)
{
    static const struct {
        const char *line, *why;
    } wrong_names[] = {
        {"scrennshot x", "did you mean screenshot?"},
        {"snapshot", "snapshot wants save FILE, load FILE, take [\"NAME\"] [\"NOTE\"], restore"},
        {"snapshot keep", "snapshot wants save FILE"},
        {"system_rest", "did you mean system_reset?"},
        {"xyzzy", "no command \"xyzzy\""},
        {"wait 5", "no command \"wait\"; there is wait-text, wait-serial, wait-screen"},
        {"sleep 5x", "\"5x\" is no number of seconds (5, 0.5)"},
        {"sleep 1e7", "1e7 are more than 1000000 seconds"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong_names); i++) {
        struct request r;
        struct err e;
        ck_assert(!parse(&r, wrong_names[i].line, &e));
        ck_assert_msg(strstr(e.text, wrong_names[i].why), "%s", e.text);
        request_free(&r);
    }
    struct request r;
    struct err e;
    ck_assert(!parse(&r, "foo", &e)); /* of three letters, two are not a slip */
    ck_assert_str_eq(e.text, "no command \"foo\"");
    request_free(&r);
}
END_TEST

/* ---- documents ---- */

START_TEST(the_readme_lists_the_table)
{
    static const char begin[] = "<!-- commands -->\n", end[] = "\n<!-- end of commands -->";
    static char readme[60000];
    char *list = NULL;
    size_t len;
    FILE *f = fopen(SCRIPT_README, "r");
    ck_assert_ptr_nonnull(f);
    readme[fread(readme, 1, sizeof(readme) - 1, f)] = 0;
    fclose(f);
    char *from = strstr(readme, begin), *to = from ? strstr(from, end) : NULL;
    ck_assert(from && to);
    *to = 0;
    f = open_memstream(&list, &len);
    command_list_markdown(f);
    fclose(f);
    ck_assert_msg(strcmp(from + strlen(begin), list) == 0,
                  "not the table's list; put that of ferrite help script -markdown there");
    free(list);
}
END_TEST

/* Lines of a serial console end in CR and LF: what a pattern ends with ends before them. */
START_TEST(patterns_at_the_ends_of_lines)
{
    static const struct {
        const char *pattern, *text;
        int at, end; /* -1: not found */
    } row[] = {
        {"/^ab$/", "x\r\nab\r\nab", 3, 5},
        {"/b$/", "ab\r\n", 1, 2},
        {"/b$/", "ab\n", 1, 2},
        {"/a$/", "ab\r\n", -1, -1},
        {"/B$/i", "ab\r", 1, 2},
        {"/B$/", "ab\r", -1, -1},
        {"/^$/", "\r\n", 0, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        struct err e;
        size_t at = 99, end = 99;
        struct pattern *p = pattern_new(row[i].pattern, strlen(row[i].pattern), &e);
        ck_assert_msg(p != NULL, "%s", e.text);
        bool found = pattern_find(p, row[i].text, strlen(row[i].text), &at, &end);
        ck_assert_msg(found == (row[i].at >= 0), "row %zu", i);
        if (found)
            ck_assert_msg((int)at == row[i].at && (int)end == row[i].end, "row %zu: %zu to %zu", i,
                          at, end);
        pattern_free(p);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("control");
    TCase *tc = tcase_create("control");
    suite_add_tcase(suite, tc);
    tcase_add_unchecked_fixture(tc, make_dir, remove_dir);
    tcase_add_test(tc, the_table_is_sound);
    tcase_add_test(tc, patterns_at_the_ends_of_lines);
    tcase_add_test(tc, every_row_takes_what_it_says);
    tcase_add_test(tc, every_row_refuses_the_rest);
    tcase_add_test(tc, every_row_does_something);
    tcase_add_test(tc, pointer_goes_where_the_guest_wants_it);
    tcase_add_test(tc, paste_waits_for_the_guest);
    tcase_add_test(tc, what_a_keyboard_can_type);
    tcase_add_test(tc, drives_tell_what_is_in_them);
    tcase_add_test(tc, time_stands_still_and_goes_on);
    tcase_add_test(tc, clients_wait_for_themselves_alone);
    tcase_add_test(tc, a_clock_that_goes_back_ends_no_wait);
    tcase_add_test(tc, who_leaves_takes_nobody_along);
    tcase_add_test(tc, words_are_taken_as_they_are);
    tcase_add_test(tc, names_that_are_nearly_right);
    tcase_add_test(tc, the_readme_lists_the_table);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
