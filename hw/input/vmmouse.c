/*
 * vmmouse.c - VMware's pointer, at the port by which its guests talk to their host (the protocol
 * is known from its drivers: open-vm-tools, Linux' and X's vmmouse).
 *
 * A guest asks by IN EAX,DX from port 5658h with a magic number in EAX, a command in CX and an
 * operand in EBX; the answer comes in EAX to EDX. A driver says hello, then asks for positions;
 * from then on each event is four words: flags and buttons, x, y, wheel. That there are some it
 * learns from the PS/2 mouse, which sends a packet without movement for them (the same interrupt,
 * so that a driver can sit on that of the PS/2 mouse). Until it has asked, and again after a reset
 * of the PS/2 mouse, movement goes through the PS/2 mouse as if this was not there: a DOS box or
 * another system after a restart knows nothing of it.
 *
 * Events with the same buttons that nobody has fetched become one, so that the guest is never
 * behind; when there is no room at all, the last event gives way to the new one.
 *
 * Not modelled: VMware's other commands, which answer FFFFFFFFh, as a wrong magic number does; a
 * limit to ring 0 (command 56h): which rings may access a port is up to IOPL and the I/O bitmap.
 */
#include "hw/input/vmmouse.h"
#include <stdio.h>

#define MAGIC 0x564d5868u
#define NOTHING 0xffffffffu
#define OFF_STATUS 0xffff0000u

enum { GET_VERSION = 0x0a, POINTER_DATA = 0x27, POINTER_STATUS = 0x28, POINTER_COMMAND = 0x29 };
enum { VERSION = 6, PRODUCT = 2 /* a workstation */ };

/* Operands of POINTER_COMMAND; the first one's answer comes as data. */
#define READ_ID 0x45414552u
#define DISABLE 0x000000f5u
#define WANT_RELATIVE 0x4c455252u
#define WANT_ABSOLUTE 0x53424152u
#define ID 0x3442554au

#define RELATIVE_PACKET 0x00010000u
enum { LEFT = 0x20, RIGHT = 0x10, MIDDLE = 0x08 };
enum { FARTHEST = 4096, TURNS = 127 };

static s32 clamp(s64 v, s32 limit)
{
    return (s32)(v < -limit ? -limit : v > limit ? limit : v);
}

static u32 *word_at(struct vmmouse *m, unsigned i)
{
    return &m->word[(m->head + i) % VMMOUSE_WORDS];
}

static void turn_off(struct vmmouse *m)
{
    m->on = m->absolute = m->nudge = false;
    m->head = m->count = 0;
    m->buttons = 0;
}

/* ---- events ---- */

static void queue(struct vmmouse *m, u32 status, s32 x, s32 y, int dz, u8 buttons)
{
    status |= (buttons & 1 ? LEFT : 0u) | (buttons & 2 ? RIGHT : 0u) | (buttons & 4 ? MIDDLE : 0u);
    s32 z = clamp(dz, TURNS);
    /* The newest event, if it has not been begun to be read. */
    bool is = m->count >= VMMOUSE_PACKET;
    unsigned at = is ? m->count - VMMOUSE_PACKET : m->count;
    if (is && (*word_at(m, at) == status || m->count + VMMOUSE_PACKET > VMMOUSE_WORDS)) {
        if (status & *word_at(m, at) & RELATIVE_PACKET) {
            x = clamp((s64)x + (s32)*word_at(m, at + 1), FARTHEST);
            y = clamp((s64)y + (s32)*word_at(m, at + 2), FARTHEST);
        }
        z = clamp((s64)z + (s32)*word_at(m, at + 3), TURNS);
    } else {
        at = m->count;
        m->count += VMMOUSE_PACKET;
    }
    *word_at(m, at) = status;
    *word_at(m, at + 1) = (u32)x;
    *word_at(m, at + 2) = (u32)y;
    *word_at(m, at + 3) = (u32)z;
    m->buttons = buttons & 7;
    m->nudge = true;
    if (m->mouse)
        ps2mouse_nudge(m->mouse);
}

bool vmmouse_wanted(const struct vmmouse *m)
{
    return m->absolute;
}

void vmmouse_point(struct vmmouse *m, u16 x, u16 y, int dz, u8 buttons)
{
    if (!m->absolute)
        return;
    m->x = x;
    m->y = y;
    queue(m, 0, x, y, dz, buttons);
}

void vmmouse_move(struct vmmouse *m, int dx, int dy, int dz, u8 buttons)
{
    if (!m->absolute)
        return;
    if (!dx && !dy) /* not all drivers know relative events; buttons alone need none */
        queue(m, 0, m->x, m->y, dz, buttons);
    else
        queue(m, RELATIVE_PACKET, clamp(dx, FARTHEST), clamp(-(s64)dy, FARTHEST), dz, buttons);
}

/* ---- commands ---- */

/* EBX words; a driver that asks for what is not there has lost its place, and begins again. */
static void data(struct vmmouse *m, struct port_registers *r)
{
    u32 n = r->ebx, *to[VMMOUSE_PACKET] = {&r->eax, &r->ebx, &r->ecx, &r->edx};
    if (!m->on || n == 0 || n > VMMOUSE_PACKET || n > m->count) {
        log_at(m->dev.board->log, LOG_GUEST, "vmmouse: %u words asked for, %u are there", n,
               m->count);
        turn_off(m);
        r->eax = NOTHING;
        return;
    }
    for (unsigned i = 0; i < n; i++)
        *to[i] = *word_at(m, i);
    m->head = (u16)((m->head + n) % VMMOUSE_WORDS);
    m->count = (u16)(m->count - n);
}

static void command(struct vmmouse *m, u32 operand)
{
    switch (operand) {
    case READ_ID:
        turn_off(m);
        m->on = true;
        m->word[0] = ID;
        m->count = 1;
        break;
    case DISABLE:
        turn_off(m);
        break;
    case WANT_ABSOLUTE:
        m->absolute = m->on;
        break;
    case WANT_RELATIVE:
        m->absolute = false;
        break;
    default:
        log_at(m->dev.board->log, LOG_GUEST, "vmmouse: command %08x", operand);
        break;
    }
}

static void perform(struct vmmouse *m, struct port_registers *r)
{
    switch (r->ecx & 0xffff) {
    case GET_VERSION:
        r->eax = VERSION;
        r->ebx = MAGIC;
        r->ecx = PRODUCT;
        break;
    case POINTER_DATA:
        data(m, r);
        break;
    case POINTER_STATUS:
        r->eax = (m->on ? 0 : OFF_STATUS) | m->count;
        break;
    case POINTER_COMMAND:
        command(m, r->ebx);
        r->eax = 0;
        break;
    default:
        r->eax = NOTHING;
        break;
    }
}

static u32 vmmouse_in(void *dev, u16 port, unsigned size)
{
    struct vmmouse *m = dev;
    struct port_registers r;
    if (port != VMMOUSE_PORT || size != 4 || !m->processor.get)
        return NOTHING;
    m->processor.get(m->processor.owner, &r);
    if (r.eax != MAGIC)
        return NOTHING;
    perform(m, &r);
    m->processor.set(m->processor.owner, &r);
    return r.eax;
}

static void vmmouse_out(void *dev, u16 port, u32 value, unsigned size)
{
    (void)dev, (void)port, (void)value, (void)size; /* it only listens to IN */
}

static const struct port_ops ports = {vmmouse_in, vmmouse_out, 4};

/* ---- the device ---- */

static void on_mouse_reset(void *opaque, int n, int level)
{
    (void)n;
    if (level)
        turn_off(opaque);
}

static bool vmmouse_realize(struct device *d, const struct board *b, struct err *e)
{
    struct vmmouse *m = (struct vmmouse *)d;
    (void)e;
    if (!m->enabled)
        return true;
    if (m->mouse) {
        m->mouse->nudge = &m->nudge;
        m->mouse->was_reset = (struct irq){on_mouse_reset, m, 0};
    }
    bus_claim(b->bus, VMMOUSE_PORT, 4, &ports, m, d->name);
    return true;
}

static void vmmouse_reset(struct device *d)
{
    struct vmmouse *m = (struct vmmouse *)d;
    turn_off(m);
    m->x = m->y = 0;
}

static void vmmouse_state(struct device *d, struct state *s)
{
    struct vmmouse *m = (struct vmmouse *)d;
    state_bool(s, "on", &m->on);
    state_bool(s, "absolute", &m->absolute);
    state_bool(s, "nudge", &m->nudge);
    state_u32s(s, "word", m->word, VMMOUSE_WORDS);
    state_u16(s, "head", &m->head);
    state_u16(s, "count", &m->count);
    state_u16(s, "x", &m->x);
    state_u16(s, "y", &m->y);
    state_u8(s, "buttons", &m->buttons);
    if (state_loading(s) && (m->head >= VMMOUSE_WORDS || m->count > VMMOUSE_WORDS)) {
        turn_off(m);
        state_fail(s, "vmmouse: impossible queue");
    }
    if (state_loading(s) && !m->enabled)
        turn_off(m); /* saved where it was; here nobody would fetch anything */
}

static void vmmouse_describe(const struct device *d, FILE *out)
{
    const struct vmmouse *m = (const struct vmmouse *)d;
    if (!m->enabled)
        fprintf(out, "not there (-no-vmport)\n");
    else
        fprintf(out, "port %04x, %s, %u words waiting, last at %u,%u, buttons %02x\n", VMMOUSE_PORT,
                m->absolute ? "absolute"
                : m->on     ? "on, not asked for positions"
                            : "off",
                m->count, m->x, m->y, m->buttons);
}

const struct device_class vmmouse_class = {
    .name = "vmmouse",
    .doc = "VMware's pointer, a mouse with absolute positions",
    .size = sizeof(struct vmmouse),
    .state_version = 1,
    .optional = true,
    .realize = vmmouse_realize,
    .reset = vmmouse_reset,
    .state = vmmouse_state,
    .describe = vmmouse_describe,
};
