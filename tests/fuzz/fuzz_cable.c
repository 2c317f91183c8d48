/*
 * fuzz_cable.c - frames of any content and size on the cable: from the guest into the user network
 * (libslirp; restricted, so that nothing leaves the host), from the host's side and from a
 * neighbour on a LAN to the guest, with damaged snapshots in between.
 */
#include "hw/net/net_link.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/snapshot.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LONGEST = 2000 };

struct rig {
    struct clock clock;
    struct board board;
    struct net_link *link;
    int neighbour; /* a socket that sends to the LAN, -1 in the user network */
    struct sockaddr_un place;
    u32 sum;
};

static void to_guest(void *opaque, const u8 *frame, size_t size)
{
    struct rig *r = opaque;
    if (size < NET_MIN || size > NET_MAX)
        abort();
    for (size_t i = 0; i < size; i++) /* a sanitizer sees what was never written */
        r->sum += frame[i];
}

/* The LAN's sockets lie in a directory of this process. */
static void find_place(struct rig *r)
{
    static char dir[64];
    if (!dir[0]) {
        snprintf(dir, sizeof(dir), "/tmp/ferrite-fuzz-lan-%d", (int)getpid());
        mkdir(dir, 0700);
        setenv("XDG_RUNTIME_DIR", dir, 1);
    }
    r->place.sun_family = AF_UNIX;
    snprintf(r->place.sun_path, sizeof(r->place.sun_path), "%s/ferrite-lan/fuzz.0", dir);
}

static void leave_place(void)
{
    const char *dir = getenv("XDG_RUNTIME_DIR");
    char path[128];
    snprintf(path, sizeof(path), "%s/ferrite-lan/lock", dir);
    unlink(path);
    snprintf(path, sizeof(path), "%s/ferrite-lan", dir);
    rmdir(path);
    rmdir(dir);
}

static bool plug(struct rig *r, bool lan)
{
    struct nic_config nic = {.net = lan ? NET_LAN : NET_USER, .restricted = true, .lan = "fuzz"};
    *r = (struct rig){.neighbour = -1};
    if (lan) {
        static bool first = true;
        find_place(r);
        if (first)
            atexit(leave_place);
        first = false;
        r->neighbour = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    }
    clock_init(&r->clock);
    r->board = (struct board){.clock = &r->clock};
    r->link = (struct net_link *)device_new(&net_link_class, NULL);
    r->link->config = &nic;
    r->link->card = (struct net_port){to_guest, r};
    if (!device_realize(&r->link->dev, &r->board, NULL))
        return false; /* built without libslirp */
    device_reset(&r->link->dev);
    return true;
}

static void unplug(struct rig *r)
{
    device_free(&r->link->dev);
    clock_free(&r->clock);
    if (r->neighbour >= 0)
        close(r->neighbour);
}

/* A frame that the network is likely to look into: ARP, UDP, TCP, ICMP with fields of any kind. */
static size_t make_frame(u8 *f, struct choices *c)
{
    static const u8 to[] = {0x52, 0x55, 10, 0, 2, 2};
    u8 how = choose8(c);
    size_t size = how & 1 ? 60 : choose16(c) % LONGEST, head = 14;

    memset(f, how, LONGEST);
    memcpy(f, to, sizeof(to));
    memset(f + 6, 2, 6);
    f[12] = 8;
    f[13] = how & 2 ? 6 : 0;
    if (how & 2) {
        static const u8 arp[] = {0, 1, 8, 0, 6, 4, 0, 1};
        memcpy(f + 14, arp, sizeof(arp));
        memcpy(f + 38, (const u8[]){10, 0, 2, (u8)(how >> 2)}, 4);
        head = 42;
    } else if (how & 4) {
        static const u8 protocols[] = {17, 6, 1, 2};
        u8 *ip = f + 14;
        u32 sum = 0;
        ip[0] = how & 8 ? 0x45 : choose8(c);
        ip[1] = 0;
        put_le16(ip + 2, __builtin_bswap16((u16)(how & 16 ? size - 14 : choose16(c))));
        memset(ip + 4, 0, 4);
        if (how & 0x80)
            put_le16(ip + 6, choose16(c)); /* fragments */
        ip[8] = 64;
        ip[9] = protocols[how >> 5 & 3];
        put_le16(ip + 10, 0);
        memcpy(ip + 12, (const u8[]){10, 0, 2, 15, 10, 0, 2, choose8(c)}, 8);
        for (unsigned i = 0; i < 20; i += 2)
            sum += get_le16(ip + i);
        sum = (sum & 0xffff) + (sum >> 16);
        put_le16(ip + 10, (u16) ~(sum + (sum >> 16)));
        head = 34;
        /* DHCP, DNS, TFTP; anything. */
        static const u8 ports[][4] = {{0, 68, 0, 67}, {4, 0, 0, 53}, {4, 0, 0, 69}, {4, 0, 0, 80}};
        memcpy(f + 34, ports[choose8(c) & 3], 4);
        put_le16(f + 38, __builtin_bswap16((u16)(size - 34)));
        put_le16(f + 40, 0); /* UDP: no checksum */
        head = 42;
    }
    for (unsigned n = choose8(c); n && head < LONGEST; n--)
        f[head++] = choose8(c);
    return size;
}

static void step(struct rig *r, struct choices *c)
{
    u8 f[LONGEST], what = choose8(c);
    size_t size;

    switch (what & 7) {
    case 0:
    case 1:
        fuzz_advance(&r->clock, r->clock.now + choose16(c) * 1000ull);
        break;
    case 2: {
        size = make_frame(f, c);
        struct net_port port = r->link->backend->to_guest;
        net_send(&port, f, size);
        break;
    }
    case 3:
        size = make_frame(f, c);
        if (r->neighbour >= 0)
            (void)!sendto(r->neighbour, f, size, MSG_DONTWAIT, (struct sockaddr *)&r->place,
                          sizeof(r->place));
        break;
    default: {
        size = make_frame(f, c);
        u8 *exact = malloc(size ? size : 1);
        memcpy(exact, f, size);
        net_link_from_card(r->link, exact, size);
        free(exact);
        break;
    }
    }
}

static void whole_state(void *opaque, struct state *s)
{
    struct rig *r = opaque;
    clock_state(&r->clock, s);
    device_state(&r->link->dev, s);
}

static void reload(struct rig *r, struct choices *c)
{
    size_t size;
    u8 *bytes = snapshot_save(whole_state, r, &size), *damaged = malloc(size);
    if (!damaged)
        abort();
    memcpy(damaged, bytes, size);
    struct snapshot_fields fields = snapshot_fields(damaged, size);
    snapshot_damage(damaged, &fields, 0, c);
    snapshot_seal(damaged, size);
    if (!snapshot_load(whole_state, r, damaged, size) &&
        !snapshot_load(whole_state, r, bytes, size))
        abort();
    free(fields.field);
    free(damaged);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    u8 how = choose8(&c);
    static struct rig r;

    if (plug(&r, how & 1)) {
        for (unsigned steps = 0; choices_left(&c); steps++) {
            step(&r, &c);
            if (steps == (how >> 1 & 31u))
                reload(&r, &c);
        }
        fuzz_advance(&r.clock, r.clock.now + 20 * NS_PER_MS);
    }
    unplug(&r);
    return 0;
}
