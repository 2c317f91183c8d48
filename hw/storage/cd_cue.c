/*
 * cd_cue.c - cue sheets: the text file that says which tracks lie where in which files.
 *
 *     FILE "game.bin" BINARY
 *       TRACK 01 MODE1/2352
 *         INDEX 01 00:00:00
 *       TRACK 02 AUDIO
 *         PREGAP 00:02:00
 *         INDEX 01 38:12:40
 *
 * Times are minutes, seconds and frames (75 a second) from the start of the FILE; the first file
 * begins at block 0 of the disc. PREGAP and POSTGAP are sectors that no file has. File names are
 * taken relative to the sheet; for those that were written on another system, the last part of a
 * path, and any mixture of capitals, will do. As many programs and hands write sheets, a name with
 * spaces may lack its quotes, a code may have hyphens, and remarks may begin with a semicolon.
 *
 * FLAC, OGG, OPUS, MP3 and AIFF files, also where the sheet calls them WAVE, go through libsndfile
 * (cd_decode.h).
 *
 * Not modelled: CD-TEXT (TITLE and the like are passed over).
 */
#include "hw/storage/cd_disc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SHEET = 65536, MAX_WORD = 1024 };

/* An INDEX: from this frame of this file on, sectors are of this track and index. */
struct mark {
    u8 file, track, index;
    u32 frame;
};

/* What a FILE line said. */
struct cue_file {
    u64 start, end; /* of its sectors or samples, in bytes */
    bool swapped, wave;
};

struct cue {
    struct cd_disc *d;
    struct log *log;
    struct err *e;
    const char *path; /* of the sheet */
    enum on_error read_error;
    unsigned line;
    struct cue_file file[CD_FILES];
    struct mark mark[CD_EXTENTS];
    unsigned marks;
    bool started; /* the track at hand has its INDEX 01 */
    struct {
        const char *kind;    /* as TRACK has it */
        u16 size;            /* of a sector */
        u32 pregap, postgap; /* sectors that no file has */
    } track[CD_TRACKS];
};

static bool wrong(struct cue *c, const char *what, const char *word)
{
    return err_set(c->e, "%s:%u: %s%s%.80s%s", c->path, c->line, what, *word ? " \"" : "", word,
                   *word ? "\"" : "");
}

/* ---- words ---- */

/* The next word of the line, quotes taken off; "" at its end. */
static void next_word(char **p, char word[MAX_WORD])
{
    size_t n = 0;
    while (isspace((unsigned char)**p))
        (*p)++;
    bool quoted = **p == '"';
    if (quoted)
        (*p)++;
    while (**p && (quoted ? **p != '"' : !isspace((unsigned char)**p))) {
        if (n + 1 < MAX_WORD)
            word[n++] = **p;
        (*p)++;
    }
    if (quoted && **p)
        (*p)++;
    word[n] = 0;
}

/* The name of a FILE: without quotes it is everything before the last word, which is the type. */
static void file_name(char **p, char name[MAX_WORD])
{
    while (isspace((unsigned char)**p))
        (*p)++;
    const char *end = *p + strlen(*p), *type;
    if (**p == '"') {
        next_word(p, name);
        return;
    }
    while (end > *p && isspace((unsigned char)end[-1]))
        end--;
    for (type = end; type > *p && !isspace((unsigned char)type[-1]);)
        type--;
    for (end = type; end > *p && isspace((unsigned char)end[-1]);)
        end--;
    if (end == *p) { /* a single word: a name whose type is missing */
        next_word(p, name);
        return;
    }
    snprintf(name, MAX_WORD, "%.*s", (int)(end - *p), *p);
    *p += type - *p;
}

static bool time_word(struct cue *c, const char *word, u32 *frames)
{
    unsigned m, s, f;
    int used = 0;
    if (sscanf(word, "%3u:%2u:%2u%n", &m, &s, &f, &used) != 3 || word[used] || s >= 60 ||
        f >= CD_FRAMES)
        return wrong(c, "a time is minutes:seconds:frames (75 a second), not", word);
    *frames = (m * 60 + s) * CD_FRAMES + f;
    return true;
}

/* ---- files ---- */

/* dir/name with the name's capitals as the folder has them; false: not there. */
static bool find_in(const char *dir, const char *name, char *out, size_t size)
{
    struct stat st;
    if ((size_t)snprintf(out, size, "%s/%s", dir, name) >= size)
        return false;
    if (stat(out, &st) == 0)
        return true;
    DIR *folder = opendir(dir);
    bool found = false;
    for (struct dirent *f; folder && !found && (f = readdir(folder));)
        found = strcasecmp(f->d_name, name) == 0 &&
                (size_t)snprintf(out, size, "%s/%s", dir, f->d_name) < size;
    if (folder)
        closedir(folder);
    return found;
}

static bool find_file(const struct cue *c, const char *name, char *out, size_t size)
{
    char dir[MAX_WORD];
    struct stat st;
    const char *slash = strrchr(c->path, '/');
    size_t len = slash ? (size_t)(slash - c->path) : 0;
    if (len >= sizeof(dir))
        return false;
    memcpy(dir, c->path, len);
    dir[len] = 0;
    if (!slash)
        strcpy(dir, ".");
    else if (!len)
        strcpy(dir, "/");
    if (*name == '/' && stat(name, &st) == 0)
        return (size_t)snprintf(out, size, "%s", name) < size;
    if (find_in(dir, name, out, size))
        return true;
    for (const char *p = name; *p; p++) {
        if (*p == '/' || *p == '\\')
            name = p + 1;
    }
    return *name && find_in(dir, name, out, size);
}

/* The samples of a WAVE file: 16 bits, two channels, 44,100 a second, as the disc has them. */
static bool open_wave(struct cue *c, u32 file, const char *name)
{
    struct cue_file *f = &c->file[file];
    u8 head[12], chunk[24];
    bool good = false;
    if (!cd_file_bytes(c->d, file, 0, head, 12) || memcmp(head, "RIFF", 4) != 0 ||
        memcmp(head + 8, "WAVE", 4) != 0)
        return wrong(c, "no WAVE file:", name);
    for (u64 at = 12; at + 8 <= f->end;) {
        if (!cd_file_bytes(c->d, file, at, chunk, sizeof(chunk)))
            return wrong(c, "cannot be read:", name);
        u64 len = get_le32(chunk + 4);
        if (memcmp(chunk, "fmt ", 4) == 0)
            good = get_le16(chunk + 8) == 1 && get_le16(chunk + 10) == 2 &&
                   get_le32(chunk + 12) == 44100 && get_le16(chunk + 22) == 16;
        if (memcmp(chunk, "data", 4) == 0) {
            if (!good)
                return wrong(c,
                             "a CD's audio is PCM of 16 bits, stereo, 44100 Hz; convert it "
                             "(ffmpeg -i FILE -ar 44100 -ac 2 -sample_fmt s16 NEW.wav):",
                             name);
            f->start = at + 8;
            if (len < f->end - f->start)
                f->end = f->start + len;
            return true;
        }
        at += 8 + len + (len & 1);
    }
    return wrong(c, "a WAVE file without samples:", name);
}

/* A kind of FILE whose samples libsndfile has to fetch. */
static bool is_compressed(const char *type)
{
    static const char *const types[] = {"FLAC", "OGG", "VORBIS", "OPUS", "MP3", "AIFF"};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (strcasecmp(type, types[i]) == 0)
            return true;
    }
    return false;
}

/* Called WAVE: is it one of another kind? */
static bool not_riff(struct cue *c, u32 file)
{
    u8 head[4];
    return cd_file_bytes(c->d, file, 0, head, 4) && memcmp(head, "RIFF", 4) != 0;
}

static bool open_compressed(struct cue *c, u32 file, const char *path, bool called_wave)
{
    struct cue_file *f = &c->file[file];
    struct err why;
    f->wave = true;
    f->swapped = false;
    return cd_decode(c->d, file, path, &f->end, &why) ||
           err_set(c->e, "%s:%u: %s%.400s", c->path, c->line,
                   called_wave ? "no WAVE file, and " : "", why.text);
}

/* ---- lines ---- */

static bool do_file(struct cue *c, char *p)
{
    char name[MAX_WORD], type[MAX_WORD], path[2 * MAX_WORD];
    u32 file;
    file_name(&p, name);
    next_word(&p, type);
    bool swapped = strcasecmp(type, "MOTOROLA") == 0, wave = strcasecmp(type, "WAVE") == 0;
    if (!*name)
        return wrong(c, "FILE wants a name", "");
    bool compressed = is_compressed(type);
    if (!swapped && !wave && !compressed && strcasecmp(type, "BINARY") != 0)
        return wrong(c, "FILE: BINARY, MOTOROLA, WAVE, AIFF, FLAC, OGG, OPUS or MP3, not", type);
    if (!find_file(c, name, path, sizeof(path)))
        return wrong(c, "there is no file", name);
    struct media m = {.path = path, .read_only = true, .raw = true, .read_error = c->read_error};
    if (!cd_add_file(c->d, &m, c->log, &file, c->e))
        return false;
    c->file[file] = (struct cue_file){0, disk_bytes(c->d->file[file]), swapped, wave};
    if (compressed || (wave && not_riff(c, file)))
        return open_compressed(c, file, path, wave);
    return !wave || open_wave(c, file, name);
}

static struct cd_track *last_track(const struct cue *c)
{
    return &c->d->track[c->d->tracks - 1];
}

static bool do_track(struct cue *c, char *p)
{
    static const struct {
        const char *name;
        u8 mode;
        u16 size;
    } kinds[] = {{"AUDIO", CD_AUDIO, CD_RAW},      {"MODE1/2048", CD_MODE1, CD_BLOCK},
                 {"MODE1/2352", CD_MODE1, CD_RAW}, {"MODE2/2336", CD_MODE2, 2336},
                 {"MODE2/2352", CD_MODE2, CD_RAW}, {"MODE2/2048", CD_MODE2, CD_BLOCK},
                 {"CDI/2336", CD_MODE2, 2336},     {"CDI/2352", CD_MODE2, CD_RAW}};
    char number[MAX_WORD], kind[MAX_WORD];
    next_word(&p, number);
    next_word(&p, kind);
    if (!c->d->files)
        return wrong(c, "TRACK before any FILE", "");
    if (c->d->tracks && !c->started)
        return wrong(c, "the track before this line has no INDEX 01", "");
    if (c->d->tracks == CD_TRACKS || strspn(number, "0123456789") != strlen(number) ||
        (unsigned)atoi(number) != c->d->tracks + 1)
        return wrong(c, "tracks are numbered from 1 to 99 in order, not", number);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcasecmp(kind, kinds[i].name) != 0)
            continue;
        if (c->file[c->d->files - 1].wave && kinds[i].mode != CD_AUDIO)
            return wrong(c, "a WAVE file holds audio only, not", kind);
        c->track[c->d->tracks].kind = kinds[i].name;
        c->track[c->d->tracks].size = kinds[i].size;
        c->d->track[c->d->tracks++] = (struct cd_track){
            .mode = kinds[i].mode, .control = kinds[i].mode == CD_AUDIO ? 0 : CD_DATA};
        c->started = false;
        return true;
    }
    return wrong(c, "TRACK: AUDIO, MODE1/2048, MODE1/2352, MODE2/2336 or MODE2/2352, not", kind);
}

static bool do_index(struct cue *c, char *p)
{
    char number[MAX_WORD], text[MAX_WORD];
    struct mark m = {.file = (u8)(c->d->files - 1), .track = (u8)c->d->tracks};
    next_word(&p, number);
    next_word(&p, text);
    int n = atoi(number);
    if (!c->d->tracks)
        return wrong(c, "INDEX before any TRACK", "");
    if (!isdigit((unsigned char)*number) || n > 99)
        return wrong(c, "INDEX wants a number from 0 to 99, not", number);
    if (!time_word(c, text, &m.frame))
        return false;
    const struct mark *last = c->marks ? &c->mark[c->marks - 1] : NULL;
    bool follows = last && last->track == m.track;
    if (follows ? n != last->index + 1 : n > 1)
        return wrong(c, "indices of a track follow one another from 00 or 01, not", number);
    if (last && last->file == m.file ? m.frame < last->frame : last && m.file > last->file + 1)
        return wrong(c, "this INDEX lies before the one above it, or skips a FILE:", text);
    if (c->marks == ARRAY_SIZE(c->mark))
        return wrong(c, "too many indices", "");
    m.index = (u8)n;
    c->started |= n == 1;
    c->mark[c->marks++] = m;
    return true;
}

static bool do_gap(struct cue *c, char *p, bool post)
{
    char text[MAX_WORD];
    next_word(&p, text);
    if (!c->d->tracks || (post ? !c->started : c->started))
        return wrong(c, "PREGAP stands before the track's INDEX, POSTGAP behind it", "");
    return time_word(
        c, text, post ? &c->track[c->d->tracks - 1].postgap : &c->track[c->d->tracks - 1].pregap);
}

static bool do_flags(struct cue *c, char *p)
{
    char word[MAX_WORD];
    if (!c->d->tracks)
        return wrong(c, "FLAGS before any TRACK", "");
    for (next_word(&p, word); *word; next_word(&p, word)) {
        if (strcasecmp(word, "PRE") == 0)
            last_track(c)->control |= CD_PRE_EMPHASIS;
        else if (strcasecmp(word, "DCP") == 0)
            last_track(c)->control |= CD_COPY;
        else if (strcasecmp(word, "4CH") != 0 && strcasecmp(word, "SCMS") != 0 &&
                 strcasecmp(word, "DATA") != 0) /* as the track's kind says */
            return wrong(c, "FLAGS: DCP, 4CH, PRE, SCMS, not", word);
    }
    return true;
}

/* A code of so many characters, hyphens between its parts left out. */
static bool do_code(struct cue *c, char *p, char *out, size_t digits)
{
    char word[MAX_WORD];
    size_t n = 0;
    next_word(&p, word);
    for (const char *from = word; *from && n <= digits; from++) {
        if (*from != '-')
            word[n++] = *from;
    }
    word[n] = 0;
    /* An American product code (UPC) is a European one that begins with 0. */
    bool american = digits == 13 && n == 12;
    if (n != digits && !american)
        return wrong(c,
                     digits == 13 ? "a CATALOG number has 13 digits, not"
                                  : "an ISRC has 12 characters, not",
                     word);
    out[0] = '0';
    memcpy(out + american, word, n);
    out[digits] = 0;
    return true;
}

static bool do_line(struct cue *c, char *p)
{
    /* Remarks, and words of CD-TEXT. */
    static const char *const passed[] = {"REM",        "TITLE",    "PERFORMER", "SONGWRITER",
                                         "CDTEXTFILE", "COMPOSER", "ARRANGER",  "MESSAGE",
                                         "GENRE",      "DATE",     "DISC_ID",   "UPC_EAN"};
    char word[MAX_WORD];
    next_word(&p, word);
    if (!*word || *word == ';' || *word == '#' || strncmp(word, "//", 2) == 0)
        return true;
    if (strcasecmp(word, "FILE") == 0)
        return do_file(c, p);
    if (strcasecmp(word, "TRACK") == 0)
        return do_track(c, p);
    if (strcasecmp(word, "INDEX") == 0)
        return do_index(c, p);
    if (strcasecmp(word, "PREGAP") == 0)
        return do_gap(c, p, false);
    if (strcasecmp(word, "POSTGAP") == 0)
        return do_gap(c, p, true);
    if (strcasecmp(word, "FLAGS") == 0)
        return do_flags(c, p);
    if (strcasecmp(word, "CATALOG") == 0)
        return do_code(c, p, c->d->catalog, 13);
    if (strcasecmp(word, "ISRC") == 0)
        return c->d->tracks ? do_code(c, p, last_track(c)->isrc, 12)
                            : wrong(c, "ISRC before any TRACK", "");
    for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
        if (strcasecmp(word, passed[i]) == 0)
            return true;
    }
    return wrong(c, "no such word in a cue sheet:", word);
}

/* ---- from marks to extents ---- */

static bool silence(struct cue *c, u32 count, u8 track, u8 index)
{
    struct cd_extent x = {
        .count = count, .file = -1, .size = CD_RAW, .track = track, .index = index};
    return cd_add_extent(c->d, &x, c->e);
}

/* Does the file have ISO 9660's first descriptor in block 16 of sectors like these from `at` on? */
static bool has_volume(struct cue *c, u32 file, u64 at, u32 size, u32 user)
{
    u8 id[5];
    return cd_file_bytes(c->d, file, at + 16ull * size + user + 1, id, sizeof(id)) &&
           memcmp(id, "CD001", 5) == 0;
}

/* Sheets that were copied from another disc's: what they call sectors is not what the file has. */
static bool kind_fits(struct cue *c, const struct mark *m, u64 at)
{
    u32 size = c->track[m->track - 1].size;
    bool audio = c->d->track[m->track - 1].mode == CD_AUDIO;
    const char *found = NULL;
    u8 head[16];
    if (c->file[m->file].wave || at + sizeof(head) > c->file[m->file].end)
        return true;
    bool sync = cd_file_bytes(c->d, m->file, at, head, sizeof(head)) && cd_has_sync(head);
    if (sync && (audio || size != CD_RAW))
        found = head[15] == 2 ? "MODE2/2352" : "MODE1/2352";
    else if (!audio && !sync && size != CD_BLOCK && has_volume(c, m->file, at, CD_BLOCK, 0))
        found = "MODE1/2048";
    else if (!audio && !sync && size != 2336 && has_volume(c, m->file, at, 2336, 8))
        found = "MODE2/2336";
    return !found || err_set(c->e, "%s: track %u is said to be %s, but its file has %s there",
                             c->path, m->track, c->track[m->track - 1].kind, found);
}

/* Sectors of mark i: up to the next mark of its file, or to the file's end. */
static bool lay_out(struct cue *c, unsigned i, u64 *at)
{
    const struct mark *m = &c->mark[i];
    const struct cue_file *f = &c->file[m->file];
    struct cd_extent x = {.file = m->file,
                          .offset = *at,
                          .size = c->track[m->track - 1].size,
                          .track = m->track,
                          .index = m->index};
    x.swapped = f->swapped && c->d->track[m->track - 1].mode == CD_AUDIO;
    u64 left = f->end > *at ? f->end - *at : 0, count;
    if (i + 1 < c->marks && c->mark[i + 1].file == m->file) {
        count = c->mark[i + 1].frame - m->frame;
        if (count * x.size > left)
            return err_set(c->e, "%s: track %u goes beyond the end of its file", c->path, m->track);
    } else {
        /* The last sector of a WAVE file is completed with silence. */
        count = (left + (f->wave ? x.size - 1u : 0)) / x.size;
    }
    if (count > UINT32_MAX)
        return err_set(c->e, "%s: track %u is longer than any disc", c->path, m->track);
    x.count = (u32)count;
    *at += count * x.size;
    return cd_add_extent(c->d, &x, c->e);
}

static bool make_extents(struct cue *c)
{
    u64 at = 0;
    for (unsigned i = 0; i < c->marks; i++) {
        const struct mark *m = &c->mark[i], *before = i ? m - 1 : NULL;
        struct cd_track *t = &c->d->track[m->track - 1];
        bool new_track = !before || before->track != m->track;
        if (before && new_track &&
            !silence(c, c->track[before->track - 1].postgap, before->track, before->index))
            return false;
        if (new_track) {
            t->pregap = c->d->blocks;
            if (!silence(c, c->track[m->track - 1].pregap, m->track, 0))
                return false;
        }
        if (!before || before->file != m->file) {
            at = c->file[m->file].start;
            /* What lies in the file before its first INDEX is the pregap of that track. */
            struct cd_extent x = {.count = m->frame,
                                  .file = m->file,
                                  .offset = at,
                                  .size = c->track[m->track - 1].size,
                                  .track = m->track,
                                  .swapped = c->file[m->file].swapped && t->mode == CD_AUDIO};
            at += (u64)m->frame * x.size;
            if (at > c->file[m->file].end)
                return err_set(c->e, "%s: track %u begins behind the end of its file", c->path,
                               m->track);
            if (!cd_add_extent(c->d, &x, c->e))
                return false;
        }
        if (m->index == 1) {
            t->start = c->d->blocks;
            if (!kind_fits(c, m, at))
                return false;
        }
        if (!lay_out(c, i, &at))
            return false;
    }
    const struct mark *last = &c->mark[c->marks - 1];
    return silence(c, c->track[last->track - 1].postgap, last->track, last->index);
}

static bool read_lines(struct cue *c, char *text)
{
    char *p = text;
    if (memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    while (p) {
        char *end = p + strcspn(p, "\r\n");
        bool more = *end;
        char *next = more ? end + 1 + (end[0] == '\r' && end[1] == '\n') : NULL;
        *end = 0;
        c->line++;
        if (!do_line(c, p))
            return false;
        p = next;
    }
    if (!c->d->tracks || !c->started)
        return err_set(c->e, "%s: %s", c->path,
                       c->d->tracks ? "the last track has no INDEX 01" : "no track is in it");
    return make_extents(c) && (c->d->blocks || err_set(c->e, "%s: its tracks are empty", c->path));
}

bool cd_cue_open(struct cd_disc *d, const struct media *m, struct log *log, struct err *e)
{
    char *text = calloc(1, MAX_SHEET + 1);
    struct cue *c = calloc(1, sizeof(*c));
    struct stat st;
    bool ok = text && c;
    if (!ok)
        err_set(e, "%s: out of memory", m->path);
    int fd = ok ? open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    if (ok && (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)))
        ok = err_set(e, "%s: %s", m->path, fd < 0 ? strerror(errno) : "is not a regular file");
    ssize_t n = ok ? read(fd, text, MAX_SHEET) : 0;
    if (ok && (n < 0 || n == MAX_SHEET || memchr(text, 0, (size_t)n)))
        ok = err_set(e, "%s: %s", m->path,
                     n < 0 ? strerror(errno) : "is no cue sheet (a text of a few lines)");
    if (ok) {
        *c = (struct cue){.d = d, .log = log, .e = e, .path = m->path, .read_error = m->read_error};
        ok = read_lines(c, text);
    }
    if (fd >= 0)
        close(fd);
    free(text);
    free(c);
    return ok;
}
