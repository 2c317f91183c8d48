/*
 * fuzz_command.c - lines for the table of commands, of any content: refused with one line that says
 * why, or done on a machine; completed at any place; by words and by names of arguments. What is
 * answered must be whole as JSON.
 *
 * The input is text, in which bytes from 80h on stand for words of the language. Commands that
 * write files are parsed only.
 */
#include "frontend/control/control.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { WORDS = 12, STEPS = 20 };

static const char *const words[] = {
    "wait-text ",
    "wait-serial ",
    "wait-still ",
    "sleep ",
    "type ",
    "type-serial ",
    "key ",
    "key-down ",
    "mouse ",
    "mouse-move ",
    "insert ",
    "insert-any ",
    "eject ",
    "protect ",
    "drives",
    "status",
    "info ",
    "screen",
    "stop\n",
    "cont\n",
    "frame ",
    "advance ",
    "reset\n",
    "power\n",
    "speed ",
    "limit ",
    "limit-guest ",
    "quit ",
    "snapshot ",
    "list ",
    "load ",
    "save ",
    "help ",
    "commands\n",
    "echo ",
    "change ",
    "fda ",
    "fdb ",
    "cd ",
    "force ",
    "read-only ",
    "tools: ",
    "on\n",
    "off\n",
    "cpu ",
    "pic ",
    "block ",
    "snapshots ",
    "ctrl-alt-del ",
    "shift-",
    "f1 ",
    "486-66 ",
    "max ",
    "auto ",
    "0.01 ",
    "1e6 ",
    "-1 ",
    "0x7fffffff ",
    "99999999999999999999 ",
    "nan ",
    "\"",
    "\\",
    "\\x41",
    "#",
    "\r\n",
    "\n",
    "/dev/null ",
    "/ ",
    ". ",
    "${HOME}",
    "${",
    "\xc3\xa4",
    "\xff",
    "\xed\xa0\x80",
    "1 ",
    "2 ",
    "assert-text ",
    "break ",
    "break port ",
    "break vector ",
    "break text ",
    "if ",
    "any ",
    "eax == ",
    "word[",
    "]",
    "step ",
    "finish\n",
    "until ",
    "continue ",
    "reverse-step\n",
};

static void check_error(bool ok, const struct err *e)
{
    if (!ok && (!e->text[0] || strnlen(e->text, sizeof(e->text)) == sizeof(e->text)))
        abort();
}

/* Brackets in pairs, nothing raw in strings: that it is JSON at all is tested elsewhere. */
static void check_json(const struct reply *r)
{
    char *text = NULL;
    size_t len;
    int depth = 0;
    bool string = false;
    FILE *f = open_memstream(&text, &len);
    reply_write_text(r, f);
    fclose(f);
    free(text);
    f = open_memstream(&text, &len);
    reply_write_json(r, f);
    fclose(f);
    for (const char *p = text; p < text + len; p++) {
        if ((u8)*p < ' ')
            abort();
        if (string && *p == '\\')
            p++;
        else if (*p == '"')
            string = !string;
        else if (!string)
            depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
    }
    if (string || depth)
        abort();
    free(text);
}

static bool writes_files(const struct request *r)
{
    for (unsigned i = 0; i < command_params(r->row); i++) {
        enum param_kind kind = r->row->param[i].kind;
        if (kind == PARAM_FILE_OUT)
            return true;
    }
    return strcmp(r->row->name, "screenshot-next") == 0;
}

/* A machine, made when it is wanted. */
static struct control *machine(struct control *c)
{
    if (!c->vm) {
        struct vm_config config = {.ram_mb = 1};
        control_init(c, vm_new(&config, NULL));
        if (!c->vm)
            abort();
    }
    return c;
}

static void perform(struct control *c, const struct request *r)
{
    struct reply reply;
    struct call call;
    reply_init(&reply);
    call_begin(&call, c, CLIENT_SOCKET, r, &reply);
    for (int i = 0; i < STEPS; i++) {
        enum command_state state = call_step(&call);
        if (state == COMMAND_FAILED)
            check_error(false, &call.error);
        if (state == COMMAND_PENDING && !(r->row->flags & COMMAND_WAITS))
            abort();
        if (state != COMMAND_PENDING)
            break;
        if (call.next <= vm_now(c->vm))
            abort();
        u64 step = call.next - vm_now(c->vm);
        control_run(c, vm_now(c->vm) + (step < NS_PER_MS ? step : NS_PER_MS));
    }
    check_json(&reply);
    reply_free(&reply);
}

static void complete(const struct control *c, const char *line, size_t len)
{
    struct completions out;
    command_complete(c->vm ? c : NULL, line, len, &out);
    if (out.from > len + 1 || out.count > COMPLETIONS)
        abort();
    completions_free(&out);
}

/* The same line, cut at blanks without any rules. */
static void by_words(struct choices *k, char *line)
{
    const char *word[WORDS];
    struct command_member member[WORDS];
    unsigned count = 0;
    struct request r;
    struct err e = {""};
    for (char *rest = line, *w; count < WORDS && (w = strsep(&rest, " ")); count++) {
        word[count] = choose8(k) % 16 ? w : NULL;
        member[count] = (struct command_member){"drive", w};
    }
    check_error(request_words(&r, NULL, word, count, &e), &e);
    request_free(&r);
    if (count && word[0]) {
        check_error(request_named(&r, NULL, word[0], member + 1, count - 1, &e), &e);
        request_free(&r);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices k = {data, data + size};
    struct control c = {.vm = NULL};
    static const struct command_site site = {.script = "fuzz.script", .variables = true};
    while (choices_left(&k)) {
        char line[400], *to = line;
        u8 byte = 0;
        while (choices_left(&k) && to < line + sizeof(line) - 32 && byte != '\n') {
            byte = choose8(&k);
            const char *w = byte < 0x80 ? NULL : words[(byte & 0x7fu) % ARRAY_SIZE(words)];
            if (w)
                to = stpcpy(to, w);
            else
                *to++ = (char)byte;
            byte = w && to[-1] == '\n' ? '\n' : byte;
        }
        size_t len = (size_t)(to - line) - (byte == '\n');
        char *exact = malloc(len ? len : 1); /* a sanitizer sees the end */
        memcpy(exact, line, len);
        struct request r;
        struct err e = {""};
        bool ok = request_parse(&r, &site, exact, len, &e);
        check_error(ok, &e);
        complete(&c, exact, len);
        free(exact);
        if (ok && r.row && !writes_files(&r))
            perform(machine(&c), &r);
        request_free(&r);
        line[len] = 0;
        by_words(&k, line);
    }
    struct vm *vm = c.vm;
    if (vm)
        control_free(&c);
    vm_free(vm, NULL);
    return 0;
}
