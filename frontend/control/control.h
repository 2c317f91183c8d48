/*
 * control.h - a machine and its clients: doing requests (command.h), now or as guest time passes.
 *
 * One thread owns the machine, and all of this with it: clients in other threads hand their
 * requests over and get copies of replies. Whoever runs the machine calls control_poll() whenever
 * guest time has reached control_next(), and runs no slice while control_stands().
 */
#ifndef FERRITE_CONTROL_H
#define FERRITE_CONTROL_H

#include "frontend/capture/capture.h"
#include "frontend/control/command.h"
#include "frontend/control/keyboard.h"
#include "frontend/control/motion.h"
#include "frontend/control/points.h"
#include "frontend/control/reply.h"
#include "frontend/control/tree.h"
#include "hw/machine/vm_inspect.h"

/* Guest time between two looks of a command that waits: fixed, so that no run depends on the host.
 */
#define CONTROL_STEP (10 * NS_PER_MS)

enum client { CLIENT_PERSON, CLIENT_SCRIPT, CLIENT_MONITOR, CLIENT_SOCKET, CLIENT_DEBUGGER };

/* Why guest time stands still; any of them is enough. */
enum stopped_why {
    STOPPED_OFF = 1,    /* the power is off, -no-shutdown keeps the picture */
    STOPPED_DISK = 2,   /* for an error of the host with a disk: vm_disk_error() */
    STOPPED_CLIENT = 4, /* << enum client: `stop` */
};

enum { CONTROL_CALLS = 64, CONTROL_SCRATCH = 16, CONTROL_TYPED = 1 << 16 };

/* Who is to blame. */
enum command_fault {
    FAULT_GUEST, /* what was expected of the guest did not come */
    FAULT_HOST,  /* a file, the host, or there is no such thing */
};

/* A request that is being done: plain data, which may be forgotten at any time. */
struct call {
    struct control *control;
    const struct request *request;
    struct reply *reply;
    enum client client;
    u64 begun;  /* guest time */
    u64 next;   /* COMMAND_PENDING */
    bool again; /* not for the first time */
    u64 scratch[CONTROL_SCRATCH];
    enum command_fault fault;
    struct err error;
};

/* What happens to a machine, for clients that want to be told (control_listen()). */
enum control_event_kind {
    EVENT_STOP,         /* guest time stands still, whoever wanted it */
    EVENT_RESUME,       /* and goes on */
    EVENT_RESET,        /* by a person, or the guest */
    EVENT_POWERDOWN,    /* the power button is pressed */
    EVENT_SHUTDOWN,     /* the guest's power is off, or the run ends */
    EVENT_TRIPLE_FAULT, /* text: why, in words */
    EVENT_DISK_ERROR,   /* the machine stops for it; text */
    EVENT_MEDIUM,       /* text: the drive, "ide1-cd0" */
    EVENT_POINT,        /* it stops at what `break` or `watch` has set; text: at which, in words */
};

struct control_teaching;

struct control_event {
    enum control_event_kind kind;
    bool guest;         /* it was the guest that did it */
    const char *reason; /* of EVENT_RESET and EVENT_SHUTDOWN: "guest-reset"; or NULL */
    const char *text;   /* or NULL */
    bool open;          /* EVENT_MEDIUM: the drive is empty now */
};

struct control_listener {
    struct control_listener *next;
    void (*hear)(void *opaque, const struct control_event *event);
    void *opaque;
};

/* How a debugger outside sees the machine: settings that rows change and its stub heeds. */
struct control_debug {
    bool offset;     /* the program counter is EIP alone, not where it leads to */
    bool interrupts; /* a single step may end in a handler that came before it */
    enum debug_arch { DEBUG_ARCH_AUTO, DEBUG_ARCH_16, DEBUG_ARCH_32 } arch; /* it is told */
};

#define CONTROL_NO_GOAL UINT64_MAX

typedef void control_done(void *opaque, const struct call *call, enum command_state state);

struct control {
    struct vm *vm;
    bool snapshot;    /* writes to disks go nowhere, so a read-only file may be a writable disk */
    const char *home; /* folder of screenshots and snapshots that get no name; NULL: where we are */
    /* `limit`: seconds of host time from now, 0 = none. May be NULL. */
    void (*limit)(void *opaque, double seconds);
    void *opaque;
    /* `window`: a setting of the window that shows the machine, "capture" or "clipboard". NULL:
     * none does. */
    bool (*window)(void *opaque, const char *name, const char *value, struct err *e);
    /* `menu`: what that window's menu shows, as menu_report() says it. NULL as above. */
    void (*menu)(void *opaque, struct reply *out);
    void *window_opaque;
    /* Does the sandbox let it reach this file? NULL: any. */
    bool (*may_reach)(void *opaque, const char *path, bool write, struct err *e);
    /* Something to be told to whoever sits there, between commands; NULL: to nobody. */
    void (*notice)(void *opaque, const char *text);
    /* Is the run to end, so that nothing is waited for that long? NULL: never. */
    bool (*hurry)(void *opaque);

    const struct keyboard *layout;           /* of the guest's keyboard */
    const struct control_tree *tree;         /* snapshots by name; NULL: the machine has no name */
    const struct control_teaching *teaching; /* lessons; NULL: none (teaching.h) */
    struct timeline *timeline;               /* where one can go back to; NULL: nowhere */
    struct launcher *launcher;               /* starts ffmpeg in a sandbox; NULL: none is needed */
    struct symbols *symbols;                 /* names for the guest's addresses; NULL: none */
    struct vm_profile *profile;              /* what was counted of the guest; NULL: nothing yet */
    struct source_lines *lines;              /* of the symbols' files; NULL: not read yet */
    struct capture *capture;                 /* `record`: NULL: nothing is recorded */
    struct err capture_error;                /* why the last recording came to nothing; "" */
    unsigned stopped;                        /* enum stopped_why */
    u64 go_until;       /* while a client has stopped the machine, it may go so far all the same */
    u64 guest_end;      /* the run ends then, 0 = no limit */
    double guest_limit; /* the same in seconds, as it was asked for */
    double host_limit;  /* as `limit` was told last, 0 = none */
    bool attended;      /* somebody besides a script can let a stopped machine go on */
    bool can_follow;    /* whoever runs the machine heeds this: */
    double follow;      /* MIPS up to which the speed may follow what the host can do; 0: fixed */
    bool fast; /* guest time goes as fast as the host can make it, not with the host's clock */
    struct control_listener *listeners;
    bool stood; /* as EVENT_STOP and EVENT_RESUME have told it last */
    struct control_debug debug;
    struct control_point point[CONTROL_POINTS]; /* number 1 is [0] */
    /* `gdbserver`: let a GDB connect there. NULL: none can. */
    bool (*gdbserver)(void *opaque, const char *where, struct err *e);
    struct motion motion;
    bool debugged;    /* a debugger is there that wants to see a triple fault: */
    u64 shut_down;    /* it was told so after so many instructions, plus one */
    char reason[200]; /* of the last stop, in words; "" */
    u64 goal;         /* stop when so many instructions have been executed; CONTROL_NO_GOAL */
    /* The machine stopped at a debugger's point or at the goal. false: no debugger is there to take
     * it. May be NULL. */
    bool (*met)(void *opaque, enum vm_stop why);
    void *met_opaque;
    enum vm_stop ended; /* how the guest has ended, for a script that expects it; VM_SLICE: no */
    /* Folder into which pictures that are not as expected go, as they should be: they count as
     * expected then. NULL: there is none. */
    const char *updates;
    unsigned updated;
    bool quit; /* somebody wants the end, with this status */
    int status;

    struct wav *recording; /* takes the machine's sound, or NULL; audio.h */
    unsigned buttons;      /* of the mouse, that are down */
    /* What the first serial port has said and no wait-serial has taken; where in all its output. */
    u8 *heard;
    size_t heard_len, heard_capacity;
    u64 heard_from;
    u8 *typed; /* what is to be typed into it: CONTROL_TYPED of room */
    size_t typed_at, typed_len;
    char *text; /* the text screen, as it was looked at last */
    size_t text_len, text_capacity;
    struct control_call {
        struct request request;
        struct call call;
        control_done *done;
        void *opaque;
        bool cancelled;
    } * call[CONTROL_CALLS];
    unsigned calls;
};

void control_init(struct control *c, struct vm *vm);
void control_free(struct control *c); /* calls that are left are told COMMAND_FAILED */

/* ---- doing ---- */

/*
 * Step by step, for a client that waits by itself: call_begin(), then call_step() as long as it
 * says COMMAND_PENDING, not before guest time has reached call->next. All pointers outlive it.
 */
void call_begin(struct call *call, struct control *c, enum client client, const struct request *r,
                struct reply *reply);
enum command_state call_step(struct call *call);
/* Is it its turn? At call->next, or because what it waits for has come. */
bool call_due(const struct call *call);

/* What a person is told of a call that is done: the answer, or the sentence. */
void call_write_text(const struct call *call, FILE *out);

/*
 * Do a request, which is taken over and freed, now or little by little: `done` is told when it is
 * over, perhaps before this returns; the reply in the call is freed after it. Of one client (the
 * same `opaque`), what takes guest time (COMMAND_WAITS) is done one after the other.
 */
void control_submit(struct control *c, enum client client, struct request *r, control_done *done,
                    void *opaque);
/* What it still wants is forgotten, and it is told nothing. */
void control_cancel(struct control *c, void *opaque);
/*
 * The last client of this kind is gone, and with it what it wanted; a machine that only it has
 * stopped goes on, because nobody else knows that it stands.
 */
void control_leave(struct control *c, enum client client, void *opaque);

/*
 * A request that takes no guest time, done now. false + err, also for one that would have to wait.
 * As request_words(); the last of the words is NULL.
 */
bool control_do(struct control *c, enum client client, struct reply *reply, struct err *e,
                const char *const *words);

/* ---- for whoever runs the machine ---- */

void control_poll(struct control *c);
u64 control_next(const struct control *c); /* guest time; UINT64_MAX: nothing is pending */
bool control_stands(const struct control *c);
/* Until when the machine may run at most, if not control_stands(). */
u64 control_limit(const struct control *c, u64 until);
/* vm_run_to() up to control.goal, in which motions are at home. */
enum vm_stop control_run(struct control *c, u64 until);
/* Is there work to be done while the machine stands, so that nobody must sleep? */
bool control_busy(const struct control *c);
/* The processor has shut down. true: the machine stands for a debugger, and when it goes on, this
 * comes again; false: whoever runs it does what is usual (a reset). */
bool control_shutdown(struct control *c);
/* control_run() has come back with VM_POINT or VM_GOAL. false: no debugger takes it, and the
 * machine stands until somebody says `cont`. */
bool control_met(struct control *c, enum vm_stop why);
/* The first serial port says something; it can be typed into: at most `max` bytes. */
void control_serial_said(struct control *c, const u8 *data, size_t len);
size_t control_serial_typed(struct control *c, u8 *data, size_t max);

/* ---- what happens ---- */

/* The listener is borrowed until control_listen_no_more(). It may submit no request meanwhile. */
void control_listen(struct control *c, struct control_listener *l);
void control_listen_no_more(struct control *c, struct control_listener *l);
void control_tell(struct control *c, const struct control_event *event);

/* ---- recordings ---- */

/* From now on, as capture_start(). false + err, also while another one goes on. */
bool control_record(struct control *c, const char *path, enum capture_shape shape, struct err *e);
/*
 * The end of it, or of one that has already come to nothing, of which nobody has been told this
 * way. false + err: the video is not whole, or there is none.
 */
bool control_record_stop(struct control *c, struct err *e);

/* ---- profile and coverage ---- */

/* Will a file of coverage have lines of source in it? `format` as below. Then they are read now, so
 * that what is missing is known early. false + err: they are not to be had. */
bool control_coverage_lines(struct control *c, const char *path, const char *format, struct err *e);
/* Count from now on. false + err. */
bool control_profile(struct control *c, struct err *e);
/* What was counted, into a file; `format` as in the rows, NULL: by the file's name. */
bool control_profile_save(struct control *c, const char *path, const char *format, struct err *e);
bool control_coverage_save(struct control *c, const char *path, const char *format, struct err *e);
/* With the symbols; before the machine goes. */
void control_profile_free(struct control *c);

/* ---- for rows and clients ---- */

/* The text screen, "" while a picture is shown; valid until the next look. */
const char *control_text(struct control *c);
void control_key(struct control *c, int key, bool down);
void control_mouse(struct control *c, int dx, int dy, int dz, unsigned buttons);
/* As vm_pointer(). */
bool control_pointer(struct control *c, u16 x, u16 y, int dz, unsigned buttons);

#endif
