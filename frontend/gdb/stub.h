/*
 * stub.h - one conversation with a GDB: what its packets do to the machine, and what it is told.
 *
 * GDB's remote serial protocol (manual, appendix E). Who carries the bytes is not known here
 * (gdb.c: sockets), so that tests and a fuzzer can be GDB. All calls in the thread that owns the
 * machine.
 *
 * While a GDB is there the machine stands when GDB says so, for the reason STOPPED_CLIENT <<
 * CLIENT_DEBUGGER. When it detaches, vanishes or is dropped, its points go, and the machine goes
 * on, unless somebody else has stopped it, too. `kill` ends the run.
 *
 * Threads: one, number 1, is the processor. Not spoken: multi-process and non-stop mode, conditions
 * that the stub evaluates, tracepoints, file I/O.
 */
#ifndef FERRITE_GDB_STUB_H
#define FERRITE_GDB_STUB_H

#include "frontend/control/control.h"
#include "hw/machine/vm_inspect.h"

struct gdb_sink {
    bool (*send)(void *opaque, const void *data, size_t len);
    void *opaque;
};

struct gdb_stub;

/* The machine stops. NULL: out of memory. `code32`: what is announced if control.debug says
 * nothing else: the machine runs a 32-bit kernel. */
struct gdb_stub *gdb_stub_new(struct control *c, const struct gdb_sink *sink, bool code32);
void gdb_stub_free(struct gdb_stub *g);
/* Returns how many bytes it has taken, of one packet at most; 0: they wait until a command is done.
 */
size_t gdb_stub_got(struct gdb_stub *g, const u8 *data, size_t len);
/* GDB has detached, or killed: nothing more is to be said. */
bool gdb_stub_over(const struct gdb_stub *g);
/* Is it looking for something in the past? Then a part of that work, some hundredth of a second. */
bool gdb_stub_busy(const struct gdb_stub *g);
void gdb_stub_work(struct gdb_stub *g);
/* The machine stopped at a point or at a number of instructions. */
void gdb_stub_met(struct gdb_stub *g, enum vm_stop why);
/*
 * The processor has shut down. true: GDB is told and the machine stands; when it goes on, this
 * comes again, and whoever runs the machine does what is usual (a reset). false: that is to be done
 * now.
 */
bool gdb_stub_shutdown(struct gdb_stub *g);
/* The run ends with this status. */
void gdb_stub_exits(struct gdb_stub *g, int status);

#endif
