/*
 * http_server.h - what the parts of the page's server share.
 *
 * Threads: the machine's (http_machine.c), which does what pages ask for and publishes pictures and
 * sound; and one for the clients (http_thread.c, http_socket.c), in which libwebsockets lives. They
 * meet in struct http under one lock, which nobody holds while waiting. Queues both ways are
 * bounded: who sends more than is taken is not read from, pictures are sent only to those who have
 * seen the ones before, sound that is not fetched is left out, and who does not fetch answers goes.
 */
#ifndef FERRITE_HTTP_SERVER_H
#define FERRITE_HTTP_SERVER_H

#include "frontend/http/http.h"
#include "frontend/http/http_guard.h"
#include "frontend/http/http_library.h"
#include "frontend/link/link_listen.h"
#include "frontend/page/page_message.h"
#include "frontend/page/page_picture.h"
#include "hw/machine/vm.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    HTTP_CLIENTS = 8,   /* pages at a time */
    HTTP_SOCKETS = 40,  /* connections of any kind */
    HTTP_WAITING = 256, /* messages of a page, until no more is read */
    HTTP_OUT = 8 << 20, /* bytes for a page, until it is sent away */
    HTTP_SOUND = 24,    /* blocks of sound, until they are left out */
    HTTP_UNSEEN = 2,    /* pictures under way to a page */
    HTTP_SOUND_MS = 20, /* in a block */
    HTTP_SOUND_FRAMES = 4096,
    HTTP_KEYS = 256,
    HTTP_PAGE = 40,
    HTTP_PIECE = 128 << 10, /* bytes of a file that a page fetches at once */
    HTTP_FRAME_FILE = 3,    /* beside those of frontend/page/page_picture.h */
};

/* On its way to a page: LWS_PRE bytes of room for the library, then the frame. */
struct http_block {
    struct http_block *next;
    size_t len;
    bool binary, sound;
    u8 bytes[];
};

/* From a page to the machine. */
struct http_message {
    struct http_message *next;
    struct page_message message;
    char *file; /* "page-insert": what has come; the machine's thread frees it */
};

/* A file that a page sends, which stands in for a disk: in its thread. */
struct http_upload {
    int fd; /* -1: none */
    u64 size, left;
    char *path;
    struct page_message message; /* that began it */
};

struct http_client {
    struct http *http;
    /* The clients' thread. */
    struct lws *wsi;
    char *text;
    size_t text_len, text_room;
    bool greeted;
    bool parted;     /* the close is sent: its answer is all that is waited for */
    bool only_looks; /* came by the other token; set before its hello is handed over */
    struct page_copy copy;
    u32 sent, seen; /* numbers of pictures */
    struct http_upload upload;

    /* Under the lock. */
    enum { HTTP_FREE, HTTP_HERE, HTTP_GONE } state;
    struct http_block *out, **out_end;
    size_t out_bytes;
    unsigned out_sound;
    struct http_message *in, **in_end;
    unsigned waiting;
    bool held; /* it is not read from at present */
    bool known, controls;
    const char *farewell; /* to be sent away, and why; NULL: no */

    /* The machine's thread. */
    char page[HTTP_PAGE]; /* what the page calls itself, also after a reload */
    bool hears;
    s64 now;                  /* id of what is being asked this moment */
    s64 later[CONTROL_CALLS]; /* ids of what takes guest time, in their order */
    unsigned laters;
    bool down[HTTP_KEYS];
    bool buttons;
};

struct http_file {
    struct http_file *next;
    char path[];
};

struct http {
    struct control *control;
    struct http_facts facts;
    struct http_library lib;
    struct json *json;
    struct link_where where;
    struct listener listener;
    char token[HTTP_TOKEN + 1];
    char looking[HTTP_TOKEN + 1]; /* for those who only look on */
    char own_name[256];
    struct lws_context *context;
    struct lws_protocols protocols[4];
    lws_retry_bo_t patience;
    pthread_t thread;
    bool runs;
    bool awake; /* under the lock: the context is there */
    atomic_bool over;
    unsigned sockets; /* its thread's */

    pthread_mutex_t lock;
    pthread_cond_t something; /* a page has said something */
    bool said;
    struct page_picture picture;
    struct http_client client[HTTP_CLIENTS];
    char *folder; /* of what pages have sent; NULL: nothing yet */
    struct http_file *files;
    u64 uploaded; /* bytes */

    /* The machine's thread. */
    struct control_listener listener_of_events;
    struct sound_sink sink;
    bool listens;
    s16 sound[HTTP_SOUND_FRAMES * 2];
    unsigned sound_frames;
    u64 frame_end; /* guest time at which the picture is whole */
    double looked; /* host seconds */
};

/* ---- http_thread.c ---- */

bool http_thread_begin(struct http *h, struct err *e);
void http_thread_end(struct http *h);
/* Whose thread is this? In callbacks of the library. */
struct http *http_of_thread(void);
/* The clients' thread looks at its queues. From any, without the lock. */
void http_wake(struct http *h);

/* ---- http_socket.c: the clients' thread ---- */

int http_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                size_t len);
/* Something may be there to be sent, or they have to be sent away, or can be read from again. */
void http_socket_look(struct http *h);

/* ---- http_site.c: the clients' thread ---- */

int http_site(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len);
size_t http_site_session(void);
/* Host and, if there is to be one, Origin. */
bool http_site_trusted(struct http *h, struct lws *wsi, bool origin);

/* ---- http.c ---- */

double http_seconds(void); /* of the steady clock */

/* ---- http_upload.c: the clients' thread ---- */

/* `m` begins one, and is taken over. false + err. */
bool http_upload_begin(struct http_client *c, struct page_message *m, struct err *e);
/* false + err: it comes to nothing. *whole: all is there. */
bool http_upload_take(struct http_client *c, const u8 *data, size_t len, bool *whole,
                      struct err *e);
void http_upload_end(struct http_client *c);
void http_upload_remove_all(struct http *h);

/* ---- http_download.c: the clients' thread ---- */

/* "page-disks", "page-fetch": answered. false + err. */
bool http_download(struct http_client *c, const struct page_message *m, struct err *e);

/* ---- queues; the caller holds the lock ---- */

/* Text or bytes, which are copied. Sound may be left out; else who does not fetch is sent away. */
void http_queue(struct http_client *c, const void *data, size_t len, bool binary, bool sound);
/* The refusal of a message. */
void http_queue_error(struct http_client *c, s64 id, const char *why);
/* What it has said and nobody has done yet; all, both ways. */
void http_queue_drop_in(struct http_client *c);
void http_queue_free(struct http_client *c);
void http_message_free(struct http *h, struct http_message *m);

#endif
