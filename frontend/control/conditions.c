/*
 * conditions.c - see conditions.h; and waiting for the first of them.
 *
 * Each condition is a row of the table with its own arguments, done step by step as if it were
 * alone. Of two that come at the same instant the one that was named first counts.
 */
#define _GNU_SOURCE /* open_memstream */
#include "frontend/control/conditions.h"

#include "frontend/control/rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const struct command *condition_find(const char *name, size_t len)
{
    static const char *const before[] = {"", "wait-", "expect-"};
    char whole[64];
    for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
        int n = snprintf(whole, sizeof(whole), "%s%.*s", before[i], (int)len, name);
        const struct command *c =
            n > 0 && (size_t)n < sizeof(whole) ? command_find(whole, (size_t)n) : NULL;
        if (c && (c->flags & COMMAND_CONDITION || c->param[0].kind == PARAM_PATTERN))
            return c;
    }
    return NULL;
}

static char *spelling(const struct word *w, unsigned count)
{
    char *text = NULL;
    size_t size;
    if (w[0].from)
        return strndup(w[0].from, (size_t)(w[count - 1].end - w[0].from));
    FILE *f = open_memstream(&text, &size);
    for (unsigned i = 0; f && i < count; i++)
        fprintf(f, "%s%s", i ? " " : "", w[i].text ? w[i].text : "");
    if (f && fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

static bool take_one(const struct command *c, const struct command_site *site, struct condition *to,
                     const struct word *w, unsigned count, struct err *e)
{
    struct words own = {.count = count};
    if (!count || !w[0].text)
        return err_set(e, "%s wants a condition on both sides of `or`", c->name);
    const struct command *row = condition_find(w[0].text, w[0].len);
    if (!row || !(row->flags & COMMAND_CONDITION) || w[0].quoted)
        return err_set(e,
                       "%s: \"%.40s\" cannot be awaited: text, serial, screen, still, stop, sleep, "
                       "exit or end",
                       c->name, w[0].text);
    memcpy(own.word, w, count * sizeof(*w));
    own.word[0].text = (char *)(uintptr_t)row->name;
    own.word[0].len = strlen(row->name);
    to->source = spelling(w, count);
    return (to->source || err_set(e, "out of memory")) &&
           request_of_words(&to->request, site, &own, e);
}

bool conditions_take(const struct command *c, const struct command_site *site, struct value *v,
                     const struct word *w, unsigned count, struct err *e)
{
    v->given = true;
    v->condition = calloc(CONDITIONS, sizeof(*v->condition));
    if (!v->condition)
        return err_set(e, "out of memory");
    for (unsigned at = 0; at <= count;) {
        unsigned n = 0;
        while (at + n < count && w[at + n].text &&
               (w[at + n].quoted || strcmp(w[at + n].text, "or") != 0))
            n++;
        if (v->number == CONDITIONS)
            return err_set(e, "%s: more than %d conditions", c->name, CONDITIONS);
        if (!take_one(c, site, &v->condition[v->number++], w + at, n, e))
            return false;
        at += n + 1;
        if (at - 1 == count)
            break;
    }
    return true;
}

void conditions_free(struct value *v)
{
    for (unsigned i = 0; v->condition && i < CONDITIONS; i++) {
        request_free(&v->condition[i].request);
        free(v->condition[i].source);
    }
    free(v->condition);
    v->condition = NULL;
}

/* ---- waiting ---- */

/* scratch[2 * i]: the i-th one's. The last: bits of those that will not come any more. */
enum { OUT = CONTROL_SCRATCH - 1 };
static_assert(CONDITIONS * CONDITION_SCRATCH < CONTROL_SCRATCH, "scratch for all of them");

static enum command_state step(struct call *call, unsigned i, u64 *next, struct err *why)
{
    struct call one = *call;
    memset(one.scratch, 0, sizeof(one.scratch));
    memcpy(one.scratch, call->scratch + CONDITION_SCRATCH * i, CONDITION_SCRATCH * sizeof(u64));
    one.request = &call->request->arg[0].condition[i].request;
    enum command_state state = one.request->row->run(&one);
    memcpy(call->scratch + CONDITION_SCRATCH * i, one.scratch, CONDITION_SCRATCH * sizeof(u64));
    if (state == COMMAND_PENDING && one.next < *next)
        *next = one.next;
    if (state == COMMAND_FAILED) {
        *why = one.error;
        call->fault = one.fault;
    }
    return state;
}

enum command_state rows_wait_any(struct call *call)
{
    const struct value *v = &call->request->arg[0];
    struct err why = {""};
    u64 next = UINT64_MAX;
    unsigned left = 0;
    for (unsigned i = 0; i < (unsigned)v->number; i++) {
        if (call->scratch[OUT] >> i & 1)
            continue;
        enum command_state state = step(call, i, &next, &why);
        if (state == COMMAND_DONE) {
            reply_int(call->reply, "condition", i + 1);
            reply_text(call->reply, "which", v->condition[i].source);
            return COMMAND_DONE;
        }
        if (state == COMMAND_FAILED)
            call->scratch[OUT] |= 1u << i;
        else
            left++;
    }
    if (!left)
        return call_fails(call, call->fault, "none of %u has come; the last: %.300s",
                          (unsigned)v->number, why.text);
    return call_waits(call, next);
}
