/* lesson_command.c - see lesson_command.h. */
#include "frontend/lesson_command.h"

#include "frontend/lessons/answer.h"
#include "frontend/lessons/library.h"
#include "frontend/lessons/result.h"
#include "frontend/lessons/trial.h"
#include "frontend/lessons/words.h"
#include "frontend/sandbox/sandbox.h"
#include "hw/base/clean.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct lesson_values {
    const char *check, *answer, *seed, *result, *image, *verify;
    bool test, hints;
};

#define ONCE(...) OPTION_TEXT_ROW(struct lesson_values, OPTION_ONCE, __VA_ARGS__)
#define FLAG(...) OPTION_FLAG_ROW(struct lesson_values, __VA_ARGS__)

static const struct option rows[] = {
    ONCE("check", "FILE", check, NULL,
         "is the answer in this file right? Assembler source, command lines, a number or a word, "
         "as the lesson asks; - is standard input"),
    ONCE("answer", "TEXT", answer, NULL, "the same for an answer that is said here"),
    ONCE("seed", "N", seed, NULL, "decides what is hidden in the check, and what the disk has (1)"),
    ONCE("result", "FILE", result, NULL, "with -check: what came of it as JSON, to be handed in"),
    ONCE("verify", "FILE", verify, NULL,
         "no lesson: does what a result says again; 0 it comes to the same and was right, 1 not"),
    ONCE("image", "FILE", image, NULL,
         "the lesson's program, with the source of -check in it, as a diskette for -fda"),
    FLAG("hints", hints, "show the hints, too"),
    FLAG("test", test,
         "for who writes lessons: the solution has to pass, and what is wrong to fail with the "
         "words that the lesson says"),
};

const struct option_table lesson_options = {rows, ARRAY_SIZE(rows)};

/* ---- showing ---- */

static int list_all(FILE *out, FILE *messages)
{
    for (size_t i = 0; i < library_files_count; i++) {
        struct err e;
        struct lesson *l = library_at(i, &e);
        if (!l)
            return subcommand_refused(messages, &e);
        clean_printf(out, "%2u  %-20s %s\n", l->number, l->name, l->title);
        lesson_free(l);
    }
    return SUBCOMMAND_DONE;
}

static void show_block(const struct lesson_block *b, const char *text, bool hints, FILE *out)
{
    if (b->kind == LESSON_TEXT)
        clean_printf(out, "%s\n", text);
    else if (b->kind == LESSON_PROGRAM)
        clean_printf(out, "--- the program ---\n%s---\n", text);
    else if (b->kind == LESSON_DO)
        clean_printf(out, "--- do ---\n%s---\n", text);
    else if (b->kind == LESSON_TASK && *text)
        clean_printf(out, "--- to begin with (%s) ---\n%s---\n", b->info, text);
    else if (b->kind == LESSON_HINT && hints)
        clean_printf(out, "Hint: %s\n", text);
}

/* With the numbers that the seed puts into its program. */
static void show(const struct lesson *l, u64 seed, bool hints, FILE *out)
{
    struct words_values values = {.lesson = l, .seed = seed};
    struct err e;
    clean_printf(out, "# %s\n", l->title);
    for (unsigned i = 0; i < l->blocks; i++) {
        char *text = words_fill_given(&values, l->block[i].text, &e);
        show_block(&l->block[i], text ? text : l->block[i].text, hints, out);
        free(text);
    }
}

/* ---- checking ---- */

/* An answer is somebody else's program: its machine runs in a process that reaches nothing any
 * more but what is open. */
static bool close_in(FILE *messages, struct err *e)
{
    struct grants none = {.count = 0};
    const struct sandbox_rules rules = {.mode = SANDBOX_ON, .grants = &none, .alone = true};
    struct err missing;
    fflush(NULL);
    grants_sanitizers(&none);
    bool ok = sandbox_enter(&rules, &missing, e);
    grants_free(&none);
    if (!ok)
        return false;
    if (missing.text[0])
        clean_printf(messages, "ferrite: sandbox: %s\n", missing.text);
    return true;
}

static int report(const struct trial *t, FILE *out)
{
    for (unsigned i = 0; i < t->dones; i++) {
        const struct trial_line *d = &t->done[i];
        if (d->passed)
            clean_printf(out, "  ok   %s%s%s\n", d->asked ? d->asked : d->step->source,
                         d->said && *d->said ? "  | " : "", d->said ? d->said : "");
    }
    clean_printf(out, "%s\n", t->words);
    return t->verdict == TRIAL_PASSED   ? SUBCOMMAND_DONE
           : t->verdict == TRIAL_FAILED ? SUBCOMMAND_FAILED
                                        : SUBCOMMAND_ASKED_WRONGLY;
}

static int check(const struct lesson *l, const struct lesson_values *v, u64 seed,
                 const char *answer, FILE *out, FILE *messages)
{
    struct trial *t = malloc(sizeof(*t));
    struct err e = {"out of memory"};
    FILE *result = v->result ? fopen(v->result, "we") : NULL;
    if (v->result && !result)
        err_set(&e, "%s: cannot be written: %s", v->result, strerror(errno));
    if (!t || (v->result && !result) || !close_in(messages, &e)) {
        if (result)
            fclose(result);
        free(t);
        return subcommand_refused(messages, &e);
    }
    trial_run(t, l, seed, answer);
    int status = report(t, out);
    if (result && !result_write(result, v->result, t, answer, &e))
        status = subcommand_refused(messages, &e);
    trial_free(t);
    free(t);
    return status;
}

/* One solution, or one that is wrong. */
static bool is_as_said(struct trial *t, const struct lesson *l, u64 seed,
                       const struct lesson_block *b, FILE *out)
{
    struct words_values values = {.lesson = l, .seed = seed};
    struct err e;
    char *answer = words_fill_given(&values, b->text, &e); /* of a value it may be a part */
    if (!answer) {
        clean_printf(out, "%s:%u: %s\n", l->path, b->line, e.text);
        return false;
    }
    trial_run(t, l, seed, answer);
    free(answer);
    bool right = b->kind == LESSON_SOLUTION;
    bool ok = right ? t->verdict == TRIAL_PASSED
                    : t->verdict == TRIAL_FAILED && strstr(t->words, b->info) != NULL;
    if (!ok)
        clean_printf(out, "%s:%u: %s, but:\n%s\n", l->path, b->line,
                     right ? "a solution should pass" : "this should fail with its words",
                     t->words);
    trial_free(t);
    return ok;
}

static int test(const struct lesson *l, u64 seed, FILE *out, FILE *messages)
{
    struct trial *t = malloc(sizeof(*t));
    struct err e = {"out of memory"};
    unsigned tried = 0, wrong = 0;
    if (!t)
        return subcommand_refused(messages, &e);
    for (unsigned i = 0; i < l->blocks; i++) {
        const struct lesson_block *b = &l->block[i];
        if (b->kind != LESSON_SOLUTION && b->kind != LESSON_WRONG)
            continue;
        tried++;
        wrong += !is_as_said(t, l, seed, b, out);
    }
    free(t);
    clean_printf(out, "%s: %u answers tried, %u not as they should be\n", l->name, tried, wrong);
    return wrong ? SUBCOMMAND_FAILED : SUBCOMMAND_DONE;
}

static int image(const struct lesson *l, const char *path, u64 seed, const char *source,
                 FILE *messages)
{
    struct err e;
    unsigned line;
    if (!answer_has_program(l)) {
        err_set(&e, "lesson %s has no program: it begins where the power comes on", l->name);
        return subcommand_refused(messages, &e);
    }
    u8 *disk = answer_disk(l, seed, source, false, &line, &e);
    if (!disk)
        return subcommand_refused(messages, &e);
    FILE *f = fopen(path, "we");
    bool ok = f && fwrite(disk, 1, ANSWER_DISK, f) == ANSWER_DISK;
    if (f)
        ok &= fclose(f) == 0;
    free(disk);
    if (ok)
        return SUBCOMMAND_DONE;
    err_set(&e, "%s: cannot be written: %s", path, strerror(errno));
    return subcommand_refused(messages, &e);
}

static int verify(const char *path, FILE *out, FILE *messages)
{
    struct err e;
    struct result r;
    bool passed = false;
    enum result_verdict verdict = RESULT_BAD;
    if (result_read(&r, path, &e) && close_in(messages, &e))
        verdict = result_again(&r, &passed, out, &e);
    result_free(&r);
    if (verdict == RESULT_BAD)
        return subcommand_refused(messages, &e);
    if (verdict == RESULT_DIFFERS)
        clean_printf(messages, "ferrite: %s\n", e.text);
    return verdict == RESULT_SAME && passed ? SUBCOMMAND_DONE : SUBCOMMAND_FAILED;
}

/* ---- the command ---- */

static bool take_seed(const char *text, u64 *seed, struct err *e)
{
    char *end;
    *seed = 1;
    if (!text)
        return true;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    return (end != text && !*end && !errno && *text != '-' && *seed <= UINT32_MAX) ||
           err_set(e, "-seed %.40s: a number from 0 to %u", text, UINT32_MAX);
}

/* Options may stand before and behind the lesson's name. */
static bool parse(struct lesson_values *v, int argc, char **argv, const char **name, struct err *e)
{
    *name = NULL;
    for (int at = 0, rest; at < argc; at = rest + 1) {
        if (!option_parse(lesson_options, v, argc, argv, at, &rest, e))
            return false;
        if (rest < argc && *name)
            return err_set(e, "lesson: one lesson at a time: %.60s", argv[rest]);
        if (rest < argc)
            *name = argv[rest];
    }
    if (v->verify && (*name || v->check || v->answer || v->image || v->test))
        return err_set(e, "-verify FILE: the file says which lesson it is");
    if (v->check && v->answer)
        return err_set(e, "-check and -answer: one answer at a time");
    if (v->result && !v->check && !v->answer)
        return err_set(e, "-result FILE goes with -check or -answer");
    return *name || (!v->check && !v->answer && !v->image && !v->test && !v->hints) ||
           err_set(e, "which lesson? ferrite lesson lists them");
}

static int with_lesson(const struct lesson *l, const struct lesson_values *v, FILE *out,
                       FILE *messages)
{
    struct err e;
    u64 seed;
    size_t len;
    char *file = NULL;
    if (!take_seed(v->seed, &seed, &e) ||
        (v->check && !(file = library_read(v->check, ANSWER_BYTES, &len, &e))))
        return subcommand_refused(messages, &e);
    const char *answer = file ? file : v->answer;
    int status = SUBCOMMAND_DONE;
    if (v->test)
        status = test(l, seed, out, messages);
    else if (v->image)
        status = image(l, v->image, seed, answer, messages);
    else if (answer)
        status = check(l, v, seed, answer, out, messages);
    else
        show(l, seed, v->hints, out);
    free(file);
    return status;
}

int lesson_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct lesson_values v = {.check = NULL};
    struct err e;
    const char *name;
    if (!parse(&v, argc, argv, &name, &e))
        return subcommand_refused(messages, &e);
    if (v.verify)
        return verify(v.verify, out, messages);
    if (!name)
        return list_all(out, messages);
    struct lesson *l = library_lesson(name, true, &e);
    int status = l ? with_lesson(l, &v, out, messages) : subcommand_refused(messages, &e);
    lesson_free(l);
    return status;
}
