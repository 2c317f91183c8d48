/*
 * packet.c - frames of GDB's protocol. See packet.h.
 *
 * Not used in what is sent: run-length encoding.
 */
#include "frontend/gdb/packet.h"

#include <string.h>

static void begin(struct gdb_reader *r)
{
    r->where = GDB_INSIDE;
    r->len = 0;
    r->sum = 0;
    r->too_long = r->sum_bad = false;
}

static void put(struct gdb_reader *r, u8 byte)
{
    if (r->len < GDB_PACKET)
        r->data[r->len++] = (char)byte;
    else
        r->too_long = true;
}

static enum gdb_item between(struct gdb_reader *r, u8 byte)
{
    if (byte == '$')
        begin(r);
    return byte == 3 ? GDB_INTERRUPT : byte == '-' ? GDB_AGAIN : GDB_NOTHING;
}

static void inside(struct gdb_reader *r, u8 byte)
{
    if (byte == '$') { /* the one before was cut off */
        begin(r);
    } else if (byte == '#') {
        r->where = GDB_SUM_HIGH;
    } else {
        r->sum = (u8)(r->sum + byte);
        if (byte == '}')
            r->where = GDB_ESCAPED;
        else
            put(r, byte);
    }
}

static enum gdb_item over(struct gdb_reader *r)
{
    r->where = GDB_BETWEEN;
    r->data[r->len] = 0;
    if (!r->no_ack && (r->sum_bad || r->sum != r->said))
        return GDB_BROKEN;
    return r->too_long ? GDB_TOO_LONG : GDB_DATA;
}

enum gdb_item gdb_read(struct gdb_reader *r, u8 byte)
{
    int digit = gdb_digit((char)byte);
    switch (r->where) {
    case GDB_BETWEEN:
        return between(r, byte);
    case GDB_INSIDE:
        inside(r, byte);
        return GDB_NOTHING;
    case GDB_ESCAPED:
        r->where = GDB_INSIDE;
        r->sum = (u8)(r->sum + byte);
        put(r, byte ^ 0x20);
        return GDB_NOTHING;
    case GDB_SUM_HIGH:
        r->where = GDB_SUM_LOW;
        r->sum_bad = digit < 0;
        r->said = (u8)((unsigned)digit << 4);
        return GDB_NOTHING;
    case GDB_SUM_LOW:
        r->sum_bad |= digit < 0;
        r->said |= (u8)(digit & 15);
        return over(r);
    }
    return GDB_NOTHING;
}

static const char digits[] = "0123456789abcdef";

size_t gdb_frame(char *out, const void *data, size_t len)
{
    const u8 *in = data;
    size_t n = 0;
    u8 sum = 0;
    out[n++] = '$';
    for (size_t i = 0; i < len; i++) {
        u8 byte = in[i];
        if (byte == '$' || byte == '#' || byte == '}' || byte == '*') {
            out[n++] = '}';
            sum = (u8)(sum + '}');
            byte ^= 0x20;
        }
        out[n++] = (char)byte;
        sum = (u8)(sum + byte);
    }
    out[n++] = '#';
    out[n++] = digits[sum >> 4];
    out[n++] = digits[sum & 15];
    return n;
}

int gdb_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool gdb_number(const char **at, u64 *value)
{
    const char *p = *at;
    u64 v = 0;
    for (; gdb_digit(*p) >= 0; p++) {
        if (v >> 60)
            return false;
        v = v << 4 | (u64)gdb_digit(*p);
    }
    if (p == *at)
        return false;
    *at = p;
    *value = v;
    return true;
}

bool gdb_number_then(const char **at, u64 max, char then, u64 *value)
{
    if (!gdb_number(at, value) || *value > max || **at != then)
        return false;
    *at += then != 0;
    return true;
}

void gdb_hex(char *out, const void *bytes, size_t len)
{
    const u8 *in = bytes;
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[in[i] >> 4];
        *out++ = digits[in[i] & 15];
    }
    *out = 0;
}

bool gdb_bytes(void *bytes, const char *hex, size_t len)
{
    u8 *out = bytes;
    for (size_t i = 0; i < len; i++) {
        int high = gdb_digit(hex[2 * i]), low = high < 0 ? -1 : gdb_digit(hex[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (u8)(high << 4 | low);
    }
    return hex[2 * len] == 0;
}
