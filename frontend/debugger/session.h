/*
 * session.h - a person's debugging of one machine: lines of the table of commands, one after the
 * other, and their answers; how registers were at the stop before. Line mode and full screen are
 * two faces of it.
 */
#ifndef FERRITE_DEBUGGER_SESSION_H
#define FERRITE_DEBUGGER_SESSION_H

#include "frontend/cli/machine.h"
#include "hw/machine/vm_inspect.h"

struct session {
    struct machine *m;
    /* An answer, or what is to be told; lines. */
    void (*say)(void *opaque, const char *text);
    void *opaque;
    bool brief;                      /* what the screen shows anyway need not be said */
    bool pending;                    /* a line is being done */
    bool told;                       /* where the machine stands now has been said */
    char again[400];                 /* what an empty line means; "" */
    u64 stop;                        /* the machine stood there last: instructions, + 1 */
    struct vm_registers before, now; /* at the stop before, at this one */
};

void session_begin(struct session *s, struct machine *m);
/* A line: a command of the table; "?" is help; an empty one does the last step again. */
void session_line(struct session *s, const char *line);
/* What is being done is given up, and the machine stands. */
void session_interrupt(struct session *s);
/* After each slice: has the machine come to stand? Then registers are looked at. */
bool session_look(struct session *s);
/* "0000:7c00" */
void session_place(const struct vm_registers *r, char out[16]);

#endif
