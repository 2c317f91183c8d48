/*
 * share_internal.h - what the files share*.c have in common.
 */
#ifndef FERRITE_SHARE_INTERNAL_H
#define FERRITE_SHARE_INTERNAL_H

#include "hw/guest/share.h"
#include "hw/storage/folder/iso9660.h"
#include "hw/storage/folder/names.h"

#include <sys/stat.h>

enum {
    DRIVES = 26,
    SHARE_FILES = 256,    /* open at once; more get error 4 */
    SHARE_DIRS = 1024,    /* directories that searches may be in, the index is in 10 bits */
    SHARE_SLOTS = 400000, /* names of all directories that are kept */
    SHARE_LOCKS = 256,
    SHARE_TUNNELS = 16,
    LONG_SEARCHES = 32, /* by long names; the oldest makes room */
    SHARE_PATH = 4096,
};

enum attribute {
    ATTR_READ_ONLY = 0x01,
    ATTR_HIDDEN = 0x02,
    ATTR_SYSTEM = 0x04,
    ATTR_LABEL = 0x08,
    ATTR_DIRECTORY = 0x10,
    ATTR_ARCHIVE = 0x20,
};

struct share {
    char name[GUEST_SHARE_NAME + 1];
    int root; /* descriptor of the folder */
    bool writable, lower;
    char letter;
    bool gone; /* the folder was removed from the host, which was said; no state of the machine */
};

/* A name of a directory and how DOS calls it. A slot keeps its number, so that searches go on. */
struct slot {
    char *name; /* NULL: it has gone */
    u8 alias[ALIAS_BYTES];
};

struct dir {
    bool used, listed;
    u8 share, generation; /* 6 bits: tells searches of an earlier directory in this place */
    char *path;           /* beneath the folder; "." is the folder */
    u64 used_at;          /* a count, for the one that was not used for longest */
    struct timespec changed;
    u64 look_again; /* ns of the host's clock: before that, what `changed` says need not be true */
    struct slot *slot;
    u32 slots, room;
    u32 *hash; /* slot + 1 by alias */
    u32 hash_size, gone;
    struct name_table *table;
};

struct open_file {
    bool used, dead; /* dead: of a snapshot, and the host's file is another one now */
    u8 share, access, deny;
    u16 generation, psp;
    int fd;
    char *path;
    dev_t dev;
    ino_t ino;
};

struct file_lock {
    u16 file; /* 1 + index; 0: free */
    u32 at, length;
};

/* A name that has just gone; its alias may come again. */
struct tunnel {
    char *dir; /* NULL: none */
    u64 when;  /* ns of guest time */
    u8 share, alias[ALIAS_BYTES];
    char name[NAME_BYTES + 1];
};

/* A search by a long name. */
struct long_search {
    bool used;
    u8 wanted, must; /* attributes */
    u16 dir;         /* dir_id() */
    u32 place;       /* in it, as in share_find.c */
    u64 used_at;
    u8 pattern[NAME_UNITS + 1];
};

struct shares {
    struct log *log;
    struct clock *clock;
    const struct codepage *cp;
    struct share share[GUEST_SHARES];
    unsigned count;
    struct budget *budget; /* what files may grow by; NULL: any */

    struct guest_cd cd; /* the machine's drive */

    u8 drive[DRIVES];  /* 1 + share */
    char *cwd[DRIVES]; /* directory that DOS was told to be in */
    struct open_file file[SHARE_FILES];
    struct file_lock lock[SHARE_LOCKS];
    struct dir dir[SHARE_DIRS];
    struct tunnel tunnel[SHARE_TUNNELS];
    unsigned tunnels; /* that there ever were */
    struct long_search search[LONG_SEARCHES];
    u64 uses;
    u32 slots; /* of all directories */
    u16 generation;
};

/* A path of DOS', found on the host as far as it exists. */
struct place {
    struct share *share;
    u8 number;             /* of the share */
    bool root;             /* the drive's root itself: there is no last name */
    char dir[SHARE_PATH];  /* where the last name is */
    u8 alias[ALIAS_BYTES]; /* the last name, with ? where it has wildcards */
    bool wild;
    struct dir *listing; /* of dir */
    long slot;           /* of the last name in it, -1: it is not there, or wild */
};

/* ---- share_path.c ---- */
/* A descriptor of what is at `path` beneath `root`, whatever links say; -1 and errno. */
int path_open(int root, const char *path, int flags);
/* Of the place's directory, for functions that end in "at". */
int place_dir(const struct place *p);
/* Joins with a slash, "." being nothing. false: too long. */
bool path_join(char out[SHARE_PATH], const char *dir, const char *name);
/* May a snapshot name this: relative, no "..", no empty parts? */
bool path_plain(const char *path);
u8 dos_error(int error); /* of an errno value */
/*
 * The path of a request (128 bytes, "D:\SUB\NAME.EXT" in the guest's code page). 0, or DOS' error:
 * 3 when its directory is not there.
 */
u8 place_find(struct shares *s, u8 drive, const u8 *name, struct place *out);
/* The path of the last name on the host. */
bool place_path(const struct place *p, char out[SHARE_PATH]);
/* stat() of the last name, links within the folder followed. false and errno. */
bool place_stat(const struct place *p, struct stat *st);
bool entry_stat(int root, const char *dir, const char *name, struct stat *st);
/* The name on the host for what the guest wants to make in this directory. */
bool place_new_name(const struct shares *s, const struct dir *d, const u8 alias[ALIAS_BYTES],
                    char out[NAME_BYTES + 1]);
/* `n` bytes of a part of a path, as a directory has them. false: that is no name. */
bool place_alias(const struct codepage *cp, const u8 *part, size_t n, u8 alias[ALIAS_BYTES],
                 bool *wild);
bool place_device(const u8 alias[ALIAS_BYTES]);
/* Does the alias fit the pattern? */
bool alias_matches(const u8 pattern[ALIAS_BYTES], const u8 alias[ALIAS_BYTES]);

/* ---- share_dir.c ---- */
/* What is in this directory now. NULL and DOS' error. */
struct dir *dir_get(struct shares *s, u8 share, const char *path, u8 *error);
struct dir *dir_by_id(struct shares *s, u16 id); /* NULL: forgotten */
u16 dir_id(const struct shares *s, const struct dir *d);
/* Brings the listing up to date. false and DOS' error. */
bool dir_refresh(struct shares *s, struct dir *d, u8 *error);
long dir_find(const struct dir *d, const u8 alias[ALIAS_BYTES]);
/* We have just made, removed or renamed something there. */
bool dir_add(struct shares *s, struct dir *d, const char *name, const u8 alias[ALIAS_BYTES]);
void dir_remove(struct shares *s, struct dir *d, long slot);
void dir_drop(struct shares *s, struct dir *d);
void dirs_drop_below(struct shares *s, u8 share, const char *path);
/* The alias that this name would get there; it is not there yet. */
bool dir_promise(struct shares *s, struct dir *d, const struct long_name *name,
                 u8 alias[ALIAS_BYTES]);
/* For snapshots: a slot as it was, to be compared with the host at the next look. */
bool dir_append(struct shares *s, struct dir *d, const char *name, const u8 alias[ALIAS_BYTES]);

/* ---- share_tunnel.c ---- */
/* The guest has taken this name away. */
void tunnel_gone(struct shares *s, const struct dir *d, const struct slot *slot);
/* What the alias was short for, if that is not long ago; else NULL. */
const char *tunnel_name(const struct shares *s, const struct dir *d, const u8 alias[ALIAS_BYTES]);
/* What is made there under this alias soon is to have this name. */
void tunnel_promise(struct shares *s, const struct dir *d, const u8 alias[ALIAS_BYTES],
                    const char *name);
void tunnel_forget(struct shares *s);

/* ---- share_attr.c ---- */
u8 attr_get(int root, const char *path, const struct stat *st);
u8 attr_set(int root, const char *path, const struct stat *st, u8 attr); /* a DOS error */
/* Attributes of what was just made, when they are not those that it would have anyway. */
void attr_new(int fd, const char *name, u8 attr);
u32 dos_time(const struct timespec *t);  /* date << 16 | time */
bool time_of_dos(u32 time, time_t *out); /* false: there is no such time */
/* Set the time of last change; what DOS cannot tell from the present one stays. */
void time_set(int fd, u32 time);

/* ---- share_long_file.c ---- */
enum file_time { TIME_CHANGED, TIME_ACCESSED, TIME_MADE, FILE_TIMES };
/* As DOS has them. */
struct file_times {
    u32 changed, accessed, made;
    u8 made_hundredths;
    bool made_is_kept; /* else it is that of the last change */
};
/* fd: of the file, -1 if it cannot be opened. */
void file_times(int fd, const struct stat *st, struct file_times *out);
/* handle: which time, a: its value, b: hundredths of a second. */
u8 long_set_time(const struct place *p, const struct request *r);
/* Of the open file whose entry of the file table is the payload: all about it; a time of it. */
u8 long_handle(struct shares *s, const struct request *r, struct answer *to);
u8 long_handle_time(struct shares *s, const struct request *r, struct answer *to);
u8 long_space(struct shares *s, const struct request *r, struct answer *to);

/* ---- share_long.c ---- */
u8 shares_long(struct shares *s, const struct request *r, struct answer *to);
void shares_long_state(struct shares *s, struct state *st);

/* ---- functions of the redirector, by file ---- */
struct call {
    const struct request *r;
    struct answer *to;
    const u8 *name, *name2, *sft, *sdb, *extended, *lock, *data; /* sections, as far as sent */
    u16 size;                                                    /* bytes of data */
    u16 psp, stack;                                              /* the word on the stack */
    u16 bx, cx, dx;
    u8 attribute, mode; /* of the SDA: of the search, of the open */
};

/* What a function of the redirector is sent, and who answers it. */
enum section {
    SECTION_NAME = 1,
    SECTION_NAME2 = 2,
    SECTION_SFT = 4,
    SECTION_SDB = 8,
    SECTION_EXTENDED = 16,
    SECTION_LOCK = 32,
};
struct share_function {
    u8 (*perform)(struct shares *s, struct call *c);
    u8 sections; /* enum section */
};
enum { SHARE_FUNCTIONS = 0x2f };

/* ---- share_cd.c ---- */
extern const struct share_function cd_functions[SHARE_FUNCTIONS];
/* a: 1 in MSCDEX's own form; the payload is a path. Answers the record of the directory. */
u8 share_cd_record(const struct shares *s, const struct request *r, struct answer *to);

u8 do_find_first(struct shares *s, struct call *c);
u8 do_find_next(struct shares *s, struct call *c);

u8 do_mkdir(struct shares *s, struct call *c);
u8 do_rmdir(struct shares *s, struct call *c);
u8 do_chdir(struct shares *s, struct call *c);
u8 do_space(struct shares *s, struct call *c);
u8 do_set_attr(struct shares *s, struct call *c);
u8 do_get_attr(struct shares *s, struct call *c);
u8 do_rename(struct shares *s, struct call *c);
u8 do_delete(struct shares *s, struct call *c);

u8 do_open(struct shares *s, struct call *c);
u8 do_create(struct shares *s, struct call *c);
u8 do_extended_open(struct shares *s, struct call *c);
u8 do_close(struct shares *s, struct call *c);
u8 do_commit(struct shares *s, struct call *c);
u8 do_read(struct shares *s, struct call *c);
/* What 08h answers: the file table's entry behind n bytes from its position, and those. */
u8 answer_read(struct call *c, const u8 *data, size_t n);
u8 do_write(struct shares *s, struct call *c);
u8 do_lock(struct shares *s, struct call *c);
u8 do_seek_end(struct shares *s, struct call *c);
/* Close what this process has left, or all of a drive's share. */
void files_of_process(struct shares *s, u16 psp);
void files_of_share(struct shares *s, u8 share);
void file_close(struct shares *s, struct open_file *f);
/* The open file of the file table's entry, of which SFT_SENT bytes are there; NULL: error 6. */
enum { SFT_SENT = 0x33 };
/* An entry of it (share_file.c); between 19h and 20h stands what its maker likes. */
enum {
    SFT_HANDLES = 0x00,
    SFT_MODE = 0x02,
    SFT_ATTR = 0x04,
    SFT_FLAGS = 0x05,
    SFT_DRIVER = 0x07,
    SFT_CLUSTER = 0x0b,
    SFT_TIME = 0x0d,
    SFT_SIZE = 0x11,
    SFT_POSITION = 0x15,
    SFT_NAME = 0x20,
    SFT_PROCESS = 0x31,

    FLAG_NETWORK = 0x8000,
    FLAG_TIME_STAYS = 0x4000,
    FLAG_CLEAN = 0x0040,
    MODE_FCB = 0x8000,
};
struct open_file *file_of_sft(struct shares *s, const u8 *sft);
/* After a snapshot: other programs of the host see the locks again. */
void locks_again(struct shares *s);
/* Is it open in a way that says others must keep off? */
bool file_is_claimed(const struct shares *s, const struct stat *st);

/* Registers of the answer. */
static inline void set_ax(struct call *c, u16 v)
{
    c->to->a = (c->to->a & 0xffff0000) | v;
}

static inline void set_bx(struct call *c, u16 v)
{
    c->to->a = (c->to->a & 0xffff) | (u32)v << 16;
}

static inline void set_cx(struct call *c, u16 v)
{
    c->to->b = (c->to->b & 0xffff0000) | v;
}

static inline void set_dx(struct call *c, u16 v)
{
    c->to->b = (c->to->b & 0xffff) | (u32)v << 16;
}

#endif
