/*
 * device.c - creating, resetting, saving and freeing devices through their classes.
 *
 * Everything a device is lives in its class and its struct; this file only brackets the calls.
 */
#include "hw/bus/device.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct device *device_new(const struct device_class *class, const char *name)
{
    assert(class->size >= sizeof(struct device));
    struct device *d = calloc(1, class->size);
    if (!d)
        return NULL;
    d->class = class;
    snprintf(d->name, sizeof(d->name), "%s", name ? name : class->name);
    if (class->props)
        props_set_defaults(class->props, d);
    return d;
}

/* Its texts move along; room for more is not kept: a machine has forty. */
static struct row *copy_row(const struct row *from)
{
    size_t size = offsetof(struct row, text) + from->used;
    struct row *r = malloc(size); /* nothing is added to it any more */
    if (!r)
        return NULL;
    memcpy(r, from, size);
    for (unsigned i = 0; i < r->props; i++) {
        r->prop[i].name = r->text + (from->prop[i].name - from->text);
        r->prop[i].value = r->text + (from->prop[i].value - from->text);
    }
    r->driver = from->driver ? r->text + (from->driver - from->text) : NULL;
    r->id = from->id ? r->text + (from->id - from->text) : NULL;
    return r;
}

bool device_configure(struct device *d, const struct row *row, struct err *e)
{
    struct err why;
    char where[256];
    assert(!d->row && !d->board);
    d->row = copy_row(row);
    if (!d->row)
        return err_set(e, "out of memory");
    for (unsigned i = 0; i < d->row->props; i++) {
        const struct row_prop *p = &d->row->prop[i];
        if (!prop_set(d->class->props, d, p->name, p->value, &why))
            return err_set(e, "%s: %.250s", row_where(row, p, where, sizeof(where)), why.text);
    }
    return true;
}

bool device_realize(struct device *d, const struct board *b, struct err *e)
{
    d->board = b;
    if (!d->class->realize)
        return true;
    if (!b->phys)
        return d->class->realize(d, b, e);
    const char *before = b->phys->builder;
    b->phys->builder = d->name; /* what it maps now is its own */
    bool ok = d->class->realize(d, b, e);
    b->phys->builder = before;
    return ok;
}

void device_reset(struct device *d)
{
    if (d->class->reset)
        d->class->reset(d);
}

void device_state(struct device *d, struct state *s)
{
    if (!d->class->state)
        return;
    u32 version = d->class->state_version | (d->class->optional ? STATE_OPTIONAL : 0);
    if (d->class->optional && state_loading(s) && state_ok(s) && !state_has(s, d->name)) {
        log_at(d->board->log, LOG_RESET, "snapshot: it knows no %s, which is as after a reset",
               d->name);
        device_reset(d);
        return;
    }
    /* No version below 1 ever existed, so a 0 can only come from a stream that has failed. */
    if (state_begin(s, d->name, version))
        d->class->state(d, s);
    state_end(s);
}

void device_free(struct device *d)
{
    if (!d)
        return;
    /* destroy() may rely on what realize() did. */
    if (d->board && d->class->destroy)
        d->class->destroy(d);
    free(d->row);
    free(d);
}
