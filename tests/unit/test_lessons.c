/*
 * Lessons: the built-in ones, each with its solutions and what is wrong; what is refused when a
 * lesson is read; results that are done again.
 */
#include "frontend/lessons/answer.h"
#include "frontend/lessons/library.h"
#include "frontend/lessons/result.h"
#include "frontend/lessons/trial.h"
#include "frontend/lessons/trial_machine.h"
#include "frontend/lessons/words.h"
#include "hw/base/sanitized.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- all of them ---- */

static struct lesson *lesson_of(size_t i)
{
    struct err e;
    struct lesson *l = library_at(i, &e);
    ck_assert_msg(l != NULL, "%s", e.text);
    return l;
}

static void try_answer(const struct lesson *l, u64 seed, const struct lesson_block *b)
{
    struct trial t;
    struct words_values values = {.lesson = l, .seed = seed};
    struct err e;
    char *answer = words_fill_given(&values, b->text, &e);
    ck_assert_msg(answer != NULL, "%s", e.text);
    trial_run(&t, l, seed, answer);
    bool right = b->kind == LESSON_SOLUTION;
    ck_assert_msg(t.verdict == (right ? TRIAL_PASSED : TRIAL_FAILED), "%s:%u, seed %llu: %s",
                  l->path, b->line, (unsigned long long)seed, t.words);
    ck_assert_msg(right || strstr(t.words, b->info), "%s:%u: not said: \"%s\", but: %s", l->path,
                  b->line, b->info, t.words);
    for (unsigned i = 0; i < t.dones; i++) /* what was checked is read without its braces */
        ck_assert_msg(!strchr(t.done[i].asked, '{'), "%s:%u: %s", l->path, b->line,
                      t.done[i].asked);
    trial_free(&t);
    free(answer);
}

START_TEST(test_each_answer)
{
    struct lesson *l = lesson_of((size_t)_i);
    ck_assert_uint_eq(l->number, (unsigned)_i + 1);
    for (unsigned i = 0; i < l->blocks; i++) {
        const struct lesson_block *b = &l->block[i];
        if (b->kind != LESSON_SOLUTION && b->kind != LESSON_WRONG)
            continue;
        try_answer(l, 1, b);
        if (b->kind == LESSON_SOLUTION && !SANITIZED) /* which is twenty times slower */
            try_answer(l, 4000000000u, b);
    }
    lesson_free(l);
}
END_TEST

/* What the learner begins with is no solution. */
START_TEST(test_each_beginning)
{
    struct lesson *l = lesson_of((size_t)_i);
    struct trial t;
    trial_run(&t, l, 1, lesson_block(l, LESSON_TASK, NULL)->text);
    ck_assert_msg(t.verdict == TRIAL_FAILED, "%s: %s", l->path, t.words);
    trial_free(&t);
    lesson_free(l);
}
END_TEST

/* The program that is shown can be assembled as it is, too. */
START_TEST(test_each_disk)
{
    struct lesson *l = lesson_of((size_t)_i);
    struct err e;
    unsigned line;
    if (answer_has_program(l)) {
        u8 *disk = answer_disk(l, 1, NULL, false, &line, &e);
        ck_assert_msg(disk != NULL, "%s: %s", l->path, e.text);
        free(disk);
    }
    lesson_free(l);
}
END_TEST

/* What the lesson's buttons do, from where its machine stands. */
START_TEST(test_each_doing)
{
    struct lesson *l = lesson_of((size_t)_i);
    struct trial_machine *m = malloc(sizeof(*m));
    struct err e;
    unsigned line;
    /* Where the source is all of it, one that boots. */
    const char *source =
        lesson_block(l, LESSON_PROGRAM, NULL) ? NULL : lesson_block(l, LESSON_SOLUTION, NULL)->text;
    u8 *disk = answer_has_program(l) ? answer_disk(l, 1, source, false, &line, &e) : NULL;
    ck_assert_msg(trial_machine_open(m, l, 1, "", disk, &e), "%s", e.text);
    if (disk)
        ck_assert_int_eq(trial_machine_boot(m), TRIAL_MET);
    for (const struct lesson_block *b = NULL; (b = lesson_block(l, LESSON_DO, b));) {
        const char *at = b->text;
        char text[LESSON_LINE];
        for (line = b->line - 1; lesson_line(&at, &line, text, sizeof(text));)
            ck_assert_msg(trial_machine_command(m, text, true) == TRIAL_MET, "%s:%u: %s: %s",
                          l->path, line, text, m->error.text);
    }
    trial_machine_close(m);
    free(m);
    free(disk);
    lesson_free(l);
}
END_TEST

START_TEST(test_same_run)
{
    struct err e;
    struct lesson *l = library_lesson("dma", false, &e);
    ck_assert_ptr_nonnull(l);
    struct trial a, b, c;
    const char *answer = lesson_block(l, LESSON_SOLUTION, NULL)->text;
    trial_run(&a, l, 5, answer);
    trial_run(&b, l, 5, answer);
    trial_run(&c, l, 6, answer);
    ck_assert_uint_eq(a.hash, b.hash);
    ck_assert_uint_ne(a.hash, c.hash);
    ck_assert_uint_eq(a.instructions, b.instructions);
    trial_free(&a);
    trial_free(&b);
    trial_free(&c);
    lesson_free(l);
}
END_TEST

/* ---- answers ---- */

START_TEST(test_values)
{
    static const struct {
        const char *text;
        u64 value;
    } good[] = {{"31", 31},        {" 0x1F\n", 31},        {"1fh", 31},
                {"0b11111", 31},   {"f000:e05b", 0xfe05b}, {"7c00h + 12", 0x7c0c},
                {"ffffffffh", ~0u}};
    static const char *const bad[] = {"",      "x",       "1 2", "0x", "1||1",       "12345678901",
                                      "f000:", "10000:0", "1 +", "-1", "0x1ffffffff"};
    struct err e;
    u64 value;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert_msg(answer_value(good[i].text, &value, &e), "%s", good[i].text);
        ck_assert_uint_eq(value, good[i].value);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(!answer_value(bad[i], &value, &e), "%s", bad[i]);
}
END_TEST

/* A mistake in the learner's source is said by the learner's line. */
START_TEST(test_line_of_mistake)
{
    struct err e;
    struct lesson *l = library_lesson("memory", false, &e);
    struct trial t;
    ck_assert_ptr_nonnull(l);
    trial_run(&t, l, 1, "    mov ax, 1\n    mov bx, nothing\n");
    ck_assert_int_eq(t.verdict, TRIAL_FAILED);
    ck_assert_uint_eq(t.line, 2);
    ck_assert_msg(strncmp(t.words, "line 2: ", 8) == 0, "%s", t.words);
    trial_free(&t);
    char *lines = malloc(ANSWER_BYTES + 10);
    memset(lines, '\n', ANSWER_BYTES + 9);
    lines[ANSWER_BYTES + 9] = 0;
    trial_run(&t, l, 1, lines);
    ck_assert_int_eq(t.verdict, TRIAL_FAILED);
    trial_free(&t);
    free(lines);
    lesson_free(l);
}
END_TEST

/* ---- reading ---- */

#define WHOLE                                                                                      \
    "# Title\n\nSummary.\n\n```task value\n```\n```solution\n1\n```\n```wrong \"a\"\n2\n```\n"     \
    "```wrong \"b\"\n3\n```\n"

static const struct {
    const char *text, *said;
} refused[] = {
    {"", ":1: a lesson begins with its title"},
    {"Text\n", ":1: a lesson begins with its title"},
    {"# Title\n", "a sentence says what the lesson is about"},
    {"# Title\n\nText.\n", "one task block; there are 0"},
    {"# Title\n\nText.\n```check\n", ":4: this block has no end"},
    {"# Title\n\nText.\n```check\n```task value\n", ":5: a block begins inside of that of line 4"},
    {WHOLE, "one check block; there are 0"},
    {WHOLE "```check\n```\n", "nothing is checked here"},
    {WHOLE "```check\nexpct 1\n```\n", ":17: \"expct 1\": given"},
    {WHOLE "```check\nexpect 1 +\n```\n", "what is the learner told"},
    {WHOLE "```check\nexpect 1 + else \"x\"\n```\n", ":17: "},
    {WHOLE "```check\nexpect 1 else \"{2 +}\"\n```\n", "\"2 +\""},
    {WHOLE "```check\nexpect 1 else \"{2\"\n```\n", "no } for this {"},
    {WHOLE "```check\nat halt\n```\n", "within INSTRUCTIONS"},
    {WHOLE "```check\nat halt within 0\n```\n", "a number from 1"},
    {WHOLE "```check\nat dusk within 10\n```\n", "halt, break ... or watch"},
    {WHOLE "```check\nat break port zz within 10\n```\n", ":17: "},
    {WHOLE "```check\ndo memsave 0 10 /tmp/x\n```\n", "reach no files"},
    {WHOLE "```check\ndo insert fda /etc/passwd\n```\n", "reach no files"},
    {WHOLE "```check\ndo quit\n```\n", "end nothing"},
    {WHOLE "```check\ndo wait-any screen x.png\n```\n", "reach no files"},
    {WHOLE "```check\ndo \"wait-screen\" x.png\n```\n", "reach no files"},
    {WHOLE "```check\ngiven N from 9 to 1\n```\n", "given NAME from"},
    {WHOLE "```check\ngiven N bytes 4097\n```\n", "given NAME from"},
    {WHOLE "```check\ngiven N from 1 to 2\ngiven N from 1 to 2\n```\n", ":18: N is given twice"},
    {WHOLE "```check\nvariants 9\n```\n", "variants N"},
    {WHOLE "```check\nrun 0\n```\n", "run INSTRUCTIONS"},
    {WHOLE "```machine\nmemory 65\n```\n```check\nrun 1\n```\n", "memory MB"},
    {WHOLE "```machine\ncpu 486 -hda x\n```\n```check\nrun 1\n```\n", "memory MB"},
    {WHOLE "```do\nquit\n```\n```check\nrun 1\n```\n", "end nothing"},
    {WHOLE "```show\n```\n```check\nrun 1\n```\n", "which view"},
    {"# T\n\nS.\n\n```task riddle\n```\n```check\nrun 1\n```\n```solution\n```\n"
     "```wrong \"a\"\n```\n```wrong \"b\"\n```\n",
     "task source, script, value or word"},
    {"# T\n\nS.\n\n```task word\n```\n```check\nrun 1\n```\n```solution\n```\n"
     "```wrong a\n```\n```wrong \"b\"\n```\n",
     "wrong \"WORDS\""},
};

START_TEST(test_refused)
{
    struct err e;
    struct lesson *l = lesson_parse("d/07-x.md", refused[_i].text, strlen(refused[_i].text), &e);
    ck_assert_msg(l == NULL, "read: %s", refused[_i].text);
    ck_assert_msg(strncmp(e.text, "d/07-x.md:", 10) == 0 && strstr(e.text, refused[_i].said),
                  "%s\nand not: %s", e.text, refused[_i].said);
}
END_TEST

/* What a lesson says of its machine, as options for the one beside it. */
START_TEST(test_machine)
{
    struct err e;
    const char *text = WHOLE "```machine\nmemory 16\nstop 0x7c00\ncpu 486\nspeed 2.5\n```\n"
                             "```check\nrun 1\nexpect 1 else \"no\"\n```\n",
               *none = WHOLE "```check\nrun 1\nexpect 1 else \"no\"\n```\n";
    struct lesson *l = lesson_parse("x.md", text, strlen(text), &e);
    ck_assert_msg(l != NULL, "%s", e.text);
    ck_assert_str_eq(l->options, "-m 16 -cpu 486 -speed 2.5");
    lesson_free(l);
    l = lesson_parse("x.md", none, strlen(none), &e);
    ck_assert_msg(l != NULL, "%s", e.text);
    ck_assert_str_eq(l->options, "");
    lesson_free(l);
}
END_TEST

static void check_trial(const char *check, const char *answer, enum trial_verdict verdict,
                        const char *said)
{
    struct err e;
    struct trial t;
    char text[2000];
    snprintf(text, sizeof(text), "%s```check\n%s```\n", WHOLE, check);
    struct lesson *l = lesson_parse("x.md", text, strlen(text), &e);
    ck_assert_msg(l != NULL, "%s", e.text);
    trial_run(&t, l, 1, answer);
    ck_assert_msg(t.verdict == verdict && strstr(t.words, said), "%d: %s", t.verdict, t.words);
    trial_free(&t);
    lesson_free(l);
}

/* From power-on, with the BIOS as the program. */
START_TEST(test_steps)
{
    check_trial("at break 0xfe05b within 5 else \"no\"\nexpect {elapsed} == 1 else \"{elapsed}\"\n",
                "1", TRIAL_PASSED, "Right.");
    check_trial("at break 0x1234 within 5000 else \"not there\"\n", "1", TRIAL_FAILED, "not there");
    check_trial("at break 0x1234 within 5000\n", "1", TRIAL_FAILED,
                "this did not happen: at break 0x1234");
    check_trial("never break 0xfe05b\nrun 50\n", "1", TRIAL_FAILED, "this must not happen: break");
    check_trial("count n break port 80\nrun 300000\nexpect {n} < 2 else \"{n} codes, {n:x}\"\n",
                "1", TRIAL_FAILED, " codes, ");
    check_trial("keep a eip\nexpect {a} == 1 else \"{a:x} {{a} + 1:x}\"\n", "1", TRIAL_FAILED,
                "FFF0h FFF1h");
    check_trial(
        "see info pic values\nexpect {seen.values.icw1} == 77 else \"{seen.values.nothing}\"\n",
        "1", TRIAL_BROKEN, "x.md:18: {seen.values.nothing}");
    check_trial("at halt within 1000000 else \"n\"\n", "1", TRIAL_FAILED, "n");
    check_trial("do break 0xfe05b\nrun 50\nrun 50\n", "1", TRIAL_BROKEN, "stands still");
    check_trial("do sleep 1000\n", "1", TRIAL_FAILED, "this did not happen: do sleep");
    check_trial("run 20000000\nrun 20000000\nrun 20000000\nrun 20000000\n", "1", TRIAL_PASSED, "");
}
END_TEST

/* Names with their values; addresses as such; quoted text as it is looked for. */
START_TEST(test_what_was_checked)
{
    static const char text[] =
        "# T\n\nS.\n\n```task value\n```\n```solution\n1\n```\n"
        "```wrong \"a\"\n2\n```\n```wrong \"b\"\n3\n```\n```check\ngiven N from 7 to 7\n"
        "keep place 0xb8000 + {N}\nexpect byte[{place}] == byte[{{place}}] && {N} == 7 else \"x\"\n"
        "expect byte[{answer} + {N}] >= 0 else \"x\"\nexpect text \"{N}[{N}\" else \"x\"\n```\n";
    static const char *const asked[] = {"expect byte[0xb8007] == byte[0xb8007] && N (7) == 7",
                                        "expect byte[0x1 + N] >= 0", "expect text \"7[7\""};
    struct err e;
    struct trial t;
    struct lesson *l = lesson_parse("x.md", text, strlen(text), &e);
    ck_assert_msg(l != NULL, "%s", e.text);
    trial_run(&t, l, 1, "1");
    ck_assert_uint_eq(t.dones, ARRAY_SIZE(asked));
    for (unsigned i = 0; i < t.dones; i++)
        ck_assert_str_eq(t.done[i].asked, asked[i]);
    ck_assert(!t.done[2].passed);
    trial_free(&t);
    lesson_free(l);
}
END_TEST

/* What is compared with the answer would be the answer: it is not said, right or wrong. */
START_TEST(test_answer_is_not_given_away)
{
    static const char text[] =
        "# T\n\nS.\n\n```task word\n```\n```solution\nfox\n```\n"
        "```wrong \"a\"\ncat\n```\n```wrong \"b\"\ndog\n```\n```check\ngiven W of fox\n"
        "given N from 7 to 7\nexpect {N} == 7 else \"x\"\nexpect answer is {W}|foxes else "
        "\"x\"\n```\n";
    struct err e;
    struct trial t;
    struct lesson *l = lesson_parse("x.md", text, strlen(text), &e);
    ck_assert_msg(l != NULL, "%s", e.text);
    for (unsigned right = 0; right < 2; right++) {
        trial_run(&t, l, 1, right ? "fox" : "cat");
        ck_assert_uint_eq(t.dones, 2);
        ck_assert_str_eq(t.done[0].asked, "expect N (7) == 7");
        ck_assert_str_eq(t.done[1].asked, "expect answer is W|foxes");
        ck_assert(t.done[1].passed == right);
        trial_free(&t);
    }
    lesson_free(l);
}
END_TEST

/* What the learner does is commands; they reach no files and hold nobody. */
START_TEST(test_script)
{
    static const char text[] =
        "# T\n\nS.\n\n```task script\n```\n```solution\nstep\n```\n"
        "```wrong \"a\"\n```\n```wrong \"b\"\n```\n```check\ndo step\ndo answer\n"
        "at break port 80 within 100000\nexpect {seen.instructions} == 2 else \"{seen.at}\"\n```\n";
    static const struct {
        const char *answer;
        enum trial_verdict verdict;
        const char *said;
    } tries[] = {
        {"# one more\nstep\n", TRIAL_PASSED, "Right."},
        {"step 3", TRIAL_FAILED, "f000:"},
        {"step\nquit", TRIAL_FAILED, "line 2: quit: a lesson may look"},
        {"memsave 0 16 /tmp/ferrite-lesson-none", TRIAL_FAILED, "line 1: memsave"},
        {"stepp", TRIAL_FAILED, "line 1: no command"},
        {"sleep 100000", TRIAL_FAILED, "So far it has come"},
        {"step 1000000", TRIAL_FAILED, "within 60 s of guest time"},
        {"lesson check 1 1 1", TRIAL_FAILED, "this machine has no lessons"},
    };
    struct err e;
    struct lesson *l = lesson_parse("x.md", text, strlen(text), &e);
    ck_assert_msg(l != NULL, "%s", e.text);
    for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
        struct trial t;
        trial_run(&t, l, 1, tries[i].answer);
        ck_assert_msg(t.verdict == tries[i].verdict && strstr(t.words, tries[i].said), "%s: %d: %s",
                      tries[i].answer, t.verdict, t.words);
        trial_free(&t);
    }
    lesson_free(l);
}
END_TEST

/* ---- results ---- */

static void spoil(const char *path, const char *old, const char *new)
{
    struct err e;
    size_t len;
    char *text = library_read(path, RESULT_BYTES, &len, &e);
    ck_assert_ptr_nonnull(text);
    char *at = strstr(text, old);
    ck_assert_msg(at != NULL, "%s: %s", old, text);
    ck_assert_uint_eq(strlen(old), strlen(new));
    memcpy(at, new, strlen(new));
    FILE *f = fopen(path, "we");
    fwrite(text, 1, len, f);
    fclose(f);
    free(text);
}

static enum result_verdict verify(const char *path, bool *passed, FILE *out, struct err *e)
{
    struct result r;
    enum result_verdict v = RESULT_BAD;
    if (result_read(&r, path, e))
        v = result_again(&r, passed, out, e);
    result_free(&r);
    return v;
}

START_TEST(test_result)
{
    struct err e;
    bool passed;
    char path[] = "/tmp/ferrite-lesson-XXXXXX";
    close(mkstemp(path));
    struct lesson *l = library_lesson("1", false, &e);
    struct trial t;
    FILE *none = fopen("/dev/null", "we");
    trial_run(&t, l, 9, "f000:e05b");
    FILE *f = fopen(path, "we");
    ck_assert(result_write(f, path, &t, "f000:e05b", &e));
    enum result_verdict v = verify(path, &passed, none, &e);
    if (v == RESULT_BAD && strstr(e.text, "ansson")) { /* no library for JSON here */
        unlink(path);
        return;
    }
    ck_assert_msg(v == RESULT_SAME && passed, "%s", e.text);
    spoil(path, "f000:e05b", "f000:e05c");
    ck_assert_int_eq(verify(path, &passed, none, &e), RESULT_DIFFERS);
    ck_assert_msg(strstr(e.text, "it says that the answer is right"), "%s", e.text);
    spoil(path, "f000:e05c", "f000:e05b");
    spoil(path, "\"trace-hash\": \"", "\"trace-hush\": \"");
    ck_assert_int_eq(verify(path, &passed, none, &e), RESULT_BAD);
    spoil(path, "\"trace-hush\": \"", "\"trace-hash\": \"");
    f = fopen(path, "we");
    ck_assert(result_write(f, path, &t, "f000:e05b", &e));
    trial_free(&t);
    trial_run(&t, l, 9, "5");
    f = fopen(path, "we");
    ck_assert(result_write(f, path, &t, "5", &e));
    ck_assert_int_eq(verify(path, &passed, none, &e), RESULT_SAME);
    ck_assert(!passed);
    trial_free(&t);
    lesson_free(l);
    unlink(path);
    ck_assert_int_eq(verify(path, &passed, none, &e), RESULT_BAD);
    fclose(none);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lessons");
    TCase *tc = tcase_create("lessons");
    tcase_add_loop_test(tc, test_each_answer, 0, (int)library_files_count);
    tcase_add_loop_test(tc, test_each_beginning, 0, (int)library_files_count);
    tcase_add_loop_test(tc, test_each_disk, 0, (int)library_files_count);
    tcase_add_loop_test(tc, test_each_doing, 0, (int)library_files_count);
    tcase_add_test(tc, test_same_run);
    tcase_add_test(tc, test_values);
    tcase_add_test(tc, test_line_of_mistake);
    tcase_add_test(tc, test_machine);
    tcase_add_loop_test(tc, test_refused, 0, (int)ARRAY_SIZE(refused));
    tcase_add_test(tc, test_steps);
    tcase_add_test(tc, test_what_was_checked);
    tcase_add_test(tc, test_answer_is_not_given_away);
    tcase_add_test(tc, test_script);
    tcase_add_test(tc, test_result);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
