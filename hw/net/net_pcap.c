/*
 * net_pcap.c - the classic pcap file format (draft-ietf-opsawg-pcap), with nanoseconds, link type
 * Ethernet. Time stamps are the guest's time since power-on, so that equal runs give equal files.
 */
#include "hw/net/net_pcap.h"
#include "hw/base/hostfile.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_HEADER = 24, FRAME_HEADER = 16, LINKTYPE_ETHERNET = 1, SNAPLEN = 65535 };

#define MAGIC_NS 0xa1b23c4du

struct net_pcap {
    FILE *file;
    char *path;
    int error;    /* errno of the first write that failed */
    bool told;    /* and it was said */
    bool waiting; /* something is in the C library's buffer */
};

static void put(struct net_pcap *p, const void *bytes, size_t size)
{
    if (!p->error && fwrite(bytes, 1, size, p->file) != size)
        p->error = errno ? errno : EIO;
    p->waiting = true;
}

struct net_pcap *net_pcap_open(const char *path, struct err *e)
{
    struct net_pcap *p = calloc(1, sizeof(*p));
    if (!p || !(p->path = strdup(path))) {
        free(p);
        err_set(e, "out of memory");
        return NULL;
    }
    int fd = host_open_output(path);
    p->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!p->file) {
        err_set(e, "-netdump %s: cannot be written: %s", path,
                errno == ENXIO ? "a FIFO that nobody reads" : strerror(errno));
        free(p->path);
        free(p);
        return NULL;
    }
    u8 h[FILE_HEADER] = {0};
    put_le32(h, MAGIC_NS);
    put_le16(h + 4, 2); /* version 2.4 */
    put_le16(h + 6, 4);
    put_le32(h + 16, SNAPLEN);
    put_le32(h + 20, LINKTYPE_ETHERNET);
    put(p, h, sizeof(h));
    return p;
}

void net_pcap_frame(struct net_pcap *p, u64 at, const u8 *frame, size_t size)
{
    u8 h[FRAME_HEADER];
    put_le32(h, (u32)(at / NS_PER_SEC));
    put_le32(h + 4, (u32)(at % NS_PER_SEC));
    put_le32(h + 8, (u32)size);
    put_le32(h + 12, (u32)size);
    put(p, h, sizeof(h));
    put(p, frame, size);
}

bool net_pcap_ok(struct net_pcap *p, struct err *e)
{
    if (p->waiting && fflush(p->file) && !p->error)
        p->error = errno ? errno : EIO;
    p->waiting = false;
    if (!p->error || p->told)
        return true;
    p->told = true;
    return err_set(e, "-netdump %s: not all was written: %s", p->path, strerror(p->error));
}

bool net_pcap_close(struct net_pcap *p, struct err *e)
{
    if (!p)
        return true;
    bool ok = net_pcap_ok(p, e);
    if (fclose(p->file) && ok)
        ok = err_set(e, "-netdump %s: not all was written: %s", p->path, strerror(errno));
    free(p->path);
    free(p);
    return ok;
}
