/*
 * The products of an account's export, which lie side by side in its folder
 * "Takeout": only Google Photos is listed, under whatever name its language
 * has for it. What the others hold is counted, product by product.
 */
#ifndef GP_LIST_TAKEOUT_PRODUCT_H
#define GP_LIST_TAKEOUT_PRODUCT_H

#include "gp-list/takeout/takeout-state.h"

/* Notes member PATH for its product; BEFORE is the balance before it was
 * counted. */
void product_note(struct takeout *t, const char *path,
    const struct balance *before);

/* Takes what is of other products out of what is listed, and counts it as left
 * out. Says it where no product is Google Photos. */
void product_choose(struct takeout *t);

/* Forgets all products, before the next export and at the end. */
void product_forget(struct takeout *t);

/* Whether NAME is what Google Photos is called, in some language. */
bool product_is_photos(const char *name);

/* Whether NAME has a word for photos in it, in one of Google's languages. */
bool product_word(const char *name);

#endif
