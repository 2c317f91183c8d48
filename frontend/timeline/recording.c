/*
 * recording.c - writing a run down. See recording.h for the file.
 */
#include "frontend/timeline/recording.h"

#include "frontend/archive/inflate.h"
#include "frontend/archive/sha256.h"
#include "frontend/timeline/parts.h"
#include "frontend/timeline/recording_format.h"
#include "frontend/timeline/shown_told.h"
#include "hw/base/crc32.h"
#include "hw/base/hostfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CHECK_NS = 1000000000 };

struct recording {
    struct vm *vm;
    FILE *out;
    char *path;
    int error; /* errno of the first write that failed */
    bool told; /* of it */
    bool embed;
    u64 next_check;
    struct shown_told *shown;
};

/* ---- records ---- */

static void put(struct recording *r, const void *bytes, size_t size, u32 *crc)
{
    if (!size)
        return;
    *crc = crc32_of(*crc, bytes, size);
    errno = 0;
    if (!r->error && fwrite(bytes, 1, size, r->out) != size)
        r->error = errno ? errno : EIO;
}

/* One record of two parts. */
static void record(struct recording *r, char letter, const void *head, size_t head_size,
                   const void *rest, size_t rest_size)
{
    u8 begin[RECORD_HEAD + RECORD_CHECK], end[4];
    u32 crc = 0, ignored = 0;
    begin[0] = (u8)letter;
    put_le32(begin + 1, (u32)(head_size + rest_size));
    put_le16(begin + RECORD_HEAD, record_head_check(begin));
    put(r, begin, sizeof(begin), &crc);
    put(r, head, head_size, &crc);
    put(r, rest, rest_size, &crc);
    put_le32(end, crc);
    put(r, end, sizeof(end), &ignored);
}

static void record_text(struct recording *r, char letter, const char *text)
{
    record(r, letter, text, strlen(text), NULL, 0);
}

/* ---- what the machine is made of ---- */

bool recording_hash_file(const char *path, u64 *size, u8 hash[SHA256_BYTES], struct err *e)
{
    enum { PIECE = 1 << 16 };
    struct sha256 s;
    u8 *piece = malloc(PIECE);
    FILE *f = fopen(path, "rbe");
    size_t n;
    *size = 0;
    sha256_begin(&s);
    while (f && piece && (n = fread(piece, 1, PIECE, f)) > 0) {
        sha256_add(&s, piece, n);
        *size += n;
    }
    bool ok = f && piece && !ferror(f);
    if (!ok)
        err_set(e, "%s: cannot be read: %s", path, piece ? strerror(errno) : "out of memory");
    if (f)
        fclose(f);
    free(piece);
    sha256_end(&s, hash);
    return ok;
}

static bool all_zero(const u8 *p, size_t size)
{
    return !size || (!p[0] && memcmp(p, p + 1, size - 1) == 0);
}

static void record_piece(struct recording *r, u64 at, const u8 *bytes, u32 size)
{
    u8 head[PIECE_HEAD], packed[PIECE_MOST];
    size_t n = deflate_bytes(bytes, size, packed, sizeof(packed));
    put_le64(head, at);
    put_le32(head + 8, size);
    head[12] = n ? PACKED_DEFLATE : PACKED_NONE;
    record(r, 'P', head, sizeof(head), n ? packed : bytes, n ? n : size);
}

/* The whole file; the first piece also says that it is in here. */
static bool record_pieces(struct recording *r, const char *path, struct err *e)
{
    u8 piece[PIECE_MOST];
    FILE *f = fopen(path, "rbe");
    u64 at = 0;
    size_t n;
    while (f && (n = fread(piece, 1, sizeof(piece), f)) > 0) {
        if (!at || !all_zero(piece, n))
            record_piece(r, at, piece, (u32)n);
        at += n;
    }
    bool ok = f && !ferror(f);
    if (!ok)
        err_set(e, "%s: cannot be read: %s", path, strerror(errno));
    if (f)
        fclose(f);
    return ok;
}

/* One file; letter F, or K for one that the F before names. */
static bool record_one(struct recording *r, char letter, const char *path, struct err *e)
{
    u8 head[FILE_HEAD];
    u64 size;
    char *whole = realpath(path, NULL);
    bool ok = recording_hash_file(path, &size, head + 8, e);
    put_le64(head, size);
    if (ok)
        record(r, letter, head, sizeof(head), whole ? whole : path, strlen(whole ? whole : path));
    free(whole);
    return ok && (!r->embed || record_pieces(r, path, e));
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* They will lie in one folder. */
static bool names_differ(const char *path, const struct parts *parts, struct err *e)
{
    for (unsigned i = 0; i < parts->count; i++) {
        const char *name = last_part(parts->path[i]);
        for (unsigned k = 0; k < i; k++) {
            if (strcasecmp(name, last_part(parts->path[k])) == 0)
                return err_set(e,
                               "-record: %s names two files called %.80s, which cannot both be in "
                               "the recording (images=embed)",
                               path, name);
        }
    }
    return true;
}

static bool record_file(struct recording *r, const char *path, struct err *e)
{
    struct parts parts;
    if (!record_one(r, 'F', path, e) || !parts_of(path, &parts, e))
        return false;
    bool ok = !r->embed || names_differ(path, &parts, e);
    for (unsigned i = 0; ok && i < parts.count; i++)
        ok = record_one(r, 'K', parts.path[i], e);
    parts_free(&parts);
    return ok;
}

static size_t environment_size(const char *text)
{
    size_t n = 0;
    while (text && text[n])
        n += strlen(text + n) + 1;
    return n;
}

static void record_run(struct recording *r, const struct guest_run *run)
{
    const char *text[] = {run->program, run->directory, run->tail};
    u8 head[13], *rest;
    size_t size[4], all = 0;
    for (unsigned i = 0; i < 4; i++) {
        size[i] = i == 3 ? environment_size(run->environment) : text[i] ? strlen(text[i]) : 0;
        all += size[i];
    }
    head[0] = (u8)((run->stay ? RUN_STAY : 0) | (run->unattended ? RUN_UNATTENDED : 0) |
                   (run->mouse ? RUN_MOUSE : 0) | (run->no_prompt ? RUN_NO_PROMPT : 0) |
                   (run->output ? RUN_OUTPUT : 0) | (run->input ? RUN_INPUT : 0));
    rest = malloc(all + 1);
    if (!rest && !r->error)
        r->error = ENOMEM;
    for (size_t i = 0, at = 0; rest && i < 4; at += size[i], i++) {
        if (i < 3)
            put_le32(head + 1 + 4 * i, (u32)size[i]);
        if (size[i])
            memcpy(rest + at, i == 3 ? run->environment : text[i], size[i]);
    }
    if (rest)
        record(r, 'R', head, sizeof(head), rest, all);
    free(rest);
}

static bool record_machine(struct recording *r, const struct recording_machine *m, struct err *e)
{
    u8 times[TIMES];
    u8 format[4];
    char *folder = getcwd(NULL, 0);
    u32 ignored = 0;
    put(r, RECORDING_MAGIC, RECORDING_MAGIC_SIZE, &ignored);
    put_le32(format, RECORDING_FORMAT);
    put(r, format, sizeof(format), &ignored);
    record_text(r, 'V', m->version);
    for (unsigned i = 0; i < m->arguments; i++)
        record_text(r, 'A', m->argument[i]);
    record_text(r, 'D', folder ? folder : "");
    free(folder);
    times[0] = m->rtc_host;
    put_le64(times + 1, m->rtc_start);
    put_le64(times + 9, m->rtc_now);
    record(r, 'T', times, sizeof(times), NULL, 0);
    for (unsigned i = 0; i < m->files; i++) {
        if (!record_file(r, m->file[i], e))
            return false;
    }
    if (m->run.program)
        record_run(r, &m->run);
    return true;
}

/* ---- the run ---- */

/* A medium that comes later is a file of the recording, too. */
static void record_medium(struct recording *r, const u8 *data, size_t size)
{
    char path[4096];
    struct err why;
    if (size < 2 || size > sizeof(path))
        return;
    memcpy(path, data + 1, size - 1);
    path[size - 1] = 0;
    if (!record_file(r, path, &why) && !r->error)
        r->error = EIO;
}

static void on_entry(void *opaque, const struct journal_entry *e, const u8 *data)
{
    struct recording *r = opaque;
    u8 head[ENTRY_HEAD];
    if (e->kind == JOURNAL_FLOPPY || e->kind == JOURNAL_CD)
        record_medium(r, data, e->size);
    if (e->size > RECORD_MOST - ENTRY_HEAD && !r->error)
        r->error = EFBIG;
    put_le64(head, e->instructions);
    put_le64(head + 8, e->ns);
    head[16] = e->kind;
    head[17] = e->unit;
    head[18] = e->after;
    record(r, 'E', head, sizeof(head), data, e->size);
}

static void on_back(void *opaque, u64 entries)
{
    u8 count[4];
    put_le32(count, (u32)entries);
    record(opaque, 'X', count, sizeof(count), NULL, 0);
    shown_told_back(((struct recording *)opaque)->shown);
}

static void record_any(void *opaque, char letter, const void *head, size_t head_size,
                       const void *rest, size_t rest_size)
{
    record(opaque, letter, head, head_size, rest, rest_size);
}

void recording_free(struct recording *r)
{
    if (!r)
        return;
    if (r->out)
        fclose(r->out);
    shown_told_free(r->shown);
    free(r->path);
    free(r);
}

struct recording *recording_new(const char *path, const struct recording_machine *m, bool embed,
                                struct err *e)
{
    struct recording *r = calloc(1, sizeof(*r));
    if (!r || !(r->path = strdup(path)) || !(r->shown = shown_told_new(record_any, r))) {
        recording_free(r);
        err_set(e, "-record %s: out of memory", path);
        return NULL;
    }
    r->embed = embed;
    int fd = host_open_output(path);
    r->out = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (r->out && record_machine(r, m, e))
        return r;
    if (!r->out)
        err_set(e, "-record %s: cannot be written: %s", path, strerror(errno));
    recording_free(r);
    return NULL;
}

const struct shown *recording_shown(struct recording *r, unsigned place)
{
    return shown_told_at(r->shown, place);
}

bool recording_begin(struct recording *r, struct vm *vm, struct err *e)
{
    struct journal *j = vm_journal(vm);
    u64 hash;
    u8 begin[8];
    if (!vm_state_hash(vm, &hash, e))
        return false;
    put_le64(begin, hash);
    record(r, 'B', begin, sizeof(begin), NULL, 0);
    r->vm = vm;
    r->next_check = vm_now(vm) + CHECK_NS;
    shown_told_journal(r->shown, j);
    j->told = on_entry;
    j->taken_back = on_back;
    j->opaque = r;
    vm_live(vm, true);
    return true;
}

bool recording_look(struct recording *r, struct err *e)
{
    u64 now = vm_now(r->vm);
    if (r->error && !r->told) {
        r->told = true;
        return err_set(e, "%s: cannot be written: %s; the run is not recorded any more", r->path,
                       strerror(r->error));
    }
    if (r->error || vm_replaying(r->vm) || (now < r->next_check && r->next_check - now <= CHECK_NS))
        return true;
    r->next_check = now + CHECK_NS;
    vm_check(r->vm);
    if (fflush(r->out) != 0)
        r->error = errno;
    return true;
}

bool recording_end(struct recording *r, struct err *e)
{
    if (!r || !r->out || !r->vm)
        return true;
    struct journal *j = vm_journal(r->vm);
    struct instant at = vm_instant(r->vm);
    u8 end[END];
    u64 hash = 0;
    shown_told_journal(r->shown, NULL);
    j->told = NULL;
    j->taken_back = NULL;
    vm_live(r->vm, j->keeps);
    put_le64(end, at.instructions);
    put_le64(end + 8, at.ns);
    vm_go_on(r->vm); /* who ended the run may have interrupted it once more, and this with it */
    if (vm_state_hash(r->vm, &hash, NULL)) {
        put_le64(end + 16, hash);
        record(r, 'Z', end, sizeof(end), NULL, 0);
    }
    errno = 0;
    if (fclose(r->out) != 0 && !r->error)
        r->error = errno ? errno : EIO;
    r->out = NULL;
    bool ok = !r->error || r->told ||
              err_set(e, "-record %s: cannot be written: %s", r->path, strerror(r->error));
    if (r->told && r->error)
        ok = err_set(e, "-record %s: is not whole", r->path);
    return ok;
}
