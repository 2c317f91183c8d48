/*
 * outside.c - the places of -monitor, -qmp and -gdb, and who speaks there. See outside.h.
 */
#include "frontend/cli/outside.h"

#include "frontend/http/http.h"
#include "frontend/monitor/monitor.h"
#include "frontend/qmp/qmp.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Character channels for query-chardev. */
static bool chardev(void *opaque, unsigned i, const char **label, const char **where)
{
    static const char *const serials[VM_SERIALS] = {"serial0", "serial1", "serial2", "serial3"};
    const struct options *o = ((struct machine *)opaque)->options;
    if (i < VM_SERIALS) {
        *label = serials[i];
        *where = o->serial[i] ? o->serial[i] : "null";
        return true;
    }
    i -= VM_SERIALS;
    if (i == 0) {
        *label = "parallel0";
        *where = o->parallel ? o->parallel : "null";
        return true;
    }
    i--;
    if (i < o->devices.chardevs) {
        *label = o->devices.chardev[i]->id;
        *where = o->devices.chardev[i]->to;
        return true;
    }
    i -= o->devices.chardevs;
    if (i >= o->steerings)
        return false;
    *label = o->steering[i].kind == STEER_QMP ? "qmp" : "monitor";
    *where = o->steering[i].where;
    return true;
}

/* Who else has standard input or output? NULL: nobody. */
static const char *stdio_user(const struct options *o)
{
    bool reads;
    const char *port = options_on_stdio(o, &reads);
    const char *user = o->script && strcmp(o->script, "-") == 0 ? "-script -" : NULL;
    return o->display == DISPLAY_TEXT ? "-display text" : port ? port : user;
}

static bool open_qmp(struct machine *m, struct link_user *user, struct err *e)
{
    if (!m->qmp) {
        const struct options *o = m->options;
        struct qmp_facts facts = {.version = FERRITE_VERSION,
                                  .ram = (u64)(o->ram_mb ? o->ram_mb : 64) << 20,
                                  .no_reboot = o->no_reboot,
                                  .chardev = chardev,
                                  .opaque = m};
        m->qmp = qmp_new(&m->control, &facts, e);
    }
    if (m->qmp)
        *user = qmp_user(m->qmp);
    return m->qmp != NULL;
}

static bool open_monitor(struct machine *m, struct link_user *user, struct err *e)
{
    if (!m->monitor)
        m->monitor = monitor_new(&m->control, FERRITE_VERSION);
    if (!m->monitor)
        return err_set(e, "out of memory");
    *user = monitor_user(m->monitor);
    return true;
}

/* ---- a GDB ---- */

static bool open_gdb(struct machine *m, const char *option, const char *where, struct err *e)
{
    if (m->gdb)
        return err_set(e, "%s %.200s: there is a place for a GDB already, and one is enough",
                       option, where);
    m->gdb = gdb_open(&m->links, &m->control, option, where, m->options->kernel != NULL, e);
    return m->gdb != NULL;
}

/* The command. */
static bool on_gdbserver(void *opaque, const char *where, struct err *e)
{
    const struct machine *m = opaque;
    if (strcmp(where, "none") == 0) /* QEMU's word */
        return !m->gdb ||
               err_set(e, "gdbserver none: the place for a GDB is there until the machine "
                          "ends; one that detaches lets the machine go on");
    return open_gdb(opaque, "gdbserver", where, e);
}

/* -gdb, -s, -S. */
static bool open_debugger(struct machine *m, struct err *e)
{
    const struct options *o = m->options;
    m->control.gdbserver = on_gdbserver;
    if ((o->gdb && !open_gdb(m, "-gdb", o->gdb, e)) ||
        (o->gdb_default && !open_gdb(m, "-s", "tcp::1234", e)))
        return false;
    if (!o->stopped)
        return true;
    if (!outside_expected(m) && !(m->window && options_menu(o)) && !o->debugger)
        return err_set(e, "-S: nobody could start the machine; -gdb or -s lets a debugger do it");
    /* Whoever comes first and says `cont`; a debugger that leaves lets it go on, too. */
    m->control.stopped |= (unsigned)STOPPED_CLIENT << CLIENT_DEBUGGER;
    return true;
}

/* ---- a page ---- */

static bool open_http(struct machine *m, struct err *e)
{
    const struct options *o = m->options;
    struct http_facts facts = {.version = FERRITE_VERSION,
                               .name = o->tree ? o->tree->name : NULL,
                               .script = o->script != NULL};
    if (o->http)
        m->http = http_open(&m->control, o->http, &facts, e);
    return m->http || !o->http;
}

/* ---- all ---- */

/*
 * The machine's own place, for `ferrite snapshot` and `ferrite ctl NAME` from another shell. No
 * machine depends on it: without a library for JSON, say, there is none.
 */
static void open_own(struct machine *m)
{
    struct link_where where = {.kind = LINK_UNIX};
    struct link_user user;
    struct err ignored;
    const char *path = m->options->place;
    if (!path || strlen(path) >= sizeof(where.path))
        return;
    memcpy(where.path, path, strlen(path) + 1);
    m->own_place = open_qmp(m, &user, &ignored) && links_add(&m->links, &where, &user, &ignored);
}

bool outside_expected(const struct machine *m)
{
    return m->links.count > m->own_place || m->http;
}

bool outside_open(struct machine *m, struct err *e)
{
    const struct options *o = m->options;
    for (unsigned i = 0; i < o->steerings; i++) {
        struct link_where where;
        struct link_user user;
        bool qmp = o->steering[i].kind == STEER_QMP;
        if (!(qmp ? open_qmp(m, &user, e) : open_monitor(m, &user, e)) ||
            !link_where(&where, user.option, o->steering[i].where, e))
            return false;
        const char *taken = where.kind == LINK_STDIO ? stdio_user(o) : NULL;
        if (taken)
            return err_set(e, "%s stdio: %s has standard input and output; say unix:PATH",
                           user.option, taken);
        if (!qmp && where.kind == LINK_STDIO && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
            struct err why;
            if (monitor_terminal(m->monitor, &m->links, &why))
                continue;
            fprintf(stderr, "ferrite: -monitor stdio without history and completion: %s\n",
                    why.text);
        }
        if (!links_add(&m->links, &where, &user, e))
            return false;
    }
    if (!open_http(m, e) || !open_debugger(m, e))
        return false;
    open_own(m);
    m->awaited = links_awaited(&m->links);
    if (m->awaited)
        m->control.stopped |= (unsigned)STOPPED_CLIENT << CLIENT_SOCKET;
    return true;
}

/* ---- what happens ---- */

static void happens(struct machine *m, enum control_event_kind kind, const char *reason,
                    const char *text)
{
    control_tell(&m->control, &(struct control_event){.kind = kind,
                                                      .guest = reason && *reason == 'g',
                                                      .reason = reason,
                                                      .text = text});
}

void outside_tell(struct machine *m, enum vm_stop stop)
{
    switch (stop) {
    case VM_POWER_OFF:
    case VM_DEBUG_EXIT:
    case VM_PROGRAM_END:
        happens(m, EVENT_SHUTDOWN, "guest-shutdown", NULL);
        break;
    case VM_RESET_REQUEST:
        happens(m, m->options->no_reboot ? EVENT_SHUTDOWN : EVENT_RESET, "guest-reset", NULL);
        break;
    case VM_TRIPLE_FAULT:
        happens(m, EVENT_TRIPLE_FAULT, "guest-panic", vm_last_fault(m->vm));
        if (m->options->no_reboot)
            happens(m, EVENT_SHUTDOWN, "guest-panic", NULL);
        break;
    case VM_DISK_ERROR:
        happens(m, EVENT_DISK_ERROR, NULL, vm_disk_error(m->vm));
        break;
    default:
        break;
    }
}

/* The run ends by what was asked for outside of the guest. */
static void tell_end(struct machine *m)
{
    if (m->vm && (m->control.quit || ending_asked(m->ending)))
        happens(m, EVENT_SHUTDOWN, m->control.quit ? "host-qmp-quit" : "host-signal", NULL);
}

void outside_close(struct machine *m)
{
    tell_end(m);
    http_end(m->http, m->vm ? "the machine is off" : "");
    gdb_exits(m->gdb, m->status);
    links_close(&m->links);
    gdb_close(m->gdb);
    m->gdb = NULL;
    qmp_free(m->qmp);
    m->qmp = NULL;
    monitor_free(m->monitor);
    m->monitor = NULL;
}
