#pragma once
/* System headers first: libevent's define _GNU_SOURCE, and types that differ from those of Swift's own modules,
   which are built without it, can't be used beside them. */
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <event2/event.h>

/* Declared only with _GNU_SOURCE. */
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);
extern void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

/* Enumerators, which Swift imports as types of their own. */
static const int scrip_eventfd_flags = EFD_NONBLOCK | EFD_CLOEXEC;
static const int scrip_accept_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
static const int scrip_listen_type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
static const int scrip_stream_type = SOCK_STREAM;
static const int scrip_send_flags = MSG_NOSIGNAL;
static const int scrip_peek_flags = MSG_PEEK | MSG_DONTWAIT;
