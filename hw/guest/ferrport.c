/*
 * ferrport.c - the guest port: registers, channels, and the operations that need no share.
 *
 * Our own device; README.md is its data sheet. The guest writes a request into its channel's packet
 * with OUTSB or OUTSW, rings, and reads the answer with INSB or INSW: the device moves no memory of
 * the guest, so nothing has to be translated for a program in virtual-8086 mode and a fault in the
 * middle of a transfer goes on where it was.
 *
 * Determinism: what is answered from the configuration is the same in every run. What comes from
 * outside - the host's clock, files - passes through from_outside(), where a journal
 * (hw/base/journal.h) notes the answers and gives them again in a replay.
 */
#include "hw/guest/ferrport.h"
#include "hw/base/journal.h"
#include "hw/guest/share.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Offsets of the ports. */
enum { SIGNATURE, STATUS, DATA, CLAIM };
enum { STATUS_READY = 0x00, STATUS_FILLING = 0x01, STATUS_BAD = 0x80, STATUS_NOT_CLAIMED = 0x81 };
enum { NO_CHANNEL = 0xff };

/* ---- operations ---- */

enum { FEATURE_RUN = 1, FEATURE_SHARES = 2, FEATURE_TIME = 4 };

static u8 do_hello(const struct ferrport *p, struct answer *to)
{
    to->a = FERRPORT_VERSION;
    to->b = (p->run_wanted ? FEATURE_RUN : 0u) | (shares_count(p->shares) ? FEATURE_SHARES : 0u) |
            (p->host_time ? FEATURE_TIME : 0u);
    return DOS_OK;
}

/* a: which item. Answers it, its length in a, and flags in b: 1 stay, 2 nobody is there, 4 mouse, 8
 * no prompt, 16 output. */
static u8 do_run(const struct ferrport *p, const struct request *r, struct answer *to)
{
    if (!p->run_wanted)
        return DOS_FILE_NOT_FOUND;
    if (r->a >= RUN_ITEMS)
        return DOS_PARAMETER;
    answer_add(to, p->run[r->a].bytes, p->run[r->a].size);
    to->a = p->run[r->a].size;
    to->b = (p->stay ? 1u : 0u) | (p->unattended ? 2u : 0u) | (p->mouse ? 4u : 0u) |
            (p->no_prompt ? 8u : 0u) | (p->output ? 16u : 0u) | (p->input ? 32u : 0u);
    return DOS_OK;
}

static u8 do_exit(struct ferrport *p, const struct request *r)
{
    p->exit_code = (u8)r->a;
    p->exit_kind = (u8)r->b;
    irq_pulse(&p->exit);
    return DOS_OK;
}

/*
 * The guest has nothing to do for a microseconds: as on a bus that is held, its time passes at no
 * cost for the host, until the next event or a millisecond. For guests in which HLT is not allowed.
 */
static u8 do_idle(struct ferrport *p, const struct request *r)
{
    const struct board *board = p->dev.board;
    u64 ns = (r->a < 1000 ? r->a : 1000) * 1000ull;
    clock_settle(board->clock);
    u64 now = clock_now(board->clock), next = clock_next(board->clock);
    if (next < now + ns)
        ns = next > now ? next - now : 0;
    bus_hold(board->bus, ns);
    return DOS_OK;
}

/* The payload is what a program prints; handle: 1 standard output, 2 standard error. */
static u8 do_output(const struct ferrport *p, const struct request *r)
{
    if (r->handle != 1 && r->handle != 2)
        return DOS_HANDLE;
    if (p->print && p->output)
        p->print(p->print_opaque, r->handle, r->payload, r->len);
    return DOS_OK;
}

/* The host's local time: year (word), month, day, hour, minute, second, hundredths, day of week. */
static u8 do_time(const struct ferrport *p, struct answer *to)
{
    struct timespec now;
    struct tm tm;
    if (!p->host_time)
        return DOS_FUNCTION; /* the guest's clock is not the host's, and a run can be repeated */
    clock_gettime(CLOCK_REALTIME, &now);
    if (!localtime_r(&now.tv_sec, &tm))
        return DOS_FUNCTION;
    u8 t[9];
    put_le16(t, (unsigned)tm.tm_year + 1900);
    t[2] = (u8)(tm.tm_mon + 1);
    t[3] = (u8)tm.tm_mday;
    t[4] = (u8)tm.tm_hour;
    t[5] = (u8)tm.tm_min;
    t[6] = (u8)(tm.tm_sec < 60 ? tm.tm_sec : 59); /* DOS knows no leap seconds */
    t[7] = (u8)(now.tv_nsec / 10000000);
    t[8] = (u8)tm.tm_wday;
    answer_add(to, t, sizeof(t));
    return DOS_OK;
}

/* Up to a bytes of what a program is to read; none: it has ended. Not ready: ask again. */
static u8 do_input(const struct ferrport *p, const struct request *r, struct answer *to)
{
    u8 bytes[PACKET_DATA];
    size_t n = r->a < sizeof(bytes) ? r->a : sizeof(bytes);
    if (!n || !p->read || !p->input)
        return DOS_OK;
    if (!p->read(p->print_opaque, bytes, &n))
        return DOS_NOT_READY;
    answer_add(to, bytes, n);
    return DOS_OK;
}

/* Answers that the host's clock or files decide. */
static u8 ask_host(struct ferrport *p, const struct request *r, struct answer *to)
{
    switch (r->op) {
    case OP_TIME:
        return do_time(p, to);
    case OP_INPUT:
        return do_input(p, r, to);
    default:
        return shares_answer(p->shares, r, to);
    }
}

/* In the journal: error, a, b, then what the answer carries. */
enum { NOTE_HEAD = 9 };

static u8 replay(struct ferrport *p, struct answer *to)
{
    const u8 *note;
    const struct journal_entry *e =
        journal_take(p->dev.board->clock->journal, JOURNAL_ANSWER, 0, &note);
    if (!e || e->size < NOTE_HEAD) {
        journal_lost(p->dev.board->clock->journal,
                     "the guest asks the guest port for what it has not "
                     "asked for in the recorded run");
        return DOS_FUNCTION;
    }
    to->a = get_le32(note + 1);
    to->b = get_le32(note + 5);
    answer_add(to, note + NOTE_HEAD, e->size - NOTE_HEAD);
    return note[0];
}

static u8 from_outside(struct ferrport *p, const struct request *r, struct answer *to)
{
    if (journal_replays(p->dev.board->clock->journal))
        return replay(p, to);
    u8 note[NOTE_HEAD + PACKET_ROOM], error = ask_host(p, r, to);
    note[0] = error;
    put_le32(note + 1, to->a);
    put_le32(note + 5, to->b);
    memcpy(note + NOTE_HEAD, to->payload, to->len);
    journal_note(p->dev.board->clock->journal, JOURNAL_ANSWER, 0, note,
                 NOTE_HEAD + (size_t)to->len);
    return error;
}

/* Who is to ask again waits: before it does, the machine sees that the run is to end. */
static u8 input(struct ferrport *p, const struct request *r, struct answer *to)
{
    u8 error = from_outside(p, r, to);
    if (error == DOS_NOT_READY)
        bus_hold(p->dev.board->bus, NS_PER_MS);
    return error;
}

static u8 perform(struct ferrport *p, const struct request *r, struct answer *to)
{
    switch (r->op) {
    case OP_HELLO:
        return do_hello(p, to);
    case OP_RUN:
        return do_run(p, r, to);
    case OP_EXIT:
        return do_exit(p, r);
    case OP_IDLE:
        return do_idle(p, r);
    case OP_OUTPUT:
        return do_output(p, r);
    case OP_INPUT:
        return input(p, r, to);
    case OP_CD: /* from the machine's own disc */
        return shares_answer(p->shares, r, to);
    case OP_CD_DRIVE: /* which letter, is the user's to say */
        return r->al == CD_WHERE ? from_outside(p, r, to) : shares_answer(p->shares, r, to);
    default:
        return from_outside(p, r, to);
    }
}

/* ---- a packet ---- */

static bool take_apart(const struct ferrport_channel *c, struct request *r, u8 *payload)
{
    const u8 *p = c->packet;
    if (c->answering || c->overflow || c->at < PACKET_REQUEST)
        return false;
    *r = (struct request){
        .op = p[0],
        .seq = p[1],
        .len = get_le16(p + 2),
        .drive = p[4],
        .al = p[5],
        .handle = get_le16(p + 6),
        .a = get_le32(p + 8),
        .b = get_le32(p + 12),
        .payload = payload,
    };
    if (PACKET_REQUEST + r->len != c->at)
        return false;
    memcpy(payload, p + PACKET_REQUEST, r->len);
    memset(payload + r->len, 0, PACKET_SIZE - r->len);
    return true;
}

static void ring(struct ferrport *p)
{
    struct ferrport_channel *c = &p->channel[p->selected];
    u8 payload[PACKET_SIZE], answered[PACKET_ROOM];
    struct answer to = {.payload = answered};
    struct request r;

    c->bad = !c->claimed || !take_apart(c, &r, payload);
    c->answering = true;
    c->overflow = false;
    c->at = c->size = 0;
    if (c->bad) {
        log_at(p->dev.board->log, LOG_GUEST, "guest port: channel %u: not a request", p->selected);
        return;
    }
    to.a = r.a;
    to.b = r.b;
    to.error = perform(p, &r, &to);
    c->packet[0] = r.seq;
    c->packet[1] = to.error;
    put_le16(c->packet + 2, to.len);
    put_le32(c->packet + 4, to.a);
    put_le32(c->packet + 8, to.b);
    memcpy(c->packet + PACKET_ANSWER, answered, to.len);
    c->size = (u16)(PACKET_ANSWER + to.len);
}

static void put_byte(struct ferrport_channel *c, u8 v)
{
    if (c->answering) { /* a new request begins */
        c->answering = c->bad = c->overflow = false;
        c->at = c->size = 0;
    }
    if (c->at < PACKET_SIZE)
        c->packet[c->at++] = v;
    else
        c->overflow = true;
}

static u8 get_byte(struct ferrport_channel *c)
{
    if (!c->answering)
        return 0xff;
    return c->at < c->size ? c->packet[c->at++] : 0;
}

/* ---- registers ---- */

static void forget(struct ferrport_channel *c, bool claimed)
{
    *c = (struct ferrport_channel){.claimed = claimed};
}

static u8 claim(struct ferrport *p)
{
    for (u8 i = 0; i < FERRPORT_CHANNELS; i++) {
        if (!p->channel[i].claimed) {
            forget(&p->channel[i], true);
            return i;
        }
    }
    return NO_CHANNEL;
}

static u8 status(const struct ferrport_channel *c)
{
    if (!c->claimed)
        return STATUS_NOT_CLAIMED;
    if (c->bad)
        return STATUS_BAD;
    return c->answering ? STATUS_READY : STATUS_FILLING;
}

/* 'F', 'E', the channel that is selected, and again. */
static u8 next_signature(struct ferrport *p)
{
    u8 n = p->signature;
    p->signature = (u8)((n + 1) % 3);
    return n == 0 ? 'F' : n == 1 ? 'E' : p->selected;
}

static u32 ferrport_in(void *dev, u16 port, unsigned size)
{
    struct ferrport *p = dev;
    struct ferrport_channel *c = &p->channel[p->selected];
    if (port - FERRPORT_BASE == DATA) {
        u32 v = get_byte(c);
        return size == 2 ? v | (u32)get_byte(c) << 8 : v;
    }
    u8 v = port - FERRPORT_BASE == SIGNATURE ? next_signature(p)
           : port - FERRPORT_BASE == STATUS  ? status(c)
                                             : claim(p);
    /* Of a word's other half nobody knows a use; it must not claim a channel. */
    return size == 2 ? v | 0xff00u : v;
}

static void ferrport_out(void *dev, u16 port, u32 value, unsigned size)
{
    struct ferrport *p = dev;
    u8 v = (u8)value;
    switch (port - FERRPORT_BASE) {
    case SIGNATURE:
        p->selected = v % FERRPORT_CHANNELS;
        p->signature = 0;
        break;
    case STATUS:
        ring(p);
        break;
    case DATA:
        put_byte(&p->channel[p->selected], v);
        if (size == 2)
            put_byte(&p->channel[p->selected], (u8)(value >> 8));
        break;
    case CLAIM:
        if (v < FERRPORT_CHANNELS)
            forget(&p->channel[v], false);
        break;
    }
}

static const struct port_ops ports = {ferrport_in, ferrport_out, 2};

/* ---- life ---- */

static bool copy(struct ferrport_text *to, const char *from, size_t size, const char *what,
                 struct err *e)
{
    if (!from)
        return true;
    if (size > PACKET_DATA)
        return err_set(e, "%s: %zu bytes; the guest port takes %d", what, size, PACKET_DATA);
    to->bytes = malloc(size ? size : 1);
    if (!to->bytes)
        return err_set(e, "out of memory");
    memcpy(to->bytes, from, size);
    to->size = (u16)size;
    return true;
}

static size_t environment_size(const char *p)
{
    const char *start = p;
    if (!p)
        return 0;
    while (*p)
        p += strlen(p) + 1;
    return (size_t)(p + 1 - start);
}

static bool take_run(struct ferrport *p, const struct guest_run *run, struct err *e)
{
    p->run_wanted = run->program != NULL;
    p->stay = run->stay;
    p->unattended = run->unattended;
    p->mouse = run->mouse;
    p->no_prompt = run->no_prompt;
    p->output = run->output;
    p->input = run->input;
    const char *text[] = {run->directory, run->program, run->tail};
    static const char *const what[] = {"the directory", "the program's path", "the arguments"};
    for (unsigned i = 0; i < ARRAY_SIZE(text); i++) {
        if (!copy(&p->run[i], text[i], text[i] ? strlen(text[i]) : 0, what[i], e))
            return false;
    }
    return copy(&p->run[RUN_ENVIRONMENT], run->environment, environment_size(run->environment),
                "the environment", e);
}

static bool ferrport_realize(struct device *d, const struct board *b, struct err *e)
{
    static const struct guest_config nothing;
    struct ferrport *p = (struct ferrport *)d;
    const struct guest_config *config = p->config ? p->config : &nothing;
    p->config = NULL;
    p->shares = shares_new(config, b->clock, b->log, e);
    if (!p->shares)
        return false;
    p->cd.letter = config->cd_letter;
    shares_cd(p->shares, &p->cd);
    if (config->off)
        return true;
    p->print = config->output;
    p->read = config->input;
    p->print_opaque = config->output_opaque;
    if (!take_run(p, &config->run, e))
        return false;
    bus_claim(b->bus, FERRPORT_BASE, 4, &ports, d, d->name);
    return true;
}

static void ferrport_reset(struct device *d)
{
    struct ferrport *p = (struct ferrport *)d;
    p->selected = p->signature = 0;
    for (unsigned i = 0; i < FERRPORT_CHANNELS; i++)
        forget(&p->channel[i], false);
    shares_reset(p->shares);
}

static void channel_state(struct ferrport_channel *c, struct state *s)
{
    state_bool(s, "claimed", &c->claimed);
    state_bool(s, "answering", &c->answering);
    state_bool(s, "bad", &c->bad);
    state_bool(s, "overflow", &c->overflow);
    state_u16(s, "at", &c->at);
    state_u16(s, "size", &c->size);
    if (c->at > PACKET_SIZE || c->size > PACKET_SIZE || (c->answering && c->at > c->size)) {
        forget(c, false);
        state_fail(s, "guest port: impossible packet");
    }
    state_bytes(s, "packet", c->packet, c->answering ? c->size : c->at);
}

static void ferrport_state(struct device *d, struct state *s)
{
    struct ferrport *p = (struct ferrport *)d;
    state_u8(s, "selected", &p->selected);
    state_u8(s, "signature", &p->signature);
    state_u8(s, "exit_code", &p->exit_code);
    state_u8(s, "exit_kind", &p->exit_kind);
    if (p->selected >= FERRPORT_CHANNELS || p->signature > 2) {
        p->selected = p->signature = 0;
        state_fail(s, "guest port: no such channel");
    }
    for (unsigned i = 0; i < FERRPORT_CHANNELS; i++)
        channel_state(&p->channel[i], s);
    shares_state(p->shares, s);
}

static void ferrport_destroy(struct device *d)
{
    struct ferrport *p = (struct ferrport *)d;
    for (unsigned i = 0; i < RUN_ITEMS; i++)
        free(p->run[i].bytes);
    shares_free(p->shares);
}

static void ferrport_describe(const struct device *d, FILE *out)
{
    const struct ferrport *p = (const struct ferrport *)d;
    unsigned claimed = 0;
    for (unsigned i = 0; i < FERRPORT_CHANNELS; i++)
        claimed += p->channel[i].claimed;
    fprintf(out, "ports %04xh, %u of %d channels in use\n", FERRPORT_BASE, claimed,
            FERRPORT_CHANNELS);
    shares_describe(p->shares, out);
}

int ferrport_status(const struct ferrport *p)
{
    switch (p->exit_kind) {
    case GUEST_END_CTRL_C:
        return 130;
    case GUEST_END_NOT_FOUND:
        return 127;
    case GUEST_END_CRASHED: /* as shells have it: 128 and the number of SIGFPE or SIGILL */
        return p->exit_code == 0 ? 136 : 132;
    case GUEST_END_NOT_STARTED:
        return 126;
    default:
        return p->exit_code;
    }
}

const char *ferrport_crash(const struct ferrport *p)
{
    if (p->exit_kind != GUEST_END_CRASHED)
        return NULL;
    return p->exit_code == 0 ? "a division by zero, or one whose result has no room"
                             : "an instruction that the processor does not know";
}

const struct device_class ferrport_class = {
    .name = "guest-port",
    .doc = "port by which programs in the guest ask the host",
    .size = sizeof(struct ferrport),
    .state_version = 2,
    .optional = true,
    .realize = ferrport_realize,
    .reset = ferrport_reset,
    .state = ferrport_state,
    .destroy = ferrport_destroy,
    .describe = ferrport_describe,
};
