/*
 * trial.c - see trial.h. The machine is run in trial_machine.c; here is what its steps mean for
 * the verdict.
 */
#include "frontend/lessons/trial.h"

#include "frontend/control/expression.h"
#include "frontend/lessons/answer.h"
#include "frontend/lessons/trial_machine.h"
#include "hw/base/hash.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends(struct trial *t, enum trial_verdict verdict, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Always false. */
static bool ends(struct trial *t, enum trial_verdict verdict, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(t->words, sizeof(t->words), fmt, args);
    va_end(args);
    t->verdict = verdict;
    return false;
}

/* The lesson itself is not right. Always false. */
static bool broken(struct trial *t, const struct lesson_step *s, const struct err *e)
{
    return ends(t, TRIAL_BROKEN, "%s:%u: %s", t->lesson->path, s->line, e->text);
}

static bool note(struct trial *t, struct trial_machine *m, const struct lesson_step *s, bool passed,
                 const char *said)
{
    struct err e;
    m->values.read = true;
    m->values.hides = s->kind == STEP_ANSWER || strstr(s->source, "{answer");
    char *asked = words_fill(&m->values, s->source, &e);
    m->values.read = false;
    t->done[t->dones++] =
        (struct trial_line){s, passed, asked ? asked : strdup(s->source), strdup(said)};
    return passed;
}

/* It is not as it should be: `otherwise` unless the lesson has words for it; `seen` besides. */
static bool fails(struct trial *t, struct trial_machine *m, const struct lesson_step *s,
                  const char *otherwise, const char *seen)
{
    struct err e;
    char *words = s->words ? words_fill(&m->values, s->words, &e) : NULL;
    if (s->words && !words)
        return broken(t, s, &e);
    ends(t, TRIAL_FAILED, "%s%s%s", words ? words : otherwise, *seen ? "\n" : "", seen);
    note(t, m, s, false, t->words);
    free(words);
    return false;
}

/* What kept the machine from coming to where the step wanted it. */
static bool not_reached(struct trial *t, struct trial_machine *m, const struct lesson_step *s,
                        enum trial_end end)
{
    char otherwise[LESSON_LINE + 100], seen[700];
    if (end == TRIAL_NEVER) {
        const struct lesson_step *never = m->broken_rule;
        trial_machine_seen(m, seen, sizeof(seen));
        snprintf(otherwise, sizeof(otherwise), "this must not happen: %s", never->what);
        return fails(t, m, never, otherwise, seen);
    }
    if (end == TRIAL_WRONG)
        return broken(t, s, &m->error);
    snprintf(otherwise, sizeof(otherwise), "this did not happen: %s", s->source);
    trial_machine_why(m, end, seen, sizeof(seen));
    return fails(t, m, s, otherwise, seen);
}

/* ---- steps ---- */

static bool at(struct trial *t, struct trial_machine *m, const struct lesson_step *s)
{
    char said[300], seen[200];
    u64 before = vm_instructions(m->vm);
    enum trial_end end =
        s->halt ? trial_machine_to_halt(m, s->limit) : trial_machine_to_point(m, s);
    if (end != TRIAL_MET)
        return not_reached(t, m, s, end);
    m->values.elapsed = vm_instructions(m->vm) - before;
    trial_machine_seen(m, seen, sizeof(seen));
    snprintf(said, sizeof(said), "after %llu instructions: %s",
             (unsigned long long)m->values.elapsed, seen);
    return note(t, m, s, true, said);
}

static bool run(struct trial *t, struct trial_machine *m, const struct lesson_step *s)
{
    enum trial_end end = trial_machine_instructions(m, s->limit);
    m->values.elapsed = s->limit;
    return end == TRIAL_LIMIT || end == TRIAL_HALTED || not_reached(t, m, s, end);
}

static bool expect(struct trial *t, struct trial_machine *m, const struct lesson_step *s)
{
    s64 value = 0;
    struct err e;
    char *text = words_fill(&m->values, s->what, &e);
    bool ok = text && expression_value(m->vm, text, &value, &e);
    if (!ok)
        broken(t, s, &e);
    else if (value)
        note(t, m, s, true, "");
    free(text);
    return ok && (value || fails(t, m, s, s->source, ""));
}

static bool keep(struct trial *t, struct trial_machine *m, const struct lesson_step *s)
{
    struct err e;
    char *text = words_fill(&m->values, s->what, &e);
    bool ok = text && expression_value(m->vm, text, &m->values.counted[s - t->lesson->step], &e);
    free(text);
    return ok || broken(t, s, &e);
}

static bool expect_text(struct trial *t, struct trial_machine *m, const struct lesson_step *s)
{
    struct err e;
    char *text = words_fill(&m->values, s->what, &e);
    if (!text)
        return broken(t, s, &e);
    bool there = strstr(control_text(&m->control), text) != NULL;
    if (there)
        note(t, m, s, true, "");
    free(text);
    return there || fails(t, m, s, s->source, "");
}

/* The same word, whatever its capitals and the blanks around the second? */
static bool same_word(const char *a, const char *word, size_t len)
{
    size_t n = strlen(a);
    while (len && isspace((unsigned char)*word)) {
        word++;
        len--;
    }
    while (len && isspace((unsigned char)word[len - 1]))
        len--;
    return n == len && strncasecmp(a, word, n) == 0;
}

static bool answer_is(struct trial *t, struct trial_machine *m, const struct lesson_step *s)
{
    struct err e;
    bool same = false;
    char *text = words_fill(&m->values, s->what, &e);
    if (!text)
        return broken(t, s, &e);
    for (const char *p = text; *p && !same;) {
        size_t len = strcspn(p, "|");
        same = same_word(m->values.answer, p, len);
        p += len + (p[len] == '|');
    }
    free(text);
    return same ? note(t, m, s, true, "") : fails(t, m, s, s->source, "");
}

static bool command(struct trial *t, struct trial_machine *m, const struct lesson_step *s)
{
    char *text = words_fill(&m->values, s->what, &m->error);
    enum trial_end end = text ? trial_machine_command(m, text, s->kind == STEP_SEE) : TRIAL_WRONG;
    free(text);
    if (end == TRIAL_REFUSED)
        return s->words ? fails(t, m, s, "", m->error.text) : broken(t, s, &m->error);
    return end == TRIAL_MET || not_reached(t, m, s, end);
}

/* The learner's script, line by line. */
static bool script(struct trial *t, struct trial_machine *m, const struct lesson_step *s)
{
    const char *next = m->values.answer;
    char text[LESSON_LINE];
    for (unsigned line = 0; lesson_line(&next, &line, text, sizeof(text));) {
        bool ok = lesson_command_ok(text, &m->error);
        enum trial_end end = ok ? trial_machine_command(m, text, true) : TRIAL_REFUSED;
        if (end == TRIAL_REFUSED) {
            t->line = line;
            ends(t, TRIAL_FAILED, "line %u: %s", line, m->error.text);
            return note(t, m, s, false, t->words);
        }
        if (end != TRIAL_MET)
            return not_reached(t, m, s, end);
    }
    return note(t, m, s, true, "");
}

static bool step(struct trial *t, struct trial_machine *m, const struct lesson_step *s)
{
    switch (s->kind) {
    case STEP_AT:
        return at(t, m, s);
    case STEP_RUN:
        return run(t, m, s);
    case STEP_EXPECT:
        return expect(t, m, s);
    case STEP_KEEP:
        return keep(t, m, s);
    case STEP_TEXT:
        return expect_text(t, m, s);
    case STEP_ANSWER:
        return answer_is(t, m, s);
    case STEP_GIVEN_ANSWER:
        return script(t, m, s);
    case STEP_NEVER:
    case STEP_COUNT:
        return trial_machine_watch(m, s) || broken(t, s, &m->error);
    default:
        return command(t, m, s);
    }
}

/* ---- machines ---- */

static void forget_done(struct trial *t)
{
    for (unsigned i = 0; i < t->dones; i++) {
        free(t->done[i].asked);
        free(t->done[i].said);
    }
    t->dones = 0;
}

/* To the first instruction of the program, if there is one. */
static bool start(struct trial *t, struct trial_machine *m)
{
    char seen[700];
    enum trial_end end = answer_has_program(t->lesson) ? trial_machine_boot(m) : TRIAL_MET;
    if (end == TRIAL_MET)
        return true;
    trial_machine_why(m, end, seen, sizeof(seen));
    return ends(t, TRIAL_FAILED,
                "The BIOS has not started the program: its first sector has to end in 55h AAh.\n%s",
                seen);
}

static bool one_machine(struct trial *t, const char *answer)
{
    static const char trouble[] = "%.1000s";
    const struct lesson *l = t->lesson;
    struct trial_machine m;
    struct err e = {{0}};
    u64 seed = t->seed + t->variant;
    u8 *disk = NULL;
    if (answer_has_program(l) && !(disk = answer_disk(l, seed, answer, true, &t->line, &e)))
        return ends(t, l->answer == ANSWER_SOURCE ? TRIAL_FAILED : TRIAL_BROKEN, trouble, e.text);
    if (!trial_machine_open(&m, l, seed, answer, disk, &e)) {
        free(disk);
        return ends(t, TRIAL_BROKEN, trouble, e.text);
    }
    bool ok = start(t, &m);
    for (unsigned i = 0; ok && i < l->steps; i++)
        ok = step(t, &m, &l->step[i]);
    u64 hash = 0;
    vm_trace_hash(m.vm, &hash);
    t->hash = hash_u64(hash_u64(t->hash, hash), vm_instructions(m.vm));
    t->instructions += vm_instructions(m.vm);
    trial_machine_close(&m);
    free(disk);
    return ok;
}

/* Without the blanks around it. */
static void take_word(const char *answer, char *word, size_t size)
{
    answer += strspn(answer, " \t\r\n");
    size_t n = strlen(answer);
    while (n && isspace((unsigned char)answer[n - 1]))
        n--;
    snprintf(word, size, "%.*s", (int)(n < size ? n : size - 1), answer);
}

void trial_run(struct trial *t, const struct lesson *l, u64 seed, const char *answer)
{
    *t = (struct trial){.lesson = l, .seed = seed, .hash = HASH_START};
    u64 value;
    struct err e;
    char number[24], word[200];
    if (strlen(answer) > ANSWER_BYTES) {
        ends(t, TRIAL_FAILED, "the answer is longer than %d KB", ANSWER_BYTES >> 10);
        return;
    }
    if (l->answer == ANSWER_VALUE) {
        if (!answer_value(answer, &value, &e)) {
            ends(t, TRIAL_FAILED, "%s", e.text);
            return;
        }
        snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
        answer = number;
    }
    if (l->answer == ANSWER_WORD) {
        take_word(answer, word, sizeof(word));
        answer = word;
    }
    for (; t->variant < l->variants; t->variant++) {
        forget_done(t);
        if (!one_machine(t, answer))
            return;
    }
    t->variant = l->variants - 1;
    snprintf(t->words, sizeof(t->words), "Right.");
}

void trial_free(struct trial *t)
{
    forget_done(t);
}

void trial_reply(const struct trial *t, const char *answer, struct reply *r)
{
    reply_text(r, "lesson", t->lesson->name);
    reply_printf(r, "seed", "%llu", (unsigned long long)t->seed);
    reply_bool(r, "passed", t->verdict == TRIAL_PASSED);
    reply_bool(r, "broken", t->verdict == TRIAL_BROKEN);
    reply_text(r, "words", t->words);
    reply_int(r, "line", t->line);
    reply_int(r, "machine", t->variant + 1);
    reply_list(r, "checks");
    for (unsigned i = 0; i < t->dones; i++) {
        const struct trial_line *d = &t->done[i];
        reply_map(r, NULL);
        reply_text(r, "check", d->asked ? d->asked : d->step->source);
        reply_bool(r, "passed", d->passed);
        reply_text(r, "said", d->said ? d->said : "");
        reply_end(r);
    }
    reply_end(r);
    reply_printf(r, "trace hash", "%016llx", (unsigned long long)t->hash);
    reply_int(r, "instructions", (s64)t->instructions);
    reply_text(r, "source", answer);
    reply_say(r, "%s", t->words);
}
