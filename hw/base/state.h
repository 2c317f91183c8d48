/*
 * state.h - saving and loading a machine through one function per device.
 *
 * A device writes its fields once, in a function that is used both ways:
 *
 *     static void pit_state(void *dev, struct state *s)
 *     {
 *         struct pit *p = dev;
 *         state_u8(s, "latch", &p->latch);
 *         ...
 *         if (state_loading(s)) recompute what is derived;
 *     }
 *
 * The owner brackets it with state_begin(s, "pit", version) / state_end(s). The stream holds
 * names, types and sizes, so that a foreign or damaged file is refused with the reason. A failed
 * stream stays failed: later calls do nothing and leave the fields as they are, and state_error()
 * tells why. Loading goes into a machine that is then used or thrown away as a whole, so a
 * half-loaded one is never run (hw/machine/vm.c).
 *
 * Chunks of the outermost level are found by name, so that the order in which a machine's parts are
 * saved means nothing, and a part that is new leaves old snapshots readable. What one side has and
 * the other lacks is never passed over in silence: see state_has() and state_unread().
 *
 * File: magic "FERRITE\x1a", u32 format version, u64 body length, u32 CRC-32 of the body; then
 * chunks: name, version, fields (name, type, element count, little-endian data), end mark.
 */
#ifndef FERRITE_STATE_H
#define FERRITE_STATE_H

#include "hw/base/err.h"
#include "hw/base/types.h"
#include <stdatomic.h>

struct state;

struct state *state_new_save(void);
/* Takes a copy-free view of the bytes, which must outlive the stream. NULL + err if refused. */
struct state *state_new_load(const void *bytes, size_t size, struct err *e);
/*
 * What can be said of a file of `size` bytes by its first `have` (STATE_HEADER, or all if it is
 * shorter): foreign, of another format, of the wrong length. Of a foreign file nothing else is
 * looked at, its size least of all. false + err if state_new_load() would refuse it for that.
 */
enum { STATE_HEADER = 8 + 4 + 8 + 4 };
bool state_check_head(const void *head, size_t have, u64 size, struct err *e);
/* Finish a save: the whole file in memory, owned by the stream until state_free(). */
const u8 *state_finish(struct state *s, size_t *size);
void state_free(struct state *s);

/*
 * A stream that keeps nothing but a hash of what a save would write: two machines with the same
 * digest are in the same state. Nothing is compressed, so that every build gives the same one.
 * state_digesting(): what identifies files on the host, and not the machine, stays out of it.
 */
struct state *state_new_digest(void);
bool state_digesting(const struct state *s);
u64 state_digest(struct state *s);

bool state_loading(const struct state *s);
bool state_ok(const struct state *s);
const char *state_error(const struct state *s); /* "" while ok */
/* A device refuses a value (a bad index, say): the stream fails with this text. */
void state_fail(struct state *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * A chunk. With STATE_OPTIONAL in the version a reader that does not know the chunk may skip it;
 * the flag is in the file and in nothing that is returned. Returns the version found in the file
 * when loading (<= version), version when saving. */
#define STATE_OPTIONAL 0x80000000u
u32 state_begin(struct state *s, const char *name, u32 version);
void state_end(struct state *s);
/*
 * While memory is saved or digested, which may take seconds: once *cancel is true (another thread
 * may set it), the stream fails with "interrupted".
 */
void state_cancel_by(struct state *s, const atomic_bool *cancel);
/* The innermost open chunk's version, as state_begin() returned it. */
u32 state_version(const struct state *s);
/* Loading, outside all chunks: has the file this chunk? */
bool state_has(struct state *s, const char *name);
/*
 * Loading: the first thing at or after *at (0 to begin with) that nobody has read, false if there
 * is none. Its name (STATE_NAME bytes, printable) and whether it may be skipped. The owner of the
 * whole file asks after the last chunk.
 */
enum { STATE_NAME = 64 };
bool state_unread(struct state *s, unsigned *at, char *name, bool *optional);

void state_bool(struct state *s, const char *name, bool *v);
void state_u8(struct state *s, const char *name, u8 *v);
void state_u16(struct state *s, const char *name, u16 *v);
void state_u32(struct state *s, const char *name, u32 *v);
void state_u64(struct state *s, const char *name, u64 *v);
void state_s64(struct state *s, const char *name, s64 *v);
void state_int(struct state *s, const char *name, int *v); /* stored as s32 */
void state_u16s(struct state *s, const char *name, u16 *v, size_t count);
void state_u32s(struct state *s, const char *name, u32 *v, size_t count);
void state_u64s(struct state *s, const char *name, u64 *v, size_t count);
void state_bytes(struct state *s, const char *name, void *v, size_t size);
/*
 * A large memory (RAM): saved page by page (4096 bytes), all-zero pages left out, the rest
 * compressed when the build has zlib.
 */
void state_memory(struct state *s, const char *name, u8 *mem, size_t size);
/*
 * The same where some pages are known to be zero: those whose byte in `blank` is not 0 and in
 * `written` (NULL: nothing was) is 0. A hash does not look at them.
 */
void state_memory_known(struct state *s, const char *name, u8 *mem, size_t size, const u8 *blank,
                        const u8 *written);
/* As state_bytes(), of many equal pieces that seldom change: see state_apart(). */
void state_piece(struct state *s, const char *name, void *v, size_t size);
/*
 * Large memories and pieces stay out of the stream and go to somebody who keeps them page by page,
 * in the order in which they come; such a stream is for this process and not for a file. Before
 * the first chunk, for saving and loading alike. `keep` returns false when it cannot.
 */
struct state_keeper {
    bool (*keep)(void *opaque, bool loading, u8 *mem, size_t size);
    void *opaque;
};
void state_apart(struct state *s, const struct state_keeper *keeper);
/* A value that must be the same on load (a geometry, a model): fails with a clear text if not. */
void state_same_u64(struct state *s, const char *name, u64 v);
/* The same field, but the caller judges: what is in the file when loading, else v. */
u64 state_was_u64(struct state *s, const char *name, u64 v);
/* Loading: has the innermost chunk another field? (For versions that differ by more than theirs.)
 */
bool state_more(const struct state *s);

#endif
