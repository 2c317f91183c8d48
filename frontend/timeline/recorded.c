/*
 * recorded.c - a recorded run: reading the file, and having a machine do it again. See recording.h.
 *
 * The file is read as a whole before a machine is made, and nothing in it is believed: records are
 * within the file, of lengths that their letters have, in their order, and whole by their CRC.
 * Where the file breaks off, the run ends.
 */
#include "frontend/timeline/recording.h"

#include "frontend/timeline/parts.h"
#include "frontend/timeline/recording_format.h"
#include "frontend/timeline/stored_file.h"
#include "hw/base/crc32.h"
#include "hw/base/hostfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct recorded_file {
    struct stored_file self;
    char *moved;              /* where it is now, if elsewhere */
    struct stored_file *part; /* the files that it names */
    unsigned parts;
};

struct recorded {
    char *name;
    struct recording_machine machine;
    char *version, *folder;
    char *argument[RECORDING_ARGUMENTS];
    struct recorded_file file[RECORDING_FILES];
    unsigned first_files; /* of the machine as it was made; those that follow came later */
    bool begun, ended;
    u64 begin_hash, end_hash;
    struct instant end;
    struct journal journal; /* entries only */
    struct shown_given *disks;
    bool run_known;
    char *run[4]; /* program, directory, tail, environment */
};

void recorded_free(struct recorded *r)
{
    if (!r)
        return;
    free(r->name);
    free(r->version);
    free(r->folder);
    for (unsigned i = 0; i < r->machine.arguments; i++)
        free(r->argument[i]);
    for (unsigned i = 0; i < r->machine.files; i++) {
        struct recorded_file *f = &r->file[i];
        stored_free(&f->self);
        for (unsigned k = 0; k < f->parts; k++)
            stored_free(&f->part[k]);
        free(f->part);
        free(f->moved);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(r->run); i++)
        free(r->run[i]);
    shown_given_free(r->disks);
    journal_free(&r->journal);
    free(r);
}

const struct recording_machine *recorded_machine(const struct recorded *r)
{
    return &r->machine;
}

const char *recorded_folder(const struct recorded *r)
{
    return r->folder ? r->folder : "";
}

/* ---- reading ---- */

/* A text of a record: no zero within. NULL: it is none, or there is no memory. */
static char *text_of(const u8 *p, size_t size)
{
    if (memchr(p, 0, size))
        return NULL;
    return strndup((const char *)p, size);
}

static bool take_file(struct recorded *r, const u8 *p, size_t size)
{
    if (r->machine.files == RECORDING_FILES)
        return false;
    struct recorded_file *f = &r->file[r->machine.files];
    if (!stored_begin(&f->self, p, size))
        return false;
    r->machine.file[r->machine.files++] = f->self.path;
    return true;
}

static struct recorded_file *last_file(struct recorded *r)
{
    return r->machine.files ? &r->file[r->machine.files - 1] : NULL;
}

/* A file that the last one names. */
static bool take_part(struct recorded *r, const u8 *p, size_t size)
{
    struct recorded_file *f = last_file(r);
    if (!f || f->parts == PARTS_MOST)
        return false;
    if (!f->part && !(f->part = calloc(PARTS_MOST, sizeof(*f->part))))
        return false;
    if (!stored_begin(&f->part[f->parts], p, size))
        return false;
    f->parts++;
    return true;
}

static bool take_piece(struct recorded *r, const u8 *p, size_t size)
{
    struct recorded_file *f = last_file(r);
    return f && stored_piece(f->parts ? &f->part[f->parts - 1] : &f->self, p, size);
}

/* What FERRITE RUN starts. */
static bool take_guest_run(struct recorded *r, const u8 *p, size_t size)
{
    enum { HEAD = 13 };
    size_t at = HEAD;
    if (r->run_known || size < HEAD || p[0] > RUN_ALL)
        return false;
    r->run_known = true;
    for (unsigned i = 0; i < 4; i++) {
        size_t n = i < 3 ? get_le32(p + 1 + 4 * i) : size - at;
        if (n > size - at || (i < 3 && memchr(p + at, 0, n)) || (i == 3 && n && p[size - 1]))
            return false;
        r->run[i] = calloc(1, n + 1);
        if (!r->run[i])
            return false;
        memcpy(r->run[i], p + at, n);
        at += n;
    }
    r->machine.run = (struct guest_run){
        .program = r->run[0],
        .directory = *r->run[1] ? r->run[1] : NULL,
        .tail = *r->run[2] ? r->run[2] : NULL,
        .environment = *r->run[3] ? r->run[3] : NULL,
        .stay = (p[0] & RUN_STAY) != 0,
        .unattended = (p[0] & RUN_UNATTENDED) != 0,
        .no_prompt = (p[0] & RUN_NO_PROMPT) != 0,
        .output = (p[0] & RUN_OUTPUT) != 0,
        .input = (p[0] & RUN_INPUT) != 0,
        .mouse = (p[0] & RUN_MOUSE) != 0,
    };
    return *r->run[0] != 0;
}

/* Is it a medium of a file whose hash stands before? Nothing else is put into a drive. */
static bool is_file(const struct recorded *r, const u8 *p, size_t size)
{
    for (unsigned i = 0; i < r->machine.files && size > 1; i++) {
        if (strlen(r->file[i].self.path) == size - 1 &&
            memcmp(r->file[i].self.path, p + 1, size - 1) == 0)
            return true;
    }
    return size == 1; /* of no file: a replay says so */
}

/*
 * Where a recording that breaks off with this entry ends: behind it. What the guest port answers
 * belongs to an instruction, which has to be done for that.
 */
static struct instant end_behind(const struct journal_entry *e)
{
    return (struct instant){e->instructions + (e->kind == JOURNAL_ANSWER), e->ns};
}

static bool take_entry(struct recorded *r, const u8 *p, size_t size)
{
    if (size < ENTRY_HEAD || p[18] > 1)
        return false;
    struct journal_entry e = {.instructions = get_le64(p),
                              .ns = get_le64(p + 8),
                              .size = (u32)(size - ENTRY_HEAD),
                              .kind = p[16],
                              .unit = p[17],
                              .after = p[18]};
    r->end = end_behind(&e);
    if ((e.kind == JOURNAL_FLOPPY || e.kind == JOURNAL_CD) &&
        !is_file(r, p + ENTRY_HEAD, size - ENTRY_HEAD))
        return false;
    return journal_add(&r->journal, &e, p + ENTRY_HEAD);
}

/* Files and disks: of the machine, and what came to it later. */
static bool take_media(struct recorded *r, char letter, const u8 *p, size_t size)
{
    switch (letter) {
    case 'F':
        return take_file(r, p, size);
    case 'K':
        return take_part(r, p, size);
    case 'P':
        return take_piece(r, p, size);
    case 'O':
        return shown_given_opened(r->disks, p, size);
    case 'S':
        return shown_given_sectors(r->disks, p, size);
    default:
        return false;
    }
}

/* Of the run itself. */
static bool take_run(struct recorded *r, char letter, const u8 *p, size_t size)
{
    switch (letter) {
    case 'E':
        return take_entry(r, p, size);
    case 'X':
        if (size != 4 || get_le32(p) > r->journal.count)
            return false;
        journal_cut(&r->journal, r->journal.count - get_le32(p));
        r->end = r->journal.count ? end_behind(&r->journal.entry[r->journal.count - 1])
                                  : (struct instant){0, 0};
        return true;
    case 'Z':
        if (size != END)
            return false;
        r->end = (struct instant){get_le64(p), get_le64(p + 8)};
        r->end_hash = get_le64(p + 16);
        return r->ended = true;
    default:
        return take_media(r, letter, p, size);
    }
}

/* Of the machine. */
static bool take_head(struct recorded *r, char letter, const u8 *p, size_t size)
{
    char **text = letter == 'V' ? &r->version : letter == 'D' ? &r->folder : NULL;
    if (letter == 'A' && r->machine.arguments < RECORDING_ARGUMENTS) {
        char *argument = text_of(p, size);
        if (argument)
            r->argument[r->machine.arguments++] = argument;
        return argument != NULL;
    }
    if (text)
        return !*text && (*text = text_of(p, size));
    switch (letter) {
    case 'T':
        if (size != TIMES || p[0] > 1)
            return false;
        r->machine.rtc_host = p[0];
        r->machine.rtc_start = get_le64(p + 1);
        r->machine.rtc_now = get_le64(p + 9);
        return true;
    case 'R':
        return take_guest_run(r, p, size);
    case 'B':
        if (size != 8)
            return false;
        r->begin_hash = get_le64(p);
        r->first_files = r->machine.files;
        return r->begun = true;
    default:
        return take_media(r, letter, p, size);
    }
}

static bool take_records(struct recorded *r, const u8 *bytes, size_t size, struct err *e)
{
    size_t at = RECORDING_MAGIC_SIZE + 4;
    bool checked = get_le32(bytes + RECORDING_MAGIC_SIZE) >= RECORDING_CHECKED;
    size_t head = RECORD_HEAD + (checked ? RECORD_CHECK : 0);
    while (at < size && !r->ended) {
        size_t left = size - at;
        if (left < head)
            break; /* it was being written */
        u32 length = get_le32(bytes + at + 1);
        if (checked && get_le16(bytes + at + RECORD_HEAD) != record_head_check(bytes + at))
            return err_set(e, "%s: the recording is damaged at byte %zu: no record begins there",
                           r->name, at);
        if (length > RECORD_MOST)
            return err_set(e, "%s: the recording is damaged at byte %zu: a record of %u bytes",
                           r->name, at, length);
        size_t whole = head + (size_t)length + RECORD_TAIL;
        if (left < whole)
            break;
        const u8 *p = bytes + at;
        if (crc32_of(0, p, head + length) != get_le32(p + head + length))
            return err_set(e, "%s: the recording is damaged at byte %zu: its checksum is wrong",
                           r->name, at);
        if (!(r->begun ? take_run : take_head)(r, (char)p[0], p + head, length))
            return err_set(e,
                           "%s: the recording is damaged at byte %zu: no record that belongs "
                           "there",
                           r->name, at);
        at += whole;
    }
    if (!shown_given_arrange(r->disks))
        return err_set(e, "%s: the recording is damaged: it has sectors twice", r->name);
    if (r->ended && at < size)
        return err_set(e, "%s: the recording is damaged: %zu bytes follow its end", r->name,
                       size - at);
    return r->begun ||
           err_set(e, "%s: the recording is cut short: it ends before the machine began", r->name);
}

struct recorded *recorded_from(const u8 *bytes, size_t size, const char *name, struct err *e)
{
    struct recorded *r = calloc(1, sizeof(*r));
    if (!r || !(r->name = strdup(name)) || !(r->disks = shown_given_new())) {
        recorded_free(r);
        err_set(e, "%s: out of memory", name);
        return NULL;
    }
    r->machine.argument = r->argument;
    bool ok = true;
    if (size < RECORDING_MAGIC_SIZE || memcmp(bytes, RECORDING_MAGIC, RECORDING_MAGIC_SIZE) != 0)
        ok = err_set(e, "%s: not a recording of Ferrite's", name);
    else if (size < RECORDING_MAGIC_SIZE + 4)
        ok = err_set(e, "%s: the recording is cut short: it ends before the machine began", name);
    else if (!get_le32(bytes + RECORDING_MAGIC_SIZE) ||
             get_le32(bytes + RECORDING_MAGIC_SIZE) > RECORDING_FORMAT)
        ok = err_set(e, "%s: the recording has format %u, this program reads up to %d", name,
                     get_le32(bytes + RECORDING_MAGIC_SIZE), RECORDING_FORMAT);
    if (ok && take_records(r, bytes, size, e)) {
        r->machine.version = r->version ? r->version : "?";
        return r;
    }
    recorded_free(r);
    return NULL;
}

struct recorded *recorded_open(const char *path, struct err *e)
{
    const char *closed = NULL;
    FILE *f = host_open_input(path, &closed);
    u8 *bytes = NULL;
    size_t size = 0, room = 0, n = 1;
    bool ok = f != NULL;
    while (ok && n) {
        if (size == room) {
            room = room ? 2 * room : 1 << 16;
            u8 *more = realloc(bytes, room);
            ok = more != NULL;
            if (!ok)
                break;
            bytes = more;
        }
        n = fread(bytes + size, 1, room - size, f);
        size += n;
    }
    struct recorded *r = NULL;
    if (f && ok && !ferror(f))
        r = recorded_from(bytes, size, path, e);
    else
        err_set(e, "%s: cannot be read: %s", path,
                closed ? closed
                : !ok  ? "out of memory"
                       : strerror(errno));
    if (f)
        fclose(f);
    free(bytes);
    return r;
}

/* Does this path hold the file of then, and are those that it names what they were? */
static bool same_file(const struct recorded *r, const struct recorded_file *f, const char *path,
                      struct err *e)
{
    if (!stored_is(&f->self, r->name, path, e))
        return false;
    if (!f->parts)
        return true;
    struct parts now;
    if (!parts_of(path, &now, e))
        return false;
    bool ok = now.count == f->parts || err_set(e, "%s: %s names %u files, then it named %u",
                                               r->name, path, now.count, f->parts);
    for (unsigned i = 0; ok && i < f->parts; i++)
        ok = stored_is(&f->part[i], r->name, now.path[i], e);
    parts_free(&now);
    return ok;
}

bool recorded_files_ok(const struct recorded *r, const struct recording_machine *now, struct err *e)
{
    if (now->files != r->first_files)
        return err_set(e,
                       "%s: this is not the machine that was recorded: it is made of %u files, "
                       "that one was of %u",
                       r->name, now->files, r->first_files);
    for (unsigned i = 0; i < r->machine.files; i++) {
        const char *path = i < now->files     ? now->file[i]
                           : r->file[i].moved ? r->file[i].moved
                                              : r->file[i].self.path;
        if (!same_file(r, &r->file[i], path, e))
            return false;
    }
    return true;
}

/* ---- files that are in it ---- */

bool recorded_is_file(const struct recorded *r, unsigned i, const char *path, struct err *e)
{
    return same_file(r, &r->file[i], path, e);
}

unsigned recorded_first_files(const struct recorded *r)
{
    return r->first_files;
}

unsigned recorded_parts(const struct recorded *r, unsigned i)
{
    return r->file[i].parts;
}

const char *recorded_part(const struct recorded *r, unsigned i, unsigned part)
{
    return r->file[i].part[part].path;
}

bool recorded_holds(const struct recorded *r, unsigned i)
{
    const struct recorded_file *f = &r->file[i];
    bool all = stored_holds(&f->self);
    for (unsigned k = 0; k < f->parts; k++)
        all = all && stored_holds(&f->part[k]);
    return all;
}

bool recorded_unpack(const struct recorded *r, unsigned i, const char *path, struct err *e)
{
    return stored_unpack(&r->file[i].self, r->name, path, e);
}

bool recorded_unpack_part(const struct recorded *r, unsigned i, unsigned part, const char *path,
                          struct err *e)
{
    return stored_unpack(&r->file[i].part[part], r->name, path, e);
}

bool recorded_move_file(struct recorded *r, unsigned i, const char *path)
{
    char *copy = strdup(path);
    if (!copy)
        return false;
    free(r->file[i].moved);
    r->file[i].moved = copy;
    if (i >= r->first_files)
        r->machine.file[i] = copy;
    return true;
}

struct shown_given *recorded_take_disks(struct recorded *r)
{
    struct shown_given *disks = r->disks;
    r->disks = NULL;
    return disks;
}

/* ---- replaying ---- */

/* A medium that is elsewhere by now: with that path. */
static bool add_medium(const struct recorded *r, struct journal *j, const struct journal_entry *e,
                       const u8 *data)
{
    for (unsigned i = 0; e->size > 1 && i < r->machine.files; i++) {
        const struct recorded_file *f = &r->file[i];
        if (!f->moved || strlen(f->self.path) != e->size - 1 ||
            memcmp(f->self.path, data + 1, e->size - 1) != 0)
            continue;
        struct journal_entry n = *e;
        size_t size = strlen(f->moved);
        u8 *there = malloc(1 + size);
        if (!there)
            return false;
        there[0] = data[0];
        memcpy(there + 1, f->moved, size);
        n.size = (u32)(1 + size);
        bool ok = journal_add(j, &n, there);
        free(there);
        return ok;
    }
    return journal_add(j, e, data);
}

static bool add_entry(const struct recorded *r, struct journal *j, const struct journal_entry *e)
{
    const u8 *data = journal_data(&r->journal, e);
    return e->kind == JOURNAL_FLOPPY || e->kind == JOURNAL_CD ? add_medium(r, j, e, data)
                                                              : journal_add(j, e, data);
}

/* What the disks that are no files were told before a snapshot was taken. */
static void facts_before(struct journal *j, size_t end)
{
    for (size_t i = 0; i < end; i++) {
        if (j->entry[i].kind == JOURNAL_SECTORS && j->fact)
            j->fact(j->fact_opaque, &j->entry[i], journal_data(j, &j->entry[i]));
    }
}

/* Behind the note of the snapshot that was taken at this instant; else what comes after it. */
static size_t entry_after(const struct journal *j, struct instant at)
{
    size_t found = j->count;
    for (size_t i = 0; i < j->count; i++) {
        const struct journal_entry *e = &j->entry[i];
        bool here = e->instructions == at.instructions && e->ns == at.ns;
        if (here && e->kind == JOURNAL_CHECK && e->unit == JOURNAL_SAVED)
            return i + 1;
        if (found == j->count && instant_before(at, (struct instant){e->instructions, e->ns}))
            found = i;
    }
    return found;
}

bool recorded_begin(struct recorded *r, struct vm *vm, bool loaded, struct err *e)
{
    struct journal *j = vm_journal(vm);
    u64 hash;
    if (!loaded && !vm_state_hash(vm, &hash, e))
        return false;
    if (!loaded && hash != r->begin_hash)
        return err_set(e,
                       "%s: this is not the machine that was recorded: at power-on its state hash "
                       "is %016llx, it was %016llx",
                       r->name, (unsigned long long)hash, (unsigned long long)r->begin_hash);
    if (loaded && instant_before(r->end, vm_instant(vm)))
        return err_set(e, "%s: the snapshot was taken after the recorded run had ended", r->name);
    for (size_t i = 0; i < r->journal.count; i++) {
        const struct journal_entry *entry = &r->journal.entry[i];
        if (!add_entry(r, j, entry))
            return err_set(e, "%s: out of memory", r->name);
    }
    size_t first = loaded ? entry_after(j, vm_instant(vm)) : 0;
    facts_before(j, first);
    journal_go(j, j->forgotten + first);
    vm_replay(vm, r->end, false);
    return true;
}

bool recorded_verdict(const struct recorded *r, struct vm *vm, struct err *words)
{
    struct instant at = vm_instant(vm);
    const char *astray = vm_journal(vm)->astray.text;
    u64 hash = 0;
    if (*astray)
        return err_set(words, "%s: %s", r->name, astray);
    if (instant_before(at, r->end))
        return err_set(words, "%s: ended after %llu of %llu recorded instructions", r->name,
                       (unsigned long long)at.instructions,
                       (unsigned long long)r->end.instructions);
    if (!r->ended) {
        err_set(words, "%s: replayed to where the recording breaks off, after %llu instructions",
                r->name, (unsigned long long)at.instructions);
        return true;
    }
    if (!vm_state_hash(vm, &hash, words))
        return false;
    if (hash != r->end_hash)
        return err_set(words,
                       "%s: after %llu instructions the state hash is %016llx, and was %016llx: "
                       "this is not the recorded run",
                       r->name, (unsigned long long)at.instructions, (unsigned long long)hash,
                       (unsigned long long)r->end_hash);
    err_set(words, "%s: replayed, %llu instructions, state hash %016llx as recorded", r->name,
            (unsigned long long)at.instructions, (unsigned long long)hash);
    return true;
}
