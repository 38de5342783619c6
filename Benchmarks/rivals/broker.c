// What a program does with a NATS broker that has nothing else to do.
//
//   broker publish URL FILE   publishes each line of a file (subject, tab, identifier, tab, body) to JetStream, as fast as
//                             the library can with 500 messages under way; prints messages and seconds
//   broker lag URL COUNT      listens to scrip.> until so many messages have come or none came for 5 s; prints how many, and
//                             how many milliseconds after their event they came: median, 99th percentile, longest
#define _GNU_SOURCE
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void check(natsStatus status, const char *what) {
  if (status == NATS_OK) return;
  fprintf(stderr, "%s: %s\n", what, natsStatus_GetText(status));
  exit(1);
}

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int publish(natsConnection *connection, const char *path) {
  jsOptions options;
  jsOptions_Init(&options);
  options.PublishAsync.MaxPending = 500;
  jsCtx *context = NULL;
  check(natsConnection_JetStream(&context, connection, &options), "JetStream");
  jsStreamConfig configuration;
  jsStreamConfig_Init(&configuration);
  const char *subjects[] = {"rival.>"};
  configuration.Name = "RIVAL";
  configuration.Subjects = subjects;
  configuration.SubjectsLen = 1;
  configuration.Storage = js_FileStorage;
  configuration.Duplicates = 600LL * 1000000000LL;
  check(js_AddStream(NULL, context, &configuration, NULL, NULL), "stream");
  FILE *file = fopen(path, "r");
  if (!file) return 1;
  char *line = NULL;
  size_t room = 0;
  ssize_t size;
  long count = 0;
  double began = now(CLOCK_MONOTONIC);
  while ((size = getline(&line, &room, file)) > 0) {
    char *subject = strtok(line, "\t"), *id = strtok(NULL, "\t"), *body = strtok(NULL, "\n");
    natsMsg *message = NULL;
    check(natsMsg_Create(&message, subject, NULL, body, (int)strlen(body)), "message");
    check(natsMsgHeader_Set(message, "Nats-Msg-Id", id), "header");
    check(natsMsgHeader_Set(message, "Content-Type", "application/cloudevents+json"), "header");
    jsPubOptions patience;
    jsPubOptions_Init(&patience);
    while (js_PublishMsgAsync(context, &message, &patience) != NATS_OK) {}
    count++;
  }
  jsPubOptions patience;
  jsPubOptions_Init(&patience);
  patience.MaxWait = 60000;
  check(js_PublishAsyncComplete(context, &patience), "acknowledgements");
  printf("%ld %.6f\n", count, now(CLOCK_MONOTONIC) - began);
  return 0;
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return a < b ? -1 : a > b;
}

static int lag(natsConnection *connection, long most) {
  natsSubscription *subscription = NULL;
  check(natsConnection_SubscribeSync(&subscription, connection, "scrip.>"), "subscription");
  check(natsSubscription_SetPendingLimits(subscription, -1, -1), "limits");
  double *lags = malloc(sizeof(double) * most);
  long count = 0;
  printf("ready\n");
  fflush(stdout);
  natsMsg *message = NULL;
  while (count < most && natsSubscription_NextMsg(&message, subscription, 5000) == NATS_OK) {
    double came = now(CLOCK_REALTIME);
    const char *place = memmem(natsMsg_GetData(message), natsMsg_GetDataLength(message), "\"time\":\"", 8);
    struct tm parts = {0};
    if (place) {
      const char *rest = strptime(place + 8, "%Y-%m-%dT%H:%M:%S", &parts);
      double part = rest && *rest == '.' ? strtod(rest, NULL) : 0;
      lags[count++] = (came - (timegm(&parts) + part)) * 1000;
    }
    natsMsg_Destroy(message);
  }
  if (count == 0) return 1;
  qsort(lags, count, sizeof(double), compare);
  printf("%ld %.3f %.3f %.3f\n", count, lags[count / 2], lags[count * 99 / 100], lags[count - 1]);
  return 0;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  natsConnection *connection = NULL;
  check(natsConnection_ConnectTo(&connection, arguments[2]), "connection");
  return strcmp(arguments[1], "publish") ? lag(connection, atol(arguments[3])) : publish(connection, arguments[3]);
}
