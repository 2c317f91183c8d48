/*
 * rows_walk.c - `walk`: where an address leads, check by check: segment, page tables, TLB, memory,
 * up to the step that refuses. The processor's own checks (vm_route.h).
 */
#include "frontend/control/rows.h"

#include "frontend/control/expression.h"
#include "frontend/control/points.h"
#include "hw/machine/vm_route.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const segment_names[VM_SEGMENTS] = {"es", "cs", "ss", "ds", "fs", "gs"};

/* "ds:..." and "$ds:..." mean the register, with what it has loaded; else VM_SEGMENTS. */
static unsigned register_before(const char *text)
{
    text += strspn(text, " ");
    text += *text == '$';
    for (unsigned i = 0; i < VM_SEGMENTS; i++) {
        const char *rest = text + 2;
        if (strncasecmp(text, segment_names[i], 2) == 0 && rest[strspn(rest, " ")] == ':')
            return i;
    }
    return VM_SEGMENTS;
}

static bool where_from(struct call *call, struct vm_route_from *f)
{
    const struct value *arg = call->request->arg;
    struct control *c = call->control;
    struct address a;
    if (!expression_address_in(c->vm, c->symbols, arg[0].text, &a, &call->error)) {
        /* A selector that nothing stands behind is what is to be shown. */
        char *rest, *end;
        unsigned long sel = strtoul(arg[0].text, &rest, 16);
        if (*rest != ':' || sel > 0xffff)
            return false;
        s64 offset = (s64)strtoul(rest + 1, &end, 16);
        struct err e;
        if (*end && !expression_value_in(c->vm, c->symbols, rest + 1, &offset, &e))
            return false;
        a = (struct address){.based = true, .sel = (u16)sel, .offset = (u32)offset};
    }
    if (a.physical)
        return err_set(&call->error, "a physical address is where the way ends");
    unsigned by = register_before(arg[0].text);
    *f = (struct vm_route_from){.has_segment = a.based,
                                .by_register = by < VM_SEGMENTS,
                                .segment = (u8)by,
                                .sel = a.sel,
                                .offset = a.based ? a.offset : a.value,
                                .access = (enum vm_access)arg[1].number,
                                .bytes = (unsigned)arg[2].number,
                                .as_supervisor = arg[3].given};
    return true;
}

static void put_entry(struct reply *out, const struct vm_route_step *s)
{
    reply_printf(out, "entry", "%0*llx", s->value >> 32 ? 16 : 8, (unsigned long long)s->value);
    reply_int(out, "index", s->index);
    reply_list(out, "bits");
    for (unsigned i = 0; i < s->bits; i++) {
        const struct vm_entry_bit *b = &s->bit[i];
        reply_map(out, NULL);
        reply_int(out, "bit", b->bit);
        reply_text(out, "name", b->name);
        reply_int(out, "value", b->value);
        reply_text(out, "meaning", b->meaning);
        reply_end(out);
    }
    reply_end(out);
}

static void put_verdict(struct reply *out, const struct vm_route *r)
{
    const struct vm_route_step *last = NULL;
    for (unsigned i = 0; i < r->steps; i++)
        if (r->step[i].refuses)
            last = &r->step[i];
    if (r->allowed || !last) {
        reply_printf(out, "verdict", "allowed: %s", r->memory);
        return;
    }
    const char *name = points_vector_name(r->vector);
    reply_printf(out, "verdict", "refused by the %s: %s", last->what, last->says);
    reply_printf(out, "fault", "%s, error code %04x", name, r->error);
}

static enum command_state walk(struct call *call)
{
    static const char *const accesses[] = {"read", "write", "execute"};
    struct reply *out = call->reply;
    struct vm_route_from f;
    struct vm_route *r = malloc(sizeof(*r));
    if (!r)
        return call_fails(call, FAULT_HOST, "out of memory");
    if (!where_from(call, &f)) {
        free(r);
        return call_host_failed(call);
    }
    vm_route(call->control->vm, &f, r);
    reply_text(out, "address", call->request->arg[0].text);
    reply_text(out, "access", accesses[f.access]);
    reply_int(out, "bytes", f.bytes);
    reply_text(out, "by", r->user ? "user" : "supervisor");
    put_verdict(out, r);
    reply_bool(out, "allowed", r->allowed);
    if (r->linear_known)
        reply_printf(out, "linear", "%08x", r->linear);
    if (r->allowed) {
        reply_printf(out, "physical", "%08x", r->physical);
        reply_text(out, "memory", r->memory);
    }
    reply_bool(out, "in the TLB", r->tlb);
    reply_bool(out, "stale", r->stale);
    reply_list(out, "steps");
    for (unsigned i = 0; i < r->steps; i++) {
        const struct vm_route_step *s = &r->step[i];
        reply_map(out, NULL);
        reply_text(out, "step", s->what);
        reply_text(out, "result", s->refuses ? "refuses" : "passes");
        reply_text(out, "says", s->says);
        if (s->entry)
            put_entry(out, s);
        reply_end(out);
    }
    reply_end(out);
    free(r);
    return COMMAND_DONE;
}

static bool check_walk(const struct request *r, struct err *e)
{
    struct address a;
    struct err why;
    return expression_address(NULL, r->arg[0].text, &a, &why) ||
           err_set(e, "walk: %.400s", why.text);
}

static const char *const access_words[] = {"read", "write", "execute", NULL};
static const char *const who_words[] = {"supervisor", NULL};

static const struct command rows[] = {
    {.name = "walk",
     .param = {{.name = "address",
                .kind = PARAM_STRING,
                .what = "an address, as ds:esi, 0010:1000 or 0x7c00"},
               {.name = "access",
                .kind = PARAM_WORD,
                .words = access_words,
                .optional = true,
                .otherwise = "read"},
               {.name = "bytes",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = "1",
                .what = "number of bytes",
                .min = 1,
                .max = 16},
               {.name = "who", .kind = PARAM_WORD, .words = who_words, .optional = true}},
     .help = "where an address leads, check by check: segment and limit, each level of the page "
             "tables with its bits, the TLB, memory; or the step that refuses",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .check = check_walk,
     .run = walk},
};

const struct command_topic rows_walk = {"Addresses", rows, ARRAY_SIZE(rows)};
