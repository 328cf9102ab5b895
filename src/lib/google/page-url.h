/* The addresses of the pages that Google's two APIs list in: who renews a link
 * has to ask for the very page that it was listed on. */
#ifndef GP_LIB_GOOGLE_PAGE_URL_H
#define GP_LIB_GOOGLE_PAGE_URL_H

/* The page with TOKEN ("" or NULL: the first) of SIZE entries of NAME
 * ("albums", "mediaItems") at the API's ROOT; of picking session SESSION unless
 * that is NULL. The caller frees. */
char *page_url(const char *root, const char *name, const char *session,
    const char *size, const char *token);

#endif
