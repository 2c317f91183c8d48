/* internal.h - what the stub's files share; see stub.h. */
#ifndef FERRITE_GDB_INTERNAL_H
#define FERRITE_GDB_INTERNAL_H

#include "frontend/control/look_back.h"
#include "frontend/gdb/packet.h"
#include "frontend/gdb/registers.h"
#include "frontend/gdb/stub.h"
#include "hw/machine/vm_replay.h"

enum { STUB_POINTS = 512 };

/* Errors as packets have them; GDB shows the number at most. */
#define BAD_PACKET "E01"
#define BAD_ADDRESS "E0e"
#define BAD_VALUE "E16"
#define NO_ROOM "E1c"

/* Looking for the last point that was met (reverse.c). */
struct stub_back {
    bool busy;
    bool step;              /* for the beginning of a handler: the write of this return address, */
    struct vm_point pushed; /* which is no point of GDB's */
    u64 end_of_handler;     /* instructions, at its IRET */
    struct look_back look;
};

struct gdb_stub {
    struct control *control;
    struct gdb_sink sink;
    struct gdb_reader in;
    char *xml;
    bool no_ack;
    bool over;        /* detached, killed */
    bool waits;       /* GDB waits for a stop reply */
    bool tells_break; /* GDB knows the reasons swbreak and hwbreak */
    char reason[64];  /* the last stop reply, for '?' */
    char *last;       /* the last frame sent, to be sent again on '-' */
    size_t last_len, last_room;
    bool commands; /* a command of qRcmd takes guest time; packets wait for it */
    /* A step that begins with an interrupt: until its handler is back at this instruction. */
    struct {
        bool active;
        struct vm_point point;
        u32 esp, ss_base;
    } away;
    u64 gone_from; /* instructions, when the machine went on last */
    u64 shut_down; /* after so many instructions GDB was told that the processor has shut down */
    struct stub_back back;
    struct stub_point {
        struct vm_point point;
        bool hardware; /* Z1 */
    } point[STUB_POINTS];
    unsigned points;
};

/* stub.c */
void stub_send(struct gdb_stub *g, const void *data, size_t len);
void stub_say(struct gdb_stub *g, const char *text);
/* A packet that begins with `name`: `rest` is behind it, with a zero at its end; it has len bytes.
 */
struct packet {
    const char *name;
    void (*does)(struct gdb_stub *g, const char *rest, size_t len);
};
/* false: none of them. */
bool stub_dispatch(struct gdb_stub *g, const struct packet *table, size_t count, const char *data,
                   size_t len);

/* memory.c */
void stub_read_memory(struct gdb_stub *g, const char *rest, size_t len);
void stub_write_hex(struct gdb_stub *g, const char *rest, size_t len);
void stub_write_binary(struct gdb_stub *g, const char *rest, size_t len);
void stub_search(struct gdb_stub *g, const char *rest, size_t len);
void stub_checksum(struct gdb_stub *g, const char *rest, size_t len);

/* run.c */
void stub_point_set(struct gdb_stub *g, const char *rest, size_t len);
void stub_point_clear(struct gdb_stub *g, const char *rest, size_t len);
void stub_go(struct gdb_stub *g);   /* until a point, or until GDB interrupts */
void stub_step(struct gdb_stub *g); /* one instruction */
void stub_interrupt(struct gdb_stub *g);
void stub_stand(struct gdb_stub *g);   /* the machine stands from now on */
void stub_release(struct gdb_stub *g); /* as if there had never been a GDB */

void stub_stopped(struct gdb_stub *g, const char *reply); /* is told, if it waits for it */
void stub_at_point(struct gdb_stub *g, const struct vm_point_hit *h);

/* reverse.c */
bool stub_reverses(const struct gdb_stub *g);
void stub_step_back(struct gdb_stub *g, const char *rest, size_t len);
void stub_go_back(struct gdb_stub *g, const char *rest, size_t len);
void stub_look_back(struct gdb_stub *g);    /* a piece of it, while back.busy */
void stub_look_no_more(struct gdb_stub *g); /* the machine is where GDB was */
void stub_forget_back(struct gdb_stub *g);  /* the machine is anywhere */
/* GDB writes: the machine is not what it was any more. */
void stub_alters(struct gdb_stub *g);

/* query.c */
void stub_show_line(struct gdb_stub *g, const char *text); /* on GDB's terminal */
void stub_query(struct gdb_stub *g, const char *rest, size_t len);
void stub_set(struct gdb_stub *g, const char *rest, size_t len); /* Q... */

#endif
