/*
 * fuzz_script.c - scripts and command lines of any content: accepted, or refused with one line that
 * says where and why. Nothing is run.
 *
 * The input is text, in which bytes from 80h on stand for words of the language, so that the
 * search need not spell them.
 */
#include "frontend/cli/options.h"
#include "frontend/script/script.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

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

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    if (choose8(&c) & 1)
        parse_options(&c);
    else
        parse_script(&c);
    return 0;
}
