/*
 * qmp_schema.c - query-qmp-schema: all commands and events with the types of their arguments, for
 * clients that look before they ask. See qmp_parts.h; the shape is that of QEMU's "QMP
 * introspection". It is made of what the commands themselves are made of: the lists of members for
 * QEMU's, the table of commands for the rest.
 *
 * Results are "any" where a command answers with data: what rows answer has no declared shape.
 */
#include "frontend/qmp/qmp_parts.h"

#include <stdio.h>
#include <string.h>

static const char no_arguments[] = "q_empty";

static void begin(struct reply *r, const char *name, const char *kind)
{
    reply_map(r, NULL);
    reply_text(r, "name", name);
    reply_text(r, "meta-type", kind);
}

static void put_builtins(struct reply *r)
{
    static const struct {
        const char *name, *json;
    } types[] = {{"str", "string"},
                 {"int", "int"},
                 {"number", "number"},
                 {"bool", "boolean"},
                 {"any", "value"}};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        begin(r, types[i].name, "builtin");
        reply_text(r, "json-type", types[i].json);
        reply_end(r);
    }
    begin(r, "[any]", "array");
    reply_text(r, "element-type", "any");
    reply_end(r);
    begin(r, no_arguments, "object");
    reply_list(r, "members");
    reply_end(r);
    reply_end(r);
}

static void put_member(struct reply *r, const char *name, size_t len, const char *type,
                       bool optional)
{
    reply_map(r, NULL);
    reply_text_len(r, "name", name, len);
    reply_text(r, "type", type);
    if (optional)
        reply_null(r, "default");
    reply_end(r);
}

static void put_command(struct reply *r, const char *name, const char *arguments, bool answers)
{
    begin(r, name, "command");
    reply_text(r, "arg-type", arguments);
    reply_text(r, "ret-type", answers ? "any" : no_arguments);
    reply_bool(r, "allow-oob", false);
    reply_end(r);
}

/* An object of what a list of members says, or no_arguments. */
static const char *put_object(struct reply *r, const char *name, const char *const *member,
                              char *type, size_t size)
{
    if (!member)
        return no_arguments;
    snprintf(type, size, "q_arg_%.60s", name);
    begin(r, type, "object");
    reply_list(r, "members");
    for (; *member; member++) {
        bool optional = **member == '*';
        const char *text = *member + optional;
        put_member(r, text, qmp_member_length(text), qmp_member_type(text), optional);
    }
    reply_end(r);
    reply_end(r);
    return type;
}

/* ---- the table of commands ---- */

static const char *param_type(const struct param *p, const char *enumeration)
{
    switch (p->kind) {
    case PARAM_INT:
        return "int";
    case PARAM_SECONDS:
        return "number";
    case PARAM_WORD:
        return enumeration;
    default:
        return "str";
    }
}

static void put_enum(struct reply *r, const char *name, const struct param *p)
{
    static const char *const lists[] = {"members", "values"}; /* as it is, and as it was */
    begin(r, name, "enum");
    for (unsigned l = 0; l < ARRAY_SIZE(lists); l++) {
        reply_list(r, lists[l]);
        for (unsigned i = 0; p->words[i]; i++) {
            size_t len = strcspn(p->words[i], "|");
            if (l == 0)
                reply_map(r, NULL);
            reply_text_len(r, l == 0 ? "name" : NULL, p->words[i], len);
            if (l == 0)
                reply_end(r);
        }
        reply_end(r);
    }
    reply_end(r);
}

static void put_row(struct reply *r, const struct command *row)
{
    char name[80], type[100] = "", words[COMMAND_PARAMS][120];
    qmp_dashed(name, sizeof(name), row->name, strlen(row->name));
    const char *arguments = no_arguments;
    for (unsigned i = 0; i < command_params(row); i++) {
        snprintf(words[i], sizeof(words[i]), "q_enum_%.60s_%.30s", name, row->param[i].name);
        if (row->param[i].kind == PARAM_WORD)
            put_enum(r, words[i], &row->param[i]);
    }
    if (command_params(row)) {
        snprintf(type, sizeof(type), "q_row_%.60s", name);
        arguments = type;
        begin(r, type, "object");
        reply_list(r, "members");
        for (unsigned i = 0; i < command_params(row); i++) {
            const struct param *p = &row->param[i];
            put_member(r, p->name, strlen(p->name), param_type(p, words[i]), p->optional);
        }
        reply_end(r);
        reply_end(r);
    }
    bool answers = row->flags & COMMAND_ANSWERS;
    if (!qmp_command_find(name))
        put_command(r, name, arguments, answers);
    for (const char *a = row->aliases; a && *a;) {
        size_t n = strcspn(a, "|");
        qmp_dashed(name, sizeof(name), a, n);
        if (!qmp_command_find(name))
            put_command(r, name, arguments, answers);
        a += n + (a[n] == '|');
    }
}

void qmp_put_schema(struct reply *r)
{
    const struct qmp_command *const lists[] = {qmp_commands, qmp_queries, qmp_inputs, qmp_devices};
    const struct command *row;
    char type[100];
    put_builtins(r);
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
        for (const struct qmp_command *q = lists[l]; q->name; q++) {
            bool answers = lists[l] == qmp_queries || lists[l] == qmp_devices;
            const char *arguments = put_object(r, q->name, q->members, type, sizeof(type));
            put_command(r, q->name, arguments, answers);
        }
    }
    for (size_t i = 0; (row = command_at(i)); i++)
        put_row(r, row);
    for (const struct qmp_event_row *e = qmp_event_rows; e->name; e++) {
        const char *arguments = put_object(r, e->name, e->members, type, sizeof(type));
        begin(r, e->name, "event");
        reply_text(r, "arg-type", arguments);
        reply_end(r);
    }
}
