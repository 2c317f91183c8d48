/*
 * packet.h - the packets of the guest port, as README.md lays them out. Numbers are little-endian.
 *
 * A request is a head of 16 bytes and its payload, an answer a head of 12 bytes and its payload;
 * neither is longer than PACKET_SIZE. Whatever the guest sends is bytes: each access here is within
 * the packet, and what a request lacks reads as zeros.
 */
#ifndef FERRITE_PACKET_H
#define FERRITE_PACKET_H

#include "hw/base/types.h"
#include <string.h>

enum { PACKET_SIZE = 4160, PACKET_REQUEST = 16, PACKET_ANSWER = 12, PACKET_DATA = 4096 };

enum packet_op {
    OP_HELLO,
    OP_RUN,
    OP_EXIT,
    OP_TIME,
    OP_IDLE,
    OP_SHARE, /* one row of the list of shares */
    OP_MOUNT, /* a share gets a drive letter */
    OP_UNMOUNT,
    OP_DRIVE,  /* which share a drive letter is */
    OP_OUTPUT, /* bytes for the host's standard output or error */
    OP_INPUT,  /* bytes of its standard input */
    OP_REDIRECTOR = 0x10,
    OP_LONG,     /* long names: share_long.c */
    OP_CD,       /* as OP_REDIRECTOR, for the files of the CD: share_cd.c */
    OP_CD_DRIVE, /* the drive: enum cd_question */
};

/* The function of OP_CD_DRIVE. */
enum cd_question { CD_WHERE, CD_RECORD };

/* DOS' error codes (INT 21h AH=59h), which are the port's as well. */
enum dos_error {
    DOS_OK = 0,
    DOS_FUNCTION = 1,
    DOS_FILE_NOT_FOUND = 2,
    DOS_PATH_NOT_FOUND = 3,
    DOS_TOO_MANY_FILES = 4,
    DOS_ACCESS = 5,
    DOS_HANDLE = 6,
    DOS_MEMORY = 8,
    DOS_DRIVE = 15,
    DOS_CURRENT_DIRECTORY = 16,
    DOS_NOT_SAME_DEVICE = 17,
    DOS_NO_MORE_FILES = 18,
    DOS_WRITE_PROTECT = 19,
    DOS_NOT_READY = 21,
    DOS_WRITE_FAULT = 29,
    DOS_READ_FAULT = 30,
    DOS_SHARING = 32,
    DOS_LOCK = 33,
    DOS_DISK_FULL = 39,
    DOS_EXISTS = 80,
    DOS_PARAMETER = 87,
};

/* A request, taken apart. The payload is the device's copy and is followed by zeros. */
struct request {
    u8 op, seq, drive, al;
    u16 handle, len;
    u32 a, b;
    const u8 *payload;
};

/* An answer under way: payload[] has room for PACKET_SIZE - PACKET_ANSWER bytes. */
struct answer {
    u8 error;
    u16 len;
    u32 a, b;
    u8 *payload;
};

enum { PACKET_ROOM = PACKET_SIZE - PACKET_ANSWER };

static inline void answer_add(struct answer *to, const void *bytes, size_t size)
{
    if (size > (size_t)(PACKET_ROOM - to->len))
        size = (size_t)(PACKET_ROOM - to->len);
    memcpy(to->payload + to->len, bytes, size);
    to->len = (u16)(to->len + size);
}

#endif
