/* result.c - see result.h. */
#include "frontend/lessons/result.h"

#include "frontend/json/json.h"
#include "frontend/lessons/library.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool result_write(const char *path, const struct trial *t, const char *answer, struct err *e)
{
    struct reply r;
    FILE *f = fopen(path, "we");
    if (!f)
        return err_set(e, "%s: cannot be written: %s", path, strerror(errno));
    reply_init(&r);
    trial_reply(t, answer, &r);
    reply_write_json(&r, f);
    fputc('\n', f);
    bool whole = !reply_lost(&r) && !ferror(f);
    reply_free(&r);
    whole &= fclose(f) == 0;
    return whole || err_set(e, "%s: cannot be written", path);
}

struct claim {
    const char *lesson, *source, *hash, *words;
    u64 seed;
    bool passed;
};

static bool take_claim(struct json *j, const struct json_value *v, struct claim *c, struct err *e)
{
    const char *seed = json_text(j, json_get(j, v, "seed"));
    const struct json_value *passed = json_get(j, v, "passed");
    char *end;
    *c = (struct claim){.lesson = json_text(j, json_get(j, v, "lesson")),
                        .source = json_text(j, json_get(j, v, "source")),
                        .hash = json_text(j, json_get(j, v, "trace-hash")),
                        .words = json_text(j, json_get(j, v, "words")),
                        .seed = seed ? strtoull(seed, &end, 10) : 0};
    if (!c->lesson || !c->source || !c->hash || !c->words || !seed || end == seed || *end ||
        !passed || !json_is_bool(passed))
        return err_set(e, "no result of a lesson: lesson, seed, source, passed, words and "
                          "trace-hash are wanted");
    c->passed = json_kind(passed) == JSON_TRUE_VALUE;
    return true;
}

static enum result_verdict compare(const struct claim *c, const struct trial *t, struct err *e)
{
    char hash[24];
    snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)t->hash);
    bool passed = t->verdict == TRIAL_PASSED;
    if (passed != c->passed)
        err_set(e, "it says that the answer is %s, and it is %s: %.300s",
                c->passed ? "right" : "wrong", passed ? "right" : "not", t->words);
    else if (strcmp(hash, c->hash) != 0)
        err_set(e, "the machine has not done the same: trace hash %s, and the file says %.40s",
                hash, c->hash);
    else if (strcmp(t->words, c->words) != 0)
        err_set(e, "the words differ: %.300s", t->words);
    else
        return RESULT_SAME;
    return RESULT_DIFFERS;
}

static enum result_verdict again(const struct claim *c, bool *passed, FILE *out, struct err *e)
{
    struct lesson *l = library_lesson(c->lesson, false, e);
    struct trial *t = l ? malloc(sizeof(*t)) : NULL;
    enum result_verdict verdict = RESULT_BAD;
    if (t) {
        trial_run(t, l, c->seed, c->source);
        verdict = compare(c, t, e);
        *passed = t->verdict == TRIAL_PASSED;
        if (verdict == RESULT_SAME)
            fprintf(out, "%s, seed %llu: %s\n", l->name, (unsigned long long)c->seed, t->words);
        trial_free(t);
    } else if (l) {
        err_set(e, "out of memory");
    }
    free(t);
    lesson_free(l);
    return verdict;
}

enum result_verdict result_verify(const char *path, bool *passed, FILE *out, struct err *e)
{
    size_t len;
    struct err why;
    struct claim c;
    struct json *j = json_open(e);
    char *text = j ? library_read(path, RESULT_BYTES, &len, e) : NULL;
    enum result_verdict verdict = RESULT_BAD;
    struct json_value *v = text ? json_parse(j, text, len, &why) : NULL;
    if (text && (!v || !take_claim(j, v, &c, &why))) {
        err_set(e, "%s: %.300s", path, why.text);
    } else if (v) {
        verdict = again(&c, passed, out, &why);
        if (verdict != RESULT_SAME)
            err_set(e, "%s: %.400s", path, why.text);
    }
    if (v)
        json_free(j, v);
    free(text);
    json_close(j);
    return verdict;
}
