/*
 * rows_pictures.c - what is shown against a picture that is expected; the rows are in
 * rows_waiting.c and rows_looking.c.
 *
 * When it fails, a picture of the difference is made. When pictures are to be updated
 * (control->updates), nothing fails: what is shown is kept as what should be expected.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/control/rows.h"

#include "frontend/control/picture_compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* `shots/boot.png`: boot-differs.png, in the working directory. */
static char *name_of_difference(const char *reference)
{
    const char *slash = strrchr(reference, '/'), *name = slash ? slash + 1 : reference;
    const char *dot = strrchr(name, '.');
    char *out;
    if (asprintf(&out, "%.*s-differs.png", (int)(dot ? dot - name : (long)strlen(name)), name) < 0)
        return NULL;
    return out;
}

/* The screen into the folder of updates, and a line there with the file that it is for. */
static bool keep_update(struct call *call, const struct screen *s)
{
    struct control *c = call->control;
    const struct value *arg = call->request->arg;
    const struct picture_compare *how = arg[command_params(call->request->row) - 1].compare;
    struct picture p;
    char *whole = realpath(arg[0].text, NULL), *path = NULL, *list = NULL;
    bool ok = picture_compare_take(&p, how, s->pixels, s->width, s->height);
    if (!ok)
        return err_set(&call->error, "out of memory");
    if (arg[0].picture.pixels && arg[0].picture.width == s->width &&
        arg[0].picture.height == s->height && how) { /* it was a picture of the whole screen */
        picture_free(&p);
        ok = picture_compare_take(&p, NULL, s->pixels, s->width, s->height);
    }
    ok = ok && asprintf(&path, "%s/%u.png", c->updates, c->updated + 1) > 0 &&
         asprintf(&list, "%s/list", c->updates) > 0;
    FILE *f = NULL;
    if (!ok)
        err_set(&call->error, "out of memory");
    else if ((ok = picture_save(path, p.pixels, p.width, p.height, &call->error)) &&
             !(ok = (f = fopen(list, "ae")) != NULL))
        err_set(&call->error, "%s: %s", list, strerror(errno));
    if (f) {
        fprintf(f, "%u %s\n", ++c->updated, whole ? whole : arg[0].text);
        ok = fclose(f) == 0 || err_set(&call->error, "%s: %s", list, strerror(errno));
    }
    picture_free(&p);
    free(whole);
    free(path);
    free(list);
    return ok;
}

/* It is not what was expected, and time is over: `call->error` says so. */
static enum command_state differs(struct call *call, const struct screen *s,
                                  const struct picture_verdict *v)
{
    const struct value *arg = call->request->arg;
    const struct picture_compare *how = arg[command_params(call->request->row) - 1].compare;
    struct err before = call->error, e;
    if (call->control->updates)
        return keep_update(call, s) ? COMMAND_DONE : call_host_failed(call);
    char *path =
        how && how->differences ? strdup(how->differences) : name_of_difference(arg[0].text);
    bool saved = path && picture_compare_save(path, &arg[0].picture, how, s->pixels, s->width,
                                              s->height, &e);
    call_fails(call, FAULT_GUEST, "%.200s: %s%s%.200s%s", before.text, v->why,
               saved ? "; expected, shown and the difference are in " : "", saved ? path : "",
               saved || !path ? "" : " (no picture of the difference could be written)");
    free(path);
    return COMMAND_FAILED;
}

static bool equal(struct call *call, struct screen *s, struct picture_verdict *v)
{
    const struct value *arg = call->request->arg;
    const struct picture_compare *how = arg[command_params(call->request->row) - 1].compare;
    vm_screen(call->control->vm, s);
    if (!how && picture_equal(&arg[0].picture, s->pixels, s->width, s->height))
        return true;
    if (!arg[0].picture.pixels) { /* it is still to be made */
        *v = (struct picture_verdict){.why = "there is no such picture yet"};
        return false;
    }
    picture_compare(&arg[0].picture, how, s->pixels, s->width, s->height, v);
    return v->same;
}

enum command_state rows_wait_screen(struct call *call)
{
    u64 limit = call->request->arg[1].time;
    struct screen screen;
    struct picture_verdict verdict;
    if (equal(call, &screen, &verdict))
        return COMMAND_DONE;
    enum command_state state =
        call_keeps_waiting(call, limit, (double)limit / 1e9, "the picture was not shown");
    return state == COMMAND_FAILED ? differs(call, &screen, &verdict) : state;
}

enum command_state rows_assert_screen(struct call *call)
{
    struct screen screen;
    struct picture_verdict verdict;
    if (equal(call, &screen, &verdict))
        return COMMAND_DONE;
    call_fails(call, FAULT_GUEST, "the picture is not shown");
    return differs(call, &screen, &verdict);
}
