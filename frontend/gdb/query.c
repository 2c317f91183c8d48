/*
 * query.c - q and Q packets: what the stub can do, the target's description, the thread, commands
 * of the one table (qRcmd: GDB's `monitor`). See stub.h.
 */
#include "frontend/gdb/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- abilities ---- */

static void supported(struct gdb_stub *g, const char *rest, size_t len)
{
    char text[300];
    (void)len;
    g->tells_break = strstr(rest, "swbreak+") && strstr(rest, "hwbreak+");
    snprintf(text, sizeof(text),
             "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;"
             "hwbreak+%s",
             (unsigned)GDB_PACKET, stub_reverses(g) ? ";ReverseStep+;ReverseContinue+" : "");
    stub_say(g, text);
}

static void start_no_ack(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)len;
    if (*rest) {
        stub_say(g, "");
        return;
    }
    stub_say(g, "OK");
    g->no_ack = g->in.no_ack = true;
}

/* "ANNEX:OFFSET,LENGTH" */
static void features(struct gdb_stub *g, const char *rest, size_t len)
{
    static const char annex[] = "target.xml:";
    u64 offset, want;
    (void)len;
    if (strncmp(rest, annex, strlen(annex)) != 0) {
        stub_say(g, "E00");
        return;
    }
    rest += strlen(annex);
    if (!gdb_number_then(&rest, 0xffffffffu, ',', &offset) ||
        !gdb_number_then(&rest, 0xffffffffu, 0, &want)) {
        stub_say(g, BAD_PACKET);
        return;
    }
    size_t size = strlen(g->xml), left = offset < size ? size - offset : 0;
    char part[GDB_PACKET / 2];
    size_t n = left < want ? left : want;
    if (n > sizeof(part) - 1)
        n = sizeof(part) - 1;
    part[0] = n < left ? 'm' : 'l';
    if (n)
        memcpy(part + 1, g->xml + offset, n);
    stub_send(g, part, n + 1);
}

/* ---- the thread ---- */

static void attached(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)rest, (void)len;
    stub_say(g, "1");
}

static void current_thread(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)len;
    stub_say(g, *rest ? "" : "QC01");
}

static void first_threads(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)rest, (void)len;
    stub_say(g, "m01");
}

static void more_threads(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)rest, (void)len;
    stub_say(g, "l");
}

static void thread_words(struct gdb_stub *g, const char *rest, size_t len)
{
    char text[300], hex[2 * sizeof(text) + 1];
    (void)rest, (void)len;
    vm_explain(g->control->vm, text, sizeof(text));
    gdb_hex(hex, text, strlen(text));
    stub_say(g, hex);
}

/* ---- commands ---- */

/* For the person at GDB's terminal. */
static void show(struct gdb_stub *g, const char *text)
{
    enum { PART = 1000 };
    size_t len = strlen(text);
    while (len) {
        char packet[2 * PART + 2] = "O";
        size_t n = len < PART ? len : PART;
        gdb_hex(packet + 1, text, n);
        stub_say(g, packet);
        text += n;
        len -= n;
    }
}

void stub_show_line(struct gdb_stub *g, const char *text)
{
    if (!*text)
        return;
    show(g, text);
    show(g, "\n");
}

static void show_reply(struct gdb_stub *g, const struct reply *r)
{
    char *text = NULL;
    size_t len;
    stub_show_line(g, r->said);
    if (reply_empty(r))
        return;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return;
    reply_write_text(r, f);
    if (fclose(f) == 0 && len) {
        show(g, text);
        if (text[len - 1] != '\n')
            show(g, "\n");
    }
    free(text);
}

static void command_done(void *opaque, const struct call *call, enum command_state state)
{
    struct gdb_stub *g = opaque;
    g->commands = false;
    show_reply(g, call->reply);
    if (state == COMMAND_FAILED)
        stub_show_line(g, call->error.text);
    stub_say(g, "OK");
}

static void command(struct gdb_stub *g, const char *rest, size_t len)
{
    char line[GDB_PACKET / 2 + 1];
    struct request r;
    struct err e;
    if (len % 2 || !gdb_bytes(line, rest, len / 2)) {
        stub_say(g, BAD_PACKET);
        return;
    }
    line[len / 2] = 0;
    if (!request_parse(&r, NULL, line, strlen(line), &e)) {
        stub_show_line(g, e.text);
        stub_say(g, "OK");
    } else if (!r.row) {
        stub_say(g, "OK");
    } else {
        g->commands = true;
        control_submit(g->control, CLIENT_DEBUGGER, &r, command_done, g);
        if (g->commands && control_stands(g->control)) {
            control_cancel(g->control, g);
            g->commands = false;
            stub_show_line(g,
                           "it waits for guest time to pass, and the machine is stopped; `advance` "
                           "lets some pass");
            stub_say(g, "OK");
        }
        return;
    }
    request_free(&r);
}

/* ---- */

static const struct packet queries[] = {
    {"Supported", supported},
    {"Attached", attached},
    {"fThreadInfo", first_threads},
    {"sThreadInfo", more_threads},
    {"ThreadExtraInfo,", thread_words},
    {"Rcmd,", command},
    {"Xfer:features:read:", features},
    {"Search:memory:", stub_search},
    {"CRC:", stub_checksum},
    {"C", current_thread}, /* behind what begins like it */
};

void stub_query(struct gdb_stub *g, const char *rest, size_t len)
{
    if (!stub_dispatch(g, queries, ARRAY_SIZE(queries), rest, len))
        stub_say(g, "");
}

void stub_set(struct gdb_stub *g, const char *rest, size_t len)
{
    static const struct packet settings[] = {{"StartNoAckMode", start_no_ack}};
    if (!stub_dispatch(g, settings, ARRAY_SIZE(settings), rest, len))
        stub_say(g, "");
}
