/* live.h - lessons beside a machine that runs: what frontend/control/teaching.h asks for. */
#ifndef FERRITE_LESSONS_LIVE_H
#define FERRITE_LESSONS_LIVE_H

#include "frontend/control/teaching.h"

struct lessons_live {
    struct control_teaching teaching;
    u8 *disk; /* that is in drive A:, or was */
};

void lessons_live_init(struct lessons_live *l);
/* When the machine is gone. */
void lessons_live_free(struct lessons_live *l);

#endif
