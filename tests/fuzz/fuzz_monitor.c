/*
 * fuzz_monitor.c - bytes of any content to the monitor, and what may stand at the end of a line.
 * The client is a socket of ours, sometimes in the place of the terminal's thread.
 *
 * Bytes from 80h on stand for words of the language.
 */
#define _GNU_SOURCE /* memmem */
#include "frontend/control/command_words.h"
#include "frontend/monitor/monitor.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const words[] = {
    "info ",        "status\n",    "block\n",     "x/4xw ",     "xp/8xb ",        "p/x ",
    "$esp + 4",     "0x7c00\n",    "cs:eip",      "x /",        "stop\n",         "cont\n",
    "help ",        "sendkey ",    "ctrl-alt-",   "wait-text ", "sleep ",         "eject -f ",
    "change ",      "fda ",        "ide1-cd0 ",   "tools:\n",   "echo ",          "\"",
    "\\x",          "#",           "\x03",        "\x04",       "complete ",      "\t",
    "\n",           "\r\n",        "screendump ", "-f ",        "advance 0.01\n", "frame\n",
    "((((((((",     "registers\n", "gdt\n",       "idt\n",      "tlb\n",          "page ",
    "interrupts\n", "pci\n",
};

static void step(struct control *c, struct links *l, int client)
{
    static char buf[1 << 16];
    links_wait(l, 0);
    control_poll(c);
    if (!control_stands(c))
        vm_run(c->vm, control_limit(c, vm_now(c->vm) + NS_PER_MS));
    while (recv(client, buf, sizeof(buf), MSG_DONTWAIT) > 0)
        ;
}

/* Files are not to be written here. */
static bool harmless(const char *text, size_t len)
{
    static const char *const writing[] = {"dump",   "shot",       "save", "record",
                                          "export", "state-hash", "quit"};
    for (size_t i = 0; i < ARRAY_SIZE(writing); i++) {
        if (memmem(text, len, writing[i], strlen(writing[i])))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices k = {data, data + size};
    struct vm_config config = {.ram_mb = 1};
    struct control c;
    struct links l = {.count = 0};
    int pair[2];
    control_init(&c, vm_new(&config, NULL));
    struct monitor *m = c.vm ? monitor_new(&c, "0") : NULL;
    if (!m || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        abort();
    struct link_user user = monitor_user(m);
    if (!links_adopt(&l, pair[1], &user, NULL))
        abort();
    char line[300];
    size_t len = 0;
    while (choices_left(&k)) {
        u8 byte = choose8(&k);
        const char *w = byte < 0x80 ? NULL : words[(byte & 0x7fu) % ARRAY_SIZE(words)];
        size_t n = w ? strlen(w) : 1;
        if (len + n > sizeof(line))
            len = 0;
        memcpy(line + len, w ? w : (char *)&byte, n);
        len += n;
        if (line[len - 1] != '\n' && choices_left(&k))
            continue;
        char *spelled = words_spelling(line, len - (line[len - 1] == '\n'));
        free(spelled);
        if (harmless(line, len) && send(pair[0], line, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            break;
        len = 0;
        step(&c, &l, pair[0]);
    }
    for (unsigned i = 0; i < 5; i++)
        step(&c, &l, pair[0]);
    close(pair[0]);
    struct vm *vm = c.vm;
    links_close(&l);
    monitor_free(m);
    control_free(&c);
    vm_free(vm, NULL);
    return 0;
}
