/* Names from outside become names that every file system holds. */
#include <string.h>

#include "fuzz.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/utf8.h"

static void
demand_utf8(const char *s)
{
	size_t n = strlen(s), len;

	for (; n > 0; s += len, n -= len) {
		len = utf8_length(s, n);
		DEMAND(len > 0);
	}
}

/* Doing it again changes nothing. */
static void
demand_settled(char *(*function)(const char *), const char *name)
{
	char *again = function(name);

	DEMAND(strcmp(again, name) == 0);
	free(again);
}

static char *
file_again(const char *name)
{
	return name_file(name, 0);
}

static void
demand_file(const char *name)
{
	size_t n = strlen(name), i;

	DEMAND(n > 0 && n <= NAME_MAX_BYTES);
	demand_utf8(name);
	DEMAND(strpbrk(name, "/\\:*?\"<>|") == NULL);
	for (i = 0; i < n; i++)
		DEMAND((unsigned char)name[i] >= 0x20 && name[i] != 0x7f);
	DEMAND(name[0] != '-' && name[0] != '.' && name[0] != ' ');
	DEMAND(name[n - 1] != '.' && name[n - 1] != ' ');
	demand_settled(name_nfc, name);
}

static void
demand_folder(const char *name)
{
	size_t n = strlen(name);

	DEMAND(n > 0 && n <= 100);
	demand_utf8(name);
	DEMAND(name[0] != '-' && name[n - 1] != '-');
	DEMAND(strstr(name, "--") == NULL);
	DEMAND(strpbrk(name, "/\\:*?\"<>|. ") == NULL);
	demand_settled(name_folder, name);
	demand_settled(name_fold, name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned n = size > 0 ? data[0] : 0;
	char *s = mem_strndup((const char *)data, size);
	char *nfc = name_nfc(s), *fold = name_fold(s), *nfc_fold;
	char *file = name_file(s, 0), *numbered = name_file(s, n << 24);
	char *folder = name_folder(s);

	demand_utf8(nfc);
	demand_utf8(fold);
	demand_settled(name_nfc, nfc);
	demand_settled(name_fold, fold);
	nfc_fold = name_fold(nfc);
	DEMAND(strcmp(nfc_fold, fold) == 0);
	demand_file(file);
	demand_settled(file_again, file);
	demand_file(numbered);
	demand_folder(folder);
	free(nfc_fold);
	free(folder);
	free(numbered);
	free(file);
	free(fold);
	free(nfc);
	free(s);
	return 0;
}
