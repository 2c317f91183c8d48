/*
 * paced.c - see paced.h. Slices end where a picture is whole, so that whole ones are shown.
 *
 * A rest ends early when somebody outside has something. The guest does not run on then, or whoever
 * sends much would make its clock fast.
 */
#include "frontend/cli/paced.h"

#include "frontend/cli/pace.h"

#define SLICE (5 * NS_PER_MS)

void paced_run(struct machine *m)
{
    struct beam beam = {.end = 0};
    struct pace pace;
    ending_running(m->ending, m->vm);
    pace_begin(&pace, m->vm);
    for (;;) {
        bool standing = control_stands(&m->control);
        double before = host_seconds();
        u64 until = beam_next(&beam, m->vm, SLICE);
        if (!machine_run(m, pace_ahead(&pace, m->vm) > 0.001 ? vm_now(m->vm) : until))
            break;
        if (!standing && m->control.follow && !m->script)
            pace_follow(&pace, m, host_seconds() - before);
        pace_keep(&pace, m, standing, 0.01);
    }
}
