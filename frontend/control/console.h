/*
 * console.h - where the bytes of serial ports, the parallel port and the debug console go.
 *
 * Output is written with write(2) at every line end and after every slice, so that a program
 * that reads it sees it at once. Input from the host is taken only between slices
 * (console_poll), so that a slice never depends on the host's timing.
 */
#ifndef FERRITE_CONSOLE_H
#define FERRITE_CONSOLE_H

#include "hw/machine/vm.h"

#include <termios.h>

struct console {
    int in_fd, out_fd; /* -1: none */
    bool owned;        /* close them */
    bool terminal;     /* the terminal's settings were changed */
    struct termios before;
    u8 out[4096];
    size_t out_len;
    u8 in[1024];
    size_t in_start, in_len;
};

/*
 * Open `where`: stdio, file:PATH, unix:PATH, null, none or NULL. `input`: may stdin be read.
 * The stream can then be given to the machine; the console must outlive it.
 */
bool console_open(struct console *c, const char *where, bool input, struct err *e);
void console_close(struct console *c);
struct stream console_stream(struct console *c);

void console_write(struct console *c, const u8 *data, size_t len);
void console_flush(struct console *c);
/* Take in what the host has sent, without waiting. */
void console_poll(struct console *c);

#endif
