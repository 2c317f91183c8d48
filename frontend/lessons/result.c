/* result.c - see result.h. */
#include "frontend/lessons/result.h"

#include "frontend/json/json.h"
#include "frontend/lessons/library.h"
#include "hw/base/clean.h"

#include <stdlib.h>
#include <string.h>

bool result_write(FILE *f, const char *path, const struct trial *t, const char *answer,
                  struct err *e)
{
    struct reply r;
    reply_init(&r);
    trial_reply(t, answer, &r);
    reply_write_json(&r, f);
    fputc('\n', f);
    bool whole = !reply_lost(&r) && !ferror(f);
    reply_free(&r);
    whole &= fclose(f) == 0;
    return whole || err_set(e, "%s: cannot be written", path);
}

static bool take_claim(struct result *r, struct err *e)
{
    struct json *j = r->json;
    const struct json_value *v = r->tree, *passed = json_get(j, v, "passed");
    const char *seed = json_text(j, json_get(j, v, "seed"));
    char *end;
    r->lesson = json_text(j, json_get(j, v, "lesson"));
    r->source = json_text(j, json_get(j, v, "source"));
    r->hash = json_text(j, json_get(j, v, "trace-hash"));
    r->words = json_text(j, json_get(j, v, "words"));
    r->seed = seed ? strtoull(seed, &end, 10) : 0;
    if (!r->lesson || !r->source || !r->hash || !r->words || !seed || end == seed || *end ||
        !passed || !json_is_bool(passed))
        return err_set(e, "no result of a lesson: lesson, seed, source, passed, words and "
                          "trace-hash are wanted");
    r->passed = json_kind(passed) == JSON_TRUE_VALUE;
    return true;
}

bool result_read(struct result *r, const char *path, struct err *e)
{
    size_t len;
    struct err why;
    *r = (struct result){.path = path, .json = json_open(e)};
    char *text = r->json ? library_read(path, RESULT_BYTES, &len, e) : NULL;
    if (!text)
        return false;
    r->tree = json_parse(r->json, text, len, &why);
    free(text);
    return (r->tree && take_claim(r, &why)) || err_set(e, "%s: %.300s", path, why.text);
}

void result_free(struct result *r)
{
    if (r->tree)
        json_free(r->json, r->tree);
    json_close(r->json);
    r->tree = NULL;
    r->json = NULL;
}

static enum result_verdict compare(const struct result *r, const struct trial *t, struct err *e)
{
    char hash[24];
    snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)t->hash);
    bool passed = t->verdict == TRIAL_PASSED;
    if (passed != r->passed)
        err_set(e, "%s: it says that the answer is %s, and it is %s: %.300s", r->path,
                r->passed ? "right" : "wrong", passed ? "right" : "not", t->words);
    else if (strcmp(hash, r->hash) != 0)
        err_set(e, "%s: the machine has not done the same: trace hash %s, and the file says %.40s",
                r->path, hash, r->hash);
    else if (strcmp(t->words, r->words) != 0)
        err_set(e, "%s: the words differ: %.300s", r->path, t->words);
    else
        return RESULT_SAME;
    return RESULT_DIFFERS;
}

enum result_verdict result_again(const struct result *r, bool *passed, FILE *out, struct err *e)
{
    struct lesson *l = library_lesson(r->lesson, false, e);
    struct trial *t = l ? malloc(sizeof(*t)) : NULL;
    enum result_verdict verdict = RESULT_BAD;
    if (t) {
        trial_run(t, l, r->seed, r->source);
        verdict = compare(r, t, e);
        *passed = t->verdict == TRIAL_PASSED;
        if (verdict == RESULT_SAME)
            clean_printf(out, "%s, seed %llu: %s\n", l->name, (unsigned long long)r->seed,
                         t->words);
        trial_free(t);
    } else if (l) {
        err_set(e, "out of memory");
    }
    free(t);
    lesson_free(l);
    return verdict;
}
