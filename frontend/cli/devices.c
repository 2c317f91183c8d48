/*
 * devices.c - rows of devices from the command line and from files. See devices.h.
 */
#include "frontend/cli/devices.h"
#include "frontend/cli/nic.h"
#include "hw/base/nearest.h"

#include <stdlib.h>
#include <string.h>

static const char *at(const struct row *r, const struct row_prop *p, char *buf, size_t size)
{
    return row_where(r, p, buf, size);
}

/* Of its own memory, for free(); NULL: there is none. */
static struct row *copy_of(const struct row *from)
{
    struct row *r = malloc(sizeof(*r));
    bool ok = r != NULL;
    if (!ok)
        return NULL;
    row_begin(r, from->where, from->line);
    ok = row_add(r, "driver", from->driver, from->line, NULL);
    ok = ok && (!from->id || row_add(r, "id", from->id, from->line, NULL));
    for (unsigned i = 0; ok && i < from->props; i++)
        ok = row_add(r, from->prop[i].name, from->prop[i].value, from->prop[i].line, NULL);
    if (ok)
        return r;
    free(r); /* cannot be: what fitted once fits again */
    return NULL;
}

bool devices_add(struct devices *d, const struct row *row, struct err *e)
{
    char where[256];
    if (!vm_row_check(row, e))
        return false;
    struct row *copy = d->rows < DEVICE_ROWS ? copy_of(row) : NULL;
    if (!copy)
        return err_set(e, "%s: %s", at(row, NULL, where, sizeof(where)),
                       d->rows < DEVICE_ROWS ? "out of memory" : "too many devices");
    d->row[d->rows++] = copy;
    return true;
}

/* ---- chardevs ---- */

/* The properties that a row may have; others are an error that names the nearest. */
static bool only(const struct row *r, const char *const *names, size_t count, struct err *e)
{
    char where[256];
    for (unsigned i = 0; i < r->props; i++) {
        size_t n = 0;
        while (n < count && strcmp(r->prop[i].name, names[n]) != 0)
            n++;
        if (n < count)
            continue;
        const char *near = nearest_word(r->prop[i].name, names, count);
        return err_set(e, "%s: there is no \"%.60s\" here%s%s%s",
                       at(r, &r->prop[i], where, sizeof(where)), r->prop[i].name,
                       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    return true;
}

static bool chardev_to(struct chardev *c, const struct row *row, const char *where, struct err *e)
{
    static const char *const keys[] = {"path", "server", "wait"};
    const char *path = row_value(row, "path");
    bool file = strcmp(row->driver, "file") == 0, socket = strcmp(row->driver, "socket") == 0;
    if (!only(row, keys, socket ? 3 : file ? 1 : 0, e))
        return false;
    if (strcmp(row->driver, "stdio") == 0 || strcmp(row->driver, "null") == 0) {
        snprintf(c->to, sizeof(c->to), "%s", row->driver);
        return true;
    }
    if (!file && !socket)
        return err_set(e, "%s: say file, socket, stdio or null", where);
    if (!path || strlen(path) >= sizeof(c->to) - 8)
        return err_set(e, "%s wants %s", where, path ? "a shorter path" : "path=FILE");
    const char *server = row_value(row, "server"), *wait = row_value(row, "wait");
    if ((server && strcmp(server, "on") != 0) || (wait && strcmp(wait, "off") != 0))
        return err_set(e, "%s: the socket is a server's that waits for nobody: server=on,wait=off",
                       where);
    snprintf(c->to, sizeof(c->to), "%s:%s", file ? "file" : "unix", path);
    return true;
}

bool devices_add_chardev(struct devices *d, const struct row *row, struct err *e)
{
    char where[256];
    at(row, NULL, where, sizeof(where));
    if (!row->id)
        return err_set(e, "%s wants id=NAME", where);
    for (unsigned i = 0; i < d->chardevs; i++) {
        if (strcmp(d->chardev[i]->id, row->id) == 0)
            return err_set(e, "%s: id=%s is another's too", where, row->id);
    }
    if (d->chardevs == CHARDEVS)
        return err_set(e, "%s: %d of them are the limit", where, CHARDEVS);
    struct chardev *c = calloc(1, sizeof(*c));
    if (!c)
        return err_set(e, "out of memory");
    snprintf(c->id, sizeof(c->id), "%s", row->id);
    if (!chardev_to(c, row, where, e)) {
        free(c);
        return false;
    }
    d->chardev[d->chardevs++] = c;
    return true;
}

/* ---- netdevs ---- */

bool devices_add_netdev(struct devices *d, const struct row *row, struct err *e)
{
    char where[256], text[1024];
    struct err why;
    at(row, NULL, where, sizeof(where));
    if (!row->id)
        return err_set(e, "%s wants id=NAME", where);
    for (unsigned i = 0; i < d->netdevs; i++) {
        if (strcmp(d->netdev[i]->id, row->id) == 0)
            return err_set(e, "%s: id=%s is another's too", where, row->id);
    }
    if (d->netdevs == NETDEVS)
        return err_set(e, "%s: %d of them are the limit", where, NETDEVS);
    size_t n = (size_t)snprintf(text, sizeof(text), "%s", row->driver);
    for (unsigned i = 0; i < row->props && n < sizeof(text); i++) {
        if (strchr(row->prop[i].value, ','))
            return err_set(e, "%s: a comma in %s", where, row->prop[i].name);
        n += (size_t)snprintf(text + n, sizeof(text) - n, ",%s=%s", row->prop[i].name,
                              row->prop[i].value);
    }
    struct vm_netdev *net = calloc(1, sizeof(*net));
    char *id = strdup(row->id);
    bool ok = net && id && n < sizeof(text);
    if (!ok)
        err_set(&why, n < sizeof(text) ? "out of memory" : "that is too much text");
    ok = ok && netdev_parse(&net->config, text, &why);
    if (!ok) {
        free(net);
        free(id);
        return err_set(e, "%s: %.250s", where, why.text);
    }
    net->id = id;
    d->netdev[d->netdevs++] = net;
    return true;
}

void devices_free(struct devices *d)
{
    for (unsigned i = 0; i < d->rows; i++)
        free(d->row[i]);
    for (unsigned i = 0; i < d->chardevs; i++)
        free(d->chardev[i]);
    for (unsigned i = 0; i < d->netdevs; i++) {
        free((char *)(uintptr_t)d->netdev[i]->id);
        free(d->netdev[i]);
    }
    d->rows = d->chardevs = d->netdevs = 0;
}

/* ---- help ---- */

bool devices_help(const char *value, FILE *out, bool *ok, struct err *e)
{
    size_t len = strlen(value);
    char model[80];
    *ok = true;
    if (strcmp(value, "help") == 0 || strcmp(value, "?") == 0) {
        vm_device_list(out);
        return true;
    }
    if (len < 6 || strcmp(value + len - 5, ",help") != 0)
        return false;
    snprintf(model, sizeof(model), "%.*s", (int)strcspn(value, ","), value);
    struct err why;
    *ok = vm_device_help(model, out, &why) || err_set(e, "-device %s: %.300s", value, why.text);
    return true;
}
