/*
 * page_event.c - events for pages. See page_event.h; the list of them is in README.md.
 */
#include "frontend/page/page_event.h"

static void fill_cause(struct reply *r, const struct control_event *event)
{
    reply_bool(r, "guest", event->guest);
    reply_text(r, "reason", event->reason ? event->reason : "");
}

const char *page_event(const struct control_event *event, struct reply *data)
{
    switch (event->kind) {
    case EVENT_STOP:
        return "stop";
    case EVENT_RESUME:
        return "resume";
    case EVENT_POWERDOWN:
        return "powerdown";
    case EVENT_RESET:
        fill_cause(data, event);
        return "reset";
    case EVENT_SHUTDOWN:
        fill_cause(data, event);
        return "shutdown";
    case EVENT_TRIPLE_FAULT:
        reply_text(data, "text", event->text ? event->text : "");
        return "triple-fault";
    case EVENT_DISK_ERROR:
        reply_text(data, "text", event->text ? event->text : "");
        return "disk-error";
    case EVENT_MEDIUM:
        reply_text(data, "drive", event->text ? event->text : "");
        reply_bool(data, "open", event->open);
        return "medium";
    case EVENT_POINT:
        reply_text(data, "text", event->text ? event->text : "");
        return "point";
    }
    return "";
}
