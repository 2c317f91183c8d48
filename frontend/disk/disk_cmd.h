/*
 * disk_cmd.h - `ferrite disk ...`: overlay files, and what is on images, without a machine.
 */
#ifndef FERRITE_DISK_CMD_H
#define FERRITE_DISK_CMD_H

#include "frontend/cli/subcommand.h"

#include <stdio.h>

extern const struct option_table disk_options;

/* argv[0] is the sub-command. Returns the exit status: 0 done, 1 it failed, 2 asked wrongly. */
int disk_command(int argc, char **argv, FILE *out, FILE *messages);

/* ---- between the files of this folder ---- */

enum { DISK_DONE, DISK_FAILED, DISK_ASKED_WRONGLY };

struct disk_values {
    const char *size, *label, *from, *format;
    unsigned partition, fat;
    bool force, repair, dry_run, help;
};

struct disk_call {
    struct disk_values v;
    char **argv; /* without options; NULL behind the last */
    int argc;
    FILE *out, *messages;
};

/* "ferrite disk: ..."; DISK_FAILED. */
int disk_failed(const struct disk_call *c, const struct err *e);

/* overlay_cmd.c */
int disk_create(struct disk_call *c);
int disk_info(struct disk_call *c);
int disk_check(struct disk_call *c);
int disk_commit(struct disk_call *c);
int disk_discard(struct disk_call *c);
/* disk_files.c */
int disk_ls(struct disk_call *c);
int disk_get(struct disk_call *c);
int disk_put(struct disk_call *c);
/* disk_image.c */
int disk_mkfs(struct disk_call *c);
int disk_resize(struct disk_call *c);
int disk_convert(struct disk_call *c);

/* An image, or an overlay with its base. NULL + err. */
struct disk *disk_of_image(const char *path, bool read_only, struct err *e);
struct fatfs;
/* A folder of the host with all that is in it, into one of the volume. */
bool disk_put_tree(struct fatfs *f, const char *path, const char *into, struct err *e);
/* A size: 1440K, 1.44M, 512M, 2G. */
bool disk_take_size(const char *text, u64 *bytes, struct err *e);

#endif
