/*
 * memory.c - packets that read and write memory, by linear address. See stub.h.
 *
 * What can be read up to the first byte that is not there is the answer, as the protocol has it;
 * nothing at all is an error.
 */
#define _GNU_SOURCE /* memmem */
#include "frontend/gdb/internal.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = GDB_PACKET / 2 - 8, ALL = 1 << 20 };

/* "ADDR,LENGTH" and what comes behind it. */
static bool range(const char **at, char comma, char then, u32 *addr, u64 *len)
{
    u64 a;
    if (!gdb_number_then(at, 0xffffffffu, comma, &a) || !gdb_number_then(at, ~0u, then, len))
        return false;
    *addr = (u32)a;
    return true;
}

void stub_read_memory(struct gdb_stub *g, const char *rest, size_t len)
{
    u8 bytes[MOST];
    char hex[2 * MOST + 1];
    u32 addr;
    u64 want;
    (void)len;
    if (!range(&rest, ',', 0, &addr, &want)) {
        stub_say(g, BAD_PACKET);
        return;
    }
    u32 n = vm_linear_read(g->control->vm, addr, bytes, want < MOST ? (u32)want : MOST);
    gdb_hex(hex, bytes, n);
    stub_say(g, n || !want ? hex : BAD_ADDRESS);
}

static void write_bytes(struct gdb_stub *g, u32 addr, const void *bytes, u32 n)
{
    if (n)
        stub_alters(g);
    stub_say(g, vm_linear_write(g->control->vm, addr, bytes, n) == n ? "OK" : BAD_ADDRESS);
}

void stub_write_hex(struct gdb_stub *g, const char *rest, size_t len)
{
    u8 bytes[GDB_PACKET / 2];
    u32 addr;
    u64 n;
    (void)len;
    if (!range(&rest, ',', ':', &addr, &n) || n > sizeof(bytes) || strlen(rest) != 2 * n ||
        !gdb_bytes(bytes, rest, n)) {
        stub_say(g, BAD_PACKET);
        return;
    }
    write_bytes(g, addr, bytes, (u32)n);
}

void stub_write_binary(struct gdb_stub *g, const char *rest, size_t len)
{
    const char *begin = rest;
    u32 addr;
    u64 n;
    if (!range(&rest, ',', ':', &addr, &n) || n != len - (size_t)(rest - begin)) {
        stub_say(g, BAD_PACKET);
        return;
    }
    write_bytes(g, addr, rest, (u32)n);
}

/* All of a range that somebody goes through, at most ALL bytes; NULL: it is not there, and that is
 * the answer. */
static u8 *fetch(struct gdb_stub *g, u32 addr, u64 len)
{
    u8 *bytes = len && len <= ALL ? malloc(len) : NULL;
    if (bytes && vm_linear_read(g->control->vm, addr, bytes, (u32)len) == len)
        return bytes;
    free(bytes);
    stub_say(g, BAD_ADDRESS);
    return NULL;
}

void stub_search(struct gdb_stub *g, const char *rest, size_t len)
{
    const char *begin = rest;
    char answer[24];
    u32 addr;
    u64 n;
    if (!range(&rest, ';', ';', &addr, &n) || (size_t)(rest - begin) == len) {
        stub_say(g, BAD_PACKET);
        return;
    }
    u8 *bytes = fetch(g, addr, n);
    if (!bytes)
        return;
    const u8 *found = memmem(bytes, n, rest, len - (size_t)(rest - begin));
    snprintf(answer, sizeof(answer), found ? "1,%x" : "0", found ? addr + (u32)(found - bytes) : 0);
    free(bytes);
    stub_say(g, answer);
}

/* CRC-32 of the polynomial 04C11DB7h, highest bit first, begun with all ones, not inverted. */
static u32 crc(const u8 *bytes, u64 len)
{
    u32 c = 0xffffffffu;
    for (u64 i = 0; i < len; i++) {
        c ^= (u32)bytes[i] << 24;
        for (unsigned bit = 0; bit < 8; bit++)
            c = c << 1 ^ (c >> 31 ? 0x04c11db7u : 0);
    }
    return c;
}

void stub_checksum(struct gdb_stub *g, const char *rest, size_t len)
{
    char answer[16];
    u32 addr;
    u64 n;
    (void)len;
    if (!range(&rest, ',', 0, &addr, &n)) {
        stub_say(g, BAD_PACKET);
        return;
    }
    u8 *bytes = fetch(g, addr, n);
    if (!bytes)
        return;
    snprintf(answer, sizeof(answer), "C%x", crc(bytes, n));
    free(bytes);
    stub_say(g, answer);
}
