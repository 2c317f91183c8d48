/*
 * json_frame.h - a stream of bytes cut into JSON texts, without waiting for a line's end: QMP's
 * clients may write an object in pieces, several in one piece, or one over many lines.
 *
 * Only objects are texts here; what else stands between them is one error. After an error all is
 * left out up to the next end of a line (after mere words, to the next brace), or up to byte FFh,
 * by which a client says that it begins anew. An object that begins where none can, after half a
 * line, is a text of its own. So whatever was sent - garbage, a bomb of brackets, a string that
 * never ends - costs one error and no more memory than FRAME_BYTES.
 */
#ifndef FERRITE_JSON_FRAME_H
#define FERRITE_JSON_FRAME_H

#include "hw/base/err.h"
#include "hw/base/types.h"

enum { FRAME_BYTES = 1 << 20, FRAME_DEPTH = 32 };

struct json_frame {
    char *text; /* len bytes of the text that has begun */
    size_t len, capacity;
    unsigned depth;
    u32 arrays; /* a bit for each level: '[' and not '{' */
    bool string, escaped;
    u8 last;                                            /* outside of strings, no blank */
    enum { SKIP_NO, SKIP_TO_BRACE, SKIP_TO_LINE } skip; /* after an error */
};

enum frame_state {
    FRAME_MORE,  /* all bytes are taken, and no text is whole */
    FRAME_TEXT,  /* text and len are an object; the next call begins anew */
    FRAME_WRONG, /* err says why */
};

/* Takes bytes up to the end of the first text or error; *used: how many. */
enum frame_state json_frame_take(struct json_frame *f, const u8 *data, size_t len, size_t *used,
                                 struct err *e);
/* Has a text begun that never ended? */
bool json_frame_open(const struct json_frame *f);
void json_frame_free(struct json_frame *f);

#endif
