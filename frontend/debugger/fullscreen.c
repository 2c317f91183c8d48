/*
 * fullscreen.c - see fullscreen.h. By ECMA-48 sequences, which every terminal of today knows, so
 * that no library is needed (keys.h, cells.h). Messages on standard error would land in the
 * picture: while it is this terminal they are kept and shown at the end.
 */
#include "frontend/debugger/fullscreen.h"

#include "frontend/cli/confine.h"
#include "frontend/debugger/edit.h"
#include "frontend/debugger/keys.h"
#include "frontend/debugger/panes.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define SLICE (10 * NS_PER_MS)
#define FRAME_SECONDS 0.05

enum { KEPT = 1 << 16, CTRL_C = 3, CTRL_L = 12, ESC_MS = 30 };

struct fullscreen {
    struct session *s;
    struct termios before;
    FILE *messages; /* what standard error said meanwhile; NULL: it is not this terminal */
    int error;      /* standard error as it was */
    struct cells *now, *shown;
    bool known; /* what the terminal shows is `shown` */
    bool gone;
    struct panes panes;
    struct edit edit;
    char text[KEPT]; /* answers */
    size_t len;
    unsigned back; /* lines that are scrolled back */
    u8 in[256];
    size_t in_len;
};

static const char help_keys[] =
    "\n"
    " F1  this, and back                  F7  step: one instruction\n"
    " F2  a breakpoint here, or none      F8  next: over CALL, INT n, REP\n"
    " F4  until: next, but out of a loop  F9  finish: out of the function\n"
    " F5  continue                        with Shift or Alt F4 to F9 go backwards\n"
    " F6  the next view                   F10 the end\n"
    " Ctrl-C stops the machine, Ctrl-L draws the screen anew\n"
    " Tab completes; Up, Down: lines before; PgUp, PgDn: answers before\n"
    " with Shift or Alt Up, Down, PgUp, PgDn move the view of memory\n"
    " memory ADDRESS moves it there\n"
    " step next finish until continue, each with reverse- before it; in short\n"
    "   s n fin u c, rs rn rf ru rc\n"
    " break ADDRESS [if CONDITION]; break port, vector, exception, interrupt, mode,\n"
    "   task, text; watch ADDRESS BYTES write|read|access; breakpoints; delete N\n"
    " where, registers, registers fpu, x/8i cs:eip, x/4xw ss:esp, print, why,\n"
    "   branches, explain next\n"
    " goto INSTRUCTION, goto -1, goto -0.5s, goto latest\n"
    " Numbers: 0x7c00, f000:e05b, esp+4, word[0x46c]. Enter does the last step again.\n"
    " help lists all commands, help COMMAND says what it does\n";

/* ---- answers ---- */

static void say(void *opaque, const char *text)
{
    struct fullscreen *f = opaque;
    size_t n = strlen(text), room = sizeof(f->text) - 2;
    if (n > room) {
        text += n - room;
        n = room;
    }
    if (f->len + n > room) { /* the oldest half goes */
        size_t drop = f->len + n - room;
        drop = drop < f->len / 2 ? f->len / 2 : drop;
        memmove(f->text, f->text + drop, f->len -= drop);
    }
    memcpy(f->text + f->len, text, n);
    f->len += n;
    if (f->len && f->text[f->len - 1] != '\n')
        f->text[f->len++] = '\n';
    f->text[f->len] = 0;
    f->back = 0;
}

static void on_message(void *opaque, const char *text)
{
    say(opaque, text);
}

static unsigned lines_of(const struct fullscreen *f)
{
    unsigned n = 0;
    for (size_t i = 0; i < f->len; i++)
        n += f->text[i] == '\n';
    return n;
}

static void draw_output(struct fullscreen *f, const struct pane *at)
{
    unsigned lines = lines_of(f), height = at->height;
    unsigned most = lines > height ? lines - height : 0;
    f->back = f->back < most ? f->back : most;
    unsigned skip = most - f->back;
    const char *p = f->text;
    for (; skip; skip--)
        p = strchr(p, '\n') + 1;
    for (unsigned y = 0; y < height && *p; y++) {
        char line[CELLS_WIDE + 1];
        size_t n = strcspn(p, "\n");
        snprintf(line, sizeof(line), "%.*s", (int)n, p);
        cells_put(f->now, at->x, at->y + y, at->width, CELL_PLAIN, line);
        p += n + (p[n] == '\n');
    }
}

/* ---- the picture ---- */

static void draw_line(struct fullscreen *f, const struct pane_layout *l)
{
    static const char prompt[] = "> ";
    unsigned width = l->line.width, column = edit_column(&f->edit);
    const char *text = f->edit.line;
    unsigned room = width - (unsigned)strlen(prompt) - 1, at = column;
    for (; at > room; at--) { /* the beginning goes out of sight */
        text++;
        while (((u8)*text & 0xc0) == 0x80)
            text++;
    }
    unsigned x = cells_put(f->now, 0, l->line.y, width, CELL_BOLD, prompt);
    cells_put(f->now, x, l->line.y, width - x, CELL_PLAIN, text);
    f->now->cursor_x = x + at;
    f->now->cursor_y = l->line.y;
    cells_look(f->now, 0, l->keys.y, width, CELL_REVERSE);
    cells_put(f->now, 0, l->keys.y, width, CELL_REVERSE,
              " F1 Help F4 Until F5 Go F6 View F7 Step F8 Next F9 Finish Shift:back F10 Quit");
}

static void draw(struct fullscreen *f)
{
    struct winsize size = {0};
    struct pane_layout l;
    struct session *s = f->s;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col || !size.ws_row)
        size = (struct winsize){.ws_col = 80, .ws_row = 24};
    cells_clear(f->now, size.ws_col, size.ws_row);
    pane_layout(&l, f->now->width, f->now->height, f->panes.view >= VIEW_SCREEN);
    if (l.fits) {
        pane_title(f->now, &l.title, s);
        if (l.code.height)
            pane_code(f->now, &l.code, s, &f->panes);
        if (l.notes.height)
            pane_notes(f->now, &l.notes, s);
        pane_registers(f->now, &l.registers, s);
        pane_view(f->now, &l.view, s, &f->panes);
        draw_output(f, &l.output);
        draw_line(f, &l);
    } else {
        cells_printf(f->now, 0, 0, f->now->width, CELL_PLAIN, "at least %d x %d is needed",
                     LAYOUT_LEAST_WIDTH, LAYOUT_LEAST_HEIGHT);
    }
    size_t len;
    char *bytes = cells_update(f->now, f->known ? f->shown : NULL, &len);
    for (size_t done = 0; bytes && done < len && !f->gone;) {
        ssize_t n = write(STDOUT_FILENO, bytes + done, len - done);
        if (n > 0)
            done += (size_t)n;
        else if (errno != EINTR && errno != EAGAIN)
            f->gone = true;
    }
    f->known = bytes != NULL;
    free(bytes);
    struct cells *was = f->shown;
    f->shown = f->now;
    f->now = was;
}

/* ---- keys ---- */

static void complete(struct fullscreen *f)
{
    struct completions k;
    command_complete(&f->s->m->control, f->edit.line, f->edit.at, &k);
    size_t same = k.count ? strlen(k.candidate[0]) : 0;
    for (unsigned i = 1; i < k.count; i++) {
        size_t n = 0;
        while (n < same && k.candidate[i][n] == k.candidate[0][n])
            n++;
        same = n;
    }
    if (k.count && same >= f->edit.at - k.from) {
        char word[EDIT_LINE];
        bool whole = k.count == 1 && same && k.candidate[0][same - 1] != '/';
        bool more = same > f->edit.at - k.from;
        snprintf(word, sizeof(word), "%.*s%s", (int)same, k.candidate[0], whole ? " " : "");
        edit_replace(&f->edit, k.from, word);
        for (unsigned i = 0; !more && k.count > 1 && i < k.count; i++)
            say(f, k.candidate[i]);
    }
    completions_free(&k);
}

static void toggle_point(struct fullscreen *f)
{
    struct control *c = &f->s->m->control;
    struct vm_registers r;
    char line[40];
    vm_registers(c->vm, &r);
    u32 lin = r.seg[VM_CS].base + r.eip;
    for (unsigned i = 0; i < CONTROL_POINTS; i++) {
        const struct control_point *p = &c->point[i];
        if (p->used && p->point.kind == VM_POINT_EXECUTE && p->point.lin == lin) {
            points_delete(c, i + 1);
            return;
        }
    }
    snprintf(line, sizeof(line), "break 0x%x", lin);
    session_line(f->s, line);
}

/* "memory ADDRESS": the view's own command. */
static bool goes_to_memory(struct fullscreen *f, const char *line)
{
    struct vm_point p;
    struct err e;
    if (strncmp(line, "memory ", 7) != 0)
        return false;
    if (points_place(&f->s->m->control, line + 7, &p, &e)) {
        f->panes.memory = p.lin;
        f->panes.view = VIEW_MEMORY;
    } else {
        say(f, e.text);
    }
    return true;
}

static void enter(struct fullscreen *f)
{
    const char *line = edit_take(&f->edit);
    char echo[EDIT_LINE + 4];
    if (*line) {
        snprintf(echo, sizeof(echo), "> %s\n", line);
        say(f, echo);
    }
    if (f->s->pending) /* what goes on is at its end then */
        session_interrupt(f->s);
    if (strcmp(line, "q") == 0)
        session_line(f->s, "quit");
    else if (!goes_to_memory(f, line))
        session_line(f->s, line);
}

/* Keys that let the machine go wait until it stands: F7 F7 F7 are three steps. */
static bool must_wait(const struct fullscreen *f, u32 key)
{
    key &= ~(u32)TERM_SHIFT;
    return f->s->pending && key >= TERM_F1 + 3 && key <= TERM_F1 + 8 && key != TERM_F1 + 5;
}

static bool function_key(struct fullscreen *f, u32 key)
{
    static const struct {
        u32 key;
        const char *line, *back;
    } keys[] = {
        {TERM_F1 + 3, "until", "reverse-until"},   {TERM_F1 + 4, "continue", "reverse-continue"},
        {TERM_F1 + 6, "step", "reverse-step"},     {TERM_F1 + 7, "next", "reverse-next"},
        {TERM_F1 + 8, "finish", "reverse-finish"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if ((key & ~(u32)TERM_SHIFT) != keys[i].key)
            continue;
        session_line(f->s, key & TERM_SHIFT ? keys[i].back : keys[i].line);
        return true;
    }
    switch (key) {
    case TERM_F1:
        f->panes.view = f->panes.view == VIEW_HELP ? VIEW_STACK : VIEW_HELP;
        return true;
    case TERM_F1 + 1:
        toggle_point(f);
        return true;
    case TERM_F1 + 5:
        f->panes.view = f->panes.view >= VIEW_SCREEN ? VIEW_STACK : f->panes.view + 1;
        return true;
    case TERM_F1 + 9:
        session_line(f->s, "quit");
        return true;
    default:
        return false;
    }
}

static void on_key(struct fullscreen *f, u32 key)
{
    if (function_key(f, key))
        return;
    switch (key) {
    case '\r':
    case '\n':
        enter(f);
        return;
    case '\t':
        complete(f);
        return;
    case CTRL_C:
        session_interrupt(f->s);
        return;
    case CTRL_L:
        f->known = false;
        return;
    case TERM_PAGE_UP:
        f->back += 4;
        return;
    case TERM_PAGE_DOWN:
        f->back -= f->back < 4 ? f->back : 4;
        return;
    case TERM_PAGE_UP | TERM_SHIFT:
        f->panes.memory -= 64;
        return;
    case TERM_PAGE_DOWN | TERM_SHIFT:
        f->panes.memory += 64;
        return;
    case TERM_UP | TERM_SHIFT:
        f->panes.memory -= 16;
        return;
    case TERM_DOWN | TERM_SHIFT:
        f->panes.memory += 16;
        return;
    default:
        edit_key(&f->edit, key);
        return;
    }
}

/* false: nothing came. */
static bool take_keys(struct fullscreen *f, int milliseconds)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    bool more = poll(&p, 1, f->in_len && !f->s->pending ? ESC_MS : milliseconds) > 0;
    if (more) {
        ssize_t n = read(STDIN_FILENO, f->in + f->in_len, sizeof(f->in) - f->in_len);
        if (n > 0)
            f->in_len += (size_t)n;
        else
            f->gone |= n == 0 || (errno != EINTR && errno != EAGAIN);
    }
    bool any = false;
    for (;;) {
        u32 key;
        bool full = f->in_len == sizeof(f->in);
        size_t used = term_key(f->in, f->in_len, !more || full, &key);
        if (!used || (must_wait(f, key) && !memchr(f->in, CTRL_C, f->in_len) && !full))
            break;
        memmove(f->in, f->in + used, f->in_len -= used);
        on_key(f, key);
        any = true;
    }
    return any;
}

/* ---- life ---- */

static bool begin(struct fullscreen *f)
{
    if (tcgetattr(STDIN_FILENO, &f->before) != 0)
        return false;
    if (isatty(STDERR_FILENO)) {
        fflush(stderr);
        f->messages = tmpfile();
        f->error = f->messages ? dup(STDERR_FILENO) : -1;
        if (f->error >= 0)
            dup2(fileno(f->messages), STDERR_FILENO);
    }
    struct termios raw = f->before;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    fputs("\33[?1049h", stdout); /* the other screen, so that this one comes back */
    fflush(stdout);
    return true;
}

static void end(struct fullscreen *f)
{
    fputs("\33[0m\33[?25h\33[?1049l", stdout);
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSANOW, &f->before);
    if (f->messages && f->error >= 0) {
        char line[512];
        fflush(stderr);
        dup2(f->error, STDERR_FILENO);
        close(f->error);
        rewind(f->messages);
        while (fgets(line, sizeof(line), f->messages))
            fputs(line, stderr);
    }
    if (f->messages)
        fclose(f->messages);
}

static void loop(struct fullscreen *f)
{
    struct session *s = f->s;
    struct machine *m = s->m;
    double last = 0;
    while (!f->gone && machine_run(m, vm_now(m->vm) + SLICE)) {
        bool stands = control_stands(&m->control), busy = control_busy(&m->control);
        bool fresh = session_look(s);
        double now = host_seconds();
        if (fresh || now - last >= FRAME_SECONDS || stands) {
            draw(f);
            last = now;
        }
        bool idle = stands && !busy && !(s->pending && m->control.calls);
        if (take_keys(f, idle ? 50 : 0))
            continue;
        if (!stands && vm_idle(m->vm)) /* a guest that waits must not race ahead of the host */
            machine_rest(m, (double)SLICE / 1e9);
    }
}

bool fullscreen_run(struct session *s, struct err *e)
{
    struct fullscreen *f = calloc(1, sizeof(*f));
    if (f) {
        f->now = malloc(sizeof(*f->now));
        f->shown = malloc(sizeof(*f->shown));
    }
    bool ok = (f && f->now && f->shown) || err_set(e, "out of memory");
    if (ok) {
        f->s = s;
        ok = begin(f) || err_set(e, "the terminal cannot be set up");
    }
    if (ok) {
        s->say = say;
        s->brief = true;
        s->opaque = f;
        s->m->say = on_message;
        s->m->say_opaque = f;
        f->panes.help = help_keys;
        ok = confine(s->m, e); /* the file of messages is open */
        if (ok) {
            say(f, "? or F1: help. The machine stands at its first instruction.");
            loop(f);
        }
        s->m->say = NULL;
        end(f);
        edit_free(&f->edit);
        panes_free(&f->panes);
    }
    if (f) {
        free(f->now);
        free(f->shown);
    }
    free(f);
    return ok;
}
