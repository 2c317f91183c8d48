/*
 * machine_consoles.c - the consoles of a command line's machine. See machine_consoles.h.
 */
#include "frontend/cli/machine_consoles.h"

#include <string.h>

/* Serial port 0 goes to its console and to wait-serial and type-serial. */
static void serial_write(void *opaque, const u8 *data, size_t len)
{
    struct machine *m = opaque;
    console_write(&m->serial[0], data, len);
    control_serial_said(&m->control, data, len);
}

static size_t serial_read(void *opaque, u8 *data, size_t max)
{
    struct machine *m = opaque;
    size_t typed = control_serial_typed(&m->control, data, max);
    if (typed || m->run)
        return typed;
    struct stream s = console_stream(&m->serial[0]);
    return s.read(s.opaque, data, max);
}

/* All of them; NULL after the last. */
static struct console *console_at(struct machine *m, unsigned i)
{
    if (i < VM_SERIALS)
        return &m->serial[i];
    i -= VM_SERIALS;
    return i == 0             ? &m->parallel
           : i == 1           ? &m->debugcon
           : i - 2 < CHARDEVS ? &m->extra[i - 2]
                              : NULL;
}

void machine_no_consoles(struct machine *m)
{
    for (unsigned i = 0; console_at(m, i); i++)
        console_at(m, i)->in_fd = console_at(m, i)->out_fd = -1;
}

/* What one of them is, as the options say it. */
static const char *console_to(const struct options *o, unsigned i, const char **option)
{
    static const char *const names[] = {"-parallel", "-debugcon", "-chardev"};
    *option = i < VM_SERIALS ? "-serial" : names[i - VM_SERIALS < 2 ? i - VM_SERIALS : 2];
    if (i < VM_SERIALS)
        return o->serial[i];
    i -= VM_SERIALS;
    if (i < 2)
        return i ? o->debugcon : o->parallel;
    return i - 2 < o->devices.chardevs ? o->devices.chardev[i - 2]->to : NULL;
}

static bool has_input(unsigned i)
{
    return i < VM_SERIALS || i >= VM_SERIALS + 2;
}

/* Nobody types while a script runs: input would make the run depend on the host. */
bool machine_open_consoles(struct machine *m, struct vm_config *c, struct err *e)
{
    const struct options *o = m->options;
    bool stdin_taken = m->script != NULL;
    const char *option;
    for (unsigned i = 0; console_at(m, i); i++) {
        const char *to = console_to(o, i, &option);
        if (!console_open(console_at(m, i), to, has_input(i) && !stdin_taken, e))
            return false;
        console_attend(console_at(m, i), option, to, m->ending);
        console_at(m, i)->budget = &m->log_budget;
        stdin_taken |= has_input(i) && to && strcmp(to, "stdio") == 0;
    }
    c->serial[0] = (struct stream){.write = serial_write, .read = serial_read, .opaque = m};
    for (unsigned i = 1; i < VM_SERIALS; i++) {
        if (i < VM_BOARD_SERIALS || i < o->serial_count)
            c->serial[i] = console_stream(&m->serial[i]);
    }
    for (unsigned i = 0; i < o->devices.chardevs; i++)
        m->chardev[i] =
            (struct vm_chardev){o->devices.chardev[i]->id, console_stream(&m->extra[i])};
    c->parallel[0] = console_stream(&m->parallel);
    c->debugcon = console_stream(&m->debugcon);
    return true;
}

void machine_poll_consoles(struct machine *m)
{
    for (unsigned i = 0; console_at(m, i); i++) {
        if (has_input(i))
            console_poll(console_at(m, i));
        else
            console_flush(console_at(m, i));
    }
}

bool machine_consoles_ok(struct machine *m, struct err *e)
{
    for (unsigned i = 0; console_at(m, i); i++)
        if (!console_ok(console_at(m, i), e))
            return false;
    return true;
}

void machine_flush_consoles(struct machine *m)
{
    for (unsigned i = 0; console_at(m, i); i++)
        console_flush(console_at(m, i));
}

void machine_close_consoles(struct machine *m)
{
    for (unsigned i = 0; console_at(m, i); i++)
        console_close(console_at(m, i));
}
