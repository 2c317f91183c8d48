/* fs.h - in place of Linux's: an ioctl(2) that no file here knows (a copy by sharing blocks). */
#define FICLONE 0x40049409
