/*
 * qmp.c - clients that speak QMP: greeting, commands, answers. See qmp.h.
 */
#include "frontend/qmp/qmp_parts.h"

#include "frontend/control/absent.h"
#include "frontend/control/request_json.h"
#include "hw/base/nearest.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES = 300 };

/* ---- arguments ---- */

enum qmp_state qmp_fails(struct qmp_call *call, enum qmp_class class, const char *fmt, ...)
{
    char text[sizeof(call->error.text)];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    call->class = class;
    err_set(&call->error, "%s", text);
    return QMP_FAILED;
}

/* The member, if it is of that kind; an error is kept for qmp_ok(). */
static const struct json_value *member(struct qmp_call *call, const char *name, enum json_kind kind,
                                       bool ok_bool)
{
    const struct json_value *v = json_get(call->json, call->args, name);
    if (!v || (ok_bool ? json_is_bool(v) : json_kind(v) == kind))
        return v;
    if (!call->error.text[0])
        qmp_fails(call, QMP_GENERIC, "argument \"%s\" is to be %s, not %s", name,
                  ok_bool ? "true or false" : json_kind_words(kind), json_kind_words(json_kind(v)));
    return NULL;
}

const char *qmp_string(struct qmp_call *call, const char *name, const char *otherwise)
{
    const struct json_value *v = member(call, name, JSON_STRING_VALUE, false);
    return v ? json_text(call->json, v) : otherwise;
}

s64 qmp_integer(struct qmp_call *call, const char *name, s64 otherwise)
{
    const struct json_value *v = member(call, name, JSON_INTEGER_VALUE, false);
    return v ? json_integer(call->json, v) : otherwise;
}

bool qmp_bool(struct qmp_call *call, const char *name, bool otherwise)
{
    const struct json_value *v = member(call, name, JSON_TRUE_VALUE, true);
    return v ? json_kind(v) == JSON_TRUE_VALUE : otherwise;
}

static bool named(const char *member, const char *name)
{
    size_t len = qmp_member_length(member);
    return strlen(name) == len && memcmp(member, name, len) == 0;
}

/* All of them are known, and those that must be there are. */
static bool members_ok(struct qmp_call *call, const struct qmp_command *command)
{
    const char *name;
    struct json_value *v;
    for (void *at = NULL;
         call->args && json_next(call->json, (struct json_value *)call->args, &at, &name, &v);) {
        bool known = false;
        for (const char *const *m = command->members; m && *m; m++)
            known |= named(*m + (**m == '*'), name);
        if (!known)
            return qmp_fails(call, QMP_GENERIC, "%s: no argument is named \"%.60s\"", command->name,
                             name) == QMP_OK;
    }
    for (const char *const *m = command->members; m && *m; m++) {
        char wanted[40];
        snprintf(wanted, sizeof(wanted), "%.*s", (int)qmp_member_length(*m), *m);
        if (*wanted != '*' && !json_get(call->json, call->args, wanted))
            return qmp_fails(call, QMP_GENERIC, "%s: argument \"%s\" is missing", command->name,
                             wanted) == QMP_OK;
    }
    return true;
}

/* ---- rows ---- */

static void take_more(struct qmp_client *c);

static void on_done(void *opaque, const struct call *call, enum command_state state)
{
    struct qmp_client *c = opaque;
    c->pending = false;
    qmp_answer_row(c, call, state);
    free(c->id);
    c->id = NULL;
    c->form = QMP_DATA;
    if (c->ended)
        take_more(c);
}

void qmp_submit(struct qmp_client *c, struct request *r)
{
    struct control *control = c->qmp->control;
    bool expects = request_flags(r) & COMMAND_EXPECTS_STOP;
    c->pending = true;
    control_submit(control, CLIENT_SOCKET, r, on_done, c);
    if (!c->pending || !control_stands(control) || expects || motion_busy(control))
        return;
    /* It would hold back the very `cont` that it waits for. */
    control_cancel(control, c);
    c->pending = false;
    c->form = QMP_DATA;
    qmp_refuse(c, QMP_GENERIC,
               "the machine is stopped, and no guest time passes; cont lets it go on");
}

enum qmp_state qmp_row(struct qmp_call *call, const char *const *words)
{
    struct request r;
    unsigned count = 0;
    while (words[count])
        count++;
    if (!request_words(&r, NULL, words, count, &call->error)) {
        request_free(&r);
        call->class = QMP_GENERIC;
        return QMP_FAILED;
    }
    call->client->form = QMP_PLAIN;
    qmp_submit(call->client, &r);
    return QMP_LATER;
}

/* ---- commands ---- */

static bool not_found(struct qmp_client *c, const char *name)
{
    const char *names[NAMES];
    const struct qmp_command *const lists[] = {qmp_commands, qmp_queries, qmp_inputs, qmp_devices};
    const struct command *row;
    unsigned n = 0;
    char text[400];
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
        for (const struct qmp_command *q = lists[l]; q->name && n < NAMES; q++)
            names[n++] = q->name;
    }
    for (size_t i = 0; n < NAMES && (row = command_at(i)); i++)
        names[n++] = row->name;
    const char *reason = absent_why(name);
    if (reason) {
        snprintf(text, sizeof(text), "there is no command \"%.60s\": %s", name, reason);
        qmp_refuse(c, QMP_COMMAND_NOT_FOUND, text);
        return false;
    }
    const char *near = nearest_word(name, names, n);
    snprintf(text, sizeof(text), "there is no command \"%.60s\"%s%s%s", name,
             near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    qmp_refuse(c, QMP_COMMAND_NOT_FOUND, text);
    return false;
}

static void run_qemu(struct qmp_client *c, const struct qmp_command *command,
                     const struct json_value *args)
{
    struct reply reply;
    struct qmp_call call = {.qmp = c->qmp,
                            .client = c,
                            .json = c->qmp->json,
                            .args = args,
                            .reply = &reply,
                            .error = {""}};
    reply_init(&reply);
    enum qmp_state state = members_ok(&call, command) ? command->run(&call) : QMP_FAILED;
    if (state != QMP_LATER && call.error.text[0])
        state = QMP_FAILED;
    if (state == QMP_OK)
        qmp_answer(c, &reply);
    else if (state == QMP_FAILED)
        qmp_refuse(c, call.class, call.error.text);
    reply_free(&reply);
}

static void run_command(struct qmp_client *c, const char *name, struct json_value *args)
{
    bool capabilities = strcmp(name, "qmp_capabilities") == 0;
    struct request r;
    struct err e;
    if (!c->ready && !capabilities) {
        qmp_refuse(c, QMP_COMMAND_NOT_FOUND, "before anything else, qmp_capabilities is expected");
        return;
    }
    if (c->ready && capabilities) {
        qmp_refuse(c, QMP_COMMAND_NOT_FOUND, "qmp_capabilities has been said already");
        return;
    }
    const struct qmp_command *command = qmp_command_find(name);
    if (command) {
        run_qemu(c, command, args);
        return;
    }
    if (!command_find(name, strlen(name))) {
        not_found(c, name);
        return;
    }
    if (request_json(&r, c->qmp->json, name, args, &e) && r.row) {
        qmp_submit(c, &r);
        return;
    }
    request_free(&r);
    qmp_refuse(c, QMP_GENERIC, e.text);
}

/* What stands in an object that is a command, but for its meaning. */
static bool envelope_ok(struct qmp_client *c, struct json_value *v)
{
    struct json *j = c->qmp->json;
    struct json_value *execute = json_get(j, v, "execute"), *args = json_get(j, v, "arguments"),
                      *in;
    const char *name;
    char text[120];
    for (void *at = NULL; json_next(j, v, &at, &name, &in);) {
        if (strcmp(name, "execute") == 0 || strcmp(name, "arguments") == 0 ||
            strcmp(name, "id") == 0)
            continue;
        snprintf(text, sizeof(text),
                 strcmp(name, "exec-oob") == 0
                     ? "\"%.60s\": commands out of band are not offered"
                     : "\"%.60s\" is no member of a command: execute, arguments, id are",
                 name);
        qmp_refuse(c, QMP_GENERIC, text);
        return false;
    }
    if (!execute || json_kind(execute) != JSON_STRING_VALUE) {
        qmp_refuse(c, QMP_GENERIC,
                   execute ? "\"execute\" is to be a string"
                           : "a command has a member \"execute\"");
        return false;
    }
    if (args && json_kind(args) != JSON_OBJECT_VALUE) {
        qmp_refuse(c, QMP_GENERIC, "\"arguments\" is to be an object");
        return false;
    }
    return true;
}

static void take_text(struct qmp_client *c)
{
    struct json *j = c->qmp->json;
    struct err e;
    struct json_value *v = json_parse(j, c->frame.text, c->frame.len, &e);
    if (!v) {
        qmp_refuse(c, QMP_GENERIC, e.text);
        return;
    }
    const struct json_value *id = json_get(j, v, "id");
    c->id = id ? json_write(j, id) : NULL;
    if (envelope_ok(c, v))
        run_command(c, json_text(j, json_get(j, v, "execute")), json_get(j, v, "arguments"));
    json_free(j, v);
    if (!c->pending) {
        free(c->id);
        c->id = NULL;
    }
}

/* ---- clients ---- */

static bool on_came(void *opaque, struct link_client *link)
{
    struct qmp *q = opaque;
    struct qmp_client *c = calloc(1, sizeof(*c));
    if (!c)
        return false;
    c->qmp = q;
    c->link = link;
    c->next = q->first;
    q->first = c;
    link_set_data(link, c);
    qmp_greet(c);
    return true;
}

static size_t on_got(void *opaque, struct link_client *link, const u8 *data, size_t len)
{
    struct qmp_client *c = link_data(link);
    size_t taken = 0;
    struct err e;
    (void)opaque;
    if (c->pending)
        return 0;
    enum frame_state state = json_frame_take(&c->frame, data, len, &taken, &e);
    if (state == FRAME_TEXT)
        take_text(c);
    else if (state == FRAME_WRONG)
        qmp_refuse(c, QMP_GENERIC, e.text);
    return taken;
}

/* It sends no more: when its last command is done, that is all. */
static void take_more(struct qmp_client *c)
{
    if (c->pending)
        return;
    if (json_frame_open(&c->frame))
        qmp_refuse(c, QMP_GENERIC, "an object that has no end");
    link_drop(c->link);
}

static void on_ended(void *opaque, struct link_client *link)
{
    struct qmp_client *c = link_data(link);
    (void)opaque;
    c->ended = true;
    take_more(c);
}

static void on_left(void *opaque, struct link_client *link)
{
    struct qmp *q = opaque;
    struct qmp_client *c = link_data(link), **at = &q->first;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    control_cancel(q->control, c);
    if (link_only(link)) /* nobody could let it go on */
        control_leave(q->control, CLIENT_SOCKET, c);
    json_frame_free(&c->frame);
    free(c->id);
    free(c);
}

/* Instead of the greeting. */
static const char busy[] = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"8 clients are "
                           "here already, and more are not served\"}}\r\n";
static_assert(LINK_CLIENTS == 8, "as it says");

struct link_user qmp_user(struct qmp *q)
{
    return (struct link_user){.option = "-qmp",
                              .opaque = q,
                              .busy = busy,
                              .came = on_came,
                              .got = on_got,
                              .ended = on_ended,
                              .left = on_left};
}

struct qmp *qmp_new(struct control *c, const struct qmp_facts *facts, struct err *e)
{
    struct err why;
    struct json *j = json_open(&why);
    struct qmp *q = j ? calloc(1, sizeof(*q)) : NULL;
    if (!q) {
        json_close(j);
        err_set(e, "-qmp: %.400s", j ? "out of memory" : why.text);
        return NULL;
    }
    q->control = c;
    q->facts = *facts;
    q->json = j;
    q->listener = (struct control_listener){.hear = qmp_hear, .opaque = q};
    control_listen(c, &q->listener);
    return q;
}

void qmp_free(struct qmp *q)
{
    if (!q)
        return;
    control_listen_no_more(q->control, &q->listener);
    control_cancel(q->control, &q->keys);
    for (size_t i = 0; i < ARRAY_SIZE(q->tray); i++)
        free(q->tray[i]);
    json_close(q->json);
    free(q);
}
