/* client_secret.json, as Google's console hands it out. */
#ifndef GP_AUTH_CLIENT_H
#define GP_AUTH_CLIENT_H

/* Reads the client of a Desktop app from FILE; the caller frees both texts. 0,
 * or -1 with the reason said, and what to create instead where it is of
 * another kind. */
int client_load(const char *file, char **id, char **secret);

/* Says how to get a client_secret.json, and FILE's place for it. */
void client_explain(const char *file);

#endif
