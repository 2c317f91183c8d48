/*
 * host_net.h - does this host give a program sockets? WebAssembly does not: neither networks nor
 * sockets by a path are offered there.
 */
#ifndef FERRITE_BASE_HOST_NET_H
#define FERRITE_BASE_HOST_NET_H

#ifdef __wasm__
#define HOST_SOCKETS 0
#else
#define HOST_SOCKETS 1
#endif

#endif
