/*
 * Which hosts may be asked for bytes ($GP_MEDIA_HOSTS), and what may go over
 * plain http: loopback alone. Ports don't matter.
 */
#ifndef GP_LIB_GOOGLE_HOSTS_H
#define GP_LIB_GOOGLE_HOSTS_H

#include <stdbool.h>

#define HOSTS_MEDIA_DEFAULT                                                    \
	"*.googleusercontent.com *.googlevideo.com *.googleapis.com"

/* The host of an absolute http(s) URL, lower case, without brackets; the
 * caller frees. NULL if it is no such URL, or has a user part. */
char *hosts_of(const char *url);

/* Whether HOST is 127.0.0.0/8, ::1 or localhost. */
bool hosts_loopback(const char *host);

/* Whether URL may be asked for bytes: https to a host in the list, or http to
 * a loopback host named there. */
bool hosts_media_allowed(const char *url);

/* Whether URL is a proper API root: https, or http to loopback. */
bool hosts_api_allowed(const char *url);

/* Whether A and B have the same scheme, host and port. */
bool hosts_same_origin(const char *a, const char *b);

#endif
