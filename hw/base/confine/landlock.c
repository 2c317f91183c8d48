/*
 * landlock.c - raw system calls: the C library has no functions for them, and the kernel's header
 * of the build host may be older than the kernel that the program meets, so names and numbers stand
 * here. See landlock.h; landlock(7).
 *
 * Not covered by any version so far: stat(), chmod(), utimensat(), xattrs, chdir(), connect() to a
 * Unix socket with a path, UDP. The filter of system calls (filter.h) has the rest.
 */
#define _GNU_SOURCE /* O_PATH */
#include "hw/base/confine/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __linux__

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 }; /* on all architectures */
enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_REFER = 1 << 13,     /* version 2: a name moves to another folder */
    FS_TRUNCATE = 1 << 14,  /* version 3 */
    FS_IOCTL_DEV = 1 << 15, /* version 5 */
    FS_VERSION_1 = (1 << 13) - 1,
    /* What can be granted of a file; the others are a folder's. */
    FS_OF_FILE = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
};
enum { NET_BIND_TCP = 1, NET_CONNECT_TCP = 2 };
enum { SCOPE_ABSTRACT_UNIX = 1, SCOPE_SIGNAL = 2 };

struct ruleset_attr {
    u64 fs, net, scoped;
};

struct path_beneath_attr {
    u64 allowed;
    s32 parent;
} __attribute__((packed));

int landlock_version(void)
{
    long version = syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
    return version > 0 ? (int)version : 0;
}

static u64 handled(int version)
{
    return FS_VERSION_1 | (version >= 2 ? FS_REFER : 0) | (version >= 3 ? FS_TRUNCATE : 0) |
           (version >= LANDLOCK_DEVICES ? FS_IOCTL_DEV : 0);
}

static u64 rights_of(unsigned reach)
{
    u64 rights = 0;
    if (reach & REACH_READ)
        rights |= FS_READ_FILE | FS_READ_DIR;
    if (reach & REACH_WRITE)
        rights |= FS_WRITE_FILE | FS_TRUNCATE;
    if (reach & REACH_MAKE)
        rights |= FS_MAKE_REG | FS_MAKE_DIR | FS_REMOVE_FILE | FS_REMOVE_DIR | FS_REFER;
    if (reach & REACH_REMOVE)
        rights |= FS_REMOVE_FILE;
    if (reach & REACH_REMOVE_FOLDERS)
        rights |= FS_REMOVE_DIR;
    if (reach & REACH_SOCKETS)
        rights |= FS_MAKE_SOCK | FS_REMOVE_FILE;
    if (reach & REACH_DEVICES)
        rights |= FS_IOCTL_DEV;
    if (reach & REACH_EXECUTE)
        rights |= FS_EXECUTE | FS_READ_FILE;
    return rights;
}

static bool add(int ruleset, const struct grant *g, u64 all, struct err *e)
{
    struct stat st;
    int fd = open(g->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return true; /* nothing there that could be reached */
    struct path_beneath_attr rule = {.allowed = rights_of(g->reach) & all, .parent = fd};
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed &= FS_OF_FILE;
    /* Pipes and the like, which /dev/stdout may lead to, are none of Landlock's business. */
    bool ok = rule.allowed == 0 || syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0 ||
              errno == EBADFD || err_set(e, "%.300s: %s", g->path, strerror(errno));
    close(fd);
    return ok;
}

int landlock_make(const struct landlock_rules *rules, struct err *e)
{
    int version = landlock_version();
    struct ruleset_attr attr = {.fs = handled(version)};
    size_t size = sizeof(attr.fs);
    if (version >= LANDLOCK_TCP) {
        attr.net =
            (rules->tcp_bind ? 0u : NET_BIND_TCP) | (rules->tcp_connect ? 0u : NET_CONNECT_TCP);
        size += sizeof(attr.net);
    }
    if (version >= LANDLOCK_SCOPES) {
        attr.scoped = (rules->abstract_sockets ? 0u : SCOPE_ABSTRACT_UNIX) |
                      (rules->signals_inside ? SCOPE_SIGNAL : 0u);
        size += sizeof(attr.scoped);
    }
    int fd = version ? (int)syscall(CREATE_RULESET, &attr, size, 0) : -1;
    if (fd < 0) {
        err_set(e, "%s", version ? strerror(errno) : "the kernel has no Landlock");
        return -1;
    }
    for (size_t i = 0; i < rules->grants->count; i++) {
        if (!add(fd, &rules->grants->grant[i], attr.fs, e)) {
            close(fd);
            return -1;
        }
    }
    return fd;
}

int landlock_enter(int ruleset)
{
    return syscall(RESTRICT_SELF, ruleset, 0) == 0 ? 0 : errno;
}

#else

int landlock_version(void)
{
    return 0;
}

int landlock_make(const struct landlock_rules *rules, struct err *e)
{
    (void)rules;
    err_set(e, "this system is not Linux");
    return -1;
}

int landlock_enter(int ruleset)
{
    (void)ruleset;
    return ENOSYS;
}

#endif
