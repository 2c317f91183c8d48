/*
 * user_of.c - who has a file open, by /proc. Only processes of the same user can be seen, and a
 * host without /proc has none.
 */
#include "frontend/doctor/doctor.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_open(const char *pid, const struct stat *file)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *dir = opendir(path);
    bool has = false;
    for (struct dirent *d; dir && !has && (d = readdir(dir));) {
        struct stat st;
        has = isdigit((unsigned char)d->d_name[0]) && fstatat(dirfd(dir), d->d_name, &st, 0) == 0 &&
              st.st_dev == file->st_dev && st.st_ino == file->st_ino;
    }
    if (dir)
        closedir(dir);
    return has;
}

int doctor_user_of(const char *path)
{
    struct stat st;
    int pid = 0;
    DIR *dir = stat(path, &st) == 0 ? opendir("/proc") : NULL;
    for (struct dirent *d; dir && !pid && (d = readdir(dir));) {
        if (isdigit((unsigned char)d->d_name[0]) && atoi(d->d_name) != (int)getpid() &&
            has_open(d->d_name, &st))
            pid = atoi(d->d_name);
    }
    if (dir)
        closedir(dir);
    return pid;
}
