/*
 * http_machine.c - what pages ask for, done by the machine's thread. See http_machine.h.
 *
 * One page controls the machine; the others look on: of the table of commands they have what shows
 * something and changes nothing. Whoever takes over does so at once. While a script drives the
 * machine nobody else does, as at other displays.
 *
 * Answers of a page's commands come in their order but for those that take guest time
 * (COMMAND_WAITS), which come among themselves in their order, too: so they are known by counting.
 */
#include "frontend/http/http_machine.h"

#include "frontend/control/request_json.h"
#include "frontend/page/page_answer.h"
#include "frontend/page/page_event.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ONCE_MS = 4, PICTURE_MS = 15 };

/* ---- answers ---- */

static void queue(struct http_client *c, const void *data, size_t len, bool binary, bool sound)
{
    pthread_mutex_lock(&c->http->lock);
    http_queue(c, data, len, binary, sound);
    pthread_mutex_unlock(&c->http->lock);
}

static void answer(struct http_client *c, s64 id, const struct reply *r)
{
    size_t len;
    char *text = page_answer(id, r, &len);
    if (text)
        queue(c, text, len, false, false);
    free(text);
}

static void refuse(struct http_client *c, s64 id, const char *why)
{
    pthread_mutex_lock(&c->http->lock);
    http_queue_error(c, id, why);
    pthread_mutex_unlock(&c->http->lock);
}

static void tell(struct http_client *c, const char *name, const struct reply *data)
{
    size_t len;
    char *text = page_told(name, data, &len);
    if (text)
        queue(c, text, len, false, false);
    free(text);
}

void http_event(struct http *h, const char *name, const struct reply *data)
{
    for (unsigned i = 0; i < HTTP_CLIENTS; i++) {
        if (h->client[i].known)
            tell(&h->client[i], name, data);
    }
}

static void answer_call(struct http_client *c, s64 id, const struct call *call,
                        enum command_state state)
{
    if (state == COMMAND_FAILED)
        refuse(c, id, call->error.text);
    else
        answer(c, id, call->reply);
}

/* ---- rows of the table ---- */

static void on_now(void *opaque, const struct call *call, enum command_state state)
{
    struct http_client *c = opaque;
    answer_call(c, c->now, call, state);
}

static void on_later(void *opaque, const struct call *call, enum command_state state)
{
    struct http_client *c = opaque;
    if (!c->laters)
        return;
    answer_call(c, c->later[0], call, state);
    memmove(&c->later[0], &c->later[1], --c->laters * sizeof(c->later[0]));
    http_wake(c->http); /* nobody is looking at messages at this moment */
}

static bool names_file(const struct request *r)
{
    for (unsigned i = 0; i < command_params(r->row); i++) {
        enum param_kind k = r->row->param[i].kind;
        bool file = k == PARAM_FILE_IN || k == PARAM_MEDIUM || k == PARAM_FILE ||
                    k == PARAM_FILE_OUT || k == PARAM_PNG_IN || k == PARAM_FOLDER;
        if (file && r->arg[i].text)
            return true;
    }
    return false;
}

/* NULL: it may. */
static const char *why_not(const struct http_client *c, const struct request *r)
{
    unsigned flags = request_flags(r);
    if (flags & COMMAND_SCRIPT)
        return "that is for scripts alone";
    if (c->http->facts.script && flags & (COMMAND_INPUT | COMMAND_DANGER))
        return "a script drives this machine: pages look on";
    bool looks = (flags & COMMAND_LOOKS) && (flags & COMMAND_ANSWERS) &&
                 !(flags & (COMMAND_WAITS | COMMAND_DANGER)) && !names_file(r) &&
                 !(strcmp(r->row->name, "layout") == 0 && r->arg[0].given);
    return c->controls || looks ? NULL
                                : "this page only looks on; another one controls the machine";
}

/* What takes guest time, and cannot go on while none passes: the page that waited could not even
 * say so. */
static void look_stuck(struct http_client *c, bool expects)
{
    struct control *control = c->http->control;
    if (!c->laters || expects || !control_stands(control) || !control->calls ||
        motion_busy(control)) /* one goes back while no time passes */
        return;
    struct control_call *last = control->call[control->calls - 1];
    if (last->opaque != c || last->done != on_later || last->cancelled)
        return;
    last->cancelled = true;
    refuse(c, c->later[--c->laters],
           "the machine is stopped, and no guest time passes; cont lets it go on");
}

static void submit(struct http_client *c, s64 id, struct request *r)
{
    struct control *control = c->http->control;
    const char *why = why_not(c, r);
    bool waits = r->row->flags & COMMAND_WAITS, expects = request_flags(r) & COMMAND_EXPECTS_STOP;
    if (!why && control->calls >= CONTROL_CALLS)
        why = "too much is pending already";
    if (why) {
        refuse(c, id, why);
        request_free(r);
        return;
    }
    if (!waits) {
        c->now = id;
        control_submit(control, CLIENT_SOCKET, r, on_now, c);
        return;
    }
    c->later[c->laters++] = id;
    control_submit(control, CLIENT_SOCKET, r, on_later, c);
    look_stuck(c, expects);
}

static int key_of(const struct request *r, unsigned i)
{
    return r->arg[0].key[i] > 0 && r->arg[0].key[i] < HTTP_KEYS ? r->arg[0].key[i] : 0;
}

/* What this page holds down, to be let go when it is gone. */
static void note_keys(struct http_client *c, const struct request *r)
{
    bool down = strcmp(r->row->name, "key-down") == 0, up = strcmp(r->row->name, "key-up") == 0;
    for (unsigned i = 0; (down || up) && i < r->arg[0].keys; i++)
        c->down[key_of(r, i)] = down;
    c->buttons |= strcmp(r->row->name, "mouse-buttons") == 0 ||
                  strcmp(r->row->name, "pointer") == 0 || strcmp(r->row->name, "mouse") == 0;
}

static void do_row(struct http_client *c, s64 id, const char *name, struct json_value *args)
{
    struct request r;
    struct err e;
    if (!command_find(name, strlen(name))) {
        err_set(&e, "there is no command \"%.60s\"", name);
        refuse(c, id, e.text);
        return;
    }
    if (!request_json(&r, c->http->json, name, args, &e) || !r.row) {
        request_free(&r);
        refuse(c, id, e.text);
        return;
    }
    if (!why_not(c, &r))
        note_keys(c, &r);
    submit(c, id, &r);
}

/* ---- who controls ---- */

static void let_go(struct http_client *c)
{
    struct control *control = c->http->control;
    for (int key = 1; key < HTTP_KEYS; key++) {
        if (c->down[key])
            control_key(control, key, false);
        c->down[key] = false;
    }
    if (c->buttons)
        control_mouse(control, 0, 0, 0, 0);
    c->buttons = false;
    control_cancel(control, c);
    while (c->laters)
        refuse(c, c->later[--c->laters], "another page has taken over");
}

static void set_controls(struct http_client *c, bool controls)
{
    pthread_mutex_lock(&c->http->lock);
    c->controls = controls;
    pthread_mutex_unlock(&c->http->lock);
}

static void tell_role(struct http_client *c)
{
    struct reply r;
    reply_init(&r);
    reply_bool(&r, "controls", c->controls);
    tell(c, "role", &r);
    reply_free(&r);
}

static void take_over(struct http_client *c)
{
    struct http *h = c->http;
    for (unsigned i = 0; i < HTTP_CLIENTS; i++) {
        struct http_client *other = &h->client[i];
        if (other == c || !other->controls)
            continue;
        let_go(other);
        set_controls(other, false);
        tell_role(other);
    }
    set_controls(c, true);
}

/* NULL: nobody. */
static struct http_client *who_controls(struct http *h)
{
    struct http_client *who = NULL;
    for (unsigned i = 0; i < HTTP_CLIENTS; i++)
        who = h->client[i].controls ? &h->client[i] : who;
    return who;
}

static void greet(struct http_client *c, s64 id, struct json_value *args)
{
    struct http *h = c->http;
    struct reply r;
    const struct json_value *page = args ? json_get(h->json, args, "page") : NULL;
    const char *name = page ? json_text(h->json, page) : NULL;
    snprintf(c->page, sizeof(c->page), "%s", name ? name : "");
    struct http_client *before = who_controls(h);
    /* One that is loaded anew, perhaps before its old connection is seen to end, keeps control. */
    bool again = before && before != c && c->page[0] && strcmp(before->page, c->page) == 0;
    if (!c->only_looks && (!before || again))
        take_over(c);
    reply_init(&r);
    reply_int(&r, "protocol", 1);
    reply_text(&r, "version", h->facts.version);
    reply_text(&r, "name", h->facts.name ? h->facts.name : "");
    reply_bool(&r, "controls", c->controls);
    reply_bool(&r, "only-looks", c->only_looks);
    reply_bool(&r, "script", h->facts.script);
    reply_bool(&r, "running", !control_stands(h->control));
    answer(c, id, &r);
    reply_free(&r);
    pthread_mutex_lock(&h->lock);
    c->known = true;
    pthread_mutex_unlock(&h->lock);
    h->looked = 0; /* a picture for it */
}

/* ---- sound ---- */

static void take_sound(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct http *h = opaque;
    (void)first;
    if (h->control->fast) /* too much, and too fast */
        return;
    for (unsigned i = 0; i < count && h->sound_frames < HTTP_SOUND_FRAMES; i++) {
        h->sound[h->sound_frames * 2] = frames[i].left;
        h->sound[h->sound_frames * 2 + 1] = frames[i].right;
        h->sound_frames++;
    }
}

static void look_sound(struct http *h)
{
    bool hears = false;
    for (unsigned i = 0; i < HTTP_CLIENTS; i++)
        hears |= h->client[i].hears;
    if (hears && !h->listens) {
        h->sink = (struct sound_sink){take_sound, h};
        h->sound_frames = 0;
        h->listens = vm_sound_listen(h->control->vm, &h->sink);
    } else if (!hears && h->listens) {
        vm_sound_leave(h->control->vm, &h->sink);
        h->listens = false;
    }
}

/* u8 PAGE_FRAME_AUDIO, 3 bytes 0, u32 rate, then s16 left and right in turn; little endian. */
static void send_sound(struct http *h)
{
    u8 frame[8 + sizeof(h->sound)] = {PAGE_FRAME_AUDIO};
    u32 rate = vm_sound_rate(h->control->vm);
    if (h->sound_frames * 1000 < rate * HTTP_SOUND_MS && h->sound_frames < HTTP_SOUND_FRAMES)
        return;
    for (unsigned i = 0; i < 4; i++)
        frame[4 + i] = (u8)(rate >> 8 * i);
    for (unsigned i = 0; i < h->sound_frames * 2; i++) {
        frame[8 + i * 2] = (u8)h->sound[i];
        frame[9 + i * 2] = (u8)((u16)h->sound[i] >> 8);
    }
    for (unsigned i = 0; i < HTTP_CLIENTS; i++) {
        if (h->client[i].hears)
            queue(&h->client[i], frame, 8 + h->sound_frames * 4, true, true);
    }
    h->sound_frames = 0;
}

static void set_sound(struct http_client *c, s64 id, struct json_value *args)
{
    struct json *j = c->http->json;
    const struct json_value *on = args ? json_get(j, args, "on") : NULL;
    if (!on || !json_is_bool(on)) {
        refuse(c, id, "page-sound wants on, true or false");
        return;
    }
    c->hears = json_kind(on) == JSON_TRUE_VALUE;
    look_sound(c->http);
    if (c->hears && !c->http->listens)
        refuse(c, id, "too many listen to this machine already");
    else
        answer(c, id, NULL);
    c->hears &= c->http->listens;
}

/* ---- a file that has come ---- */

static void insert(struct http_client *c, struct http_message *m)
{
    struct json *j = c->http->json;
    const char *drive = json_text(j, json_get(j, m->message.arguments, "drive"));
    const char *words[] = {"insert", drive, m->file};
    struct request r;
    struct err e;
    if (request_words(&r, NULL, words, 3, &e) && r.row) {
        submit(c, m->message.id, &r);
        return;
    }
    request_free(&r);
    refuse(c, m->message.id, e.text);
}

/* ---- messages ---- */

static void take(struct http_client *c, struct http_message *m)
{
    const char *name = m->message.execute;
    struct json_value *args = m->message.arguments;
    s64 id = m->message.id;
    if (m->file) {
        insert(c, m);
    } else if (strcmp(name, "hello") == 0) {
        greet(c, id, args);
    } else if (strcmp(name, "page-control") == 0 && c->only_looks) {
        refuse(c, id, "this page was let in to look on");
    } else if (strcmp(name, "page-control") == 0) {
        take_over(c);
        answer(c, id, NULL);
        tell_role(c);
    } else if (strcmp(name, "page-sound") == 0) {
        set_sound(c, id, args);
    } else {
        do_row(c, id, name, args);
    }
}

/* Of one that is sent away nothing more is done. NULL: there is none. */
static struct http_message *next_message(struct http *h, struct http_client *c)
{
    pthread_mutex_lock(&h->lock);
    if (c->farewell)
        http_queue_drop_in(c);
    struct http_message *m = c->in;
    if (m) {
        c->in = m->next;
        if (!c->in)
            c->in_end = &c->in;
        c->waiting--;
    }
    pthread_mutex_unlock(&h->lock);
    return m;
}

/* It has gone; what it had said before is done. */
static void clear_away(struct http *h, struct http_client *c)
{
    let_go(c);
    c->hears = false;
    look_sound(h);
    pthread_mutex_lock(&h->lock);
    http_queue_free(c);
    c->known = c->controls = false;
    c->farewell = NULL;
    c->state = HTTP_FREE;
    pthread_mutex_unlock(&h->lock);
}

/* One message of each page; false: there are no more. */
static bool take_round(struct http *h)
{
    bool any = false;
    for (unsigned i = 0; i < HTTP_CLIENTS; i++) {
        struct http_message *m = next_message(h, &h->client[i]);
        if (!m)
            continue;
        any = true;
        take(&h->client[i], m);
        http_message_free(h, m);
    }
    return any;
}

/* For some milliseconds at most: what is left is done after the next slice. */
void http_take(struct http *h)
{
    pthread_mutex_lock(&h->lock);
    bool said = h->said, more = true;
    h->said = false;
    pthread_mutex_unlock(&h->lock);
    if (!said)
        return;
    double begun = http_seconds();
    while (more && (http_seconds() - begun) * 1000 < AT_ONCE_MS)
        more = take_round(h);
    for (unsigned i = 0; i < HTTP_CLIENTS; i++) {
        pthread_mutex_lock(&h->lock);
        bool gone = h->client[i].state == HTTP_GONE && !h->client[i].in;
        pthread_mutex_unlock(&h->lock);
        if (gone)
            clear_away(h, &h->client[i]);
    }
    pthread_mutex_lock(&h->lock);
    h->said |= more;
    pthread_mutex_unlock(&h->lock);
    http_wake(h);
}

/* ---- what is seen and heard ---- */

static bool somebody_looks(const struct http *h)
{
    bool any = false;
    for (unsigned i = 0; i < HTTP_CLIENTS; i++)
        any |= h->client[i].known;
    return any;
}

void http_show(struct http *h)
{
    struct vm *vm = h->control->vm;
    struct screen s;
    u64 now = vm_now(vm);
    bool standing = control_stands(h->control),
         whole = now >= h->frame_end || h->frame_end - now > NS_PER_SEC;
    if (h->listens)
        send_sound(h);
    double host = http_seconds();
    if (!somebody_looks(h) || !(standing || whole) || (host - h->looked) * 1000 < PICTURE_MS) {
        if (h->listens && h->sound_frames == 0)
            http_wake(h);
        return;
    }
    h->looked = host;
    h->frame_end = vm_frame_end(vm);
    vm_screen(vm, &s);
    pthread_mutex_lock(&h->lock);
    bool new = page_picture_publish(&h->picture, &s);
    pthread_mutex_unlock(&h->lock);
    if (new || h->listens)
        http_wake(h);
}

void http_forget(struct http *h)
{
    for (unsigned i = 0; i < HTTP_CLIENTS; i++)
        clear_away(h, &h->client[i]);
}
