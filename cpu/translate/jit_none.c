/*
 * jit_none.c - where there is no translator for the host: jit.h's functions say so.
 */
#include "cpu/translate/jit.h"

bool jit_exists(void)
{
    return false;
}

bool jit_start(struct cpu *c, unsigned threshold, bool check, struct err *e)
{
    (void)c;
    (void)threshold;
    (void)check;
    return err_set(e, "this build has no translator for its host");
}

void jit_stop(struct cpu *c)
{
    (void)c;
}

bool jit_forked(struct cpu *c, struct err *e)
{
    (void)c, (void)e;
    return true;
}

void jit_loaded(struct cpu *c)
{
    (void)c;
}

bool jit_statistics(const struct cpu *c, struct jit_stats *s)
{
    (void)c;
    (void)s;
    return false;
}

bool jit_made(const struct cpu *c, u64 address)
{
    (void)c, (void)address;
    return false;
}

unsigned jit_left_for(const struct cpu *c, struct jit_left *l, unsigned most)
{
    (void)c, (void)l, (void)most;
    return 0;
}
