/*
 * net_fragments.c - puts IPv4 datagrams together (RFC 791, chapter 3.2) for libslirp, whose own
 * reassembly (4.7.0) follows wild pointers when a guest sends fragments that overlap.
 *
 * Fragments are taken in order and one datagram at a time, as a guest's own stack sends them over
 * a cable that does not reorder. What overlaps, leaves a gap or lies about its length is dropped,
 * and the datagram with it: the network promised nothing.
 */
#include "hw/net/net_fragments.h"

#include <string.h>

enum { HEADER = 20, MORE = 0x2000, OFFSET = 0x1fff };

static u16 sum_of(const u8 *header, u32 size)
{
    u32 sum = 0;
    for (u32 i = 0; i < size; i += 2)
        sum += get_be16(header + i);
    sum = (sum & 0xffff) + (sum >> 16);
    return (u16)(sum + (sum >> 16));
}

/* Source, destination, protocol and identification tell which datagram a fragment is of. */
static bool same_datagram(const u8 *a, const u8 *b)
{
    return !memcmp(a + 12, b + 12, 8) && a[9] == b[9] && get_be16(a + 4) == get_be16(b + 4);
}

static void finish(struct net_fragments *f, const u8 **frame, size_t *size)
{
    u8 *ip = f->frame + NET_HEADER;
    put_be16(ip + 2, f->head + f->have);
    put_be16(ip + 6, 0);
    put_be16(ip + 10, 0);
    put_be16(ip + 10, (u16)~sum_of(ip, f->head));
    *frame = f->frame;
    *size = NET_HEADER + f->head + f->have;
    f->head = 0;
}

bool net_fragments_join(struct net_fragments *f, const u8 **frame, size_t *size)
{
    const u8 *ip = *frame + NET_HEADER;
    if (*size < NET_HEADER + HEADER || get_be16(*frame + 12) != 0x0800 || ip[0] >> 4 != 4 ||
        !(get_be16(ip + 6) & (MORE | OFFSET)))
        return true;
    u32 head = (ip[0] & 15u) * 4, total = get_be16(ip + 2),
        start = (get_be16(ip + 6) & OFFSET) * 8u;
    bool more = get_be16(ip + 6) & MORE;
    if (head < HEADER || total <= head || total > *size - NET_HEADER || sum_of(ip, head) != 0xffff)
        return false;
    u32 data = total - head;
    if (start == 0) {
        memcpy(f->frame, *frame, NET_HEADER + head);
        f->head = head;
        f->have = 0;
    } else if (!f->head || !same_datagram(f->frame + NET_HEADER, ip)) {
        return false;
    }
    if (start != f->have || (more && data % 8) || f->head + start + data > NET_DATAGRAM) {
        f->head = 0;
        return false;
    }
    memcpy(f->frame + NET_HEADER + f->head + start, ip + head, data);
    f->have += data;
    if (!more)
        finish(f, frame, size);
    return !more;
}
