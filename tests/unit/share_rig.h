/*
 * share_rig.h - the redirector's side of the guest port: questions as FERRITE.COM puts them, on a
 * folder of the test's own.
 */
#ifndef SHARE_RIG_H
#define SHARE_RIG_H

#include "guest_rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SFT = 51, FOUND = 53, DRIVE_D = 3 };

struct share_rig {
    struct bench b;
    struct device *dev;
    struct guest_config config;
    char folder[64];
    u16 psp;
};

static inline struct device *share_make_with(struct bench *b, const struct guest_config *config)
{
    struct ferrport *p = (struct ferrport *)device_new(&ferrport_class, NULL);
    p->config = config;
    bench_start(b, &p->dev);
    return &p->dev;
}

static inline void share_mount(struct share_rig *r, u8 drive, const char *name)
{
    u8 payload[12] = {0};
    strncpy((char *)payload, name, 11);
    struct guest_answer *a = guest_ask(
        &r->b, &(struct request){.op = OP_MOUNT, .drive = drive, .len = 12, .payload = payload});
    ck_assert_uint_eq(a->error, 0);
}

/* A writable share TEST on a new folder, as D:. */
static inline void share_begin(struct share_rig *r)
{
    memset(r, 0, sizeof(*r));
    strcpy(r->folder, "/tmp/ferrite-share-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(r->folder));
    r->config = (struct guest_config){
        .share = {{.name = "TEST", .path = r->folder, .writable = true},
                  {.name = "RO", .path = r->folder}},
        .shares = 2,
    };
    r->psp = 0x1234;
    bench_init(&r->b);
    r->dev = share_make_with(&r->b, &r->config);
    in8(&r->b, PORT_CLAIM);
    share_mount(r, DRIVE_D, "test");
}

static inline void share_end(struct share_rig *r)
{
    char command[200];
    bench_free(&r->b, r->dev);
    snprintf(command, sizeof(command), "chmod -R u+rwX %s; rm -rf %s", r->folder, r->folder);
    ck_assert_int_eq(system(command), 0);
}

/* ---- files on the host ---- */

static inline const char *share_path(const struct share_rig *r, const char *name)
{
    static char path[512];
    snprintf(path, sizeof(path), "%s/%s", r->folder, name);
    return path;
}

static inline void share_file(const struct share_rig *r, const char *name, const char *text)
{
    FILE *f = fopen(share_path(r, name), "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static inline void share_folder(const struct share_rig *r, const char *name)
{
    ck_assert_int_eq(mkdir(share_path(r, name), 0777), 0);
}

static inline bool share_is(const struct share_rig *r, const char *name)
{
    struct stat st;
    return lstat(share_path(r, name), &st) == 0;
}

/* The text of a file, "(none)" if it is not there. */
static inline const char *share_text(const struct share_rig *r, const char *name)
{
    static char text[4096];
    FILE *f = fopen(share_path(r, name), "r");
    if (!f)
        return "(none)";
    text[fread(text, 1, sizeof(text) - 1, f)] = 0;
    fclose(f);
    return text;
}

/* ---- questions ---- */

struct ask {
    const char *name, *name2; /* NULL: the function has none */
    const u8 *sft, *sdb, *extended, *lock, *data;
    u16 size;  /* of data */
    u16 stack; /* the word on the stack */
    u16 bx, cx, dx;
    u8 attribute;
};

static inline struct guest_answer *share_ask(struct share_rig *r, u8 al, struct ask ask)
{
    static u8 payload[PACKET_SIZE];
    u8 *at = payload + 4;
    memset(payload, 0, sizeof(payload));
    put_le16(payload, r->psp);
    put_le16(payload + 2, ask.stack);
    const struct {
        const void *bytes;
        size_t size, room;
    } section[] = {
        {ask.sft, SFT, SFT},
        {ask.sdb, 21, 21},
        {ask.name, ask.name ? strlen(ask.name) : 0, 128},
        {ask.name2, ask.name2 ? strlen(ask.name2) : 0, 128},
        {ask.extended, 6, 6},
        {ask.lock, 8, 8},
        {ask.data, ask.size, ask.size},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(section); i++) {
        if (section[i].bytes) {
            memcpy(at, section[i].bytes, section[i].size);
            at += section[i].room;
        }
    }
    u8 drive = DRIVE_D;
    if (ask.name)
        drive = (u8)(ask.name[0] - 'A');
    else if (ask.sft)
        drive = ask.sft[5] & 0x3f;
    else if (ask.sdb)
        drive = (u8)((ask.sdb[0] & 0x1f) - 1);
    return guest_ask(&r->b, &(struct request){
                                .op = OP_REDIRECTOR,
                                .al = al,
                                .drive = drive,
                                .len = (u16)(at - payload),
                                .a = ask.bx | (u32)ask.attribute << 16,
                                .b = ask.cx | (u32)ask.dx << 16,
                                .payload = payload,
                            });
}

/* Functions on one name: their error. */
static inline u8 share_name(struct share_rig *r, u8 al, const char *name, u16 stack)
{
    return share_ask(r, al, (struct ask){.name = name, .stack = stack})->error;
}

static inline u8 share_rename(struct share_rig *r, const char *from, const char *to)
{
    return share_ask(r, 0x11, (struct ask){.name = from, .name2 = to, .attribute = 0x16})->error;
}

/* 16h, 17h: open or create; the entry of the file table to sft. Its error. */
static inline u8 share_open(struct share_rig *r, u8 al, const char *name, u16 word, u8 sft[SFT])
{
    u8 before[SFT] = {1};
    struct guest_answer *a =
        share_ask(r, al, (struct ask){.name = name, .sft = before, .stack = word});
    if (!a->error) {
        ck_assert_uint_eq(a->len, SFT);
        memcpy(sft, a->payload, SFT);
    }
    return a->error;
}

static inline u8 share_write(struct share_rig *r, u8 sft[SFT], const void *data, u16 size)
{
    struct guest_answer *a =
        share_ask(r, 0x09, (struct ask){.sft = sft, .data = data, .size = size, .cx = size});
    if (a->error)
        return a->error;
    memcpy(sft, a->payload, SFT);
    ck_assert_uint_le(a->b & 0xffff, size);
    return (a->b & 0xffff) == size ? 0 : DOS_DISK_FULL;
}

/* Bytes read, to text with a zero; -error. */
static inline int share_read(struct share_rig *r, u8 sft[SFT], u16 size, char *text)
{
    struct guest_answer *a = share_ask(r, 0x08, (struct ask){.sft = sft, .cx = size});
    if (a->error)
        return -a->error;
    unsigned n = a->b & 0xffff;
    ck_assert_uint_eq(a->len, SFT + n);
    memcpy(sft, a->payload, SFT);
    memcpy(text, a->payload + SFT, n);
    text[n] = 0;
    return (int)n;
}

static inline u8 share_close(struct share_rig *r, u8 sft[SFT])
{
    struct guest_answer *a = share_ask(r, 0x06, (struct ask){.sft = sft});
    memcpy(sft, a->payload, a->error ? 0 : SFT);
    return a->error;
}

/* 1Bh, 1Ch; what was found to found (the search, then the entry). Its error. */
static inline u8 share_find(struct share_rig *r, const char *pattern, u8 attr, u8 found[FOUND])
{
    struct guest_answer *a = share_ask(r, 0x1b, (struct ask){.name = pattern, .attribute = attr});
    memcpy(found, a->payload, a->error ? 0 : FOUND);
    return a->error;
}

static inline u8 share_next(struct share_rig *r, u8 found[FOUND])
{
    struct guest_answer *a = share_ask(r, 0x1c, (struct ask){.sdb = found});
    memcpy(found, a->payload, a->error ? 0 : FOUND);
    return a->error;
}

/* "NAME.EXT" of what was found. */
static inline const char *share_found(const u8 found[FOUND])
{
    static char name[13];
    char *to = name;
    for (unsigned i = 0; i < 11; i++) {
        if (i == 8 && found[21 + 8] != ' ')
            *to++ = '.';
        if (found[21 + i] != ' ')
            *to++ = (char)found[21 + i];
    }
    *to = 0;
    return name;
}

/* All names that a search finds, with blanks between. */
static inline const char *share_list(struct share_rig *r, const char *pattern, u8 attr)
{
    static char list[8192];
    u8 found[FOUND];
    size_t used = 0;
    list[0] = 0;
    for (u8 error = share_find(r, pattern, attr, found); !error; error = share_next(r, found))
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? " " : "",
                                 share_found(found));
    return list;
}

#endif
