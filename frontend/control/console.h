/*
 * console.h - where the bytes of serial ports, the parallel port and the debug console go.
 *
 * Output is written at every line end and after every slice, so that a program that reads it sees
 * it at once. Input from the host is taken only between slices (console_poll), so that a slice
 * never depends on the host's timing.
 *
 * A reader never holds the machine for long. What a pipe, a socket or a terminal does not take is
 * kept, up to CONSOLE_KEEP bytes; then the run waits while the reader makes progress, so that a
 * slow one loses nothing; and when nothing has moved for CONSOLE_PATIENCE_MS, what no longer fits
 * is dropped until the reader goes on. That is said when it begins, and at the end the number of
 * bytes. Files and devices that are files are written as ever.
 */
#ifndef FERRITE_CONSOLE_H
#define FERRITE_CONSOLE_H

#include "hw/base/budget.h"
#include "hw/machine/vm.h"

#include <termios.h>

enum { CONSOLE_CHUNK = 4096, CONSOLE_KEEP = 1 << 20, CONSOLE_PATIENCE_MS = 1000 };

struct ending;

struct console {
    int in_fd, out_fd; /* -1: none */
    bool owned;        /* close them */
    bool terminal;     /* the terminal's settings were changed */
    struct termios before;
    enum console_kind {
        CONSOLE_FILE,   /* write() waits for no reader */
        CONSOLE_SOCKET, /* send() need not wait */
        CONSOLE_READER, /* out_fd is open without blocking */
        CONSOLE_SHARED  /* out_fd is others' as well: poll() first, then little at a time */
    } kind;
    const char *what, *where;    /* "-serial", "stdio": for messages */
    const struct ending *ending; /* nobody waits once it is asked for; may be NULL */
    u8 *out;                     /* not yet written: out_len bytes from out_start */
    size_t out_start, out_len, out_capacity;
    size_t fresh; /* of them, since the last flush */
    int error;    /* errno of a file that could not be written; nothing is written after it */
    bool stuck;   /* the reader stands still: nobody waits for it */
    bool told;
    u64 dropped;           /* bytes */
    struct budget *budget; /* of a file's bytes; NULL: any */
    u8 in[1024];
    size_t in_start, in_len;
};

/*
 * Open `where`: stdio, file:PATH, unix:PATH, null, none or NULL. `input`: may stdin be read.
 * The stream can then be given to the machine; the console must outlive it. Nothing is waited for:
 * a FIFO must have its reader, a socket its listener.
 */
bool console_open(struct console *c, const char *where, bool input, struct err *e);
/* Who is spoken of in messages, and whose coming ends all waiting. Both outlive the console. */
void console_attend(struct console *c, const char *what, const char *where,
                    const struct ending *ending);
/* What the reader still takes is written first; what it does not is counted, and said. */
void console_close(struct console *c);
struct stream console_stream(struct console *c);

void console_write(struct console *c, const u8 *data, size_t len);
void console_flush(struct console *c);
/*
 * false + err when output could not be written to a file (disk full): it would have a gap. Readers
 * that go away are no error: the guest carries on, as with an unplugged cable.
 */
bool console_ok(const struct console *c, struct err *e);
/* Take in what the host has sent, without waiting. */
void console_poll(struct console *c);

#endif
