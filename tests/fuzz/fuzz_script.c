/*
 * fuzz_script.c - scripts, heads of tests (frontend/suite/test_file.h) and command lines of any
 * content: accepted, or refused with one line that says where and why. Nothing is run.
 *
 * The input is text, in which bytes from 80h on stand for words of the language, so that the
 * search need not spell them.
 */
#include "frontend/cli/options.h"
#include "frontend/script/script.h"
#include "frontend/suite/job.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS = 64 };

static const char *const script_words[] = {
    "wait-text ",
    "wait-serial ",
    "wait-screen ",
    "wait-still ",
    "type ",
    "key ",
    "sleep ",
    "screenshot ",
    "dump-text ",
    "state-hash ",
    "assert-text ",
    "refute-text ",
    "mouse ",
    "insert ",
    "eject ",
    "reset\n",
    "power\n",
    "snapshot save ",
    "snapshot load ",
    "quit ",
    "fda ",
    "fdb ",
    "cd ",
    "force",
    "ctrl-alt-del",
    "shift-",
    "f1",
    "kp_plus",
    "\\x41",
    "\\n",
    "\"A:\\>\"",
    "${HOME}",
    "${",
    "}",
    "1e6",
    "-1",
    "0x7fffffff",
    "99999999999999999999",
    "nan",
    "inf",
    "\"",
    "\\",
    "#",
    "\r\n",
    "/dev/null",
    ".",
    "/",
    "\"\"",
    " 7\n",
    "set ",
    "$A",
    "${B}",
    "$$",
    "include ",
    "on-fail ",
    "expect-exit ",
    "expect-end power-off",
    "wait-any ",
    " or ",
    "text ",
    "serial ",
    "screen ",
    "/a.*(b|c){2,5}$/i ",
    "assert-screen ",
    "region=",
    "mask=0,0,8,8 ",
    "tolerance=",
    "still ",
};

static const char *const option_words[] = {
    "-m\n",
    "-cpu\n",
    "-speed\n",
    "-fda\n",
    "-hda\n",
    "-hdd\n",
    "-cdrom\n",
    "-drive\n",
    "file=",
    "if=",
    "floppy",
    "ide",
    "index=",
    "media=",
    "cdrom",
    "overlay=",
    "readonly=",
    "on",
    "off",
    "format=raw",
    "-boot\n",
    "order=",
    "acd",
    "-bios\n",
    "-kernel\n",
    "-append\n",
    "-initrd\n",
    "-device\n",
    "isa-debug-exit,iobase=",
    "pc-testdev",
    "-post-port\n",
    "-serial\n",
    "unix:",
    "file:",
    "stdio",
    "-parallel\n",
    "-debugcon\n",
    "-nic\n",
    "user",
    "lan",
    "none",
    ",model=",
    "ne2k_isa",
    "ne2k_pci",
    "pcnet",
    "pcnet_isa",
    "es1370",
    "piix3-usb-uhci",
    "usb-kbd",
    "usb-tablet",
    ",mac=",
    "52:54:00:12:34:56",
    ",io=",
    ",irq=",
    ",hostfwd=",
    "tcp:",
    "udp:",
    "127.0.0.1",
    ":22-:22",
    ",restrict=",
    ",name=",
    "-netdump\n",
    "-display\n",
    "-loadvm\n",
    "-snapshot\n",
    "-rtc\n",
    "base=",
    "2000-01-31",
    "T12:00:00",
    "utc",
    "-d\n",
    "int,",
    "all",
    "-stats\n",
    "--",
    "=",
    ",,",
    "\n",
    "-1",
    "99999999999999999999",
    "0x",
    "1e300",
    "-D\n",
};

static const char *const head_words[] = {
    "# args: ",   "# from: ",   "# needs: ",    "# get: ",   "# before: ",
    "# after: ",  "# status: ", "# limit: ",    "# twice\n", "# variants: a b c\n",
    "# args a: ", "# arg: ",    "# ",           "\n",        "\r\n",
    "${TMP}",     "${DIR}",     "${VARIANT}",   "${",        "}",
    "${NOT_SET}", "'",          "\"",           "\\",        "-m 4 ",
    "-fda ",      "7",          "1e9",          "-1",        "nan",
    "300",        ":",          "\xef\xbb\xbf", "quit\n",    "/dev/null",
};

/* The text that the input stands for, with a zero after it. */
static char *spell(struct choices *c, const char *const *words, size_t count, size_t *size)
{
    char *text = malloc((size_t)(c->end - c->at) * 32 + 1), *to = text;
    if (!text)
        abort();
    while (choices_left(c)) {
        u8 byte = choose8(c);
        const char *word = byte < 0x80 ? NULL : words[(byte & 0x7fu) % count];
        if (!word)
            *to++ = (char)byte;
        else
            to = stpcpy(to, word);
    }
    *to = 0;
    *size = (size_t)(to - text);
    return text;
}

static void check(bool ok, const struct err *e)
{
    size_t length = strnlen(e->text, sizeof(e->text));
    if (!ok && (length == 0 || length == sizeof(e->text)))
        abort(); /* no reason given */
}

static void parse_script(struct choices *c)
{
    size_t size;
    struct err e = {""};
    char *text = spell(c, script_words, ARRAY_SIZE(script_words), &size);
    char *exact = malloc(size ? size : 1); /* without the zero: a sanitizer sees the end */
    memcpy(exact, text, size);
    free(text);
    static const char *const set[] = {"A=a value", "B=3"};
    const struct script_setting setting = {.set = set, .sets = choose8(c) & 1 ? 2 : 0};
    struct script *s = script_parse("fuzz.script", &setting, exact, size, &e);
    check(s != NULL, &e);
    script_free(s);
    free(exact);
}

static void parse_options(struct choices *c)
{
    size_t size;
    struct err e = {""};
    struct options o;
    char *text = spell(c, option_words, ARRAY_SIZE(option_words), &size), *rest = text;
    char *argv[ARGUMENTS + 1] = {text};
    int argc = 1;
    while (rest && argc < ARGUMENTS)
        argv[argc++] = strsep(&rest, "\n");
    if (argc > 1 && !*argv[argc - 1])
        argc--;
    argv[argc] = NULL;
    check(options_parse(&o, argc, argv, &e), &e);
    options_free(&o);
    free(text);
}

/* What a test is made of, for each of its variants. */
static void look_at_head(const struct test_file *f, const char *variant)
{
    static const char *const nothing[] = {NULL};
    const struct job_rules rules = {.limit = 300};
    const struct test_names names = {.tmp = "/tmp", .dir = f->folder, .variant = variant};
    struct err e = {""};
    struct job_options o = {0};
    double limit;
    int status = -1;
    for (int key = HEADER_ARGS; key <= HEADER_VARIANTS; key++) {
        const char *value;
        size_t at = 0;
        while ((value = test_file_value(f, (enum header_key)key, variant, &at))) {
            char *text = test_file_expand(value, &names, &e);
            check(text != NULL, &e);
            free(text);
        }
    }
    bool ok = test_file_status(f, variant, &status, &e);
    check(ok, &e);
    if (ok && (status < 0 || status > 255))
        abort();
    ok = test_file_number(f, HEADER_LIMIT, variant, 0.1, 300, &limit, &e);
    check(ok, &e);
    if (ok && !(limit >= 0.1))
        abort();
    check(job_options(&o, f, variant, f->path, "/tmp", &rules, nothing, &e), &e);
    job_options_free(&o);
}

static void parse_head(struct choices *c)
{
    size_t size;
    struct err e = {""};
    char *text = spell(c, head_words, ARRAY_SIZE(head_words), &size), path[64];
    snprintf(path, sizeof(path), "/tmp/ferrite-fuzz-%d.script", (int)getpid());
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text, size) != (ssize_t)size)
        abort();
    close(fd);
    free(text);
    struct test_file *f = test_file_read(path, &e);
    check(f != NULL, &e);
    if (f) {
        look_at_head(f, "");
        look_at_head(f, "a");
    }
    test_file_free(f);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    switch (choose8(&c) % 3) {
    case 0:
        parse_script(&c);
        break;
    case 1:
        parse_options(&c);
        break;
    default:
        parse_head(&c);
    }
    return 0;
}
