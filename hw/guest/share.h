/*
 * share.h - folders of the host as drives of DOS: what the redirector in the guest asks (INT 2Fh
 * AH=11h) is answered here. README.md has the packets.
 *
 * The guest's side only carries: names as DOS has made them, and the fields of its file table. All
 * that is decided is decided here, and whatever the guest says is taken for bytes: handles and
 * searches are looked up, names are found in directories that were read, and no path leaves the
 * folder (share_path.c).
 *
 * The files: share.c mounts and dispatches, share_path.c paths on the host, share_dir.c what is in
 * a directory and how DOS calls it, share_find.c searching, share_name.c the functions on names,
 * share_file.c open files, share_attr.c attributes and times, share_state.c snapshots, share_cd.c
 * the files of a CD.
 */
#ifndef FERRITE_SHARE_H
#define FERRITE_SHARE_H

#include "hw/base/budget.h"
#include "hw/base/clock.h"
#include "hw/base/err.h"
#include "hw/base/log.h"
#include "hw/base/state.h"
#include "hw/guest/guest_config.h"
#include "hw/guest/packet.h"

struct shares;

/* NULL + err if a folder cannot be opened. `config` is not kept. */
struct shares *shares_new(const struct guest_config *config, struct clock *clock, struct log *log,
                          struct err *e);
void shares_free(struct shares *s); /* may be NULL */
/* What makes files larger is taken from it; what does not fit is a full disk. NULL: any. */
void shares_budget(struct shares *s, struct budget *b);
/* Which drive of the machine OP_CD and OP_CD_DRIVE are about; none without. */
void shares_cd(struct shares *s, const struct guest_cd *cd);
void shares_reset(struct shares *s);
unsigned shares_count(const struct shares *s);
/* All operations from OP_SHARE on. Returns a DOS error. */
u8 shares_answer(struct shares *s, const struct request *r, struct answer *to);
void shares_state(struct shares *s, struct state *stream);
void shares_describe(const struct shares *s, FILE *out);

#endif
