// What a receiver of webhooks and a sender of nothing but HTTP do.
//
//   hooks receive PORT COUNT           takes so many requests, answers each with 204, and prints how many came and how many
//                                      seconds lay between the first and the last; "ready" once it listens
//   hooks send URL FILE UNDER_WAY      posts each line of a file, so many at a time, with the headers of a webhook; prints
//                                      how many and in how many seconds
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 17, FILES = 4096 };
static const char taken[] = "HTTP/1.1 204 No Content\r\n\r\n";

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

struct stream { char *bytes; size_t size; };

// Answers every whole request at the beginning of what has come; says how many.
static int answer(int file, struct stream *stream) {
  int count = 0;
  for (;;) {
    char *end = memmem(stream->bytes, stream->size, "\r\n\r\n", 4);
    if (!end) return count;
    *end = 0;
    char *length = strcasestr(stream->bytes, "\r\nContent-Length:");
    size_t whole = (size_t)(end + 4 - stream->bytes) + (length ? strtoul(length + 17, NULL, 10) : 0);
    *end = '\r';
    if (stream->size < whole) return count;
    if (write(file, taken, sizeof taken - 1) < 0) return count;
    memmove(stream->bytes, stream->bytes + whole, stream->size -= whole);
    count++;
  }
}

static int receive(int port, long most) {
  static struct stream streams[FILES];
  int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128)) return 1;
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  puts("ready");
  fflush(stdout);
  long count = 0;
  double first = 0, last = 0;
  while (count < most) {
    struct epoll_event events[64];
    int found = epoll_wait(poll, events, 64, 10000);
    if (found <= 0) break;
    for (int i = 0; i < found; i++) {
      int file = events[i].data.fd;
      if (file == listener) {
        int caller = accept(listener, NULL, NULL);
        if (caller < 0 || caller >= FILES) return 1;
        setsockopt(caller, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (!streams[caller].bytes) streams[caller].bytes = malloc(ROOM + 1);
        streams[caller].size = 0;
        struct epoll_event one = {.events = EPOLLIN, .data.fd = caller};
        epoll_ctl(poll, EPOLL_CTL_ADD, caller, &one);
        continue;
      }
      struct stream *stream = &streams[file];
      ssize_t size = read(file, stream->bytes + stream->size, ROOM - stream->size);
      if (size <= 0) {
        close(file);
        continue;
      }
      stream->size += size;
      int answered = answer(file, stream);
      if (!answered) continue;
      last = now();
      if (!count) first = last;
      count += answered;
    }
  }
  printf("%ld %f\n", count, last - first);
  return 0;
}

static size_t ignore(char *bytes, size_t size, size_t count, void *data) {
  (void)bytes, (void)data;
  return size * count;
}

// Begins to post the next line; false at the end of the file.
static int post(CURLM *group, CURL *call, FILE *file, const char *url, struct curl_slist *headers) {
  char *line = NULL;
  size_t room = 0;
  ssize_t size = getline(&line, &room, file);
  if (size <= 0) {
    free(line);
    return 0;
  }
  curl_easy_setopt(call, CURLOPT_URL, url);
  curl_easy_setopt(call, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(call, CURLOPT_POSTFIELDSIZE, (long)size - 1);
  curl_easy_setopt(call, CURLOPT_COPYPOSTFIELDS, line);
  curl_easy_setopt(call, CURLOPT_WRITEFUNCTION, ignore);
  curl_multi_add_handle(group, call);
  free(line);
  return 1;
}

static int send_all(const char *url, const char *path, int most) {
  FILE *file = fopen(path, "r");
  if (!file) return 1;
  struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/cloudevents+json; charset=utf-8");
  headers = curl_slist_append(headers, "Expect:");
  headers = curl_slist_append(headers, "webhook-id: coupon_01kafz0000e00020g30g2g1g81/7");
  headers = curl_slist_append(headers, "webhook-timestamp: 1795161600");
  headers = curl_slist_append(headers, "webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=");
  CURLM *group = curl_multi_init();
  long count = 0;
  double began = now();
  int running = 0;
  for (int i = 0; i < most; i++) running += post(group, curl_easy_init(), file, url, headers);
  while (running) {
    int active, left;
    curl_multi_perform(group, &active);
    CURLMsg *message;
    while ((message = curl_multi_info_read(group, &left))) {
      long status = 0;
      CURL *call = message->easy_handle;
      curl_easy_getinfo(call, CURLINFO_RESPONSE_CODE, &status);
      if (status != 204) return 1;
      count++;
      curl_multi_remove_handle(group, call);
      running += post(group, call, file, url, headers) - 1;
    }
    if (running) curl_multi_poll(group, NULL, 0, 1000, NULL);
  }
  printf("%ld %f\n", count, now() - began);
  return 0;
}

int main(int count, char **words) {
  if (count == 4 && !strcmp(words[1], "receive")) return receive(atoi(words[2]), atol(words[3]));
  if (count == 5 && !strcmp(words[1], "send")) return send_all(words[2], words[3], atoi(words[4]));
  return 2;
}
