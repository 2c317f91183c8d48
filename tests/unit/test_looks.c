/*
 * test_looks.c - whoever only looks changes nothing: a machine that is looked at by every command
 * that is no input, again and again, is to the last bit where it is without.
 */
#include "frontend/control/control.h"
#include "tests/unit/vm_rig.h"

#include <unistd.h>

#define END (1500 * NS_PER_MS)
#define EVERY (7 * NS_PER_MS)

static char dir[] = "/tmp/ferrite-test-XXXXXX";

static void make_dir(void)
{
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chdir(dir), 0);
}

static void remove_dir(void)
{
    char command[300];
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    ck_assert_int_eq(system(command), 0);
}

/* A diskette whose boot sector draws in mode 13h for ever. */
static struct vm *boot(struct log *log)
{
    static const u8 code[] = {
        0xb8, 0x13, 0x00, 0xcd, 0x10, /* mov ax, 13h; int 10h */
        0xb8, 0x00, 0xa0, 0x8e, 0xc0, /* mov ax, 0A000h; mov es, ax */
        0x31, 0xff,                   /* xor di, di */
        0xfe, 0xc0, 0xaa, 0xeb, 0xfb, /* l: inc al; stosb; jmp l */
    };
    *log = (struct log){.mask = LOG_HASH, .out = fopen("/dev/null", "w")};
    return vm_boot((struct vm_config){.mips = 5, .snapshot = true, .log = log}, code, sizeof(code));
}

static const char *example(const struct param *p)
{
    if (strcmp(p->name, "address") == 0 || strcmp(p->name, "expression") == 0)
        return "0x7c00";
    if (strcmp(p->name, "vectors") == 0 || strcmp(p->name, "ports") == 0)
        return "21";
    if (strcmp(p->name, "if") == 0)
        return "if 1 == 2";
    if (strcmp(p->name, "format") == 0 && p->kind == PARAM_STRING)
        return "/4xb";
    switch (p->kind) {
    case PARAM_INT:
        return "1";
    case PARAM_SECONDS:
        return "0.01";
    case PARAM_STRING:
    case PARAM_PATTERN:
        return "Ferrite";
    case PARAM_NAME:
        return "fdc";
    case PARAM_FILE:
    case PARAM_FILE_OUT:
        return "out";
    case PARAM_FOLDER:
        return ".";
    case PARAM_REST:
        return "help";
    default:
        return NULL;
    }
}

/* Has the next row that is no input done, with all its arguments, or with few of them. */
static void look(struct control *c, size_t *at, bool all, unsigned *looks)
{
    const struct command *row = command_at(*at);
    const char *words[1 + COMMAND_PARAMS];
    struct request r;
    struct err e;
    *at = row ? *at + 1 : 0;
    if (!row || row->flags & COMMAND_INPUT || strcmp(row->name, "quit") == 0)
        return;
    unsigned n = 1;
    words[0] = row->name;
    for (unsigned i = 0; i < command_params(row) && (all || !row->param[i].optional); i++) {
        if (!(words[n++] = example(&row->param[i])))
            return;
    }
    if (strncmp(row->name, "screenshot", 10) == 0 && !picture_png_supported(NULL))
        return;
    if (strncmp(row->name, "limit", 5) == 0)
        words[1] = "1000";
    ck_assert_msg(request_words(&r, NULL, words, n, &e), "%s: %s", row->name, e.text);
    control_submit(c, CLIENT_MONITOR, &r, NULL, NULL);
    ++*looks;
}

struct outcome {
    u64 state, trace, instructions;
};

static struct outcome run(bool looked_at)
{
    struct log log;
    struct control c;
    struct outcome o;
    struct vm *vm = boot(&log);
    size_t at = 0;
    unsigned looks = 0, round = 0;
    control_init(&c, vm);
    for (u64 next = EVERY; vm_now(vm) < END;) {
        u64 until = next < END ? next : END;
        if (control_stands(&c)) {
            struct reply r;
            reply_init(&r);
            ck_assert(
                control_do(&c, CLIENT_MONITOR, &r, NULL, (const char *const[]){"cont", NULL}));
            reply_free(&r);
        }
        enum vm_stop stop = vm_run_to(vm, control_limit(&c, until), c.goal);
        if (stop == VM_POINT || stop == VM_GOAL) /* what `break` and `step` have asked for */
            control_met(&c, stop);
        else
            ck_assert_int_eq(stop, VM_SLICE);
        control_poll(&c);
        if (looked_at && vm_now(vm) >= next)
            look(&c, &at, round++ % 3 != 0, &looks);
        next = vm_now(vm) >= next ? next + EVERY : next;
    }
    ck_assert(!looked_at || looks > 100);
    ck_assert(vm_state_hash(vm, &o.state, NULL) && vm_trace_hash(vm, &o.trace));
    o.instructions = vm_instructions(vm);
    control_free(&c);
    done(vm);
    fclose(log.out);
    return o;
}

START_TEST(nothing_changes)
{
    struct outcome alone = run(false), looked_at = run(true);
    ck_assert_uint_eq(alone.instructions, looked_at.instructions);
    ck_assert_uint_eq(alone.trace, looked_at.trace);
    ck_assert_uint_eq(alone.state, looked_at.state);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("looks");
    TCase *tc = tcase_create("looks");
    suite_add_tcase(suite, tc);
    tcase_add_unchecked_fixture(tc, make_dir, remove_dir);
    tcase_add_test(tc, nothing_changes);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
