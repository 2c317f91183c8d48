/*
 * dos_command.c - `ferrite dos`: the program is looked at, a DOS is found, a boot disk is made, and
 * the machine runs until the program has ended. See dos_command.h.
 */
#include "frontend/dos_command.h"

#include "frontend/cli/option_values.h"
#include "frontend/control/xdg.h"
#include "frontend/dos/batch_lines.h"
#include "frontend/dos/boot_disk.h"
#include "frontend/dos/dos_cd.h"
#include "frontend/dos/dos_program.h"
#include "frontend/dos/own_disk.h"
#include "frontend/dos/zip_folder.h"
#include "frontend/get/get.h"
#include "frontend/run.h"
#include "hw/base/clean.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USUAL_SPEED "486-66"
enum { USUAL_MB = 16, ASKED_WRONGLY = 2, RESET_STATUS = 125 };

/* What belongs to one run. */
struct dos_run {
    struct dos_options options;
    struct dos_program program;
    struct dos_source dos;
    struct boot_disk disk;
    struct own_disk own; /* instead of it */
    char **arguments;    /* the program's */
    int argument_count;
    struct zip_folder zip;
    char label[GUEST_SHARE_NAME + 1];
    struct folder_options folder; /* -as disk */
    struct dos_file batch;        /* PATH with lines of DOS, when its own are Unix' */
    bool usual_speed;             /* nobody said another one */
    bool read_only;               /* the folder, for the guest */
    char cd[2 * PATH_MAX];        /* PATH, when that is a CD's image */
    char ems[40];                 /* the board for it, as -device says it; "": none */
    char *recorded_share;         /* -record: the folder as a -share */
};

static int refused(const struct err *e, int status)
{
    fprintf(stderr, "ferrite dos: %s\n", e->text);
    return status;
}

/* ---- the machine ---- */

static bool set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

/* What a machine for DOS programs is unless said: a 486DX2-66 with 16 MB and the host's clock. */
static bool usual_machine(struct options *o, bool *usual_speed, struct err *e)
{
    if (o->disk[0] || o->drives.disk[0].file)
        return err_set(e, "-hda: drive C: is what DOS starts from; use -hdb, -hdc or -hdd");
    if (o->kernel || o->loadvm)
        return err_set(e, "%s: not with ferrite dos, which starts a DOS",
                       o->kernel ? "-kernel" : "-loadvm");
    if (!o->ram_mb)
        o->ram_mb = USUAL_MB;
    *usual_speed = !o->mips && !o->speed_max;
    if (!o->mips && !o->speed_max && !option_speed(o, USUAL_SPEED, e))
        return false;
    /* Over ssh, say: the text screen of a DOS program does on a terminal. */
    bool window = set("DISPLAY") || set("WAYLAND_DISPLAY") || set("SDL_VIDEODRIVER");
    bool terminal = !o->script && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (o->display == DISPLAY_AUTO && !window)
        o->display = terminal ? DISPLAY_TEXT : DISPLAY_NONE;
    o->no_reboot = true; /* what comes up again would start the program again */
    o->reset_status = RESET_STATUS;
    /* Files get the time of the host's day: the guest's clock must show it. */
    if (o->rtc == RTC_AUTO)
        o->rtc = RTC_LOCALTIME;
    return true;
}

/* The drive's name: letters and digits of the folder's. */
static void make_label(struct dos_run *r)
{
    const char *name = strrchr(r->program.folder, '/');
    size_t n = 0;
    for (const char *p = name ? name + 1 : ""; *p && n < GUEST_SHARE_NAME; p++) {
        if (isalnum((unsigned char)*p) && !(*p & 0x80))
            r->label[n++] = (char)toupper((unsigned char)*p);
    }
    snprintf(r->label + n, sizeof(r->label) - n, "%s", n ? "" : "HOST");
}

/*
 * A CD's folder, or one of the system's: the program runs, and sees a drive that is protected. As a
 * disk it is said when it is opened, and what the program writes is kept elsewhere: a protected
 * disk makes DOS ask whether to abort, retry or fail.
 */
static void look_at_rights(struct dos_run *r)
{
    r->read_only = r->options.machine.snapshot; /* which leaves the host's files alone */
    if (r->read_only || r->options.as == DOS_AS_DISK || access(r->program.folder, W_OK) == 0)
        return;
    clean_printf(stderr,
                 "ferrite dos: %s cannot be written (%s): the program can only read drive %c:\n",
                 r->program.folder, strerror(errno), r->options.letter);
    r->read_only = true;
}

/* The first letter behind what DOS may give to more hard disks. */
static char first_letter(const struct options *o, char program)
{
    unsigned next = (unsigned)program + 1;
    for (unsigned i = 1; i < ARRAY_SIZE(o->disk); i++)
        next += o->disk[i] || o->drives.disk[i].file;
    return (char)next;
}

static const struct guest_share *share_at(const struct options *o, char letter)
{
    for (unsigned i = 0; i < o->shares.count; i++) {
        if (o->shares.share[i].letter == letter)
            return &o->shares.share[i];
    }
    return NULL;
}

/* The CD's letter: the one that was said, else E:, else the next that is free. */
static bool letter_for_cd(struct dos_run *r, struct err *e)
{
    struct options *o = &r->options.machine;
    char c = r->options.cd_letter;
    const struct guest_share *share = c ? share_at(o, c) : NULL;
    if (!o->cdrom && !o->drives.cdrom.file)
        return !c || err_set(e, "-cd-letter %c: there is no CD; -cdrom FILE puts one in", c);
    if (share || (c && c == r->options.letter))
        return err_set(e, "-cd-letter %c: that is the drive of %s", c,
                       share ? share->name : "the program's folder");
    if (!c) {
        c = first_letter(o, 'C');
        c = c < 'E' ? 'E' : c;
        while (c <= 'Z' && (c == r->options.letter || share_at(o, c)))
            c++;
    }
    if (c > 'Z')
        return err_set(e, "-cdrom: no letter is left for the CD");
    o->cd_letter = r->options.cd_letter = c;
    return true;
}

/*
 * More folders (-share) are drives as well: those without a letter of their own get the next ones
 * behind the program's, and behind what DOS may give to more hard disks. Too many: the rest has
 * none, and FERRITE LREDIR can give one.
 */
static bool letters_for_shares(struct options *o, char first, struct err *e)
{
    char next = first_letter(o, first);
    for (unsigned i = 0; i < o->shares.count; i++) {
        struct guest_share *share = &o->shares.share[i];
        if (share->letter && share->letter < 'D')
            return err_set(e, "-share %s,letter=%c: %s; say a letter from D to Z", share->name,
                           share->letter,
                           share->letter == 'C' ? "C: is what DOS starts from"
                                                : "A: and B: are the floppy drives");
        if (share->letter && share->letter == o->cd_letter)
            return err_set(e, "-share %s,letter=%c: that is the CD's drive", share->name,
                           share->letter);
        while (next <= 'Z' && (share_at(o, next) || next == o->cd_letter))
            next++;
        if (!share->letter && next <= 'Z')
            share->letter = next++;
        else if (!share->letter)
            fprintf(
                stderr,
                "ferrite dos: -share %s: no letter is left for it; in the PC, C:\\FERRITE LREDIR "
                "X: HOST:%s gives it one that is free\n",
                share->name, share->name);
    }
    return true;
}

/* PATH's folder becomes the drive. */
static bool add_folder(struct dos_run *r, struct err *e)
{
    struct options *o = &r->options.machine;
    make_label(r);
    look_at_rights(r);
    if (!letters_for_shares(o, r->options.letter, e))
        return false;
    if (r->options.as != DOS_AS_DISK) {
        if (o->shares.count == GUEST_SHARES)
            return err_set(e, "-share: ferrite dos needs one of the %d itself", GUEST_SHARES);
        o->shares.share[o->shares.count++] = (struct guest_share){
            .name = r->label,
            .path = r->program.folder,
            .writable = !r->read_only,
            .letter = r->options.letter,
        };
        return true;
    }
    if (r->options.letter != 'D')
        return err_set(e, "-drive-letter %c: with -as disk it is D:", r->options.letter);
    if (o->disk[1] || o->drives.disk[1].file)
        return err_set(e, "-hdb: with -as disk that is drive D:; use -hdc or -hdd");
    r->folder = (struct folder_options){
        .path = r->program.folder,
        .write = r->read_only ? FOLDER_READ_ONLY : FOLDER_LIVE,
        .fat = 16,
        .codepage = DOS_CODEPAGE,
    };
    o->made_disk[1] = (struct media){.folder = &r->folder};
    return true;
}

/* No screen, and nothing that presses keys. */
static bool nobody_types(const struct options *o)
{
    return o->display == DISPLAY_NONE && !o->script && !o->steerings && !o->gdb && !o->gdb_default;
}

/* A prompt without an end, that is: a limit makes one. */
static bool may_prompt(const struct dos_run *r, struct err *e)
{
    const struct options *o = &r->options.machine;
    const struct dos_program *p = &r->program;
    bool program = *p->file || (*p->cd_file && p->cd_file[1]);
    if ((program && !r->options.stay) || !nobody_types(o) || o->limit_host > 0 ||
        o->limit_guest > 0)
        return true;
    if (r->options.stay)
        return err_set(e, "-stay: nobody could type at the prompt; say -script or -display text");
    if (*p->several)
        return err_set(e, "%s has several programs: %s; name one of them behind it",
                       r->options.path, p->several);
    if (*p->instead)
        return err_set(e, "%s: there is no DOS program in it. %s", r->options.path, p->instead);
    return err_set(e,
                   "%s: which program? Without one there is a prompt, and nobody could type at it: "
                   "name one of the folder's, or say -script or -display text",
                   r->options.path);
}

/* A pipe or a file that somebody has given, and not what happens to be there. */
static bool is_stream(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode));
}

static void fill_options(struct dos_run *r)
{
    struct options *o = &r->options.machine;
    const struct media c = {.bytes = r->disk.bytes, .size = r->disk.size};
    const struct media own = {.bytes = r->own.bytes, .size = r->own.size};
    bool port_reads; /* then our standard input is the port's, as was asked for */
    options_on_stdio(o, &port_reads);
    if (r->own.floppy)
        o->made_floppy = own;
    else
        o->made_disk[0] = r->own.bytes ? own : c;
    if (!o->boot)
        o->boot = r->own.floppy ? "a" : "c"; /* another floppy is for the program */
    o->run = (struct guest_run){
        .program = r->program.program,
        .directory = r->program.directory,
        .tail = r->program.tail.text,
        .environment = r->program.environment,
        .stay = r->options.stay,
        .unattended = o->display == DISPLAY_NONE,
        .no_prompt = nobody_types(o),
        .output = nobody_types(o) && !r->options.echo,
        .input = nobody_types(o) && !r->options.echo && !port_reads && is_stream(STDIN_FILENO),
        .mouse = !r->options.no_mouse,
    };
    /* A terminal has its own text back then, and what the program said would be gone. */
    o->last_screen = r->options.echo || o->display == DISPLAY_TEXT;
}

/*
 * -record: the command line of the machine that this is, for `ferrite replay`; the disks and what
 * is started are recorded as they are.
 */
static bool recorded_words(struct dos_run *r, struct err *e)
{
    struct dos_options *o = &r->options;
    struct options *m = &o->machine;
    char **w = o->word + o->words;
    char megabytes[16];
    if (!m->record)
        return true;
    snprintf(megabytes, sizeof(megabytes), "%u", m->ram_mb);
    const char *share = r->label, *rw = r->read_only ? "ro" : "rw";
    size_t room = strlen(r->program.folder) + sizeof(r->label) + sizeof(",rw,letter=D=");
    r->recorded_share = malloc(room + sizeof(megabytes));
    if (!r->recorded_share)
        return err_set(e, "out of memory");
    snprintf(r->recorded_share, room, "%s=%s,%s,letter=%c", share, r->program.folder, rw,
             o->letter);
    char *copy = r->recorded_share + room;
    memcpy(copy, megabytes, sizeof(megabytes));
    *w++ = (char *)(uintptr_t) "-m";
    *w++ = copy;
    if (r->usual_speed) {
        *w++ = (char *)(uintptr_t) "-speed";
        *w++ = (char *)(uintptr_t)USUAL_SPEED;
    }
    if (*r->ems) {
        *w++ = (char *)(uintptr_t) "-device";
        *w++ = r->ems;
    }
    *w++ = (char *)(uintptr_t) "-no-reboot";
    *w++ = (char *)(uintptr_t) "-boot";
    *w++ = (char *)(uintptr_t)m->boot;
    if (*r->cd) {
        *w++ = (char *)(uintptr_t) "-cdrom";
        *w++ = r->cd;
    }
    if (o->as != DOS_AS_DISK) {
        *w++ = (char *)(uintptr_t) "-share";
        *w++ = r->recorded_share;
    }
    m->argument = o->word;
    m->arguments = (unsigned)(w - o->word);
    return true;
}

/* ---- what is said ---- */

/* Once for each user: what this does, in two lines. */
static void say_first(const struct dos_run *r)
{
    char path[PATH_MAX];
    bool known = xdg_path(XDG_STATE, "dos-explained", path);
    if (known && access(path, F_OK) == 0)
        return;
    clean_printf(
        stderr,
        "ferrite dos: a PC of its own starts the DOS of %s; %s is its drive %c:, and what "
        "is written there is in the folder.\n"
        "ferrite dos: It ends when the program ends, with its exit code; ferrite dos -help "
        "says more. (This is said once.)\n",
        r->dos.where, r->program.folder, r->options.letter);
    int fd =
        known && xdg_make_parents(path) ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0)
        close(fd);
}

static void say_long_tail(const struct dos_program *p)
{
    if (p->tail.len > TAIL_MAX)
        fprintf(
            stderr,
            "ferrite dos: the arguments are %zu bytes; a program of DOS sees %d of them, unless "
            "it reads the rest in CMDLINE=\n",
            p->tail.len, TAIL_MAX);
}

/* Of a zip: which of its programs it is, when nobody has named one. */
static void say_choice(const struct dos_run *r)
{
    const struct dos_program *p = &r->program;
    if (p->chosen)
        clean_printf(stderr, "ferrite dos: %s: %s is started\n", r->options.path, p->file);
    else if (*p->several)
        clean_printf(stderr, "ferrite dos: %s has several programs: %s\n", r->options.path,
                     p->several);
    else if (*p->instead)
        clean_printf(stderr, "ferrite dos: %s: there is no DOS program in it. %s\n",
                     r->options.path, p->instead);
}

/* What a batch file's lines were not: which of the two is run. */
static void say_unix_lines(const struct dos_run *r)
{
    if (r->batch.bytes && r->own.bytes)
        clean_printf(
            stderr,
            "ferrite dos: %s: its lines end as Unix writes them, and shells of DOS get lost in "
            "them; `unix2dos %s` makes them lines of DOS\n",
            r->program.file, r->program.file);
    else if (r->batch.bytes)
        clean_printf(
            stderr,
            "ferrite dos: %s: its lines end as Unix writes them; a copy with lines of DOS is run "
            "(%s)\n",
            r->program.file, r->program.program);
}

/* ---- all together ---- */

/*
 * PATH is a CD's image: it is put into the drive, and its folder is drive D:. The program is on the
 * CD, else in the folder; without one there is a prompt.
 */
static int find_on_cd(struct dos_run *r, const char *word, struct err *e)
{
    struct options *o = &r->options.machine;
    struct dos_program *p = &r->program;
    char image[2 * PATH_MAX], sheet[PATH_MAX];
    snprintf(image, sizeof(image), "%s/%s", p->folder, p->file);
    if (o->cdrom || o->drives.cdrom.file) {
        err_set(e, "%s: is a CD as well; there is one drive: leave -cdrom out", r->options.path);
        return ASKED_WRONGLY;
    }
    snprintf(r->cd, sizeof(r->cd), "%s", dos_cd_sheet(image, sheet) ? sheet : image);
    o->cdrom = r->cd;
    p->kind = PROGRAM_NONE;
    *p->file = 0;
    strcpy(p->cd_file, "\\");
    if (!word)
        return 0;
    if (!dos_cd_find(r->cd, word, p->cd_file, e))
        return ASKED_WRONGLY;
    return *p->cd_file ? 0 : dos_program_in_folder(p, word, false, e);
}

static int find_program(struct dos_run *r, struct err *e)
{
    struct dos_options *o = &r->options;
    char **arguments = o->arguments;
    int count = o->argument_count;
    int status = dos_program_find(&r->program, o->path, e);
    if (status)
        return status;
    bool zip = r->program.kind == PROGRAM_ZIP, cd = r->program.kind == PROGRAM_CD;
    if (cd) {
        status = find_on_cd(r, count ? arguments[0] : NULL, e);
        arguments += count > 0;
        count -= count > 0;
    }
    if (zip) {
        if (!zip_folder_open(&r->zip, o->path, e))
            return DOS_NO_PROGRAM;
        snprintf(r->program.folder, sizeof(r->program.folder), "%s", r->zip.path);
    }
    if (zip || r->program.kind == PROGRAM_FOLDER) {
        status = dos_program_in_folder(&r->program, count ? arguments[0] : NULL, zip, e);
        arguments += count > 0;
        count -= count > 0;
    }
    r->arguments = arguments;
    r->argument_count = count;
    return status;
}

/* ---- the DOS ---- */

/* Somebody sits there: what is missing can be fetched now. */
static bool fetch_dos(void)
{
    char answer[16] = "";
    char *words[] = {(char *)"freedos", NULL};
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return false;
    fputs("ferrite dos: there is no DOS yet. Fetch FreeDOS now (free software, about 1.5 MB)? "
          "[Y/n] ",
          stderr);
    if (!fgets(answer, sizeof(answer), stdin) || tolower((unsigned char)answer[0]) == 'n')
        return false;
    return get_command(1, words, stdout, stderr) == 0;
}

static bool find_dos(struct dos_run *r, struct err *e)
{
    if (r->options.dos)
        return dos_source_open(&r->dos, r->options.dos, e);
    return dos_source_find(&r->dos, e) ||
           (!*r->dos.where && fetch_dos() && dos_source_find(&r->dos, e));
}

/* A batch file with Unix' lines: a copy with others. */
static void look_at_lines(struct dos_run *r)
{
    const struct dos_program *p = &r->program;
    char path[2 * PATH_MAX], alias[DOS_PATH];
    if (p->kind != PROGRAM_BATCH || !dos_path(p->folder, p->file, alias))
        return;
    size_t size;
    snprintf(path, sizeof(path), "%s/%s", p->folder, p->file);
    r->batch.bytes = batch_lines_of_dos(path, &size);
    r->batch.size = (u32)size;
    snprintf(r->batch.name, sizeof(r->batch.name), "%s", strrchr(alias, '\\') + 1);
}

/* The board for expanded memory; for a recording, too. */
static bool add_memory(struct dos_run *r, struct err *e)
{
    struct row row;
    struct options *o = &r->options.machine;
    if (!dos_memory_device(&r->options.memory, &o->devices, o->bios, r->ems, sizeof(r->ems))) {
        *r->ems = 0;
        return true;
    }
    return row_parse(&row, "-ems", r->ems, e) && devices_add(&o->devices, &row, e);
}

/* What it starts from: a disk of ours with that DOS, or a copy of the disk that it is on. */
static bool make_disk(struct dos_run *r, struct err *e)
{
    r->program.shell = "C:\\COMMAND.COM";
    look_at_lines(r);
    if (!r->dos.other && !r->options.keep_config)
        return add_memory(r, e) && boot_disk_make(&r->disk, &r->dos, &r->options.memory,
                                                  r->batch.bytes ? &r->batch : NULL, e);
    if (!r->dos.image)
        return err_set(e, "-keep-config: %s is no disk's image", r->dos.where);
    if (r->options.memory.xms.said || r->options.memory.ems.said)
        return err_set(e,
                       "-%s: this DOS starts with its own CONFIG.SYS, which has to load the "
                       "driver",
                       r->options.memory.ems.said ? "ems" : "xms");
    if (r->options.as == DOS_AS_DISK)
        return err_set(e, "-as disk: not with a DOS that starts by itself");
    if (!own_disk_make(&r->own, r->dos.where, e))
        return false;
    r->program.shell = r->own.shell;
    if (r->own.menu)
        clean_printf(stderr, "ferrite dos: the CONFIG.SYS of %s has a menu, and is left out\n",
                     r->dos.where);
    return true;
}

static bool make_words(struct dos_run *r, struct err *e)
{
    bool ok = dos_program_words(&r->program, &r->options, r->arguments, r->argument_count,
                                r->own.autoexec ? r->own.autoexec : "", r->own.autoexec_size, e);
    if (ok && r->batch.bytes && r->disk.bytes)
        snprintf(r->program.program, sizeof(r->program.program), "C:\\" BOOT_DISK_BATCH "\\%s",
                 r->batch.name);
    return ok;
}

/* Changes to a zip are kept beside it. */
static int close_zip(struct dos_run *r, int status)
{
    struct err e;
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s", r->zip.path);
    bool used = r->zip.folder >= 0;
    if (!zip_folder_close(&r->zip, &e)) {
        fprintf(stderr, "ferrite dos: %s\n", e.text);
        return status ? status : 1;
    }
    if (used && access(path, F_OK) == 0)
        clean_printf(stderr, "ferrite dos: what was changed of %s is in %s\n", r->options.path,
                     path);
    return status;
}

static int start(struct dos_run *r)
{
    struct err e;
    r->zip.folder = -1;
    int status = find_program(r, &e);
    if (status)
        return refused(&e, status);
    if (!letter_for_cd(r, &e) || !may_prompt(r, &e) || !find_dos(r, &e))
        return refused(&e, ASKED_WRONGLY);
    if (!make_disk(r, &e) || !make_words(r, &e) || !add_folder(r, &e))
        return refused(&e, ASKED_WRONGLY);
    fill_options(r);
    if (!recorded_words(r, &e))
        return refused(&e, ASKED_WRONGLY);
    say_first(r);
    say_choice(r);
    say_long_tail(&r->program);
    say_unix_lines(r);
    return run(&r->options.machine);
}

int dos_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct err e;
    struct dos_run *r = calloc(1, sizeof(*r));
    int status = ASKED_WRONGLY;
    (void)messages;
    if (!r || !dos_options_parse(&r->options, argc, argv, &e) ||
        (!r->options.machine.help && !usual_machine(&r->options.machine, &r->usual_speed, &e))) {
        if (!r)
            err_set(&e, "out of memory");
        refused(&e, status);
    } else if (r->options.machine.help) {
        dos_options_help(out);
        status = 0;
    } else {
        status = close_zip(r, start(r));
    }
    if (r) {
        dos_options_free(&r->options);
        free(r->recorded_share);
        boot_disk_free(&r->disk);
        own_disk_free(&r->own);
        dos_source_close(&r->dos);
        free(r->batch.bytes);
    }
    free(r);
    return status;
}
