#pragma once
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift can't call: one function for each type of argument.
static inline CURLcode ccurl_set_number(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

// For what receives bytes, and for what gives them.
static inline CURLcode ccurl_set_stream(CURL *handle, CURLoption option, curl_write_callback value) {
  return curl_easy_setopt(handle, option, value);
}

// For what is told of what is said, and for what is asked about once a second whether to go on.
static inline CURLcode ccurl_set_listener(CURL *handle, curl_debug_callback value) {
  return curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, value);
}

static inline CURLcode ccurl_set_watcher(CURL *handle, curl_xferinfo_callback value) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, value);
}

static inline CURLcode ccurl_get_size(CURL *handle, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode ccurl_get_number(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

// Macros that cast, which Swift can't import.
static inline CURLcode ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_ALL); }
static inline int ccurl_resolves_on_threads(void) {
  return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) != 0;
}
static inline long ccurl_use_ssl_always(void) { return CURLUSESSL_ALL; }

// For what is asked before each connection whether its address may be called.
static inline CURLcode ccurl_set_door(CURL *handle, curl_opensocket_callback value) {
  return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}

// An address that a connection is to be made to, as bytes: 4, 16, or none for what is no address of the internet. The
// structure ends in one that is longer than it is declared.
static inline int ccurl_address_bytes(const struct curl_sockaddr *address, unsigned char *bytes) {
  if (address->family == AF_INET) {
    struct sockaddr_in known;
    memcpy(&known, &address->addr, sizeof known);
    memcpy(bytes, &known.sin_addr, 4);
    return 4;
  }
  if (address->family == AF_INET6) {
    struct sockaddr_in6 known;
    memcpy(&known, &address->addr, sizeof known);
    memcpy(bytes, &known.sin6_addr, 16);
    return 16;
  }
  return 0;
}

// The socket that libcurl would have opened itself.
static inline curl_socket_t ccurl_open_socket(const struct curl_sockaddr *address) {
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// A macro that casts.
static inline curl_socket_t ccurl_no_socket(void) { return CURL_SOCKET_BAD; }

// Variadic as well, and a message that ends in a union.
static inline CURLMcode ccurl_set_group_number(CURLM *group, CURLMoption option, long value) {
  return curl_multi_setopt(group, option, value);
}

// A call of a group that is over, with how it ended; null if there is none.
static inline CURL *ccurl_next_finished(CURLM *group, CURLcode *code) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(group, &left))) {
    if (message->msg == CURLMSG_DONE) {
      *code = message->data.result;
      return message->easy_handle;
    }
  }
  return 0;
}
