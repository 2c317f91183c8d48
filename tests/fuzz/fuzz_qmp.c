/*
 * fuzz_qmp.c - bytes of any content to QMP: whatever comes, each answer is one line, and the
 * machine is looked after. The client is a socket of ours; it may vanish at any time.
 *
 * Bytes from 80h on stand for words of the language, so that valid commands are frequent.
 */
#include "frontend/json/json_frame.h"
#include "frontend/qmp/qmp.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const words[] = {
    "{\"execute\":\"",
    "\",\"arguments\":{",
    "}}\n",
    "\"}\n",
    "\n",
    "qmp_capabilities",
    "\"id\":",
    "query-status",
    "query-block",
    "query-jobs",
    "query-mice",
    "stop",
    "cont",
    "system_reset",
    "send-key",
    "\"keys\":[{\"type\":\"qcode\",\"data\":\"",
    "\"keys\":[{\"type\":\"number\",\"data\":",
    "input-send-event",
    "\"events\":[{\"type\":\"",
    "\"data\":{\"axis\":\"x\",\"value\":",
    "\"data\":{\"down\":true,\"button\":\"",
    "\"}]",
    "human-monitor-command",
    "\"command-line\":\"",
    "info block",
    "screen",
    "wait-text",
    "\"text\":\"",
    "\"seconds\":",
    "sleep",
    "advance",
    "frame",
    "eject",
    "blockdev-change-medium",
    "blockdev-open-tray",
    "blockdev-close-tray",
    "\"device\":\"floppy0\"",
    "\"id\":\"ide1-cd0\"",
    "\"filename\":\"tools:\"",
    "\"force\":true",
    "job-dismiss",
    "commands",
    "help",
    "type",
    "ret",
    "wheel-up",
    "abs",
    "key",
    "btn",
    "[[[[[[[[",
    "{\"a\":",
    "\xff",
    "1",
    "-1",
    "0.5",
    "1e400",
    "null",
    "true",
    ",",
    "\\u0000",
    "\\ud800",
    "\"",
};

struct rig {
    struct control control;
    struct qmp *qmp;
    struct links links;
    int client;
    unsigned lines;
};

/* Each line begins as QMP's do. */
static void drain(struct rig *r)
{
    static char buf[1 << 16];
    static const char *const begins[] = {"{\"QMP\"", "{\"return\"", "{\"error\"", "{\"timestamp\""};
    for (;;) {
        ssize_t n = recv(r->client, buf, sizeof(buf), MSG_DONTWAIT | MSG_PEEK);
        if (n <= 0)
            return;
        char *end = memchr(buf, '\n', (size_t)n);
        if (!end) /* the rest is on its way, or it is longer than this */
            end = buf + n - 1;
        bool known = false;
        for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
            known |= strncmp(buf, begins[i], strlen(begins[i])) == 0;
        if (!known && r->lines++ == 0)
            abort();
        r->lines = *end == '\n' ? 0 : 1;
        if (recv(r->client, buf, (size_t)(end - buf) + 1, MSG_DONTWAIT) < 0)
            return;
    }
}

static void step(struct rig *r, u64 ns)
{
    struct control *c = &r->control;
    links_wait(&r->links, 0);
    control_poll(c);
    if (!control_stands(c))
        vm_run(c->vm, control_limit(c, vm_now(c->vm) + ns));
    drain(r);
}

static bool connect_client(struct rig *r)
{
    int pair[2];
    struct link_user user = qmp_user(r->qmp);
    struct err e;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return false;
    r->client = pair[0];
    r->lines = 0;
    return links_adopt(&r->links, pair[1], &user, &e);
}

static void begin(struct rig *r)
{
    struct vm_config config = {.ram_mb = 1};
    struct qmp_facts facts = {.version = "0"};
    memset(r, 0, sizeof(*r));
    control_init(&r->control, vm_new(&config, NULL));
    r->qmp = r->control.vm ? qmp_new(&r->control, &facts, NULL) : NULL;
    if (r->control.vm && (!r->qmp || !connect_client(r)))
        r->client = -1;
}

static void end(struct rig *r)
{
    struct vm *vm = r->control.vm;
    close(r->client);
    links_close(&r->links);
    qmp_free(r->qmp);
    control_free(&r->control);
    vm_free(vm, NULL);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static const char hello[] = "{\"execute\":\"qmp_capabilities\"}\n";
    struct choices k = {data, data + size};
    struct rig r;
    begin(&r);
    if (r.client < 0) { /* no Jansson: nothing to test */
        control_free(&r.control);
        return 0;
    }
    if (choose8(&k) % 8 && write(r.client, hello, sizeof(hello) - 1) < 0)
        abort();
    unsigned sent = 0;
    while (choices_left(&k) && sent < 60000) {
        char text[64];
        u8 byte = choose8(&k);
        const char *w = byte < 0x80 ? NULL : words[(byte & 0x7fu) % ARRAY_SIZE(words)];
        text[0] = (char)byte;
        size_t len = w ? strlen(w) : 1;
        if (send(r.client, w ? w : text, len, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
            sent += (unsigned)len;
        if (byte == '\n' || byte % 64 == 5)
            step(&r, NS_PER_MS);
    }
    for (unsigned i = 0; i < 5; i++)
        step(&r, NS_PER_MS);
    end(&r);
    return 0;
}
