/*
 * qmp_input.c - send-key and input-send-event: keys by QEMU's names (QKeyCode) or by codes of scan
 * code set 1, the mouse by movement and by place.
 */
#include "frontend/qmp/qmp_parts.h"

#include "hw/input/keys.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS = 64, RELEASED = 0x80, ABS_MAX = 32767, CHORD_TEXT = 200 };

/* Names of QKeyCode for keys that have another one here (keymap.c has most). */
static int qcode(const char *name)
{
    static const struct {
        const char *name;
        int key;
    } names[] = {
        {"compose", KEY_MENU},
        {"menu", KEY_MENU},
        {"less", KEY_LESS},
        {"dot", KEY_DOT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(names[i].name, name) == 0)
            return names[i].key;
    }
    return keymap_name(name, strlen(name));
}

/* {"type": "qcode", "data": "ret"}; KEY_NONE + error. */
static int key_of(struct qmp_call *call, const struct json_value *v)
{
    struct json *j = call->json;
    const char *type = json_text(j, json_get(j, v, "type"));
    const struct json_value *data = json_get(j, v, "data");
    const char *name = json_text(j, data);
    int key = KEY_NONE;
    if (type && data && strcmp(type, "qcode") == 0 && name) {
        key = qcode(name);
        if (!key)
            qmp_fails(call, QMP_GENERIC, "no key is named \"%.40s\"", name);
    } else if (type && data && strcmp(type, "number") == 0 &&
               json_kind(data) == JSON_INTEGER_VALUE) {
        key = keymap_number(json_integer(j, data));
        if (!key)
            qmp_fails(call, QMP_GENERIC, "no key has the number %lld",
                      (long long)json_integer(j, data));
    } else {
        qmp_fails(call, QMP_GENERIC,
                  "a key is {\"type\": \"qcode\", \"data\": NAME} or {\"type\": \"number\", "
                  "\"data\": CODE}");
    }
    return key;
}

/* ---- send-key ---- */

static void on_keys_done(void *opaque, const struct call *call, enum command_state state)
{
    (void)call, (void)state;
    --*(unsigned *)opaque;
}

/* The answer comes at once and the keys afterwards, unless very many are under way already. */
static enum qmp_state press(struct qmp_call *call, const char *chord, s64 held)
{
    struct qmp *q = call->qmp;
    char ms[24];
    struct request r;
    snprintf(ms, sizeof(ms), "%lld", (long long)held);
    const char *words[] = {"key", chord, ms, NULL};
    if (q->keys >= QMP_KEYS_PENDING)
        return qmp_row(call, words);
    if (!request_words(&r, NULL, words, 3, &call->error)) {
        request_free(&r);
        return QMP_FAILED;
    }
    q->keys++;
    control_submit(q->control, CLIENT_SOCKET, &r, on_keys_done, &q->keys);
    return QMP_OK;
}

static enum qmp_state send_key(struct qmp_call *call)
{
    const struct json_value *keys = json_get(call->json, call->args, "keys");
    size_t count = json_kind(keys) == JSON_ARRAY_VALUE ? json_length(call->json, keys) : 0, n = 0;
    char chord[CHORD_TEXT] = "";
    s64 held = qmp_integer(call, "hold-time", 100);
    if (!count || count > KEYMAP_CHORD)
        return qmp_fails(call, QMP_GENERIC, "\"keys\" is to be an array of 1 to %d keys",
                         KEYMAP_CHORD);
    for (size_t i = 0; i < count; i++) {
        int key = key_of(call, json_at(call->json, keys, i));
        if (!key)
            return QMP_FAILED;
        n += (size_t)snprintf(chord + n, sizeof(chord) - n, "%s%s", i ? "-" : "", keymap_word(key));
    }
    return call->error.text[0] ? QMP_FAILED : press(call, chord, held);
}

/* ---- input-send-event ---- */

struct moved {
    int dx, dy, wheel;
    s64 x, y; /* -1: not said */
    unsigned buttons;
    bool any;
};

static int button_bit(const char *name)
{
    static const char *const names[] = {"left", "right", "middle", "side", "extra"};
    for (int i = 0; i < (int)ARRAY_SIZE(names); i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

static bool take_button(struct qmp_call *call, const struct json_value *data, struct moved *m)
{
    struct json *j = call->json;
    const char *name = json_text(j, json_get(j, data, "button"));
    const struct json_value *down = json_get(j, data, "down");
    if (!name || !down || !json_is_bool(down))
        return qmp_fails(call, QMP_GENERIC, "a button has \"button\" and \"down\"") == QMP_OK;
    bool pressed = json_kind(down) == JSON_TRUE_VALUE;
    m->any = true;
    if (strcmp(name, "wheel-up") == 0 || strcmp(name, "wheel-down") == 0) {
        m->wheel += !pressed ? 0 : strcmp(name, "wheel-up") == 0 ? -1 : 1;
        return true;
    }
    int bit = button_bit(name);
    if (bit < 0)
        return qmp_fails(call, QMP_GENERIC, "no button is named \"%.40s\"", name) == QMP_OK;
    m->buttons = pressed ? m->buttons | 1u << bit : m->buttons & ~(1u << bit);
    return true;
}

static bool take_axis(struct qmp_call *call, const struct json_value *data, bool place,
                      struct moved *m)
{
    struct json *j = call->json;
    const char *axis = json_text(j, json_get(j, data, "axis"));
    const struct json_value *value = json_get(j, data, "value");
    bool x = axis && strcmp(axis, "x") == 0;
    if (!axis || (!x && strcmp(axis, "y") != 0) || !value || json_kind(value) != JSON_INTEGER_VALUE)
        return qmp_fails(call, QMP_GENERIC, "a movement has \"axis\", x or y, and \"value\"") ==
               QMP_OK;
    s64 n = json_integer(j, value);
    s64 least = place ? 0 : -10000, most = place ? ABS_MAX : 10000;
    if (n < least || n > most)
        return qmp_fails(call, QMP_GENERIC, "\"value\": %lld is not from %lld to %lld",
                         (long long)n, (long long)least, (long long)most) == QMP_OK;
    m->any = true;
    if (place)
        *(x ? &m->x : &m->y) = n * 65535 / ABS_MAX;
    else
        *(x ? &m->dx : &m->dy) += (int)n;
    return true;
}

/* `act`: keys are pressed; else it is only looked at whether all is right. */
static bool take_event(struct qmp_call *call, const struct json_value *event, bool act,
                       struct moved *m)
{
    struct json *j = call->json;
    const char *type = json_text(j, json_get(j, event, "type"));
    const struct json_value *data = json_get(j, event, "data");
    if (!type || !data)
        return qmp_fails(call, QMP_GENERIC, "an event has \"type\" and \"data\"") == QMP_OK;
    if (strcmp(type, "key") == 0) {
        const struct json_value *down = json_get(j, data, "down");
        int key = down && json_is_bool(down) ? key_of(call, json_get(j, data, "key")) : KEY_NONE;
        if (!key && !call->error.text[0])
            qmp_fails(call, QMP_GENERIC, "a key's event has \"down\" and \"key\"");
        if (key && act)
            control_key(call->qmp->control, key, json_kind(down) == JSON_TRUE_VALUE);
        return key != KEY_NONE;
    }
    if (strcmp(type, "btn") == 0)
        return take_button(call, data, m);
    if (strcmp(type, "rel") == 0 || strcmp(type, "abs") == 0)
        return take_axis(call, data, *type == 'a', m);
    return qmp_fails(call, QMP_GENERIC,
                     "an event of type \"%.40s\": key, btn, rel and abs are known", type) == QMP_OK;
}

static enum qmp_state input_send_event(struct qmp_call *call)
{
    struct control *c = call->qmp->control;
    const struct json_value *events = json_get(call->json, call->args, "events");
    size_t count = json_kind(events) == JSON_ARRAY_VALUE ? json_length(call->json, events) : 0;
    struct moved m = {.x = -1, .y = -1, .buttons = c->buttons};
    if (!count || count > EVENTS)
        return qmp_fails(call, QMP_GENERIC, "\"events\" is to be an array of 1 to %d events",
                         EVENTS);
    for (size_t i = 0; i < count; i++) { /* all or none */
        struct moved scratch = m;
        if (!take_event(call, json_at(call->json, events, i), false, &scratch))
            return QMP_FAILED;
        if ((scratch.x >= 0 || scratch.y >= 0) && !vm_pointer_wanted(c->vm))
            return qmp_fails(call, QMP_GENERIC,
                             "no driver in the guest wants positions; \"rel\" moves the mouse");
    }
    for (size_t i = 0; i < count; i++)
        take_event(call, json_at(call->json, events, i), true, &m);
    if (m.x >= 0 || m.y >= 0) {
        /* An axis that is not said stays where it was. */
        u16 *at = call->qmp->place;
        at[0] = m.x >= 0 ? (u16)m.x : at[0];
        at[1] = m.y >= 0 ? (u16)m.y : at[1];
        control_pointer(c, at[0], at[1], m.wheel, m.buttons);
    } else if (m.any) {
        control_mouse(c, m.dx, m.dy, m.wheel, m.buttons);
    }
    return QMP_OK;
}

#define MEMBERS(...)                                                                               \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

const struct qmp_command qmp_inputs[] = {
    {"send-key", send_key, MEMBERS("keys:[any]", "*hold-time:int")},
    {"input-send-event", input_send_event, MEMBERS("*device", "*head:int", "events:[any]")},
    {.name = NULL},
};
