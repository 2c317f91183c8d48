/*
 * recording.h - a run as a file: the machine's command line, the files it is made of by name and
 * hash, and everything that entered it, each with its instant. It can be replayed in another
 * process, on another host and in another build, to the same last bit.
 *
 * The file: "FERRREC\x1a", u32 format, then records: a letter, u32 length, u16 the low half of
 * these two's CRC-32 (since format 4: a damaged length is no file that breaks off), contents, u32
 * CRC-32 of all; numbers are little-endian. A run that was killed leaves a file that is good up to
 * its last whole record.
 *
 *   V text            who wrote it                    A text  an argument of the command line
 *   D text            the folder it was given in      T u8 u64 u64  rtc_host, rtc_start, rtc_now
 *   F u64 hash[32] text   a file: size, SHA-256, absolute path
 *   K u64 hash[32] text   a file that the F before names, a track of a cue sheet; likewise
 *   P u64 u32 u8 contents     a piece of the file before: offset, bytes, packing (0 none, 1
 *                         DEFLATE); what no piece has is zero. A file without a P is not in here
 *   R u8 u32 u32 u32 contents what FERRITE RUN starts: flags; sizes of the program's path,
 *                         directory and arguments, these and the environment
 *   O u8 u32 u64 u64 u64 u8 u64 text  a disk that is no file was opened: place, number of the
 *                         opening, sectors, bytes, fingerprint, flags (1 writable, 2 folder, 4
 *                         removable), hash of the folder, what it is
 *   S u8 u32 u64 u32 u8 contents  what was read of it: place, opening, first sector, how many,
 *                         packing. O and S may come anywhere
 *   B u64             state hash of the machine at power-on; entries follow
 *   E u64 u64 u8 u8 u8 contents   instructions, ns, kind, unit, after (hw/base/journal.h)
 *   X u32             so many entries before this did not happen: the machine was taken back
 *   Z u64 u64 u64     the end: instructions, ns, state hash
 */
#ifndef FERRITE_RECORDING_H
#define FERRITE_RECORDING_H

#include "frontend/timeline/shown_given.h"
#include "hw/guest/guest_config.h"
#include "hw/machine/vm_replay.h"

enum { RECORDING_FORMAT = 4, RECORDING_FILES = 32, RECORDING_ARGUMENTS = 512 };

/* What a machine was made from. Texts are borrowed. */
struct recording_machine {
    const char *version;
    char *const *argument;
    unsigned arguments;
    const char *file[RECORDING_FILES]; /* paths, as they were given */
    unsigned files;
    bool rtc_host;
    u64 rtc_start, rtc_now; /* struct vm_config */
    struct guest_run run;   /* program NULL: none */
};

/* ---- writing ---- */

struct recording;

/*
 * A file, before the machine is made: disks that are no files have to tell what they show from
 * their opening on (struct media.shown), which may go on until recording_free(). `embed`: with all
 * files in it. NULL + err.
 */
struct recording *recording_new(const char *path, const struct recording_machine *m, bool embed,
                                struct err *e);
const struct shown *recording_shown(struct recording *r, unsigned place);
/* From now on, the machine being as it was made. */
bool recording_begin(struct recording *r, struct vm *vm, struct err *e);
/* Between slices. false + err, once: it cannot be written any more, and has come to nothing. */
bool recording_look(struct recording *r, struct err *e);
/* The end of it. NULL is fine. false + err: it is not whole. */
bool recording_end(struct recording *r, struct err *e);
void recording_free(struct recording *r); /* after the machine; NULL is fine */

/* ---- reading ---- */

struct recorded;

/* Read and checked as a whole. NULL + err: foreign, of another format, damaged. */
struct recorded *recorded_open(const char *path, struct err *e);
struct recorded *recorded_from(const u8 *bytes, size_t size, const char *name, struct err *e);
void recorded_free(struct recorded *r); /* NULL is fine */
const struct recording_machine *recorded_machine(const struct recorded *r);
const char *recorded_folder(const struct recorded *r);
/* Disks that were no files, which the caller frees after the machine. NULL: taken before. */
struct shown_given *recorded_take_disks(struct recorded *r);
/* Of its files, so many are those of the machine as it was made; the others came later. */
unsigned recorded_first_files(const struct recorded *r);
/* The files that file number i names, and their paths then. */
unsigned recorded_parts(const struct recorded *r, unsigned i);
const char *recorded_part(const struct recorded *r, unsigned i, unsigned part);
/* File number i is in there, with what it names. */
bool recorded_holds(const struct recorded *r, unsigned i);
/* That one, into a new file. */
bool recorded_unpack(const struct recorded *r, unsigned i, const char *path, struct err *e);
bool recorded_unpack_part(const struct recorded *r, unsigned i, unsigned part, const char *path,
                          struct err *e);
/* Is this path that file, and where does it lead to what it names? false + err: why not. */
bool recorded_is_file(const struct recorded *r, unsigned i, const char *path, struct err *e);
/* It is at another path now, also for the drive that it is put into later. Copied. */
bool recorded_move_file(struct recorded *r, unsigned i, const char *path);
/*
 * Are the files of a machine that is made now, and those that will be put in later, those that it
 * was recorded with? false + err: which one is not.
 */
bool recorded_files_ok(const struct recorded *r, const struct recording_machine *now,
                       struct err *e);
/*
 * The machine, as it was made, does from now on what was recorded; or, `loaded`, from the snapshot
 * on that it has loaded, which was taken in the recorded run. false + err: it is not that machine.
 */
bool recorded_begin(struct recorded *r, struct vm *vm, bool loaded, struct err *e);
/* After VM_REPLAYED, or when the machine has ended: is it where the recorded run was? In words. */
bool recorded_verdict(const struct recorded *r, struct vm *vm, struct err *words);

#endif
