/* PKCE (RFC 7636): proves that who asks for the tokens began the sign-in. */
#ifndef GP_AUTH_PKCE_H
#define GP_AUTH_PKCE_H

#define PKCE_SIZE 44 /* 32 bytes as base64url, with the NUL */

/* 32 random bytes as text, for the verifier or the state; 0, or -1 with the
 * reason said. */
int pkce_random(char text[static PKCE_SIZE]);

/* The S256 challenge of VERIFIER. */
void pkce_challenge(const char *verifier, char challenge[static PKCE_SIZE]);

#endif
