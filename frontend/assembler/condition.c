/*
 * condition.c - numbers and conditions of the preprocessor: %assign, %rep, %if. See preprocess.h.
 */
#include "frontend/assembler/preprocess.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- expressions ---- */

bool pp_number(struct preprocessor *p, struct text t, s64 *out, bool silent)
{
    struct assembler *a = p->a;
    struct line *l = list_add(a, &a->lines, sizeof *l);
    char *copy = assembler_text(a, t.at, t.length);
    if (!l || !copy)
        return false;
    *l = (struct line){.text = "",
                       .number = p->spoken.number,
                       .file = p->spoken.file,
                       .column = p->column ? p->column : 1};
    u32 line = (u32)a->lines.count - 1;
    size_t steps = a->steps.count, said = a->messages.count;
    struct cursor c = {copy, copy, copy + t.length};
    struct expression e;
    struct value v = {0};
    bool good = parse_expression(a, line, &c, false, &e);
    if (good && !at_end(&c))
        good = complain(a, line, 1, "'%.40s' does not belong into this expression", c.at);
    a->doing = line;
    if (good) {
        a->last_pass = !silent && e.constant; /* so that it says what is wrong */
        good = evaluate(a, &e, &v);
        a->last_pass = false;
    }
    if (good && (v.unknown || v.moves)) {
        good = false;
        if (!silent)
            complain(a, line, 1,
                     "only numbers and names that are known already (%%define, %%assign, equ) can "
                     "stand here, no addresses: %.60s",
                     copy);
    }
    a->steps.count = steps;
    if (a->messages.count == said)
        a->lines.count--;
    *out = v.n;
    return good;
}

bool pp_value(struct preprocessor *p, struct text rest, const struct call_of *c, s64 *out)
{
    struct line_text *t = pp_room(p);
    if (!t)
        return false;
    bool good = pp_expand(p, rest, c, t) &&
                pp_number(p, pp_trim((struct text){t->at, (u32)t->length}), out, false);
    free(t);
    return good;
}

/* ---- conditions ---- */

static bool any_defined(struct preprocessor *p, struct text rest)
{
    for (;;) {
        struct text w = pp_word(rest);
        if (!w.length)
            return false;
        if (pp_find_define(p, w))
            return true;
        rest = pp_behind(rest, w);
    }
}

/* %ifidn A, B */
static bool identical(struct preprocessor *p, struct text rest, const struct call_of *c,
                      bool any_case)
{
    struct line_text *t = pp_room(p);
    bool same = false;
    if (t && pp_expand(p, rest, c, t)) {
        struct text all = {t->at, (u32)t->length};
        struct text x = pp_argument(&all, false), y = pp_trim(all);
        same = x.length == y.length;
        for (u32 i = 0; same && i < x.length; i++)
            same = any_case ? tolower((unsigned char)x.at[i]) == tolower((unsigned char)y.at[i])
                            : x.at[i] == y.at[i];
    }
    free(t);
    return same;
}

bool pp_condition(struct preprocessor *p, struct text kind, struct text rest,
                  const struct call_of *c)
{
    s64 n = 0;
    bool negated = kind.length && (kind.at[0] == 'n' || kind.at[0] == 'N') && !text_is(kind, "num");
    struct text what = {kind.at + negated, kind.length - negated};
    bool is = false;
    if (text_is(kind, ""))
        return pp_value(p, rest, c, &n) && n;
    if (text_is(what, "def")) {
        struct line_text *t = pp_room(p);
        is = t && pp_parameters(p, rest, c, t) &&
             any_defined(p, (struct text){t->at, (u32)t->length});
        free(t);
    } else if (text_is(what, "idn") || text_is(what, "idni")) {
        is = identical(p, rest, c, text_is(what, "idni"));
    } else if (text_is(what, "empty")) {
        struct line_text *t = pp_room(p);
        is = t && pp_expand(p, rest, c, t) && !pp_trim((struct text){t->at, (u32)t->length}).length;
        free(t);
    } else {
        pp_complain(p,
                    "there is no %%if%.*s: %%if, %%ifdef, %%ifidn, %%ifempty and their opposites "
                    "with n",
                    (int)(kind.length > 20 ? 20 : kind.length), kind.at);
    }
    return is != negated;
}
