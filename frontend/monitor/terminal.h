/*
 * terminal.h - lines from a person at a terminal: edited, with a history, and completed by Tab
 * (libedit, which is loaded when it is wanted). Another thread's, or a program's of its own: it
 * sleeps until a key is pressed.
 */
#ifndef FERRITE_TERMINAL_H
#define FERRITE_TERMINAL_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct terminal_talk {
    const char *prompt;
    /* Do what the line says, and say what comes of it on standard output. false: it is over. */
    bool (*ask)(void *opaque, const char *line);
    /*
     * What may stand at the end of the line: candidates, a line each, behind a first line with the
     * place where the word begins. free() it; NULL: nothing.
     */
    char *(*complete)(void *opaque, const char *line, size_t len);
    /* Something came while a line is being written (`wake` can be read): say it. false: it is over.
     */
    bool (*notice)(void *opaque);
    int wake; /* -1: none */
    void *opaque;
};

/* Are standard input and output a terminal, and is libedit there? */
bool terminal_possible(struct err *e);
/* Until the end of input, or a function of `talk` says that it is over. */
void terminal_run(const struct terminal_talk *talk);

#endif
