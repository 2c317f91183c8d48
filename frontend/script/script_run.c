/*
 * script_run.c - running a script against a machine. See script.h.
 *
 * The runner never runs the machine itself: it looks at it at given instants of guest time and
 * says when it wants to look again. So the same runner serves the headless loop and the window,
 * and nothing of the host's time enters.
 */
#define _GNU_SOURCE /* memmem */
#include "frontend/script/script.h"

#include "frontend/control/media.h"
#include "frontend/control/out_file.h"
#include "frontend/control/snapshot.h"
#include "hw/base/hostfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    KEY_DOWN_MS = 20, /* how long a typed key stays down, and the pause after it */
    CHORD_MS = 50,    /* the same for `key` */
    MOUSE_MS = 20,
    MOUSE_PART = 100, /* counts in one movement; a PS/2 packet holds 255 */
    SERIAL_KEEP = 1 << 20,
};

struct script_run {
    const struct script *script;
    bool snapshot; /* writes to disks go nowhere, so a read-only file may be a writable disk */
    FILE *out, *messages;
    void (*limit)(void *opaque, double seconds); /* may be NULL */
    void *limit_opaque;
    size_t at; /* command being done */
    bool begun;
    u64 next;     /* when to be called again */
    u64 deadline; /* of the present wait */
    size_t step;  /* inside a command that takes several */
    bool held;    /* the machine has stopped for a disk; no time passes until `cont` */
    int status;
    /* The serial port's output that no wait-serial has consumed yet. */
    u8 *serial;
    size_t serial_len, serial_capacity;
    size_t serial_from; /* where the search goes on */
    /* The text screen, and what wait-still saw last. */
    char *text;
    size_t text_len, text_capacity;
    char *still_text;
    struct picture still_picture;
    u64 still_since;
};

enum progress { DONE_NOW, WAITING, ENDED };

struct script_run *script_run_new(const struct script *s, bool snapshot, FILE *out, FILE *messages)
{
    struct script_run *r = calloc(1, sizeof(*r));
    if (r) {
        r->script = s;
        r->snapshot = snapshot;
        r->out = out;
        r->messages = messages;
    }
    return r;
}

void script_run_free(struct script_run *r)
{
    if (!r)
        return;
    free(r->serial);
    free(r->text);
    free(r->still_text);
    picture_free(&r->still_picture);
    free(r);
}

void script_run_on_limit(struct script_run *r, void (*fn)(void *opaque, double seconds),
                         void *opaque)
{
    r->limit = fn;
    r->limit_opaque = opaque;
}

u64 script_run_next(const struct script_run *r)
{
    return r->next;
}

int script_run_status(const struct script_run *r)
{
    return r->status;
}

void script_run_serial(struct script_run *r, const u8 *data, size_t len)
{
    if (r->serial_len + len > SERIAL_KEEP) { /* nobody waits for it: forget the older half */
        size_t keep = SERIAL_KEEP / 2 < r->serial_len ? SERIAL_KEEP / 2 : r->serial_len;
        memmove(r->serial, r->serial + r->serial_len - keep, keep);
        r->serial_len = keep;
        r->serial_from = 0;
    }
    if (r->serial_len + len > r->serial_capacity) {
        size_t capacity = 2 * (r->serial_len + len) + 1024;
        u8 *room = realloc(r->serial, capacity);
        if (!room)
            return;
        r->serial = room;
        r->serial_capacity = capacity;
    }
    memcpy(r->serial + r->serial_len, data, len);
    r->serial_len += len;
}

size_t script_run_typed(struct script_run *r, u8 *data, size_t max)
{
    const struct script_command *c = &r->script->command[r->at];
    if (r->at >= r->script->count || c->op != OP_TYPE_SERIAL || !r->begun)
        return 0;
    size_t n = c->len - r->step < max ? c->len - r->step : max;
    memcpy(data, c->text + r->step, n);
    r->step += n;
    return n;
}

/* ---- what the guest shows ---- */

static const char *screen_text(struct script_run *r, struct vm *vm)
{
    for (;;) {
        size_t need = vm_screen_text(vm, r->text, r->text_capacity);
        if (r->text && need < r->text_capacity) {
            r->text[need] = 0;
            r->text_len = need;
            return r->text;
        }
        char *room = realloc(r->text, need + 4096);
        if (!room)
            return "";
        r->text = room;
        r->text_capacity = need + 4096;
    }
}

static void print_screen(struct script_run *r, struct vm *vm)
{
    FILE *f = r->messages;
    const char *text = screen_text(r, vm);
    struct screen screen;
    vm_screen(vm, &screen);
    if (*text) {
        fprintf(f, "---- the screen at %.2f s ----\n%s", (double)vm_now(vm) / 1e9, text);
    } else {
        fprintf(f, "---- the screen at %.2f s: graphics, %u x %u ----\n", (double)vm_now(vm) / 1e9,
                screen.width, screen.height);
        picture_sketch(screen.pixels, screen.width, screen.height, f);
    }
    fputs("----\n", f);
    if (*vm_last_fault(vm))
        fprintf(f, "last fault: %s\n", vm_last_fault(vm));
}

static void print_serial(struct script_run *r)
{
    size_t shown = r->serial_len < 2000 ? r->serial_len : 2000;
    fprintf(r->messages, "---- the serial port's output since the last wait-serial ----\n");
    fwrite(r->serial + r->serial_len - shown, 1, shown, r->messages);
    if (shown && r->serial[r->serial_len - 1] != '\n')
        fputc('\n', r->messages);
}

static void say_where(struct script_run *r)
{
    const struct script_command *c = &r->script->command[r->at];
    fprintf(r->messages, "%s:%u: %s: ", r->script->path, c->line, c->source);
}

/* An expectation failed. */
static enum progress failed(struct script_run *r, struct vm *vm, const char *why)
{
    say_where(r);
    fprintf(r->messages, "%s\n", why);
    if (r->script->command[r->at].op == OP_WAIT_SERIAL)
        print_serial(r);
    print_screen(r, vm);
    char doing[300];
    vm_explain(vm, doing, sizeof(doing));
    fprintf(r->messages, "%s\n", doing);
    r->status = SCRIPT_FAILED;
    return ENDED;
}

void script_run_say_end(struct script_run *r, struct vm *vm, const char *by)
{
    if (r->at >= r->script->count)
        return;
    say_where(r);
    fprintf(r->messages, "ended here by %s\n", by);
    if (r->script->command[r->at].op == OP_WAIT_SERIAL)
        print_serial(r);
    print_screen(r, vm);
}

/* ---- commands ---- */

static enum progress wait_until(struct script_run *r, u64 when)
{
    r->next = when;
    return WAITING;
}

/* The awaited thing is not there yet. */
static enum progress keep_waiting(struct script_run *r, struct vm *vm, const char *what)
{
    u64 now = vm_now(vm);
    if (now >= r->deadline) {
        char why[100];
        double seconds = (double)r->script->command[r->at].time / 1e9;
        if (r->script->command[r->at].op == OP_WAIT_STILL)
            seconds = 60 + seconds;
        snprintf(why, sizeof(why), "%s within %g s of guest time", what, seconds);
        return failed(r, vm, why);
    }
    u64 next = now + SCRIPT_STEP;
    return wait_until(r, next < r->deadline ? next : r->deadline);
}

static enum progress wait_text(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    screen_text(r, vm);
    if (r->text && memmem(r->text, r->text_len, c->text, c->len))
        return DONE_NOW;
    return keep_waiting(r, vm, "not seen on the screen");
}

static enum progress wait_serial(struct script_run *r, struct vm *vm,
                                 const struct script_command *c)
{
    const u8 *hit = NULL;
    if (!r->begun)
        r->serial_from = 0;
    if (r->serial_len >= r->serial_from + c->len)
        hit = memmem(r->serial + r->serial_from, r->serial_len - r->serial_from, c->text, c->len);
    if (hit) { /* the next wait looks behind this one */
        size_t used = (size_t)(hit - r->serial) + c->len;
        memmove(r->serial, r->serial + used, r->serial_len - used);
        r->serial_len -= used;
        return DONE_NOW;
    }
    r->serial_from = r->serial_len >= c->len ? r->serial_len - c->len + 1 : 0;
    return keep_waiting(r, vm, "not seen on the serial port");
}

static enum progress wait_screen(struct script_run *r, struct vm *vm,
                                 const struct script_command *c)
{
    struct screen screen;
    vm_screen(vm, &screen);
    if (picture_equal(&c->picture, screen.pixels, screen.width, screen.height))
        return DONE_NOW;
    return keep_waiting(r, vm, "the picture was not shown");
}

/* Text is compared as text, so that a blinking cursor does not count as a change. */
static bool still_changed(struct script_run *r, struct vm *vm)
{
    const char *text = screen_text(r, vm);
    struct screen screen = {0};
    bool changed = !r->still_text || strcmp(r->still_text, text) != 0;
    if (!*text) {
        vm_screen(vm, &screen);
        changed |= !picture_equal(&r->still_picture, screen.pixels, screen.width, screen.height);
    }
    if (changed) {
        free(r->still_text);
        r->still_text = strdup(text);
        picture_copy(&r->still_picture, screen.pixels, screen.width, screen.height);
    }
    return changed;
}

static enum progress wait_still(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    u64 now = vm_now(vm);
    if (still_changed(r, vm) || !r->begun) {
        r->still_since = now;
        if (!r->begun)
            r->deadline = now + c->time + 60 * NS_PER_SEC;
    }
    if (now - r->still_since >= c->time)
        return DONE_NOW;
    return keep_waiting(r, vm, "the screen did not keep still");
}

static enum progress type_text(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    size_t i = r->step / 2;
    if (i == c->len)
        return DONE_NOW;
    bool shift, down = r->step % 2 == 0;
    int key = keymap_ascii(c->text[i], &shift);
    if (shift && down)
        vm_key(vm, keymap_name("shift", 5), true);
    vm_key(vm, key, down);
    if (shift && !down)
        vm_key(vm, keymap_name("shift", 5), false);
    r->step++;
    return wait_until(r, vm_now(vm) + KEY_DOWN_MS * NS_PER_MS);
}

/* The port takes them, as fast as its line is, in script_run_typed(). */
static enum progress type_serial(struct script_run *r, struct vm *vm,
                                 const struct script_command *c)
{
    return r->step == c->len ? DONE_NOW : keep_waiting(r, vm, "the serial port did not take it");
}

static enum progress press_keys(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    if (r->step == 2)
        return DONE_NOW;
    for (unsigned i = 0; i < c->key_count; i++) {
        if (r->step == 0)
            vm_key(vm, c->keys[i], true);
        else
            vm_key(vm, c->keys[c->key_count - 1 - i], false);
    }
    r->step++;
    return wait_until(r, vm_now(vm) + CHORD_MS * NS_PER_MS);
}

/* A long way is gone in several movements, as a hand would. */
static enum progress move_mouse(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    int longest = abs(c->number[0]) > abs(c->number[1]) ? abs(c->number[0]) : abs(c->number[1]);
    int parts = longest ? (longest + MOUSE_PART - 1) / MOUSE_PART : 1;
    int n = (int)r->step;
    if (n == parts)
        return DONE_NOW;
    vm_mouse(vm, c->number[0] * (n + 1) / parts - c->number[0] * n / parts,
             c->number[1] * (n + 1) / parts - c->number[1] * n / parts, 0, (unsigned)c->number[2]);
    r->step++;
    return wait_until(r, vm_now(vm) + MOUSE_MS * NS_PER_MS);
}

static enum progress sleep_some(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    (void)c;
    return vm_now(vm) >= r->deadline ? DONE_NOW : wait_until(r, r->deadline);
}

/* Something on the host went wrong, not an expectation: no screen needed. */
static enum progress host_error(struct script_run *r, const char *why)
{
    say_where(r);
    fprintf(r->messages, "%s\n", why);
    r->status = SCRIPT_BAD;
    return ENDED;
}

static enum progress screenshot(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    struct screen screen;
    struct err e;
    vm_screen(vm, &screen);
    if (picture_save(c->text, screen.pixels, screen.width, screen.height, &e))
        return DONE_NOW;
    return host_error(r, e.text);
}

/* Into the command's file, or to standard output when it names none. */
static enum progress put_text(struct script_run *r, const struct script_command *c,
                              const char *text)
{
    struct err e;
    struct stat st;
    bool device = c->text && stat(c->text, &st) == 0 && !S_ISREG(st.st_mode);
    if (c->text && !device)
        return out_file_save(c->text, text, strlen(text), &e) ? DONE_NOW : host_error(r, e.text);
    int fd = device ? host_open_output(c->text) : -1;
    FILE *f = !device ? r->out : fd >= 0 ? fdopen(fd, "w") : NULL;
    bool ok = f && fputs(text, f) >= 0;
    if (f)
        ok &= (device ? fclose(f) : fflush(f)) == 0;
    if (ok)
        return DONE_NOW;
    err_set(&e, "%s: cannot be written: %s", device ? c->text : "standard output",
            errno == ENXIO ? "a FIFO that nobody reads" : strerror(errno));
    return host_error(r, e.text);
}

static enum progress state_hash(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    char text[160];
    u64 state, trace;
    struct err e;
    if (!vm_state_hash(vm, &state, &e))
        return host_error(r, e.text);
    int n = snprintf(text, sizeof(text), "state hash: %016llx\ninstructions: %llu\n",
                     (unsigned long long)state, (unsigned long long)vm_instructions(vm));
    if (vm_trace_hash(vm, &trace))
        snprintf(text + n, sizeof(text) - (size_t)n, "trace hash: %016llx\n",
                 (unsigned long long)trace);
    return put_text(r, c, text);
}

static enum progress insert_medium(struct script_run *r, struct vm *vm,
                                   const struct script_command *c)
{
    struct media m;
    struct err e;
    if (c->number[0] == SCRIPT_CD) {
        if (media_cd(&m, "insert", c->text, &e) && vm_cd_insert(vm, &m, false, &e))
            return DONE_NOW;
    } else if (media_floppy(&m, "insert", c->text, r->snapshot, &e) &&
               vm_floppy_insert(vm, (unsigned)c->number[0], &m, &e))
        return DONE_NOW;
    return host_error(r, e.text);
}

static enum progress eject_medium(struct script_run *r, struct vm *vm,
                                  const struct script_command *c)
{
    struct err e;
    if (c->number[0] == SCRIPT_CD ? vm_cd_eject(vm, c->number[1], &e)
                                  : vm_floppy_eject(vm, (unsigned)c->number[0], &e))
        return DONE_NOW;
    return host_error(r, e.text);
}

static enum progress snapshot(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    struct err e;
    if (c->op == OP_SAVE ? snapshot_save(vm, c->text, &e) : snapshot_load(vm, c->text, &e))
        return DONE_NOW;
    return host_error(r, e.text);
}

static enum progress check_text(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    screen_text(r, vm);
    bool found = r->text && memmem(r->text, r->text_len, c->text, c->len);
    if (found == (c->op == OP_ASSERT_TEXT))
        return DONE_NOW;
    return failed(r, vm, found ? "it is on the screen" : "it is not on the screen");
}

static enum progress go_on(struct script_run *r, struct vm *vm)
{
    if (!r->held)
        return failed(r, vm, "the machine is not stopped");
    r->held = false;
    return DONE_NOW;
}

static enum progress perform(struct script_run *r, struct vm *vm, const struct script_command *c)
{
    switch (c->op) {
    case OP_WAIT_TEXT:
        return wait_text(r, vm, c);
    case OP_WAIT_SERIAL:
        return wait_serial(r, vm, c);
    case OP_WAIT_SCREEN:
        return wait_screen(r, vm, c);
    case OP_WAIT_STILL:
        return wait_still(r, vm, c);
    case OP_TYPE:
        return type_text(r, vm, c);
    case OP_TYPE_SERIAL:
        return type_serial(r, vm, c);
    case OP_KEY:
        return press_keys(r, vm, c);
    case OP_SLEEP:
        return sleep_some(r, vm, c);
    case OP_LIMIT:
        if (r->limit)
            r->limit(r->limit_opaque, (double)c->time / 1e9);
        return DONE_NOW;
    case OP_SCREENSHOT:
        return screenshot(r, vm, c);
    case OP_DUMP_TEXT:
        return put_text(r, c, screen_text(r, vm));
    case OP_STATE_HASH:
        return state_hash(r, vm, c);
    case OP_ASSERT_TEXT:
    case OP_REFUTE_TEXT:
        return check_text(r, vm, c);
    case OP_MOUSE:
        return move_mouse(r, vm, c);
    case OP_INSERT:
        return insert_medium(r, vm, c);
    case OP_EJECT:
        return eject_medium(r, vm, c);
    case OP_WAIT_STOP:
        return keep_waiting(r, vm, "the machine did not stop for a disk");
    case OP_CONT:
        return go_on(r, vm);
    case OP_RESET:
        vm_reset(vm);
        return DONE_NOW;
    case OP_POWER:
        vm_power_button(vm);
        return DONE_NOW;
    case OP_SAVE:
    case OP_LOAD:
        return snapshot(r, vm, c);
    case OP_QUIT:
        r->status = c->number[0];
        return ENDED;
    }
    return ENDED;
}

/* The guest ended and the script has not. */
static void guest_ended(struct script_run *r, struct vm *vm, enum vm_stop stop)
{
    say_where(r);
    if (stop == VM_DEBUG_EXIT) {
        r->status = vm_exit_status(vm);
        fprintf(r->messages, "the guest ended the run through port F4h, status %d\n", r->status);
        return;
    }
    if (stop == VM_PROGRAM_END) {
        r->status = vm_program_status(vm);
        fprintf(r->messages, "the program in the guest ended, status %d\n", r->status);
        return;
    }
    r->status = SCRIPT_GUEST_ENDED;
    if (stop == VM_TRIPLE_FAULT)
        fputs("the processor shut down (triple fault)\n", r->messages);
    else if (stop == VM_RESET_REQUEST)
        fputs("the guest asked for a reset, and -no-reboot forbids it\n", r->messages);
    else
        fputs("the guest switched the power off\n", r->messages);
    print_screen(r, vm);
}

/* The machine has stopped for a disk. Only a script that waits for it goes on. */
static bool expected_stop(struct script_run *r, struct vm *vm)
{
    if (r->script->command[r->at].op != OP_WAIT_STOP) {
        host_error(r, vm_disk_error(vm));
        return false;
    }
    r->held = true;
    r->begun = false;
    r->at++;
    return true;
}

enum script_result script_run_step(struct script_run *r, struct vm *vm, enum vm_stop stop)
{
    bool ended = stop != VM_SLICE && stop != VM_DISK_ERROR;
    if (stop == VM_DISK_ERROR && !expected_stop(r, vm))
        return SCRIPT_DONE;
    if (!ended && r->begun && vm_now(vm) < r->next)
        return SCRIPT_RUNNING;
    while (r->at < r->script->count) {
        const struct script_command *c = &r->script->command[r->at];
        if (!r->begun) {
            r->step = 0;
            r->deadline = vm_now(vm) + c->time;
        }
        enum progress p = perform(r, vm, c);
        r->begun = true;
        if (p == ENDED)
            return SCRIPT_DONE;
        if (p == WAITING && r->held) {
            failed(r, vm, "the machine is stopped for a disk; cont lets it go on");
            return SCRIPT_DONE;
        }
        if (p == WAITING) {
            if (!ended)
                return SCRIPT_RUNNING;
            guest_ended(r, vm, stop);
            return SCRIPT_DONE;
        }
        r->begun = false;
        r->at++;
    }
    r->status = SCRIPT_OK;
    return SCRIPT_DONE;
}
