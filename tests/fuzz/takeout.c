/*
 * Names of Takeout: whatever a title is, the name that Google gives the photo
 * leads to the name that it gives the sidecar, in both styles, counted or not.
 * And any bytes as names, titles and sidecars.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "gp-list/takeout/names/sidecar.h"
#include "gp-list/takeout/names/takeout-name.h"
#include "lib/mem.h"
#include "lib/name.h"

#define PROBES_MAX 256 /* a medium without a sidecar may not cost more */
#define KEYS_MAX 16

struct keys {
	enum takeout_name_kind kind[KEYS_MAX];
	char *key[KEYS_MAX];
	int n;
	int probes;
	bool found;
};

static void
demand_folded(const char *key)
{
	char *again = name_fold(key);

	DEMAND(strcmp(again, key) == 0);
	free(again);
}

static bool
take_key(void *arg, enum takeout_name_kind kind, enum takeout_name_tie tie,
    const char *key, const char *exact)
{
	struct keys *k = arg;

	DEMAND(tie == TAKEOUT_NAME_OWN && exact != NULL && k->n < KEYS_MAX);
	demand_folded(key);
	k->kind[k->n] = kind;
	k->key[k->n++] = mem_strdup(key);
	return true;
}

static bool
take_probe(void *arg, enum takeout_name_kind kind, enum takeout_name_tie tie,
    const char *key, const char *exact)
{
	struct keys *k = arg;
	int i;

	DEMAND(exact != NULL && ++k->probes <= PROBES_MAX);
	demand_folded(key);
	for (i = 0; i < k->n; i++)
		k->found |= tie == TAKEOUT_NAME_OWN && kind == k->kind[i] &&
		    strcmp(key, k->key[i]) == 0;
	return true;
}

/* Whether MEDIUM finds the sidecar NAME with TITLE. */
static bool
finds(const char *medium, const char *name, const char *title)
{
	struct keys k = { .n = 0 };
	int i;

	takeout_name_keys(name, title, take_key, &k);
	takeout_name_lookups(medium, take_probe, &k);
	for (i = 0; i < k.n; i++)
		free(k.key[i]);
	return k.found;
}

/* The medium and sidecar that TITLE is given belong together, in the style
 * that WHICH chooses. */
static void
demand_pair(const char *title, size_t which)
{
	static const char *const end[] = { ".json",
		".supplemental-metadata.json", "(2).json",
		".supplemental-metadata(2).json" };
	char *name, *medium;

	name = mem_printf("%s%s", title, end[which % (COUNT(end))]);
	medium = takeout_name_titled(name, title);
	DEMAND(finds(medium, name, title));
	free(medium);
	free(name);
}

static void
demand_sidecar(const char *name, const char *json, size_t n)
{
	struct sidecar s;

	sidecar_read(&s, name, json, n);
	DEMAND(!s.has_taken || sidecar_time_is_sane(s.taken));
	DEMAND(s.type != SIDECAR_BROKEN || s.tree == NULL);
	sidecar_release(&s);
}

/* Three texts, divided by newlines: a title, a name, a sidecar. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);
	char *rest = text;
	const char *title, *name;

	title = strsep(&rest, "\n");
	name = rest != NULL ? strsep(&rest, "\n") : "";
	if (strlen(title) > 0 && strlen(title) < 300)
		demand_pair(title, size);
	if (strlen(name) < 300) {
		finds(name, title, NULL);
		finds(title, name, title);
		takeout_name_explains(name, title);
	}
	if (rest != NULL)
		demand_sidecar(name, rest, strlen(rest));
	free(text);
	return 0;
}
