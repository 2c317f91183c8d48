/*
 * page_event.h - what happens to a machine, as pages are told it: a name and data.
 */
#ifndef FERRITE_PAGE_EVENT_H
#define FERRITE_PAGE_EVENT_H

#include "frontend/control/control.h"

/* The event's name; its data, an object, into an empty reply. */
const char *page_event(const struct control_event *event, struct reply *data);

#endif
