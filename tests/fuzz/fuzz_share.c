/*
 * fuzz_share.c - packets of any content to the guest port with a folder behind it: names, searches,
 * entries of the file table that are none or were somebody else's, snapshots that are damaged.
 * Whatever comes, what lies outside the folder stays as it is, and is never read.
 *
 * An input is a list of questions. Their names come from a few that exist, with bytes changed; the
 * answers' entries and searches come back in later questions, sound or not.
 */
#define _GNU_SOURCE /* nftw */
#include "hw/guest/ferrport.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/snapshot.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEPT = 8, SFT = 51, FOUND = 53, DRIVE = 3 };

static const char secret[] = "nobody in the guest may read this";

struct fixture {
    char base[64];
    struct log log;
    struct clock clock;
    struct bus bus;
    struct phys phys;
    struct board board;
    struct guest_config config;
    char folder[80];
    struct device *port;
    u8 sft[KEPT][SFT], found[KEPT][FOUND];
};

/* ---- the folder ---- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)walk;
    if (flag != FTW_SL)
        chmod(path, S_ISDIR(st->st_mode) ? 0700 : 0600);
    return remove(path);
}

static void put_file(const char *base, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", base, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        abort();
    close(fd);
}

static void put_folder(const char *base, const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", base, name);
    if (mkdir(path, 0777) != 0)
        abort();
}

static void put_link(const char *base, const char *name, const char *to)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", base, name);
    if (symlink(to, path) != 0)
        abort();
}

static void make_tree(struct fixture *t)
{
    strcpy(t->base, "/tmp/ferrite-fuzz-XXXXXX");
    if (!mkdtemp(t->base))
        abort();
    put_folder(t->base, "in");
    put_folder(t->base, "out");
    put_file(t->base, "out/secret", secret);
    snprintf(t->folder, sizeof(t->folder), "%s/in", t->base);
    put_folder(t->folder, "sub");
    put_folder(t->folder, "sub/deep");
    put_file(t->folder, "a.txt", "some text");
    put_file(t->folder, "a long name.text", "more text");
    put_file(t->folder, "sub/b.dat", "");
    put_link(t->folder, "outside", "../out");
    put_link(t->folder, "secret", "../out/secret");
    put_link(t->folder, "inside", "sub");
}

/* Nothing was made, removed or written beside the folder. */
static void check_outside(const struct fixture *t)
{
    char path[256], text[sizeof(secret) + 1];
    struct stat out, file;
    snprintf(path, sizeof(path), "%s/out", t->base);
    if (stat(path, &out) != 0 || out.st_nlink != 2)
        abort();
    snprintf(path, sizeof(path), "%s/out/secret", t->base);
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &file) != 0 || file.st_size != sizeof(secret) - 1 ||
        read(fd, text, sizeof(text)) != sizeof(secret) - 1 ||
        memcmp(text, secret, sizeof(secret) - 1) != 0)
        abort();
    close(fd);
}

/* ---- the machine ---- */

static struct device *make_port(struct fixture *t)
{
    struct ferrport *p = (struct ferrport *)device_new(&ferrport_class, NULL);
    struct err e;
    p->config = &t->config;
    if (!device_realize(&p->dev, &t->board, &e))
        abort();
    device_reset(&p->dev);
    return &p->dev;
}

static void out(struct fixture *t, unsigned port, u32 v)
{
    bus_out(&t->bus, (u16)(FERRPORT_BASE + port), v, 1);
}

static u8 in(struct fixture *t, unsigned port)
{
    return (u8)bus_in(&t->bus, (u16)(FERRPORT_BASE + port), 1);
}

/* The answer's error; its payload to payload[] (PACKET_SIZE). */
static u8 ask(struct fixture *t, const u8 *packet, unsigned size, u8 *payload, unsigned *length)
{
    u8 head[PACKET_ANSWER];
    for (unsigned i = 0; i < size; i++)
        out(t, 2, packet[i]);
    out(t, 1, 0);
    for (unsigned i = 0; i < sizeof(head); i++)
        head[i] = in(t, 2);
    *length = get_le16(head + 2);
    if (*length > PACKET_SIZE - PACKET_ANSWER)
        abort();
    for (unsigned i = 0; i < *length; i++)
        payload[i] = in(t, 2);
    /* What an answer holds is never what lies outside. */
    if (memmem(payload, *length, secret, sizeof(secret) - 1))
        abort();
    return head[1];
}

static void mount_drive(struct fixture *t)
{
    static u8 payload[PACKET_SIZE];
    u8 packet[PACKET_REQUEST + 12] = {OP_MOUNT, 0, 12, 0, DRIVE};
    unsigned length;
    in(t, 3);
    ask(t, packet, sizeof(packet), payload, &length);
}

static void begin(struct fixture *t)
{
    memset(t, 0, sizeof(*t));
    make_tree(t);
    t->config = (struct guest_config){
        .share = {{.name = "FUZZ", .path = t->folder, .writable = true}}, .shares = 1};
    clock_init(&t->clock);
    if (!bus_init(&t->bus, &t->log) || !phys_init(&t->phys, 1 << 20, &t->log))
        abort();
    t->board = (struct board){&t->bus, &t->phys, &t->clock, &t->log, NULL};
    t->port = make_port(t);
    mount_drive(t);
}

static void end(struct fixture *t)
{
    check_outside(t);
    device_free(t->port);
    clock_free(&t->clock);
    phys_free(&t->phys);
    bus_free(&t->bus);
    if (nftw(t->base, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        abort();
}

/* Saved and loaded again, perhaps with bytes changed: then it may be refused. */
static void reload(struct fixture *t, struct choices *c)
{
    size_t size;
    struct err e;
    struct state *s = state_new_save();
    device_state(t->port, s);
    const u8 *bytes = state_finish(s, &size);
    u8 *copy = malloc(size);
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    state_free(s);
    bool damage = choose8(c) & 1;
    if (damage) {
        struct snapshot_fields f = snapshot_fields(copy, size);
        snapshot_damage(copy, &f, 0, c);
        free(f.field);
        snapshot_seal(copy, size);
    }
    s = state_new_load(copy, size, &e);
    if (s) {
        device_state(t->port, s);
        if (!damage && !state_ok(s))
            abort();
        if (!state_ok(s))
            device_reset(t->port);
        state_free(s);
    }
    free(copy);
    mount_drive(t); /* after a reset, and else refused */
}

/* ---- questions ---- */

static void put_name(struct choices *c, u8 name[128])
{
    static const char *const names[] = {
        "D:\\A.TXT",
        "D:\\ALONGN~1.TEX",
        "D:\\SUB\\B.DAT",
        "D:\\????????.???",
        "D:\\SUB\\*.*",
        "D:\\SUB\\DEEP",
        "D:\\SUB\\DEEP\\NEW",
        "D:\\OUTSIDE\\SECRET",
        "D:\\SECRET",
        "D:\\INSIDE\\B.DAT",
        "D:\\NEW.TXT",
        "D:\\",
        "D:\\SUB\\..\\..\\OUT",
        "D:\\SUB",
        "D:\\A?.*",
        "D:\\NEW2",
    };
    memset(name, 0, 128);
    strcpy((char *)name, names[choose8(c) % ARRAY_SIZE(names)]);
    for (unsigned n = choose8(c) % 8 == 0 ? choose8(c) % 8 : 0; n > 0; n--)
        name[choose8(c) % 128] = choose8(c);
}

static u8 *put_kept(struct choices *c, u8 *to, const u8 *kept, unsigned size)
{
    memcpy(to, kept, size);
    for (unsigned n = choose8(c) % 4 == 0 ? choose8(c) % 8 : 0; n > 0; n--)
        to[choose8(c) % size] = choose8(c);
    return to + size;
}

/* Long names: a current directory and a path of any kind, handles of searches that are none. */
static void long_question(struct fixture *t, struct choices *c)
{
    static const char *const paths[] = {"\\\0A long name.text",
                                        "\\SUB\0..\\..\\..\\secret",
                                        "\\\0*",
                                        "\\SUB\\DEEP\0*.*",
                                        "\\\0outside\\secret",
                                        "\\\0inside\\b.dat",
                                        "\\\0A new name, longer.txt",
                                        "\\\0a/./b/../sub",
                                        "\\\0con",
                                        "\\SUB\0b.dat",
                                        "\\\0?*?*?",
                                        "\\\0...",
                                        "..\\..\0secret",
                                        "\\\0 . . "};
    static u8 packet[PACKET_SIZE], payload[PACKET_SIZE];
    unsigned length, size = 0, which = choose8(c) % ARRAY_SIZE(paths);
    u8 *text = packet + PACKET_REQUEST;
    memset(packet, 0, sizeof(packet));
    while (paths[which][size])
        size++;
    size += 1 + (unsigned)strlen(paths[which] + size + 1) + 1;
    memcpy(text, paths[which], size);
    for (unsigned n = choose8(c) % 4 == 0 ? choose8(c) % 8 : 0; n > 0; n--)
        text[choose8(c) % size] = choose8(c);
    if (choose8(c) % 16 == 0) {
        memset(text + size - 1, 'x', 600);
        size += choose8(c) * 2u;
    }
    packet[0] = OP_LONG;
    packet[4] = DRIVE;
    packet[5] = choose8(c) % 16;
    if (packet[5] == 11 || packet[5] == 12) { /* about an open file */
        memcpy(text, t->sft[choose8(c) % KEPT], SFT);
        size = choose8(c) % 16 ? SFT : choose8(c) % SFT;
    }
    put_le16(packet + 2, size);
    if (packet[5] == 10 || packet[5] == 12)
        put_le16(packet + 6, (choose8(c) & 1 ? 0x100 : 0) | choose8(c) % 4);
    else
        put_le16(packet + 6, choose8(c) % 4 ? 0x4600 | (choose8(c) & 3) : choose8(c) * 257u);
    for (unsigned i = 8; i < PACKET_REQUEST; i++)
        packet[i] = choose8(c) % 2 ? choose8(c) : 0;
    ask(t, packet, PACKET_REQUEST + size, payload, &length);
}

static void question(struct fixture *t, struct choices *c)
{
    if (choose8(c) % 4 == 0) {
        long_question(t, c);
        return;
    }
    static const u8 functions[] = {0x01, 0x03, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c,
                                   0x0e, 0x0f, 0x11, 0x13, 0x16, 0x17, 0x18, 0x1b, 0x1b, 0x1c,
                                   0x1c, 0x20, 0x21, 0x22, 0x2d, 0x2e, 0x16, 0x17, 0x08, 0x09};
    static u8 packet[PACKET_SIZE], payload[PACKET_SIZE];
    u8 al = functions[choose8(c) % ARRAY_SIZE(functions)], which = choose8(c) % KEPT;
    u8 *at = packet + PACKET_REQUEST + 4;
    unsigned length;
    memset(packet, 0, sizeof(packet));
    packet[0] = OP_REDIRECTOR;
    packet[4] = DRIVE;
    packet[5] = al;
    for (unsigned i = 6; i < PACKET_REQUEST + 4; i++)
        packet[i] = choose8(c) & 3 ? 0 : choose8(c);
    bool search = al == 0x1c, file = (al >= 0x06 && al <= 0x0b) || al == 0x21 || al == 0x2d;
    if (search)
        at = put_kept(c, at, t->found[which], 21);
    else if (file || (al >= 0x16 && al <= 0x18) || al == 0x2e)
        at = put_kept(c, at, t->sft[which], SFT);
    for (unsigned n = search || file ? 0 : al == 0x11 ? 2 : 1; n > 0; n--, at += 128)
        put_name(c, at);
    for (unsigned n = choose8(c) % 64; n > 0; n--)
        *at++ = choose8(c);
    if (choose8(c) == 0xee) /* cut off anywhere */
        at = packet + PACKET_REQUEST + choose16(c) % (unsigned)(at - packet - PACKET_REQUEST + 1);
    put_le16(packet + 2, (unsigned)(at - packet - PACKET_REQUEST));
    u8 error = ask(t, packet, (unsigned)(at - packet), payload, &length);
    if (!error && length == FOUND)
        memcpy(t->found[which], payload, FOUND);
    else if (!error && length >= SFT)
        memcpy(t->sft[which], payload, SFT);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct fixture t;
    struct choices c = {data, data + size};
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 1 << 20; /* files that are made by seeking far */
    setrlimit(RLIMIT_FSIZE, &limit);
    begin(&t);
    for (unsigned reloads = 0; choices_left(&c);) {
        u8 what = choose8(&c);
        if (what == 0xff && reloads++ < 4)
            reload(&t, &c);
        else if (what == 0xfe)
            out(&t, choose8(&c) & 3, choose8(&c));
        else
            question(&t, &c);
    }
    end(&t);
    return 0;
}
