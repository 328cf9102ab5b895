#include "gp-list/takeout/names/takeout-name.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gp-list/media/mime.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/utf8.h"

#define STEM_UNITS 47 /* of a media file's name before its extension */
#define NAME_UNITS 46 /* of a sidecar's before counter and .json */
#define TAKEOUT_EXTENSION_MAX 10 /* bytes; what is longer is no extension */
#define COUNTER_MAX 7 /* digits */
#define EDITED_MAX 64 /* bytes; more than any suffix of an edited copy */
#define SUPPLEMENTAL ".supplemental-metadata"

/* A media file's name, cut open: STEM(COUNTER).EXTENSION */
struct parts {
	char *stem;
	char *counter; /* "(2)", or "" */
	char *extension; /* ".jpg", or "" */
};

/* What sees the keys and lookups of one name. */
struct sink {
	takeout_name_take *take;
	void *arg;
	enum takeout_name_tie tie;
	bool ended;
};

/* "edited" in languages whose letters are many bytes */
static const char japanese[] = "-\xe7\xb7\xa8\xe9\x9b\x86\xe6\xb8\x88\xe3\x81"
			       "\xbf";
static const char chinese[] = "-\xe7\xbc\x96\xe8\xbe\x91";
static const char chinese_new[] = "-\xe5\xb7\xb2\xe4\xbf\xae\xe6\x94\xb9";
static const char korean[] = "-\xed\x8e\xb8\xec\xa7\x91\xeb\x90\xa8";
static const char russian[] =
    "-\xd0\xbe\xd1\x82\xd1\x80\xd0\xb5\xd0\xb4\xd0\xb0"
    "\xd0\xba\xd1\x82\xd0\xb8\xd1\x80\xd0\xbe\xd0\xb2"
    "\xd0\xb0\xd0\xbd\xd0\xbe";
static const char ukrainian[] =
    "-\xd0\xb2\xd1\x96\xd0\xb4\xd1\x80\xd0\xb5\xd0"
    "\xb4\xd0\xb0\xd0\xb3\xd0\xbe\xd0\xb2\xd0\xb0\xd0"
    "\xbd\xd0\xbe";

/* What Google adds to the name of an edited copy, by the account's language;
 * folded. */
static const char *const edited[] = { "-edited", "-modifi\xc3\xa9",
	"-bearbeitet", "-modificato", "-editado", "-ha editado", "-editat",
	"-bewerkt", "-edytowane", japanese, chinese, chinese_new, korean,
	russian, ukrainian, "-muokattu", "-redigeret", "-upraven\xc3\xa9",
	"-effects", "-motion", "-animation", "-smile", "-collage", "-mix" };

/* Bytes of the character at S, and its UTF-16 units. A byte that is no UTF-8
 * stands for one character, as repaired. */
static size_t
step(const char *s, size_t n, size_t *units)
{
	size_t len = utf8_length(s, n);

	*units = len == 4 ? 2 : 1;
	return len > 0 ? len : 1;
}

static size_t
count_units(const char *s)
{
	size_t n = strlen(s), total = 0, units, len;

	for (; n > 0; s += len, n -= len) {
		len = step(s, n, &units);
		total += units;
	}
	return total;
}

/* The first MAX units of S, no character halved; the caller frees. */
static char *
cut(const char *s, size_t max)
{
	size_t n = strlen(s), at = 0, total = 0, units, len;

	while (at < n) {
		len = step(s + at, n - at, &units);
		if (units > max - total)
			break;
		total += units;
		at += len;
	}
	return mem_strndup(s, at);
}

char *
takeout_name_key(const char *name)
{
	char *folded = name_fold(name), *p;

	for (p = folded; *p != '\0'; p++) {
		if (strchr("\\/:*?\"<>|&%'~", *p) != NULL ||
		    (unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '_';
	}
	return folded;
}

/* Whether A and B are one name to takeout_name_key(). */
static bool
alike(const char *a, const char *b)
{
	char *x = takeout_name_key(a), *y = takeout_name_key(b);
	bool same = strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

/* Where the counter "(12)" at the end of S begins; its end if there is none. */
static size_t
counter_at(const char *s)
{
	size_t n = strlen(s), i = n;

	if (n < 3 || s[n - 1] != ')')
		return n;
	i--;
	while (i > 0 && s[i - 1] >= '0' && s[i - 1] <= '9')
		i--;
	if (i == n - 1 || n - 1 - i > COUNTER_MAX || i < 2 || s[i - 1] != '(')
		return n;
	return i - 1;
}

/* Where the extension of S begins, with its dot; the end if it has none. */
static size_t
extension_at(const char *s)
{
	const char *dot = strrchr(s, '.');
	size_t n = strlen(s);

	if (dot == NULL || dot == s || n - (size_t)(dot - s) < 2 ||
	    n - (size_t)(dot - s) > TAKEOUT_EXTENSION_MAX ||
	    strpbrk(dot, " ()") != NULL)
		return n;
	return (size_t)(dot - s);
}

static void
parts_split(struct parts *p, const char *name)
{
	size_t dot = extension_at(name), at;
	char *stem = mem_strndup(name, dot);

	at = counter_at(stem);
	p->extension = mem_strdup(name + dot);
	p->counter = mem_strdup(stem + at);
	stem[at] = '\0';
	p->stem = stem;
}

static void
parts_release(struct parts *p)
{
	free(p->stem);
	free(p->counter);
	free(p->extension);
}

/* Hands out a key or lookup, and frees it. */
static void
give(struct sink *to, enum takeout_name_kind kind, char *exact)
{
	char *key;

	if (!to->ended) {
		key = takeout_name_key(exact);
		to->ended = !to->take(to->arg, kind, to->tie, key, exact);
		free(key);
	}
	free(exact);
}

/* NAME as a sidecar's: with SUFFIX, cut, then COUNTER. The caller frees. */
static char *
sidecar_of(const char *name, const char *suffix, const char *counter)
{
	char *whole = mem_printf("%s%s", name, suffix);
	char *shorter = cut(whole, NAME_UNITS);
	char *made = mem_printf("%s%s", shorter, counter);

	free(shorter);
	free(whole);
	return made;
}

/* Bytes of S before what is left of .supplemental-metadata: at least ".s",
 * since a lone dot may be the name's own. */
static size_t
supplemental_at(const char *s)
{
	const char *dot = strrchr(s, '.');
	size_t n;

	if (dot == NULL || dot == s)
		return strlen(s);
	n = strlen(dot);
	if (n < 2 || n > strlen(SUPPLEMENTAL) ||
	    strncasecmp(dot, SUPPLEMENTAL, n) != 0)
		return strlen(s);
	return (size_t)(dot - s);
}

/* NAME without ".json"; the caller frees. */
static char *
without_json(const char *name)
{
	size_t n = strlen(name);

	return mem_strndup(name, takeout_name_is_json(name) ? n - 5 : n);
}

/* Whether the sidecar STEM (no counter, no .json) is that of TITLE. */
static bool
stem_explained(const char *stem, const char *title)
{
	const size_t n = strlen(title);
	char *old, *supplemental, *bare;
	bool found;

	/* nearly always */
	if (strncmp(stem, title, n) == 0 &&
	    (stem[n] == '\0' || supplemental_at(stem) == n))
		return true;
	old = sidecar_of(title, "", "");
	supplemental = sidecar_of(title, SUPPLEMENTAL, "");
	bare = mem_strndup(stem, supplemental_at(stem));
	found = alike(stem, old) || alike(stem, supplemental) ||
	    alike(stem, title) || alike(bare, title);
	free(bare);
	free(supplemental);
	free(old);
	return found;
}

/* Cuts the counter off STEM, a sidecar's name without .json, and returns it,
 * which the caller frees. A number in brackets that TITLE has too is none. */
static char *
take_counter(char *stem, const char *title)
{
	size_t at = counter_at(stem);
	char *counter;

	if (stem[at] != '\0' && title != NULL && stem_explained(stem, title))
		at = strlen(stem);
	counter = mem_strdup(stem + at);
	stem[at] = '\0';
	return counter;
}

bool
takeout_name_explains(const char *name, const char *title)
{
	char *stem = without_json(name), *counter = take_counter(stem, title);
	bool found = stem_explained(stem, title);

	free(counter);
	free(stem);
	return found;
}

/* The media file's name for TITLE with COUNTER; the caller frees. */
static char *
media_name_of(const char *title, size_t stem_len, const char *counter,
    const char *extension)
{
	char *stem = mem_strndup(title, stem_len);
	char *shorter = cut(stem, STEM_UNITS);
	char *made = mem_printf("%s%s%s", shorter, counter, extension);

	free(shorter);
	free(stem);
	return made;
}

/* The title that counts: TITLE, else what STEM (no counter) leaves of it. The
 * caller frees. */
static char *
title_or_name(const char *title, const char *stem)
{
	if (title != NULL && *title != '\0')
		return mem_strdup(title);
	return mem_strndup(stem, supplemental_at(stem));
}

char *
takeout_name_titled(const char *name, const char *title)
{
	char *stem = without_json(name), *counter = take_counter(stem, title);
	char *of = title_or_name(title, stem), *made;
	size_t dot = extension_at(of);

	made = media_name_of(of, dot, counter, of + dot);
	free(of);
	free(counter);
	free(stem);
	return made;
}

/* The keys of the sidecar's own name: WHOLE, or STEM and COUNTER. */
static void
give_names(struct sink *to, const char *whole, const char *stem,
    const char *counter)
{
	size_t at = supplemental_at(stem);

	if (stem[at] != '\0')
		give(to, TAKEOUT_NAME_SUPPLEMENTAL,
		    mem_printf("%.*s%s", (int)at, stem, counter));
	give(to, TAKEOUT_NAME_SIDECAR, mem_strdup(whole));
}

void
takeout_name_keys(const char *name, const char *title, takeout_name_take *take,
    void *arg)
{
	struct sink to = { take, arg, TAKEOUT_NAME_OWN, false };
	char *stem = without_json(name);
	char *whole = mem_strdup(stem), *counter = take_counter(stem, title);
	char *of = title_or_name(title, stem);
	const size_t dot = extension_at(of);
	const bool is_cut = count_units(of) > NAME_UNITS;

	give(&to, TAKEOUT_NAME_TITLED,
	    media_name_of(of, dot, counter, of + dot));
	give(&to, TAKEOUT_NAME_PARTNER, media_name_of(of, dot, counter, ""));
	if (mime_of(NULL, 0, of) == NULL) /* no extension that we know */
		give(&to, TAKEOUT_NAME_UNEXTENDED,
		    media_name_of(of, strlen(of), counter, ""));
	if (*counter != '\0' && is_cut)
		give(&to, TAKEOUT_NAME_UNCOUNTED,
		    media_name_of(of, dot, "", of + dot));
	/* where the title explains the whole name, that adds nothing */
	if (title == NULL || is_cut || !stem_explained(stem, title))
		give_names(&to, whole, stem, counter);
	free(of);
	free(counter);
	free(whole);
	free(stem);
}

/* The sidecar's names that TITLE with COUNTER may have, exact ones first. */
static void
look_up_sidecars(struct sink *to, const char *title, const char *counter)
{
	give(to, TAKEOUT_NAME_SIDECAR,
	    sidecar_of(title, SUPPLEMENTAL, counter));
	give(to, TAKEOUT_NAME_SIDECAR, sidecar_of(title, "", counter));
	give(to, TAKEOUT_NAME_SUPPLEMENTAL, mem_printf("%s%s", title, counter));
	give(to, TAKEOUT_NAME_SIDECAR,
	    mem_printf("%s" SUPPLEMENTAL "%s", title, counter));
	give(to, TAKEOUT_NAME_SIDECAR, mem_printf("%s%s", title, counter));
}

/* The lookups for the media file P, as if it were there by that very name. */
static void
look_up_media(struct sink *to, const struct parts *p)
{
	char *title = mem_printf("%s%s", p->stem, p->extension);
	char *name = mem_printf("%s%s%s", p->stem, p->counter, p->extension);
	char *bare = mem_printf("%s%s", p->stem, p->counter);

	give(to, TAKEOUT_NAME_TITLED, mem_strdup(name));
	look_up_sidecars(to, title, p->counter);
	if (*p->counter != '\0') /* the number may be the title's */
		look_up_sidecars(to, name, "");
	if (*p->extension != '\0') {
		give(to, TAKEOUT_NAME_UNEXTENDED, mem_strdup(bare));
		look_up_sidecars(to, p->stem, p->counter);
	}
	give(to, TAKEOUT_NAME_UNCOUNTED, mem_strdup(name));
	free(bare);
	free(name);
	free(title);
}

/* Where in STEM the suffix of an edited copy begins, or its end. Where STEM is
 * as long as stems get, the suffix may be cut. */
static size_t
edited_at(const char *stem)
{
	const bool full = count_units(stem) >= STEM_UNITS - 1;
	const size_t n = strlen(stem);
	const char *dash = n > EDITED_MAX ? stem + n - EDITED_MAX : stem;
	size_t found = n, i;
	char *tail;

	while (found == n && *dash != '\0') {
		dash = strchr(dash + 1, '-');
		if (dash == NULL)
			break;
		tail = name_fold(dash);
		for (i = 0; i < COUNT(edited); i++) {
			if (strcmp(tail, edited[i]) == 0 ||
			    (full &&
				strncmp(tail, edited[i], strlen(tail)) == 0))
				found = (size_t)(dash - stem);
		}
		free(tail);
	}
	return found;
}

/* Motion pictures and clips of live photos, which lie beside the photo. */
static bool
is_clip(const char *extension)
{
	static const char *const clips[] = { "", ".mp4", ".mov", ".mp", ".mv",
		".m4v" };
	size_t i;

	for (i = 0; i < COUNT(clips); i++) {
		if (strcasecmp(extension, clips[i]) == 0)
			return true;
	}
	return strncasecmp(extension, ".mp~", 4) == 0;
}

/* The other files of the same shot. */
static void
look_up_partner(struct sink *to, const struct parts *p)
{
	give(to, TAKEOUT_NAME_PARTNER, mem_printf("%s%s", p->stem, p->counter));
	if (*p->extension != '\0') /* X.MP beside X.MP.jpg */
		give(to, TAKEOUT_NAME_PARTNER,
		    mem_printf("%s%s%s", p->stem, p->extension, p->counter));
}

/* The photo that the edited copy P was made from: with the copy's counter,
 * then without. */
static void
look_up_original(struct sink *to, const struct parts *p)
{
	struct parts of;
	char *base = mem_strndup(p->stem, edited_at(p->stem)), *name;
	int i;

	for (i = 0; i < (*p->counter != '\0' ? 2 : 1) && !to->ended; i++) {
		name = mem_printf("%s%s%s", base, i == 0 ? p->counter : "",
		    p->extension);
		parts_split(&of, name);
		look_up_media(to, &of);
		look_up_partner(to, &of);
		parts_release(&of);
		free(name);
	}
	free(base);
}

/* All lookups for NAME, as it is written. */
static void
look_up_name(struct sink *to, const char *name)
{
	struct parts p;

	parts_split(&p, name);
	to->tie = TAKEOUT_NAME_OWN;
	look_up_media(to, &p);
	to->tie = TAKEOUT_NAME_SHARED;
	if (p.stem[edited_at(p.stem)] != '\0')
		look_up_original(to, &p);
	if (is_clip(p.extension))
		look_up_partner(to, &p);
	/* a name that was cut: the same lookups, and its sidecar may speak for
	 * another one */
	if (count_units(name) > NAME_UNITS)
		give(to, TAKEOUT_NAME_SIDECAR, sidecar_of(name, "", ""));
	parts_release(&p);
}

void
takeout_name_lookups(const char *name, takeout_name_take *take, void *arg)
{
	struct sink to = { take, arg, TAKEOUT_NAME_OWN, false };
	char *nfc = name_nfc(name);

	look_up_name(&to, name);
	/* units were counted before a Mac wrote the name in its own form */
	if (!to.ended && strcmp(nfc, name) != 0)
		look_up_name(&to, nfc);
	free(nfc);
}

static bool
ends_in(const char *name, const char *extension)
{
	size_t n = strlen(name), len = strlen(extension);

	return n >= len && strcasecmp(name + n - len, extension) == 0;
}

bool
takeout_name_is_json(const char *name)
{
	return ends_in(name, ".json");
}

bool
takeout_name_is_html(const char *name)
{
	return ends_in(name, ".html") || ends_in(name, ".htm");
}
