/*
 * disk_nbd.h - disks of servers that speak NBD (the Network Block Device protocol), by libnbd, and
 * images in formats of others through qemu-nbd. For hw/storage/disk*.c and cow_file.c.
 *
 * libnbd is loaded when somebody names such a disk. A server may lie, stall or vanish: every wait
 * has an end (10 s for a request, FERRITE_NBD_TIMEOUT says another), after which the drive reports
 * an error; the next request tries to connect again. Writes that a server which vanished had taken
 * and not made durable may be lost, so the first flush after that fails.
 */
#ifndef FERRITE_DISK_NBD_H
#define FERRITE_DISK_NBD_H

#include "hw/storage/disk_layer.h"

#include <sys/types.h>

/* nbd://, nbds://, nbd+unix://, nbds+unix:// */
bool disk_is_uri(const char *path);

/*
 * `name` is for messages. `server`: a process of ours that ends with the connection, 0: none; it is
 * waited for when the layer is closed. NULL + err.
 */
struct disk_layer *disk_nbd_open(const char *uri, const char *name, pid_t server, bool *read_only,
                                 struct err *e);

/* ---- disk_served.c ---- */

/*
 * What qemu-nbd calls the format that this file has by its name *and* its first bytes, "qcow2", or
 * NULL. The bytes alone do not count: a guest may write any into a disk of plain sectors, and
 * formats of others can name more files of the host.
 */
const char *disk_served_format(const char *path);
/* A URI, an image for qemu-nbd, or a file of sectors; `raw`: always the last, if it is a file. */
struct disk_layer *disk_image_open(const char *path, bool raw, bool *read_only, struct err *e);

#endif
