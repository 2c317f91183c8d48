/*
 * share.c - folders of the host as drives of DOS: opening them, mounting, and which function of the
 * redirector is answered where. See share.h.
 *
 * Not modelled: printers and the redirection list (111Eh, 111Fh, 1124h to 1126h), which the guest
 * passes on; extended attributes, of which no file has any.
 */
#define _GNU_SOURCE /* O_PATH */
#include "hw/guest/share_internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

/* ---- life ---- */

static bool name_ok(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++) {
        if (!isalnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '-')
            return false;
    }
    return n >= 1 && n <= GUEST_SHARE_NAME;
}

static bool take_share(struct shares *s, const struct guest_share *config, struct err *e)
{
    struct share *to = &s->share[s->count];
    if (!name_ok(config->name))
        return err_set(e, "share %.40s: a name has 1 to %d letters and digits", config->name,
                       GUEST_SHARE_NAME);
    for (unsigned i = 0; i < s->count; i++) {
        if (strcasecmp(s->share[i].name, config->name) == 0)
            return err_set(e, "share %s: there are two of this name", config->name);
        if (config->letter && s->share[i].letter == config->letter)
            return err_set(e, "shares %s and %s: both want drive %c:", s->share[i].name,
                           config->name, config->letter);
    }
    strcpy(to->name, config->name);
    to->writable = config->writable;
    to->lower = config->lower;
    to->letter = config->letter;
    to->root = config->absent ? -1 : open(config->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (to->root < 0 && !config->absent)
        return err_set(e, "share %s: %s: %s", config->name, config->path, strerror(errno));
    if (to->writable && !config->absent && faccessat(to->root, ".", W_OK, 0) != 0) {
        close(to->root);
        return err_set(e, "share %s: %s: cannot be written (%s); share it ro", config->name,
                       config->path, strerror(errno));
    }
    s->count++;
    return true;
}

void shares_budget(struct shares *s, struct budget *b)
{
    s->budget = b;
}

struct shares *shares_new(const struct guest_config *config, struct clock *clock, struct log *log,
                          struct err *e)
{
    struct shares *s = calloc(1, sizeof(*s));
    if (!s) {
        err_set(e, "out of memory");
        return NULL;
    }
    s->log = log;
    s->clock = clock;
    for (unsigned i = 0; i < SHARE_FILES; i++)
        s->file[i].fd = -1;
    s->cp = codepage_find(config->codepage ? config->codepage : 437);
    bool ok = s->cp ||
              err_set(e, "code page %u: 437, 850, 852, 866 and 1252 are known", config->codepage);
    for (unsigned i = 0; ok && i < config->shares && i < GUEST_SHARES; i++)
        ok = take_share(s, &config->share[i], e);
    if (ok)
        return s;
    shares_free(s);
    return NULL;
}

void shares_reset(struct shares *s)
{
    for (unsigned i = 0; i < SHARE_FILES; i++)
        file_close(s, &s->file[i]);
    for (unsigned i = 0; i < SHARE_DIRS; i++)
        dir_drop(s, &s->dir[i]);
    tunnel_forget(s);
    memset(s->search, 0, sizeof(s->search));
    for (unsigned i = 0; i < DRIVES; i++) {
        free(s->cwd[i]);
        s->cwd[i] = NULL;
        s->drive[i] = 0;
    }
}

void shares_free(struct shares *s)
{
    if (!s)
        return;
    shares_reset(s);
    for (unsigned i = 0; i < s->count; i++) {
        if (s->share[i].root >= 0)
            close(s->share[i].root);
    }
    free(s);
}

unsigned shares_count(const struct shares *s)
{
    return s->count;
}

void shares_describe(const struct shares *s, FILE *out)
{
    unsigned files = 0;
    for (unsigned i = 0; i < SHARE_FILES; i++)
        files += s->file[i].used;
    for (unsigned i = 0; i < s->count; i++) {
        fprintf(out, "share %s (%s)", s->share[i].name, s->share[i].writable ? "rw" : "ro");
        for (unsigned d = 0; d < DRIVES; d++) {
            if (s->drive[d] == i + 1)
                fprintf(out, " %c:", 'A' + d);
        }
        fputc('\n', out);
    }
    fprintf(out, "%u open files\n", files);
}

/* ---- drives ---- */

/* a: number; answers name, letter and whether it may be written. */
static u8 share_row(const struct shares *s, const struct request *r, struct answer *to)
{
    if (r->a >= s->count)
        return DOS_NO_MORE_FILES;
    const struct share *share = &s->share[r->a];
    answer_add(to, share->name, strlen(share->name) + 1);
    to->a = (u8)share->letter;
    to->b = share->writable;
    return DOS_OK;
}

/* The payload names a share; an empty name is the first. */
static u8 mount_share(struct shares *s, const struct request *r, struct answer *to)
{
    char name[GUEST_SHARE_NAME + 1];
    if (r->drive >= DRIVES)
        return DOS_DRIVE;
    if (s->drive[r->drive])
        return DOS_ACCESS;
    memcpy(name, r->payload, sizeof(name));
    name[GUEST_SHARE_NAME] = 0;
    for (unsigned i = 0; i < s->count; i++) {
        if (name[0] && strcasecmp(name, s->share[i].name) != 0)
            continue;
        s->drive[r->drive] = (u8)(i + 1);
        to->a = i;
        to->b = s->share[i].writable;
        return DOS_OK;
    }
    return DOS_PATH_NOT_FOUND;
}

static u8 unmount(struct shares *s, const struct request *r)
{
    if (r->drive >= DRIVES || !s->drive[r->drive])
        return DOS_DRIVE;
    u8 share = s->drive[r->drive];
    s->drive[r->drive] = 0;
    free(s->cwd[r->drive]);
    s->cwd[r->drive] = NULL;
    if (!memchr(s->drive, share, sizeof(s->drive)))
        files_of_share(s, (u8)(share - 1));
    return DOS_OK;
}

static u8 drive_row(const struct shares *s, const struct request *r, struct answer *to)
{
    if (r->drive >= DRIVES || !s->drive[r->drive])
        return DOS_DRIVE;
    const struct share *share = &s->share[s->drive[r->drive] - 1];
    answer_add(to, share->name, strlen(share->name) + 1);
    to->b = share->writable;
    return DOS_OK;
}

/* Where the machine's CD-ROM drive is, and which letter it is to have. */
static u8 cd_where(const struct shares *s, struct answer *to)
{
    struct iso_disc disc;
    if (!s->cd.drive || !s->cd.drive(s->cd.opaque, &disc))
        return DOS_DRIVE;
    to->a = s->cd.port | (u32)s->cd.device << 16;
    to->b = (u8)s->cd.letter;
    return DOS_OK;
}

void shares_cd(struct shares *s, const struct guest_cd *cd)
{
    s->cd = *cd;
}

/* ---- the redirector ---- */

static u8 nothing(struct shares *s, struct call *c)
{
    (void)s;
    (void)c;
    return DOS_OK;
}

static u8 process_end(struct shares *s, struct call *c)
{
    files_of_process(s, c->psp);
    return DOS_OK;
}

/* DOS 4's COPY and TYPE ask: there are none, two bytes say so. */
static u8 extended_attributes(struct shares *s, struct call *c)
{
    (void)s;
    set_cx(c, 2);
    answer_add(c->to, c->sft, 51);
    return DOS_OK;
}

enum {
    NAME = SECTION_NAME,
    NAME2 = SECTION_NAME2,
    SFT = SECTION_SFT,
    SDB = SECTION_SDB,
    EXTENDED = SECTION_EXTENDED,
    LOCK = SECTION_LOCK,
};
enum { SDB_SIZE = 21, NAME_SIZE = 128, EXTENDED_SIZE = 6, LOCK_SIZE = 8 };

static const struct share_function folder_functions[SHARE_FUNCTIONS] = {
    [0x01] = {do_rmdir, NAME},
    [0x02] = {do_rmdir, NAME},
    [0x03] = {do_mkdir, NAME},
    [0x04] = {do_mkdir, NAME},
    [0x05] = {do_chdir, NAME},
    [0x06] = {do_close, SFT},
    [0x07] = {do_commit, SFT},
    [0x08] = {do_read, SFT},
    [0x09] = {do_write, SFT},
    [0x0a] = {do_lock, SFT | LOCK},
    [0x0b] = {do_lock, SFT | LOCK},
    [0x0c] = {do_space, 0},
    [0x0e] = {do_set_attr, NAME},
    [0x0f] = {do_get_attr, NAME},
    [0x11] = {do_rename, NAME | NAME2},
    [0x13] = {do_delete, NAME},
    [0x16] = {do_open, NAME | SFT},
    [0x17] = {do_create, NAME | SFT},
    [0x18] = {do_create, NAME | SFT},
    [0x19] = {do_find_first, NAME},
    [0x1b] = {do_find_first, NAME},
    [0x1c] = {do_find_next, SDB},
    [0x1d] = {process_end, 0},
    [0x20] = {nothing, 0},
    [0x21] = {do_seek_end, SFT},
    [0x22] = {process_end, 0},
    [0x2d] = {extended_attributes, SFT},
    [0x2e] = {do_extended_open, NAME | SFT | EXTENDED},
};

/* Sections follow one another in this order; what did not come is zeros behind the payload. */
static void take_sections(struct call *c, u8 sections)
{
    const u8 *at = c->r->payload + 4;
    c->psp = get_le16(c->r->payload);
    c->stack = get_le16(c->r->payload + 2);
    const struct {
        u8 bit;
        u8 size;
        const u8 **where;
    } list[] = {
        {SFT, SFT_SENT, &c->sft},
        {SDB, SDB_SIZE, &c->sdb},
        {NAME, NAME_SIZE, &c->name},
        {NAME2, NAME_SIZE, &c->name2},
        {EXTENDED, EXTENDED_SIZE, &c->extended},
        {LOCK, LOCK_SIZE, &c->lock},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(list); i++) {
        if (sections & list[i].bit) {
            *list[i].where = at;
            at += list[i].size;
        }
    }
    c->data = at;
    unsigned before = (unsigned)(at - c->r->payload);
    c->size = (u16)(c->r->len > before ? c->r->len - before : 0);
}

static u8 redirect(struct shares *s, const struct share_function *functions,
                   const struct request *r, struct answer *to)
{
    struct call c = {
        .r = r,
        .to = to,
        .bx = (u16)r->a,
        .cx = (u16)r->b,
        .dx = (u16)(r->b >> 16),
        .attribute = (u8)(r->a >> 16),
        .mode = (u8)(r->a >> 24),
    };
    if (r->al >= SHARE_FUNCTIONS || !functions[r->al].perform)
        return DOS_FUNCTION;
    take_sections(&c, functions[r->al].sections);
    /* Registers that a function does not answer keep what they had. */
    to->a = (u32)c.bx << 16;
    u8 error = functions[r->al].perform(s, &c);
    if (error) {
        to->len = 0;
        set_ax(&c, error);
    }
    return error;
}

u8 shares_answer(struct shares *s, const struct request *r, struct answer *to)
{
    switch (r->op) {
    case OP_SHARE:
        return share_row(s, r, to);
    case OP_MOUNT:
        return mount_share(s, r, to);
    case OP_UNMOUNT:
        return unmount(s, r);
    case OP_DRIVE:
        return drive_row(s, r, to);
    case OP_REDIRECTOR:
        return redirect(s, folder_functions, r, to);
    case OP_CD:
        return redirect(s, cd_functions, r, to);
    case OP_CD_DRIVE:
        return r->al == CD_WHERE    ? cd_where(s, to)
               : r->al == CD_RECORD ? share_cd_record(s, r, to)
                                    : DOS_FUNCTION;
    case OP_LONG:
        return shares_long(s, r, to);
    default:
        return DOS_FUNCTION;
    }
}
