#pragma once
#include <libpq-fe.h>

// The fields of an error are character constants behind macros that Swift can't import.
static inline const char *cpostgres_sqlstate(const PGresult *result) {
  return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

static inline const char *cpostgres_message(const PGresult *result) {
  return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}

static inline const char *cpostgres_detail(const PGresult *result) {
  return PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
}

// In English whatever the server's language is.
static inline const char *cpostgres_severity(const PGresult *result) {
  return PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
}

// The function of the server that gave up: tells failures apart that share an SQLSTATE.
static inline const char *cpostgres_source(const PGresult *result) {
  return PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
}

// Where in the text the failure is, in characters from 1.
static inline const char *cpostgres_position(const PGresult *result) {
  return PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
}

// OpenSSL's function, which is there when libpq uses OpenSSL; no header of it is needed for one call.
extern int cpostgres_ssl_pending(const void *ssl) __asm__("SSL_pending") __attribute__((weak));

// libpq reads at most what fits into its buffer. The rest of a decrypted record stays inside of OpenSSL, and no poll
// of the socket will tell of it.
static inline int cpostgres_has_unread(PGconn *connection) {
  void *ssl = PQsslStruct(connection, "OpenSSL");
  return ssl != NULL && cpostgres_ssl_pending != NULL && cpostgres_ssl_pending(ssl) > 0;
}
