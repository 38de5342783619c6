#pragma once
#include <event2/event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Swift's Glibc module is built without _GNU_SOURCE, which hides these declarations. */
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);
extern void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

/* Enumerators and macros whose Swift spelling differs between header versions. */
static const int scrip_eventfd_flags = EFD_NONBLOCK | EFD_CLOEXEC;
static const int scrip_accept_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
static const int scrip_listen_type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
static const int scrip_stream_type = SOCK_STREAM;
static const int scrip_send_flags = MSG_NOSIGNAL;
