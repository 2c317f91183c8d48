/*
 * packet.h - the frames of GDB's remote serial protocol ("Overview" in the manual's appendix of
 * that name): $DATA#CHECKSUM, escapes, acknowledgements, the byte that interrupts.
 */
#ifndef FERRITE_GDB_PACKET_H
#define FERRITE_GDB_PACKET_H

#include "hw/base/types.h"

#include <stddef.h>

enum { GDB_PACKET = 0x4000 }; /* bytes of data in one, without escapes */

enum gdb_item {
    GDB_NOTHING,   /* more is needed */
    GDB_DATA,      /* a packet: data, len */
    GDB_TOO_LONG,  /* one of which the end is missing here; its checksum was right */
    GDB_BROKEN,    /* a wrong checksum: it has to be sent again */
    GDB_AGAIN,     /* '-': ours has to be */
    GDB_INTERRUPT, /* byte 03h between packets */
};

struct gdb_reader {
    enum { GDB_BETWEEN, GDB_INSIDE, GDB_ESCAPED, GDB_SUM_HIGH, GDB_SUM_LOW } where;
    bool no_ack; /* checksums are not looked at */
    bool too_long;
    u8 sum, said; /* of what came; as the packet has it */
    bool sum_bad; /* no digits */
    size_t len;
    char data[GDB_PACKET + 1]; /* a zero is behind it */
};

/* What this byte completes. */
enum gdb_item gdb_read(struct gdb_reader *r, u8 byte);

/*
 * The frame around data. Room for GDB_FRAME(len) bytes; returns its length.
 */
#define GDB_FRAME(len) (2 * (len) + 4)
size_t gdb_frame(char *out, const void *data, size_t len);

/* ---- numbers and bytes as packets have them ---- */

/* One hexadecimal digit; -1: it is none. */
int gdb_digit(char c);
/* A hexadecimal number at *at, which moves behind it; false: there is none, or it has no room. */
bool gdb_number(const char **at, u64 *value);
/* The same up to `max`, and behind it this character (0: the end), which *at moves over. */
bool gdb_number_then(const char **at, u64 max, char then, u64 *value);
/* 2 * len digits and a zero. */
void gdb_hex(char *out, const void *bytes, size_t len);
/* From exactly 2 * len digits. */
bool gdb_bytes(void *bytes, const char *hex, size_t len);

#endif
