/*
 * midi.c - choosing where MIDI OUT leads. See midi.h.
 */
#include "frontend/midi/midi.h"
#include "frontend/midi/midi_ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct midi_port {
    struct midi_parser parser;
    const struct midi_kind *kind;
    void *self;      /* of the kind; NULL: not opened yet */
    bool by_default; /* nobody asked for it: opened with the first byte, if it can be */
    bool failed;
};

enum where { NOWHERE, TO_FILE, TO_FLUID, TO_ALSA, TO_DEFAULT, UNKNOWN };

/* *rest is what follows the kind's name. */
static enum where parse(const char *to, const char **rest)
{
    *rest = NULL;
    if (!to)
        return TO_DEFAULT;
    if (strcmp(to, "none") == 0)
        return NOWHERE;
    if (strcmp(to, "fluidsynth") == 0)
        return TO_FLUID;
    static const char *const kind[] = {
        [TO_FILE] = "file:", [TO_FLUID] = "fluidsynth:", [TO_ALSA] = "alsa:"};
    for (unsigned i = TO_FILE; i <= TO_ALSA; i++) {
        size_t n = strlen(kind[i]);
        if (strncmp(to, kind[i], n) == 0 && to[n]) {
            *rest = to + n;
            return (enum where)i;
        }
    }
    return UNKNOWN;
}

bool midi_port_check(const char *to, struct err *e)
{
    const char *rest;
    return parse(to, &rest) != UNKNOWN ||
           err_set(e,
                   "-midi %.80s: say none, file:FILE.mid, fluidsynth, fluidsynth:FILE.sf2 or "
                   "alsa:CLIENT:PORT",
                   to);
}

static bool open_kind(struct midi_port *p, enum where where, const char *rest, struct err *e)
{
    switch (where) {
    case TO_FILE:
        p->kind = &midi_file_kind;
        p->self = midi_file_open(rest, e);
        break;
    case TO_ALSA:
        p->kind = &midi_alsa_kind;
        p->self = midi_alsa_open(rest, e);
        break;
    default:
        p->kind = &midi_fluid_kind;
        p->self = midi_fluid_open(rest, e);
        break;
    }
    return p->self != NULL;
}

bool midi_port_open(struct midi_port **port, const char *to, bool heard, struct err *e)
{
    const char *rest;
    struct err why;
    *port = NULL;
    if (!midi_port_check(to, e))
        return false;
    enum where where = parse(to, &rest);
    if (where == NOWHERE || (where == TO_DEFAULT && !heard))
        return true;
    struct midi_port *p = calloc(1, sizeof(*p));
    if (!p)
        return err_set(e, "out of memory");
    p->by_default = where == TO_DEFAULT;
    if (!p->by_default && !open_kind(p, where, rest, &why)) {
        free(p);
        return err_set(e, "-midi %.80s: %.400s", to, why.text);
    }
    *port = p;
    return true;
}

static void on_byte(void *opaque, u64 when, u8 byte)
{
    struct midi_port *p = opaque;
    struct midi_message m;
    struct err e;
    if (!midi_parse(&p->parser, when, byte, &m) || p->failed)
        return;
    if (!p->self && !open_kind(p, TO_FLUID, NULL, &e)) {
        p->failed = true;
        fprintf(stderr, "ferrite: the guest plays MIDI, which nobody hears: %s\n", e.text);
        return;
    }
    p->kind->message(p->self, &m);
}

struct midi_sink midi_port_sink(struct midi_port *port)
{
    return port ? (struct midi_sink){on_byte, port} : (struct midi_sink){NULL, NULL};
}

bool midi_port_close(struct midi_port *port, struct err *e)
{
    bool ok = !port || !port->self || port->kind->close(port->self, e);
    free(port);
    return ok;
}
