/*
 * job_options.c - a test's head into options of ferrite. See job.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/suite/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One word of a line, without its quotes: '...', "...", and \ before a character. NULL: no more. */
static char *take_word(const char **line, bool *whole)
{
    const char *p = *line + strspn(*line, " \t");
    char *word = *p ? malloc(strlen(p) + 1) : NULL, *to = word;
    char quote = 0;
    if (!word)
        return NULL;
    for (; *p && (quote || (*p != ' ' && *p != '\t')); p++) {
        if (quote ? *p == quote : *p == '\'' || *p == '"')
            quote = quote ? 0 : *p;
        else if (*p == '\\' && p[1] && quote != '\'')
            *to++ = *++p;
        else
            *to++ = *p;
    }
    *to = 0;
    *line = p;
    *whole = !quote;
    return word;
}

static bool add_word(struct job_options *j, char *word)
{
    char **more = word ? realloc(j->word, (size_t)(j->words + 2) * sizeof(*more)) : NULL;
    if (!more) {
        free(word);
        return false;
    }
    j->word = more;
    j->word[j->words++] = word;
    j->word[j->words] = NULL;
    return true;
}

static bool add_fixed(struct job_options *j, const char *const *words)
{
    bool ok = true;
    for (; ok && *words; words++)
        ok = add_word(j, strdup(*words));
    return ok;
}

static bool add_line(struct job_options *j, const char *line, const struct test_names *names,
                     struct err *e)
{
    char *text = test_file_expand(line, names, e), *word;
    const char *at = text;
    bool whole = true, ok = text;
    while (ok && (word = take_word(&at, &whole)))
        ok = add_word(j, word) || err_set(e, "out of memory");
    if (ok && !whole)
        ok = err_set(e, "a quote that does not end: %.200s", line);
    free(text);
    return ok;
}

static bool add_sets(struct job_options *j, const struct job_rules *rules)
{
    bool ok = true;
    for (unsigned i = 0; ok && i < rules->sets; i++)
        ok = add_fixed(j, (const char *[]){"-set", rules->set[i], NULL});
    return ok;
}

bool job_options(struct job_options *j, const struct test_file *f, const char *variant,
                 const char *script, const char *folder, const struct job_rules *rules,
                 const char *const *more_words, struct err *e)
{
    struct test_names names = {.tmp = folder, .dir = f->folder, .variant = variant};
    const char *line, *more = getenv("FERRITE_GUEST_ARGS");
    size_t at = 0;
    *j = (struct job_options){0};
    bool ok =
        add_fixed(j, (const char *[]){"ferrite", "-display", "none", "-script", script, NULL}) &&
        add_fixed(j, more_words) && add_sets(j, rules);
    if (!ok)
        err_set(e, "out of memory");
    while (ok && (line = test_file_value(f, HEADER_ARGS, variant, &at)))
        ok = add_line(j, line, &names, e);
    if (ok && more)
        ok = add_line(j, more, &names, e);
    if (!ok || !options_parse(&j->o, j->words, j->word, e)) {
        struct err why = *e;
        return err_set(e, "%s: # args: %s", f->path, why.text);
    }
    j->o.new_pictures = rules->updates != NULL;
    j->o.variant = *variant ? variant : NULL;
    return true;
}

bool job_options_beside(const struct test_file *f, const char *variant, char *name, size_t room)
{
    const char *line;
    size_t at = 0;
    bool found = false;
    while (!found && (line = test_file_value(f, HEADER_ARGS, variant, &at))) {
        char *word;
        bool whole;
        while (!found && (word = take_word(&line, &whole))) {
            char *there = NULL;
            found = *word && *word != '/' && *word != '-' && access(word, F_OK) != 0 &&
                    asprintf(&there, "%s/%s", f->folder, word) > 0 && access(there, F_OK) == 0 &&
                    snprintf(name, room, "%s", word) < (int)room;
            free(there);
            free(word);
        }
    }
    return found;
}

void job_options_free(struct job_options *j)
{
    options_free(&j->o);
    for (int i = 0; i < j->words; i++)
        free(j->word[i]);
    free(j->word);
}
