/*
 * device_values.c - see device_values.h. Names are those of the snapshot's fields; one that comes
 * again (of the second channel, say) gets a number behind it. Long memories are only counted.
 */
#include "frontend/control/device_values.h"

#include "hw/base/memory.h"
#include "hw/machine/vm_look_state.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_MOST = 64 };

struct name {
    char text[STATE_NAME];
    unsigned times;
};

struct values {
    struct reply *reply;
    struct name *name; /* those of this chunk, so far */
    size_t names, room;
    unsigned depth;
    char key[STATE_NAME + 16];
};

/* Each key of a map is there once. */
static const char *key_of(struct values *v, const char *name)
{
    size_t i = 0;
    while (i < v->names && strcmp(v->name[i].text, name) != 0)
        i++;
    if (i == v->names) {
        if (!ARRAY_ROOM(v->name, v->room, v->names + 1))
            return NULL;
        snprintf(v->name[i].text, sizeof(v->name[i].text), "%s", name);
        v->name[v->names++].times = 0;
    }
    if (++v->name[i].times == 1)
        snprintf(v->key, sizeof(v->key), "%s", name);
    else
        snprintf(v->key, sizeof(v->key), "%s %u", name, v->name[i].times);
    return v->key;
}

static s64 value_at(const void *values, unsigned width, size_t i, bool sign)
{
    const u8 *p = (const u8 *)values + i * width;
    u8 one;
    u16 two;
    u32 four;
    u64 eight;
    switch (width) {
    case 1:
        memcpy(&one, p, 1);
        return sign ? (s8)one : one;
    case 2:
        memcpy(&two, p, 2);
        return sign ? (s16)two : two;
    case 4:
        memcpy(&four, p, 4);
        return sign ? (s32)four : (s64)four;
    default:
        memcpy(&eight, p, 8);
        return (s64)eight;
    }
}

/* What does not fit a signed number is a text in hexadecimal. */
static void put_number(struct reply *r, const char *key, s64 n, bool sign)
{
    if (n < 0 && !sign)
        reply_printf(r, key, "0x%llx", (unsigned long long)n);
    else
        reply_int(r, key, n);
}

static void put_bytes(struct reply *r, const char *key, const u8 *bytes, size_t count)
{
    char text[3 * LIST_MOST + 1] = "";
    for (size_t i = 0; i < count; i++)
        snprintf(text + 3 * i, sizeof(text) - 3 * i, "%02x ", bytes[i]);
    reply_text_len(r, key, text, count ? 3 * count - 1 : 0);
}

static void field(void *opaque, const char *name, enum state_seen kind, const void *values,
                  unsigned width, size_t count)
{
    struct values *v = opaque;
    struct reply *r = v->reply;
    bool sign = kind == STATE_SEES_SIGNED;
    const char *key = key_of(v, name);
    if (!key)
        return;
    if (kind == STATE_SEES_BOOL) {
        reply_bool(r, key, *(const u8 *)values != 0);
    } else if (!values || count > LIST_MOST) {
        reply_printf(r, key, "%zu %s", count, width == 1 ? "bytes" : "numbers");
    } else if (kind == STATE_SEES_BYTES) {
        put_bytes(r, key, values, count);
    } else if (count == 1) {
        put_number(r, key, value_at(values, width, 0, sign), sign);
    } else {
        reply_list(r, key);
        for (size_t i = 0; i < count; i++)
            put_number(r, NULL, value_at(values, width, i, sign), sign);
        reply_end(r);
    }
}

/* The device's own chunk is the map that is open; those in it are maps of their own. */
static void begin(void *opaque, const char *name)
{
    struct values *v = opaque;
    const char *key = v->depth ? key_of(v, name) : NULL;
    if (v->depth++)
        reply_map(v->reply, key ? key : name);
}

static void end(void *opaque)
{
    struct values *v = opaque;
    if (--v->depth)
        reply_end(v->reply);
}

bool device_values(struct reply *r, struct vm *vm, const char *device)
{
    struct values v = {.reply = r};
    const struct state_eye eye = {field, begin, end, &v};
    bool ok = vm_look_state(vm, device, &eye);
    free(v.name);
    return ok;
}
