/*
 * page_answer.h - what a machine says to a page, as JSON: the reply to a command, its error, an
 * event. The other direction: page_message.h.
 *
 *     {"id": 7, "return": {...}}    {"id": 7, "error": {"desc": "..."}}
 *     {"event": "stop", "data": {...}}
 */
#ifndef FERRITE_PAGE_ANSWER_H
#define FERRITE_PAGE_ANSWER_H

#include "frontend/control/reply.h"

/* Each is to be freed, and ends in a zero that *len does not count. NULL: out of memory. A reply
 * that is NULL or empty is {}. */
char *page_answer(s64 id, const struct reply *r, size_t *len);
char *page_error(s64 id, const char *why, size_t *len); /* id PAGE_NO_ID: null */
char *page_told(const char *event, const struct reply *data, size_t *len);

#endif
