/*
 * qmp_say.c - what clients of QMP are told: greeting, answers, errors, events. Each is one line.
 */
#include "frontend/qmp/qmp_parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* One JSON text, made by hand in a stream: begin, write, end. */
struct saying {
    FILE *f;
    char *text;
    size_t len;
};

static bool say_begin(struct saying *s)
{
    *s = (struct saying){.f = NULL};
    s->f = open_memstream(&s->text, &s->len);
    return s->f != NULL;
}

static void say_end(struct saying *s, struct link_client *to)
{
    fputs("\r\n", s->f);
    if (fclose(s->f) == 0)
        link_send(to, s->text, s->len);
    free(s->text);
}

static void say_id(struct saying *s, const char *id)
{
    if (id)
        fprintf(s->f, ", \"id\": %s", id);
    fputc('}', s->f);
}

void qmp_answer(struct qmp_client *c, const struct reply *r)
{
    struct saying s;
    if (!say_begin(&s)) {
        link_drop(c->link);
        return;
    }
    fputs("{\"return\": ", s.f);
    if (!r || reply_empty(r))
        fputs("{}", s.f);
    else
        reply_write_json(r, s.f);
    say_id(&s, c->id);
    say_end(&s, c->link);
}

void qmp_refuse(struct qmp_client *c, enum qmp_class class, const char *why)
{
    static const char *const classes[] = {
        [QMP_GENERIC] = "GenericError",
        [QMP_COMMAND_NOT_FOUND] = "CommandNotFound",
        [QMP_DEVICE_NOT_FOUND] = "DeviceNotFound",
    };
    struct saying s;
    if (!say_begin(&s)) {
        link_drop(c->link);
        return;
    }
    fprintf(s.f, "{\"error\": {\"class\": \"%s\", \"desc\": ", classes[class]);
    json_write_string(why, strlen(why), s.f);
    fputc('}', s.f);
    say_id(&s, c->id);
    say_end(&s, c->link);
}

void qmp_greet(struct qmp_client *c)
{
    struct saying s;
    if (!say_begin(&s))
        return;
    fprintf(s.f,
            "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 0, \"major\": 0}, "
            "\"package\": \"Ferrite %s\"}, \"capabilities\": []}}",
            c->qmp->facts.version);
    say_end(&s, c->link);
}

void qmp_event(struct qmp *q, const char *name, const struct reply *data)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    for (struct qmp_client *c = q->first; c; c = c->next) {
        struct saying s;
        if (!c->ready || !say_begin(&s))
            continue;
        fprintf(s.f,
                "{\"timestamp\": {\"seconds\": %lld, \"microseconds\": %ld}, \"event\": \"%s\"",
                (long long)now.tv_sec, (long)now.tv_usec, name);
        if (data) {
            fputs(", \"data\": ", s.f);
            reply_write_json(data, s.f);
        }
        fputc('}', s.f);
        say_end(&s, c->link);
    }
}

/* ---- rows ---- */

/* What a person would read; free() it. NULL: out of memory. */
static char *row_text(const struct call *call)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return NULL;
    call_write_text(call, f);
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

/* The data are written by hand: a tree cannot hold another one. */
static void answer_both(struct qmp_client *c, const struct call *call, enum command_state state)
{
    char *text = row_text(call);
    struct saying s;
    if (!text || !say_begin(&s)) {
        free(text);
        link_drop(c->link);
        return;
    }
    fprintf(s.f, "{\"return\": {\"ok\": %s", state == COMMAND_DONE ? "true" : "false");
    if (state == COMMAND_FAILED) {
        fprintf(s.f,
                ", \"fault\": \"%s\", \"error\": ", call->fault == FAULT_GUEST ? "guest" : "host");
        json_write_string(call->error.text, strlen(call->error.text), s.f);
    } else {
        fputs(", \"text\": ", s.f);
        json_write_string(text, strlen(text), s.f);
        fputs(", \"data\": ", s.f);
        if (reply_empty(call->reply))
            fputs("{}", s.f);
        else
            reply_write_json(call->reply, s.f);
    }
    fputc('}', s.f);
    free(text);
    say_id(&s, c->id);
    say_end(&s, c->link);
}

void qmp_answer_row(struct qmp_client *c, const struct call *call, enum command_state state)
{
    if (c->form == QMP_BOTH) {
        answer_both(c, call, state);
    } else if (state == COMMAND_FAILED) {
        qmp_refuse(c, QMP_GENERIC, call->error.text);
    } else if (c->form == QMP_TEXT) {
        char *text = row_text(call);
        struct reply r;
        reply_init(&r);
        reply_text(&r, NULL, text ? text : "");
        qmp_answer(c, &r);
        reply_free(&r);
        free(text);
    } else {
        qmp_answer(c, c->form == QMP_PLAIN ? NULL : call->reply);
    }
}
