#pragma once
// SHA-256 in its plain form, without a context behind a handle, is marked as out of date and is not going away.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
