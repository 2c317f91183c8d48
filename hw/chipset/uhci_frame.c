/*
 * uhci_frame.c - one frame of the UHCI: the schedule is walked, transactions are done (Intel, "UHCI
 * Design Guide" 1.1, chapter 3).
 *
 * A frame has a millisecond: each double word of the schedule that is fetched, each byte and each
 * packet's overhead takes its part, and what is left over waits for the next frame. A ring of
 * queues in which nothing happens any more ends the frame sooner, as it would turn till its end.
 * Interrupts come with the transaction, not with the frame's end.
 */
#include "hw/chipset/uhci.h"

#include <string.h>

enum { FETCH_NS = 250, BYTE_NS = 667, PACKET_NS = 9000, FRAME_NS = 1000000, PACKET_MAX = 1280 };

struct td {
    u32 at, link, status, token, buffer;
};

struct walk {
    struct uhci *u;
    u32 left; /* ns of this frame */
    u32 seen; /* the first queue since something happened; UHCI_TERMINATE: none */
};

/* What a transaction means to the queue that it is in. */
enum outcome { DONE, WAITS, STOPS };

/* ---- memory ---- */

static bool spend(struct walk *w, u32 ns)
{
    if (w->left < ns) {
        w->left = 0;
        return false;
    }
    w->left -= ns;
    return true;
}

static bool fetch(struct walk *w, u32 at, u32 *words, unsigned n)
{
    u8 m[16];
    if (!spend(w, n * FETCH_NS))
        return false;
    phys_read(w->u->dev.board->phys, at, m, 4 * n);
    for (unsigned i = 0; i < n; i++)
        words[i] = get_le32(m + 4 * i);
    return true;
}

static void put(struct walk *w, u32 at, u32 v)
{
    u8 m[4];
    put_le32(m, v);
    phys_write(w->u->dev.board->phys, at, m, sizeof(m));
}

/* ---- one transaction ---- */

static struct usb_function *addressed(struct uhci *u, unsigned address)
{
    for (unsigned i = 0; i < UHCI_PORTS; i++) {
        struct usb_function *f = u->port[i].function;
        if (f && (u->port[i].sc & (PORT_PE | PORT_SUSP)) == PORT_PE && f->address == address)
            return f;
    }
    return NULL;
}

/* The bytes that went over the wire, or why none did. */
static int transact(struct walk *w, const struct td *t, u32 max)
{
    u8 data[PACKET_MAX];
    struct phys *phys = w->u->dev.board->phys;
    struct usb_function *f = addressed(w->u, t->token >> 8 & 0x7f);
    unsigned endpoint = t->token >> 15 & 15;
    u8 pid = (u8)t->token;
    if (!f)
        return USB_SILENCE;
    if (pid == USB_PID_IN) {
        int n = usb_in(f, endpoint, data, max);
        if (n > 0) /* more than was asked for goes nowhere */
            phys_write(phys, t->buffer, data, (u32)n < max ? (u32)n : max);
        return n;
    }
    phys_read(phys, t->buffer, data, max);
    if (pid == USB_PID_SETUP)
        return endpoint ? USB_SILENCE : usb_setup(f, data, max);
    return usb_out(f, endpoint, data, max);
}

static void interrupt(struct uhci *u, u16 status, bool ioc, bool short_packet)
{
    u->sts |= status;
    u->ioc |= ioc;
    u->short_packet |= short_packet;
    uhci_update_irq(u);
}

/* C_ERR counts down; it was 0: without end. */
static enum outcome failed(struct walk *w, struct td *t)
{
    u32 count = t->status & TD_COUNT;
    t->status |= TD_TIMEOUT;
    if (count) {
        t->status -= 0x08000000;
        if (count == 0x08000000) {
            t->status = (t->status & ~TD_ACTIVE) | TD_STALLED;
            interrupt(w->u, (u16)(STS_ERROR | (t->status & TD_IOC ? STS_USBINT : 0)),
                      t->status & TD_IOC, false);
        }
    }
    return WAITS;
}

static enum outcome stalled(struct walk *w, struct td *t, u32 why)
{
    t->status = (t->status & ~TD_ACTIVE) | TD_STALLED | why;
    interrupt(w->u, (u16)(STS_ERROR | (t->status & TD_IOC ? STS_USBINT : 0)), t->status & TD_IOC,
              false);
    return WAITS;
}

static enum outcome perform(struct walk *w, struct td *t, bool queued)
{
    u32 max = ((t->token >> 21) + 1) & 0x7ff;
    u8 pid = (u8)t->token;
    if (max > PACKET_MAX || (pid != USB_PID_IN && pid != USB_PID_OUT && pid != USB_PID_SETUP)) {
        /* "Consistency check failed": the controller halts. */
        log_at(w->u->dev.board->log, LOG_GUEST, "%s: a transfer of %u bytes with PID %02x",
               w->u->dev.name, max, pid);
        w->u->cmd &= (u16)~CMD_RS;
        w->u->sts |= STS_HALTED | STS_PROCESS_ERROR;
        timer_disarm(&w->u->frame);
        uhci_update_irq(w->u);
        w->left = 0;
        return STOPS;
    }
    t->status &= ~TD_ERRORS;
    int n = transact(w, t, max);
    if (n == USB_NAK) {
        t->status |= TD_NAK;
        return WAITS;
    }
    if (n == USB_STALL)
        return stalled(w, t, 0);
    if (n < 0)
        return failed(w, t);
    if ((u32)n > max)
        return stalled(w, t, TD_BABBLE);
    t->status = (t->status & ~(TD_ACTIVE | TD_LENGTH)) | (((u32)n - 1) & TD_LENGTH);
    bool little = pid == USB_PID_IN && (u32)n < max && queued && (t->status & TD_SPD);
    if (little || (t->status & TD_IOC))
        interrupt(w->u, STS_USBINT, t->status & TD_IOC, little);
    return little ? WAITS : DONE;
}

/* A descriptor: fetched, done if it is active, its status written back. */
static enum outcome do_td(struct walk *w, u32 link, struct td *t, bool queued)
{
    u32 words[4];
    t->at = link & ~15u;
    if (!fetch(w, t->at, words, 4))
        return STOPS;
    *t = (struct td){t->at, words[0], words[1], words[2], words[3]};
    if (!(t->status & TD_ACTIVE))
        return WAITS;
    u32 before = t->status, max = ((t->token >> 21) + 1) & 0x7ff;
    if (!spend(w, PACKET_NS + max * BYTE_NS))
        return STOPS;
    enum outcome what = perform(w, t, queued);
    if (t->status != before)
        put(w, t->at + 4, t->status);
    if (!(t->status & TD_ACTIVE))
        w->seen = UHCI_TERMINATE; /* something has happened */
    return what;
}

/* ---- the schedule ---- */

/* A queue: its first descriptor, and those behind it while they say so. The next link. */
static u32 do_queue(struct walk *w, u32 link)
{
    u32 head[2], at = link & ~15u;
    if (!fetch(w, at, head, 2))
        return UHCI_TERMINATE;
    if (w->seen == UHCI_TERMINATE)
        w->seen = at;
    else if (w->seen == at)
        return UHCI_TERMINATE; /* once round, and nothing has happened */
    u32 element = head[1];
    while (!(element & UHCI_TERMINATE)) {
        struct td t;
        if (element & UHCI_QUEUE)
            return element; /* a queue in a queue */
        enum outcome what = do_td(w, element, &t, true);
        if (what == STOPS)
            return UHCI_TERMINATE;
        if (what == WAITS)
            break;
        element = t.link;
        put(w, at + 4, element);
        if (!(element & UHCI_DEPTH))
            break;
    }
    return head[0];
}

void uhci_frame(struct uhci *u)
{
    struct walk w = {u, FRAME_NS, UHCI_TERMINATE};
    u32 link;
    if (!fetch(&w, u->flbase + 4 * (u->frnum & 0x3ff), &link, 1))
        return;
    while (!(link & UHCI_TERMINATE) && w.left) {
        struct td t;
        if (link & UHCI_QUEUE)
            link = do_queue(&w, link);
        else
            link = do_td(&w, link, &t, false) == STOPS ? UHCI_TERMINATE : t.link;
    }
}
