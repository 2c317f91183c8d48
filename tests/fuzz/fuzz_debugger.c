/*
 * fuzz_debugger.c - what a person's terminal sends to `ferrite debug`, of any content: keys, the
 * line that is typed, completions, breakpoints with their conditions set on a machine that runs on,
 * the picture at any size.
 *
 * The first bytes choose sizes; the rest are keys, in which bytes from 80h on stand for words.
 */
#include "frontend/control/control.h"
#include "frontend/debugger/cells.h"
#include "frontend/debugger/edit.h"
#include "frontend/debugger/keys.h"
#include "frontend/debugger/layout.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { TYPED = 4096, STEPS = 24 };

static const char *const words[] = {
    "break ",
    "break port ",
    "break vector ",
    "break exception ",
    "break interrupt ",
    "break mode ",
    "break task ",
    "break text ",
    "watch ",
    "delete ",
    "step\r",
    "next\r",
    "finish\r",
    "until ",
    "continue 0.001\r",
    "where\r",
    "breakpoints\r",
    "if ",
    "any ",
    "out ",
    "0x7c00 ",
    "f000:e05b ",
    "3f8-3ff ",
    "21h ",
    "word[0x46c]",
    "eax",
    " == ",
    " && ",
    "byte[",
    "]",
    "\r",
    "\t",
    "\33[A",
    "\33[B",
    "\33[D",
    "\33[3~",
    "\33[18;2~",
    "\x7f",
    "\x17",
    "\"A\"",
    "1 ",
    "cs:eip ",
    "reverse-step\r",
    "(",
    ")",
};

static struct log no_log;

static struct vm *machine(void)
{
    struct err e;
    struct vm_config c = {.ram_mb = 1, .log = &no_log};
    struct vm *vm = vm_new(&c, &e);
    if (!vm)
        abort();
    return vm;
}

static void check_line(const struct edit *e)
{
    if (e->len >= EDIT_LINE || e->at > e->len || e->line[e->len] || strlen(e->line) != e->len)
        abort();
}

static void do_line(struct control *c, const char *line, unsigned *left)
{
    struct request r;
    struct reply reply;
    struct call call;
    struct err e;
    e.text[0] = 0;
    bool ok = request_parse(&r, NULL, line, strlen(line), &e);
    if (!ok && !e.text[0])
        abort();
    /* Files are not to be written, and nobody waits for seconds. */
    bool wanted = ok && r.row &&
                  (!(r.row->flags & COMMAND_WAITS) || r.row->flags & COMMAND_ANSWERS) &&
                  (strncmp(r.row->name, "break", 5) == 0 || strcmp(r.row->name, "watch") == 0 ||
                   strcmp(r.row->name, "delete") == 0 || r.row->flags & COMMAND_WAITS);
    if (wanted && *left) {
        --*left;
        reply_init(&reply);
        call_begin(&call, c, CLIENT_DEBUGGER, &r, &reply);
        unsigned rounds = 0;
        while (call_step(&call) == COMMAND_PENDING) {
            if (rounds++ == 20) {
                motion_stop(c, &call, "enough");
                break;
            }
            control_run(c, vm_now(c->vm) + 20000);
        }
        if (c->motion.kind != MOTION_NONE)
            abort();
        reply_free(&reply);
    }
    request_free(&r);
}

static void draw(struct cells *now, const struct cells *before, unsigned width, unsigned height,
                 const char *text)
{
    struct pane_layout l;
    size_t len;
    cells_clear(now, width, height);
    pane_layout(&l, now->width, now->height, width & 1);
    cells_put(now, l.code.x, l.code.y, l.code.width, CELL_BOLD, text);
    cells_put(now, width, height, ~0u, CELL_PLAIN, text);
    char *bytes = cells_update(now, before, &len);
    if (!bytes || strlen(bytes) != len)
        abort();
    free(bytes);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct cells one, two;
    struct choices in = {data, data + size};
    unsigned width = choose16(&in) % 400, height = choose8(&in), left = STEPS;
    struct edit *e = calloc(1, sizeof(*e));
    struct control c;
    u8 typed[TYPED];
    size_t n = 0;
    if (!e)
        return 0;
    control_init(&c, machine());
    while (choices_left(&in) && n + 32 < sizeof(typed)) {
        u8 b = choose8(&in);
        const char *w = b >= 0x80 ? words[b % ARRAY_SIZE(words)] : NULL;
        memcpy(typed + n, w ? w : (const char *)&b, w ? strlen(w) : 1);
        n += w ? strlen(w) : 1;
    }
    for (size_t at = 0; at < n;) {
        u32 key;
        size_t used = term_key(typed + at, n - at, true, &key);
        if (!used || used > n - at || (key > 0x10ffff && key < TERM_UP))
            abort();
        at += used;
        if (key == '\t') {
            struct completions k;
            command_complete(&c, e->line, e->at, &k);
            if (k.count)
                edit_replace(e, k.from, k.candidate[0]);
            completions_free(&k);
        } else if (key == '\r') {
            draw(&one, at & 1 ? &two : NULL, width, height, e->line);
            two = one;
            do_line(&c, edit_take(e), &left);
        } else {
            edit_key(e, key);
        }
        check_line(e);
    }
    edit_free(e);
    free(e);
    struct vm *vm = c.vm;
    control_free(&c);
    vm_free(vm, NULL);
    return 0;
}
