/*
 * teaching.h - lessons, for those who show them on a page while the machine runs. A struct of
 * functions, because lessons need commands and so lie on a floor above (frontend/lessons/).
 */
#ifndef FERRITE_CONTROL_TEACHING_H
#define FERRITE_CONTROL_TEACHING_H

#include "frontend/control/reply.h"
#include "hw/base/err.h"
#include "hw/base/types.h"

struct control;

/* All in the machine's thread. false + err. */
struct control_teaching {
    void *opaque;
    void (*list)(struct reply *r);
    /* With what this seed decides in its program. */
    bool (*text)(const char *name, u64 seed, struct reply *r, struct err *e);
    /* The lesson's program for this seed into drive A:, with the learner's source (NULL: as the
     * lesson begins), and a reset. */
    bool (*open)(void *opaque, struct control *c, const char *name, u64 seed, const char *source,
                 struct reply *r, struct err *e);
    /* The answer on machines of its own; this one stays as it is. */
    bool (*check)(const char *name, u64 seed, const char *answer, struct reply *r, struct err *e);
};

#endif
