/*
 * rows_device.c - `device`: a device's registers with the data sheet's names and the meaning of
 * their bits, and the accesses to its ports; the display's planes and colours.
 */
#include "frontend/control/rows.h"

#include "hw/machine/vm_look_state.h"
#include "hw/machine/vm_registers.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- registers into the reply ---- */

struct groups {
    struct reply *out;
    bool open;
};

static void close_group(struct groups *g)
{
    if (!g->open)
        return;
    reply_end(g->out); /* values */
    reply_end(g->out);
    g->open = false;
}

static void group(void *opaque, const char *title)
{
    struct groups *g = opaque;
    close_group(g);
    reply_map(g->out, NULL);
    reply_text(g->out, "title", title);
    reply_list(g->out, "values");
    g->open = true;
}

static void put_field(struct reply *out, const struct register_field *f, u32 value)
{
    u32 v = value >> f->low & ((1u << f->bits) - 1);
    const char *words = f->meaning ? f->meaning[v] : NULL;
    reply_map(out, NULL);
    if (f->bits == 1)
        reply_printf(out, "bits", "%u", f->low);
    else
        reply_printf(out, "bits", "%u-%u", f->low + f->bits - 1u, f->low);
    reply_text(out, "name", f->name);
    reply_int(out, "value", v);
    if (words)
        reply_text(out, "meaning", words);
    reply_end(out);
}

static void value(void *opaque, const char *name, const char *place, u32 v, unsigned bits,
                  const struct register_field *field, size_t fields, const char *says)
{
    struct reply *out = ((struct groups *)opaque)->out;
    reply_map(out, NULL);
    reply_text(out, "name", name);
    if (*place)
        reply_text(out, "place", place);
    reply_printf(out, "value", "%0*x", (int)(bits + 3) / 4, v);
    reply_int(out, "width", bits);
    if (*says)
        reply_text(out, "says", says);
    if (fields) {
        reply_list(out, "fields");
        for (size_t i = 0; i < fields; i++)
            put_field(out, &field[i], v);
        reply_end(out);
    }
    reply_end(out);
}

static void number(void *opaque, const char *name, double v)
{
    struct reply *out = ((struct groups *)opaque)->out;
    reply_map(out, NULL);
    reply_text(out, "name", name);
    if (v == (double)(s64)v)
        reply_int(out, "number", (s64)v);
    else
        reply_real(out, "number", v);
    reply_end(out);
}

static void text(void *opaque, const char *name, const char *words)
{
    struct reply *out = ((struct groups *)opaque)->out;
    reply_map(out, NULL);
    reply_text(out, "name", name);
    reply_text(out, "says", words);
    reply_end(out);
}

static void wave(void *opaque, const char *name, bool first, const u64 *ns, size_t count)
{
    struct reply *out = ((struct groups *)opaque)->out;
    reply_map(out, NULL);
    reply_text(out, "name", name);
    reply_int(out, "level", first);
    reply_list(out, "changes after ns");
    for (size_t i = 0; i < count; i++)
        reply_int(out, NULL, (s64)ns[i]);
    reply_end(out);
    reply_end(out);
}

static void put_log(struct call *call, const char *name)
{
    struct vm_port_access log[VM_PORT_LOG];
    struct reply *out = call->reply;
    unsigned n = vm_port_log(call->control->vm, name, log);
    reply_list(out, "accesses");
    for (unsigned i = 0; i < n; i++) {
        reply_map(out, NULL);
        reply_int(out, "instructions", (s64)log[i].instructions);
        reply_text(out, "way", log[i].out ? "out" : "in");
        reply_printf(out, "port", "%03x", log[i].port);
        reply_printf(out, "value", "%0*x", 2 * log[i].size, log[i].value);
        if (log[i].what)
            reply_text(out, "what", log[i].what);
        reply_end(out);
    }
    reply_end(out);
}

static enum command_state device(struct call *call)
{
    const struct value *name = &call->request->arg[0];
    struct vm *vm = call->control->vm;
    struct reply *out = call->reply;
    struct groups g = {.out = out};
    const struct register_eye eye = {group, value, number, text, wave, &g};
    if (!name->given) {
        const char *one;
        reply_list(out, "devices");
        for (unsigned i = 0; (one = vm_device_with_registers(vm, i)); i++) {
            const char *doc = vm_device_doc(vm, one);
            reply_map(out, NULL);
            reply_text(out, "name", one);
            reply_text(out, "what", doc ? doc : "");
            reply_end(out);
        }
        reply_end(out);
        return COMMAND_DONE;
    }
    const char *doc = vm_device_doc(vm, name->text);
    reply_text(out, "name", name->text);
    reply_text(out, "what", doc ? doc : "");
    reply_list(out, "groups");
    if (!vm_look_registers(vm, name->text, &eye))
        return call_fails(call, FAULT_HOST,
                          "\"%.60s\" is no device whose registers can be shown; device alone lists "
                          "them",
                          name->text);
    close_group(&g);
    reply_end(out);
    put_log(call, name->text);
    return COMMAND_DONE;
}

/* ---- the display ---- */

enum { PLANE = 0x10000 };

static enum command_state plane(struct call *call)
{
    const struct value *arg = call->request->arg;
    u32 from = (u32)arg[1].number, count = (u32)arg[2].number;
    u8 *bytes = malloc(count);
    char *hex = malloc(2 * (size_t)count + 1);
    bool ok = bytes && hex;
    if (ok && !vm_vga_plane(call->control->vm, (unsigned)arg[0].number, from, bytes, count)) {
        free(bytes);
        free(hex);
        return call_fails(call, FAULT_HOST, "this machine has no VGA");
    }
    if (ok) {
        for (u32 i = 0; i < count; i++)
            snprintf(hex + 2 * (size_t)i, 3, "%02x", bytes[i]);
        reply_int(call->reply, "plane", arg[0].number);
        reply_int(call->reply, "from", from);
        reply_text_len(call->reply, "bytes", hex, 2 * (size_t)count);
    }
    free(bytes);
    free(hex);
    return ok ? COMMAND_DONE : call_fails(call, FAULT_HOST, "out of memory");
}

static enum command_state colours(struct call *call)
{
    struct reply *out = call->reply;
    u32 rgb[256];
    u8 palette[16];
    if (!vm_vga_colours(call->control->vm, rgb, palette))
        return call_fails(call, FAULT_HOST, "this machine has no VGA");
    reply_list(out, "palette");
    for (unsigned i = 0; i < 16; i++)
        reply_int(out, NULL, palette[i]);
    reply_end(out);
    reply_list(out, "colours");
    for (unsigned i = 0; i < 256; i++)
        reply_printf(out, NULL, "%06x", rgb[i]);
    reply_end(out);
    return COMMAND_DONE;
}

static const struct command rows[] = {
    {.name = "device",
     .param = {{.name = "name", .kind = PARAM_NAME, .optional = true}},
     .help = "a device's registers by the data sheet's names, the meaning of their bits, and the "
             "accesses to its ports (from the first time on that it is asked); alone: which there "
             "are",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = device},
    {.name = "vga-plane",
     .param =
         {{.name = "plane", .kind = PARAM_INT, .what = "number of a plane", .min = 0, .max = 3},
          {.name = "from",
           .kind = PARAM_INT,
           .optional = true,
           .otherwise = "0",
           .what = "plane address",
           .min = 0,
           .max = PLANE - 1},
          {.name = "count",
           .kind = PARAM_INT,
           .optional = true,
           .otherwise = "256",
           .what = "number of bytes",
           .min = 1,
           .max = PLANE}},
     .help = "bytes of one of the VGA's planes, by plane address",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = plane},
    {.name = "vga-colours",
     .help = "the VGA's colours: the attribute controller's 16, the DAC's 256 as RRGGBB",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = colours},
};

const struct command_topic rows_device = {"Devices", rows, ARRAY_SIZE(rows)};
