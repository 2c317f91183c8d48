/*
 * rows_help.c - commands about the commands.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/control/rows.h"

#include <stdlib.h>
#include <string.h>

static enum command_state help(struct call *call)
{
    const struct value *name = &call->request->arg[0];
    const struct command *c = name->given ? command_find(name->text, name->len) : NULL;
    char *text = NULL;
    size_t len;
    if (name->given && !c)
        return call_fails(call, FAULT_HOST, "no command \"%.60s\"; help lists them", name->text);
    FILE *f = open_memstream(&text, &len);
    if (f && c)
        command_write_help(c, f);
    else if (f)
        command_list_text(f);
    bool ok = f && fclose(f) == 0; /* `text` is known from here on */
    if (ok)
        reply_text(call->reply, NULL, text);
    free(text);
    return ok ? COMMAND_DONE : call_fails(call, FAULT_HOST, "out of memory");
}

/* "int", "file" */
static const char *kind_word(enum param_kind kind)
{
    static const char *const words[] = {
        [PARAM_NONE] = "none",
        [PARAM_INT] = "int",
        [PARAM_SECONDS] = "seconds",
        [PARAM_INSTANT] = "instant",
        [PARAM_SPEED] = "speed",
        [PARAM_STRING] = "string",
        [PARAM_PATTERN] = "string or regular expression",
        [PARAM_TYPED] = "typed string",
        [PARAM_CHORD] = "keys",
        [PARAM_KEY] = "key",
        [PARAM_WORD] = "word",
        [PARAM_NAME] = "name",
        [PARAM_FILE_IN] = "file",
        [PARAM_MEDIUM] = "medium",
        [PARAM_FILE] = "file",
        [PARAM_FILE_OUT] = "output file",
        [PARAM_PNG_IN] = "PNG file",
        [PARAM_FOLDER] = "folder",
        [PARAM_REST] = "rest of the line",
        [PARAM_COMPARE] = "how to compare",
        [PARAM_CONDITIONS] = "conditions",
    };
    return words[kind];
}

/* Names with bars between. */
static void reply_names(struct reply *r, const char *key, const char *names)
{
    reply_list(r, key);
    while (names && *names) {
        size_t n = strcspn(names, "|");
        reply_text_len(r, NULL, names, n);
        names += n + (names[n] == '|');
    }
    reply_end(r);
}

static void reply_param(struct reply *r, const struct param *p)
{
    reply_map(r, NULL);
    reply_text(r, "name", p->name);
    reply_text(r, "kind", kind_word(p->kind));
    reply_bool(r, "optional", p->optional);
    if (p->otherwise)
        reply_text(r, "otherwise", p->otherwise);
    if (p->kind == PARAM_INT) {
        reply_int(r, "min", p->min);
        reply_int(r, "max", p->max);
    }
    if (p->kind == PARAM_WORD) {
        reply_list(r, "words");
        for (int i = 0; p->words[i]; i++)
            reply_text_len(r, NULL, p->words[i], strcspn(p->words[i], "|"));
        reply_end(r);
    }
    reply_end(r);
}

static enum command_state list_commands(struct call *call)
{
    struct reply *r = call->reply;
    reply_list(r, NULL);
    for (unsigned t = 0; t < COMMAND_TOPICS; t++) {
        for (size_t i = 0; i < command_topics[t]->count; i++) {
            const struct command *c = &command_topics[t]->row[i];
            reply_map(r, NULL);
            reply_text(r, "name", c->name);
            reply_names(r, "aliases", c->aliases);
            reply_text(r, "topic", command_topics[t]->title);
            reply_text(r, "help", c->help);
            reply_bool(r, "waits", c->flags & COMMAND_WAITS);
            reply_bool(r, "danger", c->flags & COMMAND_DANGER);
            reply_list(r, "arguments");
            for (unsigned k = 0; k < command_params(c); k++)
                reply_param(r, &c->param[k]);
            reply_end(r);
            reply_end(r);
        }
    }
    reply_end(r);
    return COMMAND_DONE;
}

static enum command_state complete(struct call *call)
{
    const struct value *line = &call->request->arg[0];
    struct completions out;
    command_complete(call->control, line->given ? line->text : "", line->len, &out);
    reply_int(call->reply, "from", (s64)out.from);
    reply_list(call->reply, "candidates");
    for (unsigned i = 0; i < out.count; i++)
        reply_text(call->reply, NULL, out.candidate[i]);
    reply_end(call->reply);
    completions_free(&out);
    return COMMAND_DONE;
}

static enum command_state echo(struct call *call)
{
    const struct value *text = &call->request->arg[0];
    char *line;
    if (asprintf(&line, "%s\n", text->given ? text->text : "") < 0)
        return call_fails(call, FAULT_HOST, "out of memory");
    reply_text(call->reply, NULL, line);
    free(line);
    return COMMAND_DONE;
}

static const struct command rows[] = {
    {.name = "help",
     .param = {{.name = "command", .kind = PARAM_REST, .optional = true}},
     .help = "what a command does; alone: all of them",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = help},
    {.name = "commands",
     .help = "the same as data: names, kinds of arguments, their ranges and words",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = list_commands},
    {.name = "complete",
     .param = {{.name = "line", .kind = PARAM_REST, .optional = true}},
     .help = "what may stand at the end of LINE, and where the word begins that it would replace",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = complete},
    {.name = "echo",
     .param = {{.name = "text", .kind = PARAM_REST, .optional = true}},
     .help = "say TEXT",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = echo},
};

const struct command_topic rows_help = {"Help", rows, ARRAY_SIZE(rows)};
