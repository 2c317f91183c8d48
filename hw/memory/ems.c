/*
 * ems.c - an expanded memory board. See ems.h.
 *
 * Boards for LIM 4.0 (Intel Above Board Plus, AST RAMpage) had page registers at ports and no two
 * makes the same ones; this is one more, with a driver of ours (images/tools/ems.asm). It needs no
 * help of the processor: a window is wherever the bus sees the board, in real mode, under paging
 * and for DMA.
 *
 * Not modelled: alternate sets of registers, windows in conventional memory (backfill), parity.
 */
#include "hw/memory/ems.h"

#include "hw/bus/slots.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE = 8, FRAME = 10, IDENTITY = 12, COUNT = 14, PORTS = 16 };
enum { ON = 0x8000, IS_EMS = 0x4d45 };

static u32 pages(const struct ems *m)
{
    return m->kilobytes / 16;
}

/* Where a window's bytes are; NULL: it is off, or set to a page that there is not. */
static u8 *shown(const struct ems *m, unsigned i)
{
    u32 page = m->window[i] & (ON - 1u);
    return (m->window[i] & ON) && page < pages(m) ? m->memory + (size_t)page * EMS_PAGE : NULL;
}

/* Is this page in another window as well? */
static bool is_shared(const struct ems *m, unsigned i)
{
    for (unsigned k = 0; k < EMS_WINDOWS; k++)
        if (k != i && shown(m, i) && shown(m, k) == shown(m, i))
            return true;
    return false;
}

static void map_window(struct ems *m, unsigned i)
{
    u32 base = ((u32)m->frame << 4) + i * EMS_PAGE;
    i440fx_map_adapter(m->pci, m->dev.board->phys, base, EMS_PAGE, shown(m, i), is_shared(m, i));
}

/* The windows that show the same page before or after become shared, or no longer. */
static void set_window(struct ems *m, unsigned i, u16 value)
{
    bool before[EMS_WINDOWS];
    const u8 *old = shown(m, i);
    for (unsigned k = 0; k < EMS_WINDOWS; k++)
        before[k] = is_shared(m, k);
    m->window[i] = value;
    if (shown(m, i) == old)
        return;
    map_window(m, i);
    for (unsigned k = 0; k < EMS_WINDOWS; k++)
        if (k != i && is_shared(m, k) != before[k])
            map_window(m, k);
}

static u16 reg(const struct ems *m, unsigned at)
{
    switch (at) {
    case SIZE:
        return (u16)pages(m);
    case FRAME:
        return m->frame;
    case IDENTITY:
        return IS_EMS;
    case COUNT:
        return EMS_WINDOWS;
    default:
        return m->window[at / 2];
    }
}

static u32 ems_in(void *dev, u16 port, unsigned size)
{
    const struct ems *m = dev;
    unsigned at = (unsigned)(port - m->port);
    u16 v = reg(m, at & ~1u);
    return size == 1 ? v >> at % 2 * 8 & 0xff : v;
}

static void ems_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct ems *m = dev;
    unsigned at = (unsigned)(port - m->port), shift = at % 2 * 8;
    if (at >= 2 * EMS_WINDOWS)
        return;
    if (size == 1)
        value = (m->window[at / 2] & ~(0xffu << shift)) | value << shift;
    set_window(m, at / 2, (u16)value);
}

static const struct port_ops ports = {ems_in, ems_out, 2};

static bool ems_realize(struct device *d, const struct board *b, struct err *e)
{
    struct ems *m = (struct ems *)d;
    u32 base = (u32)m->frame << 4;
    if (base % EMS_PAGE)
        return err_set(e, "%s: frame %04x: say a multiple of 400, as D000 or E000", d->name,
                       m->frame);
    if (m->kilobytes % 16)
        return err_set(e, "%s: size %u: say a multiple of 16 (KB)", d->name, m->kilobytes);
    m->memory = calloc(m->kilobytes, 1024);
    if (!m->memory)
        return err_set(e, "%s: out of memory", d->name);
    m->pci = (struct i440fx *)slots_find(d, &i440fx_class, NULL);
    phys_claim(b->phys, base, EMS_WINDOWS * EMS_PAGE, d->name);
    bus_claim(b->bus, m->port, PORTS, &ports, m, d->name);
    return true;
}

/* DRAM keeps its content. */
static void ems_reset(struct device *d)
{
    struct ems *m = (struct ems *)d;
    for (unsigned i = 0; i < EMS_WINDOWS; i++)
        set_window(m, i, 0);
}

static void ems_state(struct device *d, struct state *s)
{
    struct ems *m = (struct ems *)d;
    state_same_u64(s, "frame", m->frame);
    state_memory(s, "memory", m->memory, (size_t)m->kilobytes * 1024);
    for (unsigned i = 0; i < EMS_WINDOWS; i++)
        state_u16(s, "window", &m->window[i]);
    for (unsigned i = 0; state_loading(s) && i < EMS_WINDOWS; i++)
        map_window(m, i); /* what was decoded from other bytes goes, too */
}

static void ems_destroy(struct device *d)
{
    free(((struct ems *)d)->memory);
}

static void ems_describe(const struct device *d, FILE *out)
{
    const struct ems *m = (const struct ems *)d;
    fprintf(out, "%u KB, %u pages; ports %04x-%04x\n", m->kilobytes, pages(m), m->port,
            m->port + PORTS - 1);
    for (unsigned i = 0; i < EMS_WINDOWS; i++) {
        fprintf(out, "%04x:0000 ", m->frame + i * (EMS_PAGE >> 4));
        if (shown(m, i))
            fprintf(out, "page %u%s\n", m->window[i] & (ON - 1u),
                    is_shared(m, i) ? ", as another window" : "");
        else
            fprintf(out, "%s\n", m->window[i] & ON ? "a page that there is not" : "off");
    }
}

static const struct prop props[] = {
    PROP_PORT_ROW(struct ems, port, "port", "8930", 0, 0xfff0, "the first of its 16 ports"),
    PROP_PORT_ROW(struct ems, frame, "frame", "e000", 0xc800, 0xe000,
                  "segment of the page frame (64 KB)"),
    PROP_U32_ROW(struct ems, kilobytes, "size", "4096", 64, 32768, "its memory, in KB"),
    PROP_END,
};

const struct device_class ems_class = {
    .name = "ems",
    .model = "ems",
    .doc = "expanded memory board (LIM 4.0, with the driver of the tools floppy)",
    .size = sizeof(struct ems),
    .props = props,
    .bus = BUS_ISA,
    .state_version = 1,
    .optional = true,
    .realize = ems_realize,
    .reset = ems_reset,
    .state = ems_state,
    .destroy = ems_destroy,
    .describe = ems_describe,
};
