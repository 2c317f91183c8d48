/*
 * gdb.c - sockets to conversations with a GDB. See gdb.h.
 */
#include "frontend/gdb/gdb.h"

#include "frontend/gdb/stub.h"

#include <stdlib.h>

struct gdb {
    struct control *control;
    bool code32;
    struct link_client *client; /* with it: */
    struct gdb_stub *stub;      /* NULL: nobody is there */
};

static bool send(void *opaque, const void *data, size_t len)
{
    struct gdb *g = opaque;
    return link_send(g->client, data, len);
}

static bool came(void *opaque, struct link_client *client)
{
    struct gdb *g = opaque;
    struct gdb_sink sink = {send, g};
    g->stub = gdb_stub_new(g->control, &sink, g->code32);
    g->client = client;
    return g->stub != NULL;
}

static size_t got(void *opaque, struct link_client *client, const u8 *data, size_t len)
{
    struct gdb *g = opaque;
    if (!g->stub || client != g->client)
        return len;
    size_t taken = gdb_stub_got(g->stub, data, len);
    if (gdb_stub_over(g->stub))
        link_drop(client);
    return taken;
}

static void left(void *opaque, struct link_client *client)
{
    struct gdb *g = opaque;
    if (client != g->client)
        return;
    gdb_stub_free(g->stub);
    g->stub = NULL;
    g->client = NULL;
}

bool gdb_busy(const struct gdb *g)
{
    return g && g->stub && gdb_stub_busy(g->stub);
}

void gdb_work(struct gdb *g)
{
    if (gdb_busy(g))
        gdb_stub_work(g->stub);
}

bool gdb_shutdown(struct gdb *g)
{
    return g && g->stub && gdb_stub_shutdown(g->stub);
}

static bool met(void *opaque, enum vm_stop why)
{
    struct gdb *g = opaque;
    if (g->stub)
        gdb_stub_met(g->stub, why);
    return g->stub != NULL;
}

struct gdb *gdb_open(struct links *l, struct control *c, const char *option, const char *where,
                     bool code32, struct err *e)
{
    struct link_where at;
    struct gdb *g = calloc(1, sizeof(*g));
    if (!g) {
        err_set(e, "out of memory");
        return NULL;
    }
    g->control = c;
    g->code32 = code32;
    struct link_user user = {.option = option,
                             .opaque = g,
                             .clients = 1,
                             .busy = "another GDB is connected to this machine\n",
                             .came = came,
                             .got = got,
                             .left = left};
    if (!link_where(&at, option, where, e) || !links_add(l, &at, &user, e)) {
        free(g);
        return NULL;
    }
    c->met = met;
    c->met_opaque = g;
    return g;
}

void gdb_exits(struct gdb *g, int status)
{
    if (g && g->stub)
        gdb_stub_exits(g->stub, status);
}

void gdb_close(struct gdb *g)
{
    free(g);
}
