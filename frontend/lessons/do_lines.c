/* do_lines.c - see do_lines.h. */
#include "frontend/lessons/do_lines.h"

#include "frontend/control/command.h"
#include "frontend/control/command_words.h"

#include <stdlib.h>
#include <string.h>

/* What may be left out has been, before the rest that begins with its own name ("if"). */
static bool left_out(const struct command *c, unsigned i, const struct word *w)
{
    unsigned last = command_params(c) - 1;
    return i < last && c->param[i].optional && c->param[last].kind == PARAM_REST && !w->quoted &&
           strcmp(w->text, c->param[last].name) == 0;
}

static void put_arguments(const struct command *c, const struct words *w, unsigned next,
                          struct reply *r)
{
    for (unsigned i = 0; i < command_params(c) && next < w->count; i++) {
        const struct param *p = &c->param[i];
        const struct word *at = &w->word[next];
        if (left_out(c, i, at))
            continue;
        if (p->kind == PARAM_REST && at->from) {
            reply_text_len(r, p->name, at->from, (size_t)(w->word[w->count - 1].end - at->from));
            return;
        }
        reply_text_len(r, p->name, at->text, at->len);
        next++;
    }
}

static void put_line(const char *line, struct reply *r)
{
    struct words w;
    struct request request;
    struct err e;
    char *spelled = words_spelling(line, strlen(line));
    const char *text = spelled ? spelled : line;
    bool ok = words_split(&w, text, strlen(text), &e);
    bool right = request_parse(&request, NULL, line, strlen(line), &e) && request.row;
    reply_map(r, NULL);
    reply_text(r, "line", line);
    if (ok && right) {
        const struct command *c = request.row;
        unsigned used = 1;
        if (w.count > 1) { /* a name of two words? */
            size_t len = w.word[0].len + w.word[1].len + 1;
            char *two = malloc(len + 1);
            if (two) {
                snprintf(two, len + 1, "%s %s", w.word[0].text, w.word[1].text);
                used += command_find(two, len) == c;
                free(two);
            }
        }
        reply_text(r, "name", c->name);
        reply_map(r, "arguments");
        put_arguments(c, &w, used, r);
        reply_end(r);
    }
    reply_end(r);
    request_free(&request);
    words_free(&w);
    free(spelled);
}

void do_lines_reply(const struct lesson_block *b, struct reply *r)
{
    const char *at = b->text;
    char text[LESSON_LINE];
    reply_list(r, "commands");
    for (unsigned line = 0; lesson_line(&at, &line, text, sizeof(text));)
        put_line(text, r);
    reply_end(r);
}
