/* qmp_parts.h - between qmp.c, which speaks, and the files that know commands. */
#ifndef FERRITE_QMP_PARTS_H
#define FERRITE_QMP_PARTS_H

#include "frontend/json/json.h"
#include "frontend/json/json_frame.h"
#include "frontend/qmp/qmp.h"

enum { QMP_KEYS_PENDING = 32 };

/* QEMU's classes of errors. */
enum qmp_class { QMP_GENERIC, QMP_COMMAND_NOT_FOUND, QMP_DEVICE_NOT_FOUND };

struct qmp {
    struct control *control;
    struct qmp_facts facts;
    struct json *json;
    struct control_listener listener;
    struct qmp_client *first;
    unsigned keys;   /* chords of send-key that are under way: after their answer */
    char *tray[3];   /* what was in a drive when its tray was opened; or NULL */
    u16 place[2];    /* of the pointer, as input-send-event has said it last */
    struct qmp_job { /* the last of snapshot-save, snapshot-load; id "": none */
        char id[64], error[300];
        const char *kind;
    } job;
};

struct qmp_client {
    struct qmp_client *next;
    struct qmp *qmp;
    struct link_client *link;
    struct json_frame frame;
    bool ready;   /* qmp_capabilities has been said */
    bool pending; /* a command is under way: the next ones wait */
    bool ended;   /* it sends no more */
    char *id;     /* of that command, as JSON; NULL: it had none */
    enum qmp_form {
        QMP_DATA,  /* its answer is what the row says */
        QMP_PLAIN, /* {} whatever the row says */
        QMP_TEXT,  /* one string */
        QMP_BOTH,  /* text and data, and a failure is an answer, too */
    } form;
};

/* A command of QEMU's that is being done, and what it has to answer. */
struct qmp_call {
    struct qmp *qmp;
    struct qmp_client *client;
    struct json *json;
    const struct json_value *args; /* NULL: none */
    struct reply *reply;           /* QMP_OK: nothing in it is {} */
    enum qmp_class class;          /* QMP_FAILED, with: */
    struct err error;
};

enum qmp_state { QMP_OK, QMP_FAILED, QMP_LATER /* a row answers when it is done */ };

struct qmp_command {
    const char *name;
    enum qmp_state (*run)(struct qmp_call *call);
    /*
     * Members of its arguments, NULL behind the last; '*' before those that may be missing, and
     * ":type" behind those that are no strings: int, bool, [any].
     */
    const char *const *members;
};

/* qmp_commands.c, qmp_query.c, qmp_input.c, qmp_devices.c: what QEMU has. The last has no name. */
extern const struct qmp_command qmp_commands[], qmp_queries[], qmp_inputs[], qmp_devices[];
const struct qmp_command *qmp_command_find(const char *name);
/* Of a member without its '*': how long its name is, and its type. */
size_t qmp_member_length(const char *member);
const char *qmp_member_type(const char *member);
/* A row's name as a client says it: "snapshot-list". */
void qmp_dashed(char *out, size_t size, const char *name, size_t len);
/* qmp_schema.c: all commands and events with their types, into a list. */
void qmp_put_schema(struct reply *r);

enum qmp_state qmp_fails(struct qmp_call *call, enum qmp_class class, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* A member of the arguments, of this kind; *wrong: it is there, and of another kind (call->error).
 */
const char *qmp_string(struct qmp_call *call, const char *name, const char *otherwise);
s64 qmp_integer(struct qmp_call *call, const char *name, s64 otherwise);
bool qmp_bool(struct qmp_call *call, const char *name, bool otherwise);

/* The answer of a row that is done, in the client's form. */
void qmp_answer_row(struct qmp_client *c, const struct call *call, enum command_state state);
void qmp_answer(struct qmp_client *c, const struct reply *r); /* NULL: {} */
void qmp_refuse(struct qmp_client *c, enum qmp_class class, const char *why);
void qmp_greet(struct qmp_client *c);

/* Have a row done, which answers with {}, or QMP_FAILED when it cannot be. The last word is NULL.
 */
enum qmp_state qmp_row(struct qmp_call *call, const char *const *words);
/* The same for a request that has been made, answered with what the row says. It is taken over. */
void qmp_submit(struct qmp_client *c, struct request *r);

void qmp_event(struct qmp *q, const char *name, const struct reply *data); /* data: NULL, none */
/* qmp_events.c: what happens to the machine, as events. */
void qmp_hear(void *opaque, const struct control_event *event);
struct qmp_event_row {
    const char *name;           /* NULL: behind the last */
    const char *const *members; /* of its data, as those of commands */
};
extern const struct qmp_event_row qmp_event_rows[];

/* "floppy0", "ide1-cd0": a drive that takes media; -1: no such name. */
int qmp_drive(const char *name);

#endif
