/*
 * request.c - from a line or from words to a row of the table and its arguments. See command.h.
 */
#include "frontend/control/command.h"

#include "frontend/control/absent.h"
#include "frontend/control/command_args.h"
#include "frontend/control/command_words.h"
#include "frontend/control/conditions.h"
#include "frontend/control/picture_compare.h"
#include "hw/base/nearest.h"

#include <stdlib.h>
#include <string.h>

/* "snapshot wants save FILE, load FILE or list [FOLDER]": `first` begins the names of some rows. */
static bool say_rest(const char *first, struct err *e)
{
    size_t len = strlen(first), found = 0, total = 0;
    const struct command *c;
    for (size_t i = 0; (c = command_at(i)); i++)
        total += strncmp(c->name, first, len) == 0 && c->name[len] == ' ';
    if (!total)
        return true;
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return err_set(e, "out of memory");
    fprintf(f, "%s wants ", first);
    for (size_t i = 0; (c = command_at(i)); i++) {
        if (strncmp(c->name, first, len) != 0 || c->name[len] != ' ')
            continue;
        char *usage = NULL;
        FILE *one = open_memstream(&usage, &size);
        if (one) {
            command_usage(c, one);
            fclose(one);
        }
        found++;
        fprintf(f, "%s%s",
                found == 1       ? ""
                : found == total ? " or "
                                 : ", ",
                usage ? usage + len + 1 : "");
        free(usage);
    }
    if (fclose(f) == 0)
        err_set(e, "%s", text);
    else
        err_set(e, "out of memory");
    free(text);
    return false;
}

/* "wait": the words that go on behind it, "wait-text, wait-serial". false: there are none. */
static bool say_longer(const char *name, const char *const *names, size_t count, struct err *e)
{
    enum { SHORTEST = 3, MOST = 8 };
    char list[300];
    size_t len = strlen(name), used = 0;
    unsigned found = 0;
    for (size_t i = 0; len >= SHORTEST && i < count && found < MOST; i++) {
        size_t more = strlen(names[i]) + 2;
        if (strncmp(names[i], name, len) != 0 || names[i][len] != '-' ||
            used + more >= sizeof(list))
            continue;
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", found++ ? ", " : "",
                                 names[i]);
    }
    return found > 0 && !err_set(e, "no command \"%.60s\"; there is %s", name, list);
}

static bool no_command(const char *name, struct err *e)
{
    enum { NAMES = 300 };
    char alias[NAMES][32];
    const char *names[NAMES];
    const struct command *c;
    size_t n = 0;
    if (!say_rest(name, e))
        return false;
    for (size_t i = 0; n < NAMES && (c = command_at(i)); i++) {
        names[n++] = c->name;
        for (const char *a = c->aliases; a && *a && n < NAMES;) {
            size_t len = strcspn(a, "|");
            snprintf(alias[n], sizeof(alias[n]), "%.*s", (int)len, a);
            names[n] = alias[n];
            n++;
            a += len + (a[len] == '|');
        }
    }
    const char *near = nearest_word(name, names, n), *why = absent_why(name);
    if (why)
        return err_set(e, "there is no command \"%.60s\": %s", name, why);
    if (say_longer(name, names, n, e))
        return false;
    if (near)
        return err_set(e, "no command \"%.60s\"; did you mean %s?", name, near);
    return err_set(e, "no command \"%.60s\"", name);
}

/* The row that the line begins with, by two words or by one; *used: how many. */
static const struct command *row_of(const struct words *w, unsigned *used)
{
    char two[128];
    const struct word *a = &w->word[0], *b = &w->word[1];
    *used = 2;
    const struct command *c = NULL;
    if (w->count > 1 && b->text && a->len + b->len + 2 <= sizeof(two)) {
        snprintf(two, sizeof(two), "%s %s", a->text, b->text);
        c = command_find(two, strlen(two));
    }
    if (c)
        return c;
    *used = 1;
    return command_find(a->text, a->len);
}

/* region=... and so on, up to the line's end. */
static bool take_compare(const struct command *c, struct value *v, const struct word *w,
                         unsigned count, struct err *e)
{
    struct err why;
    v->given = true;
    v->compare = calloc(1, sizeof(*v->compare));
    if (!v->compare)
        return err_set(e, "out of memory");
    for (unsigned i = 0; i < count && w[i].text; i++) {
        if (!picture_compare_word(v->compare, w[i].text, &why))
            return err_set(e, "%s: nothing is expected after it here but %.400s", c->name,
                           why.text);
    }
    return true;
}

/* A number of seconds may be left out when what follows is no number. */
static bool seconds_left_out(const struct param *p, const struct word *w)
{
    return p->kind == PARAM_SECONDS && p->optional && p[1].kind == PARAM_COMPARE && w->text &&
           strchr(w->text, '=');
}

/* `break port 3f8 if al == 1`: what may be left out has been, before the rest that begins with its
 * own name. */
static bool before_if(const struct command *c, unsigned i, const struct word *w)
{
    const struct param *last = &c->param[command_params(c) - 1];
    return c->param[i].optional && &c->param[i] != last && last->kind == PARAM_REST && w->from &&
           !w->quoted && strcmp(w->text, last->name) == 0;
}

static bool take_arguments(struct request *r, const struct command_site *site,
                           const struct words *w, unsigned next, struct err *e)
{
    const struct command *c = r->row;
    for (unsigned i = 0; i < command_params(c); i++) {
        const struct param *p = &c->param[i];
        const struct word *at = next < w->count ? &w->word[next] : NULL;
        struct word rest;
        unsigned left = w->count - next;
        if (at && (p->kind == PARAM_COMPARE || p->kind == PARAM_CONDITIONS) && at->text) {
            bool ok = p->kind == PARAM_COMPARE ? take_compare(c, &r->arg[i], at, left, e)
                                               : conditions_take(c, site, &r->arg[i], at, left, e);
            return ok && (!c->check || c->check(r, e));
        }
        if (at && (seconds_left_out(p, at) || before_if(c, i, at)))
            at = NULL;
        else if (at)
            next++;
        bool string = at && at->quoted && next == w->count;       /* alone: what is in it */
        if (at && p->kind == PARAM_REST && at->from && !string) { /* the line outlives this */
            size_t len = (size_t)(w->word[w->count - 1].end - at->from);
            rest = (struct word){.text = strndup(at->from, len), .len = len};
            if (!rest.text)
                return err_set(e, "out of memory");
            bool ok = argument_take(c, p, site, &rest, &r->arg[i], e);
            free(rest.text);
            return ok && (!c->check || c->check(r, e));
        }
        if (!argument_take(c, p, site, at && at->text ? at : NULL, &r->arg[i], e))
            return false;
    }
    while (next < w->count && !w->word[next].text)
        next++;
    if (next < w->count)
        return err_set(e, "%s: nothing is expected after it here: \"%.60s\"", c->name,
                       w->word[next].text);
    return !c->check || c->check(r, e);
}

static bool from_words(struct request *r, const struct command_site *site, const struct words *w,
                       struct err *e)
{
    static const struct command_site nowhere;
    unsigned used;
    r->row = row_of(w, &used);
    if (!r->row)
        return no_command(w->word[0].text, e);
    return take_arguments(r, site ? site : &nowhere, w, used, e);
}

bool request_of_words(struct request *r, const struct command_site *site, const struct words *w,
                      struct err *e)
{
    *r = (struct request){.row = NULL};
    return from_words(r, site, w, e);
}

bool request_parse(struct request *r, const struct command_site *site, const char *line, size_t len,
                   struct err *e)
{
    struct words w;
    *r = (struct request){.row = NULL};
    char *spelled = words_spelling(line, len);
    bool ok =
        spelled ? words_split(&w, spelled, strlen(spelled), e) : words_split(&w, line, len, e);
    if (ok && w.count)
        ok = from_words(r, site, &w, e);
    words_free(&w);
    free(spelled);
    return ok;
}

bool request_words(struct request *r, const struct command_site *site, const char *const *words,
                   unsigned count, struct err *e)
{
    struct words w = {.count = count};
    *r = (struct request){.row = NULL};
    if (count > COMMAND_WORDS)
        return err_set(e, "too many words");
    for (unsigned i = 0; i < count; i++) {
        w.word[i].text = (char *)words[i];
        w.word[i].len = words[i] ? strlen(words[i]) : 0;
    }
    if (!count || !words[0])
        return count == 0 || err_set(e, "no command");
    return from_words(r, site, &w, e);
}

static bool place_member(const struct command *c, const struct command_member *m, struct words *w,
                         struct err *e)
{
    const char *names[COMMAND_PARAMS];
    unsigned params = command_params(c);
    for (unsigned i = 0; i < params; i++) {
        struct word *at = &w->word[i];
        names[i] = c->param[i].name;
        if (strcmp(m->name, names[i]) != 0)
            continue;
        if (at->text)
            return err_set(e, "%s: \"%s\" is there twice", c->name, names[i]);
        *at = (struct word){.text = (char *)m->text, .len = strlen(m->text)};
        w->count = w->count > i + 1 ? w->count : i + 1;
        return true;
    }
    const char *near = nearest_word(m->name, names, params);
    return err_set(e, "%s: no argument is named \"%.60s\"%s%s%s", c->name, m->name,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

bool request_named(struct request *r, const struct command_site *site, const char *command,
                   const struct command_member *member, unsigned count, struct err *e)
{
    static const struct command_site nowhere;
    struct words w = {.count = 0};
    *r = (struct request){.row = command_find(command, strlen(command))};
    if (!r->row)
        return no_command(command, e);
    for (unsigned i = 0; i < count; i++) {
        if (!place_member(r->row, &member[i], &w, e))
            return false;
    }
    return take_arguments(r, site ? site : &nowhere, &w, 0, e);
}

unsigned request_flags(const struct request *r)
{
    unsigned flags = r->row->flags;
    for (unsigned i = 0; i < COMMAND_PARAMS; i++) {
        for (s64 k = 0; r->arg[i].condition && k < r->arg[i].number; k++)
            flags |= r->arg[i].condition[k].request.row->flags & ~(unsigned)COMMAND_CONDITION;
    }
    return flags;
}

void request_free(struct request *r)
{
    for (unsigned i = 0; i < COMMAND_PARAMS; i++)
        argument_free(&r->arg[i]);
    r->row = NULL;
}
