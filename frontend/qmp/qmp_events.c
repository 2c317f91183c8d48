/*
 * qmp_events.c - what happens to the machine, as events of QMP. QEMU's where it has them; a triple
 * fault, which it does not tell, is FERRITE_TRIPLE_FAULT with the explanation in words.
 */
#include "frontend/qmp/qmp_parts.h"

#include <string.h>

#define MEMBERS(...)                                                                               \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

const struct qmp_event_row qmp_event_rows[] = {
    {"STOP", NULL},
    {"RESUME", NULL},
    {"RESET", MEMBERS("guest:bool", "*reason")},
    {"POWERDOWN", NULL},
    {"SHUTDOWN", MEMBERS("guest:bool", "*reason")},
    {"FERRITE_TRIPLE_FAULT", MEMBERS("explanation", "action", "guest-ns:int", "instructions:int")},
    {"BLOCK_IO_ERROR", MEMBERS("operation", "action", "reason")},
    {"FERRITE_POINT", MEMBERS("reason", "instructions:int")},
    {"DEVICE_TRAY_MOVED", MEMBERS("device", "id", "tray-open:bool")},
    {"JOB_STATUS_CHANGE", MEMBERS("id", "status")},
    {.name = NULL},
};

/* {"guest": ..., "reason": ...} */
static void fill_cause(struct reply *r, const struct control_event *event)
{
    reply_bool(r, "guest", event->guest);
    if (event->reason)
        reply_text(r, "reason", event->reason);
}

void qmp_hear(void *opaque, const struct control_event *event)
{
    struct qmp *q = opaque;
    struct reply r;
    reply_init(&r);
    switch (event->kind) {
    case EVENT_STOP:
        qmp_event(q, "STOP", NULL);
        break;
    case EVENT_RESUME:
        qmp_event(q, "RESUME", NULL);
        break;
    case EVENT_POWERDOWN:
        qmp_event(q, "POWERDOWN", NULL);
        break;
    case EVENT_RESET:
        fill_cause(&r, event);
        qmp_event(q, "RESET", &r);
        break;
    case EVENT_SHUTDOWN:
        fill_cause(&r, event);
        qmp_event(q, "SHUTDOWN", &r);
        break;
    case EVENT_TRIPLE_FAULT:
        reply_text(&r, "explanation", event->text ? event->text : "");
        reply_text(&r, "action", q->facts.no_reboot ? "shutdown" : "reset");
        reply_int(&r, "guest-ns", (s64)vm_now(q->control->vm));
        reply_int(&r, "instructions", (s64)vm_instructions(q->control->vm));
        qmp_event(q, "FERRITE_TRIPLE_FAULT", &r);
        break;
    case EVENT_DISK_ERROR:
        reply_text(&r, "operation",
                   event->text && strstr(event->text, "cannot read") ? "read" : "write");
        reply_text(&r, "action", "stop");
        reply_text(&r, "reason", event->text ? event->text : "");
        qmp_event(q, "BLOCK_IO_ERROR", &r);
        break;
    case EVENT_POINT:
        reply_text(&r, "reason", event->text ? event->text : "");
        reply_int(&r, "instructions", (s64)vm_instructions(q->control->vm));
        qmp_event(q, "FERRITE_POINT", &r);
        break;
    case EVENT_MEDIUM:
        reply_text(&r, "device", event->text);
        reply_text(&r, "id", event->text);
        reply_bool(&r, "tray-open", event->open);
        qmp_event(q, "DEVICE_TRAY_MOVED", &r);
        break;
    }
    reply_free(&r);
}
