/*
 * net_link.c - the cable: a full-duplex link of 10 Mbit/s between the card and the host's side.
 *
 * What the guest sends goes to the host at once. What comes for the guest waits here and arrives
 * one frame after the other at the speed of the cable. The host is looked at once a millisecond
 * of guest time, by a timer: so it enters at times that depend neither on the front end's slices
 * nor on the host's clock, and answers that the back end makes up by itself (DHCP, ARP) come at
 * the same instant in every run.
 *
 * A journal (hw/base/journal.h) notes each frame that comes; in a replay they come from it, and
 * nobody on the host hears of what the guest sends.
 *
 * State: frames on their way to the card. The host's side - open connections, other machines - is
 * no part of a snapshot; a loaded machine finds a fresh one.
 */
#include "hw/net/net_link.h"
#include "hw/base/journal.h"
#include "hw/bus/slots.h"
#include "hw/net/nic_config.h"
#include <stdlib.h>
#include <string.h>

#define POLL_NS (1 * NS_PER_MS)

static u64 now(const struct net_link *l)
{
    return clock_now(l->dev.board->clock);
}

/* What has been dumped before is not dumped again. */
static void dump(struct net_link *l, const u8 *frame, size_t size)
{
    if (l->dump && !journal_quiet(l->dev.board->clock->journal))
        net_pcap_frame(l->dump, now(l), frame, size);
}

/* ---- to the guest ---- */

static void start_next(struct net_link *l)
{
    if (l->count && !timer_armed(&l->arrive))
        timer_arm(&l->arrive, now(l) + net_wire_ns(l->queue[l->head].size));
}

static void on_arrive(void *opaque)
{
    struct net_link *l = opaque;
    struct net_queued *q = &l->queue[l->head];
    l->head = (u16)((l->head + 1) % NET_QUEUE);
    l->count--;
    l->received++;
    dump(l, q->data, q->size);
    net_send(&l->card, q->data, q->size);
    start_next(l);
}

/* From the back end. The host's frames are no better than anyone's: any size may come. */
static void from_host(void *opaque, const u8 *frame, size_t size)
{
    struct net_link *l = opaque;
    journal_note(l->dev.board->clock->journal, JOURNAL_FRAME, l->dev.ordinal, frame, size);
    if (size < NET_HEADER || size > NET_MAX || l->count == NET_QUEUE) {
        l->lost++;
        return;
    }
    struct net_queued *q = &l->queue[(l->head + l->count++) % NET_QUEUE];
    q->size = (u16)(size < NET_MIN ? NET_MIN : size);
    memset(q->data, 0, NET_MIN);
    memcpy(q->data, frame, size);
    start_next(l);
}

/* What came at this instant of the recorded run. */
static void replay(struct net_link *l)
{
    const struct journal_entry *e;
    const u8 *frame;
    while ((e = journal_take(l->dev.board->clock->journal, JOURNAL_FRAME, l->dev.ordinal, &frame)))
        from_host(l, frame, e->size);
}

static void on_poll(void *opaque)
{
    struct net_link *l = opaque;
    if (journal_replays(l->dev.board->clock->journal))
        replay(l);
    else
        l->backend->poll(l->backend);
    timer_arm(&l->poll, now(l) + POLL_NS);
}

/* ---- from the guest ---- */

void net_link_from_card(void *opaque, const u8 *frame, size_t size)
{
    struct net_link *l = opaque;
    u8 padded[NET_MIN] = {0};
    if (size < NET_HEADER || size > NET_MAX)
        return;
    /* A cable would lose it. Drivers that were only ever run on emulators rely on this. */
    if (size < NET_MIN) {
        log_at(l->dev.board->log, LOG_GUEST, "%s: a frame of %zu bytes, filled up to %d",
               l->dev.name, size, NET_MIN);
        memcpy(padded, frame, size);
        frame = padded;
        size = NET_MIN;
    }
    dump(l, frame, size);
    if (!l->backend)
        return;
    l->sent++;
    if (journal_replays(l->dev.board->clock->journal))
        replay(l);
    else
        l->backend->send(l->backend, frame, size);
}

void net_link_wait(struct net_link *l, unsigned milliseconds)
{
    if (l->backend && !journal_replays(l->dev.board->clock->journal))
        l->backend->wait(l->backend, milliseconds);
}

/* ---- life ---- */

static const u8 first_address[NET_ADDRESS] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

/* The machines of a LAN follow one another in the last byte, then comes each one's second card. */
static void choose_address(struct net_link *l, const struct nic_config *config, unsigned place)
{
    memcpy(l->mac, config->mac_set ? config->mac : first_address, NET_ADDRESS);
    if (!config->mac_set)
        l->mac[NET_ADDRESS - 1] =
            (u8)(first_address[NET_ADDRESS - 1] + place + l->dev.ordinal * LAN_PLACES);
}

bool net_link_plug(struct device *card, const char *cable, const struct net_port *receive,
                   struct net_port *out, u8 mac[NET_ADDRESS], struct err *e)
{
    static const u8 none[NET_ADDRESS];
    const u8 *address = first_address;
    if (cable) {
        struct net_link *l = (struct net_link *)slots_find(card, &net_link_class, cable);
        if (!l)
            return err_set(e, "there is no netdev \"%.60s\"", cable);
        if (l->card.frame)
            return err_set(e, "netdev %.60s is plugged into another card", cable);
        l->card = *receive;
        *out = (struct net_port){net_link_from_card, l};
        address = l->mac;
    }
    if (!memcmp(mac, none, NET_ADDRESS))
        memcpy(mac, address, NET_ADDRESS);
    return true;
}

static bool net_link_realize(struct device *dev, const struct board *b, struct err *e)
{
    struct net_link *l = (struct net_link *)dev;
    const struct nic_config *config =
        l->config || !l->cable ? l->config : slots_netdev(dev, l->cable);
    struct net_backend like = {.to_guest = {from_host, l}, .clock = b->clock, .log = b->log};
    unsigned place = 0;
    l->config = NULL;
    timer_init(&l->arrive, b->clock, on_arrive, l);
    timer_init(&l->poll, b->clock, on_poll, l);
    if (!config || config->net == NET_NONE)
        return true;
    l->queue = calloc(NET_QUEUE, sizeof(*l->queue));
    if (!l->queue)
        return err_set(e, "out of memory");
    if (config->dump && !(l->dump = net_pcap_open(config->dump, e)))
        return false;
    l->backend = config->net == NET_USER ? net_slirp_new(config, &like, e)
                                         : net_lan_new(config, &like, &place, e);
    choose_address(l, config, place);
    return l->backend != NULL;
}

static void net_link_reset(struct device *dev)
{
    struct net_link *l = (struct net_link *)dev;
    if (l->backend && !timer_armed(&l->poll)) /* a reset of the machine does not reach the cable */
        timer_arm(&l->poll, now(l) + POLL_NS);
}

/* Nothing is on its way any more. */
static void pull_out(struct net_link *l)
{
    timer_disarm(&l->arrive);
    l->head = l->count = 0;
    net_link_reset(&l->dev);
}

static void net_link_state(struct device *dev, struct state *s)
{
    struct net_link *l = (struct net_link *)dev;
    /* Once each machine had a cable, and most had nothing at its end. */
    bool attached = state_was_u64(s, "attached", l->backend != NULL);
    if (!attached && state_loading(s) && state_ok(s))
        pull_out(l);
    if (attached && !l->backend)
        state_fail(s, "it was plugged into a network");
    if (!attached || !l->backend)
        return;
    u16 count = l->count;
    state_u16(s, "count", &count);
    if (state_loading(s)) {
        l->head = l->count = 0;
        timer_disarm(&l->arrive);
        if (!state_ok(s) || count > NET_QUEUE) {
            state_fail(s, "%u frames on the cable", count);
            return;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        struct net_queued *q = &l->queue[(l->head + i) % NET_QUEUE];
        state_u16(s, "size", &q->size);
        if (q->size < NET_MIN || q->size > NET_MAX) {
            state_fail(s, "a frame of %u bytes", q->size);
            return;
        }
        state_bytes(s, "frame", q->data, q->size);
    }
    timer_state(&l->arrive, s, "arrive");
    timer_state(&l->poll, s, "poll");
    state_u64(s, "sent", &l->sent);
    state_u64(s, "received", &l->received);
    state_u64(s, "lost", &l->lost);
    if (!state_loading(s))
        return;
    if (!state_ok(s) || !timer_armed(&l->poll) || timer_armed(&l->arrive) != (count > 0)) {
        state_fail(s, "the cable's timers do not fit its frames");
        timer_disarm(&l->arrive);
        return;
    }
    l->count = count;
}

bool net_link_ok(struct net_link *l, struct err *e)
{
    return !l->dump || net_pcap_ok(l->dump, e);
}

bool net_link_close(struct net_link *l, struct err *e)
{
    if (l->backend)
        l->backend->free(l->backend);
    l->backend = NULL;
    bool ok = net_pcap_close(l->dump, e);
    l->dump = NULL;
    return ok;
}

static void net_link_destroy(struct device *dev)
{
    struct net_link *l = (struct net_link *)dev;
    net_link_close(l, NULL);
    timer_disarm(&l->arrive);
    timer_disarm(&l->poll);
    free(l->queue);
}

static void net_link_describe(const struct device *dev, FILE *out)
{
    const struct net_link *l = (const struct net_link *)dev;
    if (!l->backend) {
        fputs("nothing plugged in (-nic none)\n", out);
        return;
    }
    fprintf(out, "frames sent %llu, received %llu, lost on the way in %llu, waiting %u\n",
            (unsigned long long)l->sent, (unsigned long long)l->received,
            (unsigned long long)l->lost, l->count);
    l->backend->describe(l->backend, out);
}

static const struct prop net_link_props[] = {
    PROP_STRING_ROW(struct net_link, cable, "cable", "its name in the configuration"),
    PROP_END,
};

const struct device_class net_link_class = {
    .name = "net",
    .doc = "network cable and what is at its other end",
    .size = sizeof(struct net_link),
    .props = net_link_props,
    .bus = BUS_OUTSIDE,
    .several = true,
    .optional = true,
    .state_version = 1,
    .realize = net_link_realize,
    .reset = net_link_reset,
    .state = net_link_state,
    .destroy = net_link_destroy,
    .describe = net_link_describe,
};
