/*
 * text_screen.c - -display text: the guest's text screen on this terminal, by ECMA-48 sequences,
 * and the terminal's keys for the guest. The machine keeps to the host's clock as in the window.
 *
 * Ctrl+] comes before what is for us: Q ends, D presses Ctrl+Alt+Del, R resets, ] is Ctrl+] itself.
 * Only cells that have changed are written. Messages on standard error would land in the picture:
 * while it is this terminal they are kept and shown at the end.
 *
 * Not modelled: pictures (a line says that there is one), mouse, the guest's own fonts and colours.
 */
#include "frontend/cli/text_screen.h"

#include "frontend/cli/pace.h"
#include "frontend/cli/text_keys.h"
#include "hw/input/keys.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define SLICE (10 * NS_PER_MS)
#define FRAME_SECONDS 0.03

enum { PREFIX = 0x1d /* Ctrl+] */, OUT = 1 << 16, HINT_SECONDS = 6, NO_ATTRIBUTE = -1 };

static const char hint[] = " Ctrl+] Q ends, D Ctrl+Alt+Del, R reset, ] Ctrl+] itself ";

struct text_screen {
    struct machine *m;
    struct termios before;
    FILE *kept;             /* what standard error said meanwhile; NULL: it is not this terminal */
    int messages;           /* standard error as it was */
    bool prefix;            /* Ctrl+] was pressed */
    bool quit, gone;        /* asked for; the terminal is gone */
    unsigned columns, rows; /* of the terminal */
    struct screen_cells now, shown;
    unsigned picture_w, picture_h; /* what the line about a picture says */
    bool all, hint_shown;
    double hint_end;
    char out[OUT];
    size_t out_len;
};

bool text_screen_possible(const struct options *o, struct err *e)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(e, "-display text wants a terminal as standard input and output");
    bool reads;
    const char *user = options_on_stdio(o, &reads);
    return !user || err_set(e, "-display text and %s want the same terminal; say %.*s file:PATH",
                            user, (int)strcspn(user, " "), user);
}

/* ---- output ---- */

static void flush(struct text_screen *t)
{
    for (size_t done = 0; done < t->out_len && !t->gone;) {
        ssize_t n = write(STDOUT_FILENO, t->out + done, t->out_len - done);
        if (n > 0)
            done += (size_t)n;
        else if (errno == EINTR || errno == EAGAIN)
            t->gone = ending_asked(t->m->ending);
        else
            t->gone = true;
    }
    t->out_len = 0;
}

static void put(struct text_screen *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void put(struct text_screen *t, const char *fmt, ...)
{
    if (t->out_len > OUT - 256)
        flush(t);
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(t->out + t->out_len, OUT - t->out_len, fmt, args);
    va_end(args);
    t->out_len += n > 0 && n < 256 ? (size_t)n : 0;
}

static void put_code(struct text_screen *t, u16 code)
{
    if (code < ' ' || code == 0x7f || code == 0xa0)
        put(t, " ");
    else if (code < 0x80)
        put(t, "%c", code);
    else if (code < 0x800)
        put(t, "%c%c", 0xc0 | code >> 6, 0x80 | (code & 0x3f));
    else
        put(t, "%c%c%c", 0xe0 | code >> 12, 0x80 | (code >> 6 & 0x3f), 0x80 | (code & 0x3f));
}

/* A PC counts blue as 1 and red as 4, a terminal the other way round. */
static unsigned colour(unsigned c)
{
    return (c & 2) | (c & 1) << 2 | (c >> 2 & 1);
}

static void put_attribute(struct text_screen *t, u8 a)
{
    put(t, "\33[0;%u;%u%sm", (a & 8 ? 90 : 30) + colour(a & 7), 40 + colour(a >> 4 & 7),
        a & 0x80 ? ";5" : "");
}

static bool same(const struct screen_cell *a, const struct screen_cell *b)
{
    return a->code == b->code && a->attribute == b->attribute;
}

static void draw_cells(struct text_screen *t)
{
    const struct screen_cells *now = &t->now;
    int attribute = NO_ATTRIBUTE;
    for (unsigned y = 0; y < now->rows && y < t->rows; y++) {
        unsigned at = UINT32_MAX; /* where the terminal writes next in this row */
        for (unsigned x = 0; x < now->columns && x < t->columns; x++) {
            const struct screen_cell *c = &now->cell[y * now->columns + x];
            if (!t->all && same(c, &t->shown.cell[y * now->columns + x]))
                continue;
            if (at != x)
                put(t, "\33[%u;%uH", y + 1, x + 1);
            if (attribute != c->attribute)
                put_attribute(t, c->attribute);
            attribute = c->attribute;
            put_code(t, c->code);
            at = x + 1;
        }
    }
}

static void draw_picture_words(struct text_screen *t)
{
    struct screen s;
    vm_screen(t->m->vm, &s);
    if (!t->all && s.width == t->picture_w && s.height == t->picture_h)
        return;
    t->picture_w = s.width;
    t->picture_h = s.height;
    if (s.width)
        put(t, "\33[0m\33[2J\33[1;1HThe guest shows a picture of %u x %u; -display sdl shows it.",
            s.width, s.height);
    else
        put(t, "\33[0m\33[2J\33[1;1HThe guest's display is off.");
}

static void draw(struct text_screen *t)
{
    struct winsize size = {0};
    bool text = vm_screen_cells(t->m->vm, &t->now);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col || !size.ws_row)
        size = (struct winsize){.ws_col = 80, .ws_row = 24};
    bool hints = host_seconds() < t->hint_end;
    t->all |= size.ws_col != t->columns || size.ws_row != t->rows || hints != t->hint_shown ||
              t->now.columns != t->shown.columns || t->now.rows != t->shown.rows;
    t->columns = size.ws_col;
    t->rows = size.ws_row;
    if (t->all)
        put(t, "\33[0m\33[2J");
    if (text)
        draw_cells(t);
    else
        draw_picture_words(t);
    if (hints && t->all)
        put(t, "\33[%u;1H\33[0;7m%.*s\33[0m", t->rows, (int)t->columns, hint);
    bool moved =
        t->now.cursor_row != t->shown.cursor_row || t->now.cursor_column != t->shown.cursor_column;
    if (!t->out_len && !moved) /* nothing to say */
        return;
    bool cursor = text && t->now.cursor_row < t->rows && t->now.cursor_column < t->columns;
    if (cursor)
        put(t, "\33[%u;%uH\33[?25h", t->now.cursor_row + 1, t->now.cursor_column + 1);
    else
        put(t, "\33[?25l");
    flush(t);
    t->hint_shown = hints;
    t->all = false;
    t->shown = t->now;
}

/* ---- input ---- */

static void press(struct control *c, const int *keys, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        control_key(c, keys[i], true);
    for (unsigned i = n; i-- > 0;)
        control_key(c, keys[i], false);
}

static void press_stroke(struct control *c, const struct stroke *s)
{
    int keys[3];
    unsigned n = 0;
    if (s->shift)
        keys[n++] = KEY_LSHIFT;
    if (s->altgr)
        keys[n++] = KEY_RALT;
    keys[n++] = s->key;
    press(c, keys, n);
}

/* A command of the table, of one or two words; what it says would land in the picture. */
static void do_command(struct text_screen *t, const char *name, const char *argument)
{
    const char *words[] = {name, argument};
    struct request r;
    if (request_words(&r, NULL, words, argument ? 2 : 1, NULL))
        control_submit(&t->m->control, CLIENT_PERSON, &r, NULL, t);
    else
        request_free(&r);
}

/* What comes behind Ctrl+]. */
static void command(struct text_screen *t, u8 c)
{
    switch (c | 0x20) {
    case 'q':
        t->quit = true;
        break;
    case 'd':
        do_command(t, "key", "ctrl-alt-del");
        break;
    case 'r':
        do_command(t, "reset", NULL);
        break;
    case PREFIX | 0x20:
    case ']' | 0x20:
        do_command(t, "key", "ctrl-rbracket");
        break;
    default:
        t->hint_end = host_seconds() + HINT_SECONDS;
    }
}

static void take_keys(struct text_screen *t)
{
    u8 in[256];
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&p, 1, 0) <= 0)
        return;
    ssize_t n = read(STDIN_FILENO, in, sizeof(in));
    if (n <= 0) {
        t->gone |= n == 0 || (errno != EINTR && errno != EAGAIN);
        return;
    }
    for (size_t at = 0; at < (size_t)n;) {
        if (t->prefix || in[at] == PREFIX) {
            if (t->prefix)
                command(t, in[at]);
            t->prefix = !t->prefix;
            at++;
            continue;
        }
        struct text_key k;
        at += text_key_take(in + at, (size_t)n - at, t->m->control.layout, &k);
        int keys[5];
        unsigned count = 0;
        if (k.ctrl)
            keys[count++] = KEY_LCTRL;
        if (k.alt)
            keys[count++] = KEY_LALT;
        if (k.shift)
            keys[count++] = KEY_LSHIFT;
        if (k.altgr)
            keys[count++] = KEY_RALT;
        keys[count++] = k.key;
        if (!k.key || t->m->script) /* nobody types while a script runs */
            continue;
        if (k.before.key)
            press_stroke(&t->m->control, &k.before);
        press(&t->m->control, keys, count);
    }
}

/* ---- life ---- */

static bool begin(struct text_screen *t)
{
    if (tcgetattr(STDIN_FILENO, &t->before) != 0)
        return false;
    if (isatty(STDERR_FILENO)) {
        fflush(stderr);
        t->kept = tmpfile();
        t->messages = t->kept ? dup(STDERR_FILENO) : -1;
        if (t->messages >= 0)
            dup2(fileno(t->kept), STDERR_FILENO);
    }
    struct termios raw = t->before;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    put(t, "\33[?1049h"); /* the other screen, so that this one comes back */
    t->all = true;
    t->hint_end = host_seconds() + HINT_SECONDS;
    return true;
}

static void end(struct text_screen *t)
{
    put(t, "\33[0m\33[?25h\33[?1049l");
    flush(t);
    tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
    if (t->kept && t->messages >= 0) {
        char line[512];
        fflush(stderr);
        dup2(t->messages, STDERR_FILENO);
        close(t->messages);
        rewind(t->kept);
        while (fgets(line, sizeof(line), t->kept))
            fputs(line, stderr);
    }
    if (t->kept)
        fclose(t->kept);
}

void text_screen_run(struct machine *m)
{
    struct text_screen *t = calloc(1, sizeof(*t));
    if (!t || !(t->m = m, begin(t))) {
        free(t);
        fprintf(stderr, "ferrite: -display text: the terminal cannot be set up\n");
        m->status = SCRIPT_BAD;
        return;
    }
    m->window = false; /* an error of a disk ends the run: there is no key that goes on */
    ending_running(m->ending, m->vm);
    double last = 0;
    struct pace pace;
    pace_begin(&pace, m->vm);
    while (!t->quit && !t->gone && machine_run(m, vm_now(m->vm) + SLICE)) {
        take_keys(t);
        double now = host_seconds();
        if (now - last >= FRAME_SECONDS) {
            draw(t);
            last = now;
        }
        pace_keep(&pace, m, control_stands(&m->control), 0.03);
    }
    end(t);
    free(t);
}
