/*
 * web.c - what a page's worker calls: a machine from an argument vector, run in slices of the
 * host's time, and steered by rows of the table of commands. See web.h.
 *
 * What is told comes back through three functions of JavaScript (web_out.c): texts of JSON, and the
 * binary frames that pages get over a WebSocket as well (frontend/page/).
 */
#include "frontend/web/web.h"

#include "frontend/cli/machine.h"
#include "frontend/cli/pace.h"
#include "frontend/page/page_answer.h"
#include "frontend/page/page_event.h"
#include "frontend/page/page_picture.h"
#include "frontend/web/web_out.h"

#include <stdlib.h>
#include <string.h>

#define SLICE (5 * NS_PER_MS)
#define AHEAD 0.001 /* seconds that the guest's clock may be before the host's */

enum { LATERS = 64, MEMBERS = 16, SOUND_FRAMES = 4096, SOUND_MS = 20, IDLE_MS = 10 };

struct web {
    struct options options;
    struct machine machine;
    bool open, over;
    struct control_listener listener;
    struct pace pace;
    struct beam beam;
    /* Answers of what takes guest time come in their order, all others at once. */
    s64 now, later[LATERS];
    unsigned laters;
    struct page_picture picture;
    struct page_copy copy;
    u32 pictures, seen; /* number of the last one sent, and of the last one drawn */
    struct sound_sink sink;
    bool listens;
    s16 sound[SOUND_FRAMES * 2];
    unsigned sound_frames;
    u8 frame[8 + SOUND_FRAMES * 4]; /* of sound */
    struct err why;
};

/* ---- what is told ---- */

static void tell(const char *name, const struct reply *data)
{
    size_t len;
    char *text = page_told(name, data, &len);
    if (text)
        web_out_text(text);
    free(text);
}

static void tell_text(const char *name, const char *text)
{
    struct reply r;
    reply_init(&r);
    reply_text(&r, "text", text);
    tell(name, &r);
    reply_free(&r);
}

static void on_event(void *opaque, const struct control_event *event)
{
    struct reply data;
    (void)opaque;
    reply_init(&data);
    const char *name = page_event(event, &data);
    tell(name, &data);
    reply_free(&data);
}

static void on_say(void *opaque, const char *text)
{
    (void)opaque;
    tell_text("notice", text);
}

static void answer(s64 id, const struct reply *r)
{
    size_t len;
    char *text = page_answer(id, r, &len);
    if (text)
        web_out_text(text);
    free(text);
}

static void refuse(s64 id, const char *why)
{
    size_t len;
    char *text = page_error(id, why, &len);
    if (text)
        web_out_text(text);
    free(text);
}

/* ---- life ---- */

struct web *web_new(int argc, char **argv)
{
    struct web *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    if (!options_parse(&w->options, argc, argv, &w->why) ||
        !machine_open(&w->machine, &w->options, NULL, true, &w->why))
        return w;
    w->open = true;
    w->machine.say = on_say;
    w->listener = (struct control_listener){.hear = on_event};
    control_listen(&w->machine.control, &w->listener);
    w->beam = (struct beam){.end = 0};
    pace_begin(&w->pace, w->machine.vm);
    return w;
}

const char *web_refused(const struct web *w)
{
    return w->open ? "" : w->why.text;
}

int web_end(struct web *w)
{
    if (!w->open)
        return w->machine.status;
    w->open = false;
    control_listen_no_more(&w->machine.control, &w->listener);
    if (w->listens)
        vm_sound_leave(w->machine.vm, &w->sink);
    int status = machine_close(&w->machine);
    page_picture_free(&w->picture);
    page_copy_free(&w->copy);
    options_free(&w->options);
    return status;
}

/* ---- what is seen and heard ---- */

static void show(struct web *w)
{
    struct screen s;
    struct vm *vm = w->machine.vm;
    if (w->pictures != w->seen) /* the page has one to draw */
        return;
    w->beam.fast = w->machine.control.fast;
    enum beam_sees sees =
        beam_watch(&w->beam, vm, control_stands(&w->machine.control), w->pictures > 0, &s);
    if (sees == BEAM_NOTHING)
        return;
    if (sees == BEAM_DARK)
        s = (struct screen){.width = 0};
    page_picture_publish(&w->picture, &s);
    if (!page_copy_take(&w->copy, &w->picture))
        return;
    u8 *frame = malloc(page_frame_most(&w->copy));
    if (!frame)
        return;
    size_t len = page_frame_write(&w->copy, ++w->pictures, frame);
    web_out_bytes(frame, len);
    free(frame);
}

void web_seen(struct web *w, unsigned number)
{
    w->seen = number;
}

static void take_sound(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct web *w = opaque;
    (void)first;
    if (w->machine.control.fast) /* too much, and too fast */
        return;
    for (unsigned i = 0; i < count && w->sound_frames < SOUND_FRAMES; i++) {
        w->sound[w->sound_frames * 2] = frames[i].left;
        w->sound[w->sound_frames * 2 + 1] = frames[i].right;
        w->sound_frames++;
    }
}

/* u8 PAGE_FRAME_AUDIO, 3 bytes 0, u32 rate, then s16 left and right in turn; little endian. */
static void send_sound(struct web *w)
{
    u32 rate = vm_sound_rate(w->machine.vm);
    if (w->sound_frames * 1000 < rate * SOUND_MS && w->sound_frames < SOUND_FRAMES)
        return;
    w->frame[0] = PAGE_FRAME_AUDIO;
    for (unsigned i = 0; i < 4; i++)
        w->frame[4 + i] = (u8)(rate >> 8 * i);
    memcpy(w->frame + 8, w->sound, w->sound_frames * 4); /* WebAssembly is little endian */
    web_out_bytes(w->frame, 8 + w->sound_frames * 4);
    w->sound_frames = 0;
}

const char *web_sound(struct web *w, int on)
{
    struct vm *vm = w->machine.vm;
    w->sink = (struct sound_sink){take_sound, w};
    if (on && !w->listens) {
        w->sound_frames = 0;
        w->listens = vm_sound_listen(vm, &w->sink);
        if (!w->listens)
            return "too many listen to this machine already";
    } else if (!on && w->listens) {
        vm_sound_leave(vm, &w->sink);
        w->listens = false;
    }
    return "";
}

/* ---- running ---- */

static double ended(struct web *w)
{
    show(w);
    w->over = true;
    return WEB_OVER;
}

/* One slice. Milliseconds until the next one. */
static double slice(struct web *w)
{
    struct machine *m = &w->machine;
    bool standing = control_stands(&m->control), paced = !w->options.script;
    double before = host_seconds();
    u64 until = beam_next(&w->beam, m->vm, SLICE);
    bool early = paced && !m->control.fast && pace_ahead(&w->pace, m->vm) > AHEAD;
    if (!machine_run(m, early ? vm_now(m->vm) : until))
        return ended(w);
    show(w);
    if (w->listens)
        send_sound(w);
    if (!standing && m->control.follow && paced)
        pace_follow(&w->pace, m, host_seconds() - before);
    double ahead = pace_ahead(&w->pace, m->vm);
    /* A page that was hidden or stopped for a while has not missed anything: guest time is taken
     * from what ran. */
    if (standing || m->control.fast || ahead < -0.1 || ahead > 0.2) {
        w->pace.base_host = host_seconds();
        w->pace.base_guest = vm_now(m->vm);
        ahead = 0;
    }
    if (control_stands(&m->control))
        return control_busy(&m->control) ? 0 : IDLE_MS;
    return paced && ahead > AHEAD ? ahead * 1000 : 0;
}

double web_run(struct web *w, double milliseconds)
{
    double until = host_seconds() + milliseconds / 1000, wait = WEB_OVER;
    if (!w->open || w->over)
        return WEB_OVER;
    do
        wait = slice(w);
    while (wait == 0 && host_seconds() < until);
    return wait;
}

/* ---- commands ---- */

static void on_call(s64 id, const struct call *call, enum command_state state)
{
    if (state == COMMAND_FAILED)
        refuse(id, call->error.text);
    else
        answer(id, call->reply);
}

static void on_now(void *opaque, const struct call *call, enum command_state state)
{
    struct web *w = opaque;
    on_call(w->now, call, state);
}

static void on_later(void *opaque, const struct call *call, enum command_state state)
{
    struct web *w = opaque;
    if (!w->laters)
        return;
    on_call(w->later[0], call, state);
    memmove(&w->later[0], &w->later[1], --w->laters * sizeof(w->later[0]));
}

static void greet(struct web *w, s64 id)
{
    struct reply r;
    reply_init(&r);
    reply_int(&r, "protocol", 1);
    reply_text(&r, "version", FERRITE_VERSION);
    reply_text(&r, "name", "");
    reply_bool(&r, "controls", true);
    reply_bool(&r, "script", w->options.script != NULL);
    reply_bool(&r, "running", !control_stands(&w->machine.control));
    answer(id, &r);
    reply_free(&r);
}

/* What takes guest time, and cannot go on while none passes: nobody could say `cont` meanwhile. */
static void look_stuck(struct web *w, bool expects)
{
    struct control *c = &w->machine.control;
    if (!w->laters || expects || !control_stands(c) || !c->calls)
        return;
    struct control_call *last = c->call[c->calls - 1];
    if (last->done != on_later || last->cancelled)
        return;
    last->cancelled = true;
    refuse(w->later[--w->laters],
           "the machine is stopped, and no guest time passes; cont lets it go on");
}

static void submit(struct web *w, s64 id, struct request *r)
{
    struct control *c = &w->machine.control;
    bool waits = r->row->flags & COMMAND_WAITS, expects = request_flags(r) & COMMAND_EXPECTS_STOP;
    const char *why = NULL;
    if (request_flags(r) & COMMAND_SCRIPT)
        why = "that is for scripts alone";
    else if (c->calls >= CONTROL_CALLS || w->laters >= LATERS)
        why = "too much is pending already";
    if (why) {
        refuse(id, why);
        request_free(r);
    } else if (waits) {
        w->later[w->laters++] = id;
        control_submit(c, CLIENT_SOCKET, r, on_later, w);
        look_stuck(w, expects);
    } else {
        w->now = id;
        control_submit(c, CLIENT_SOCKET, r, on_now, w);
    }
}

void web_command(struct web *w, double number, const char *words, int len)
{
    struct command_member member[MEMBERS];
    const char *at = words, *end = words + len;
    const char *text[1 + 2 * MEMBERS];
    unsigned count = 0;
    struct request r = {.row = NULL};
    struct err e;
    s64 id = (s64)number;
    while (at < end && count < ARRAY_SIZE(text)) {
        text[count++] = at;
        at += strlen(at) + 1;
    }
    if (!w->open || w->over) {
        refuse(id, "the machine has ended");
        return;
    }
    if (at < end || count % 2 == 0) {
        refuse(id, "a command is a name, and names and values of at most 16 arguments");
        return;
    }
    if (strcmp(text[0], "hello") == 0) {
        greet(w, id);
        return;
    }
    for (unsigned i = 1; i < count; i += 2)
        member[i / 2] = (struct command_member){text[i], text[i + 1]};
    if (!command_find(text[0], strlen(text[0])))
        err_set(&e, "there is no command \"%.60s\"", text[0]);
    else if (request_named(&r, NULL, text[0], member, count / 2, &e) && r.row) {
        submit(w, id, &r);
        return;
    }
    request_free(&r);
    refuse(id, e.text);
}
