#include "lib/archive/litter.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"

/* Synology, QNAP, Windows, Picasa, Zoner, Linux, macOS; '*' at the end is any
 * more. Windows writes them in either case. */
static const char *const litter[] = { "@eaDir", "#recycle", "@Recycle",
	"@Recently-Snapshot", "#snapshot", ".@__thumb", "$RECYCLE.BIN",
	"System Volume Information", "Thumbs.db", "ehthumbs.db", "desktop.ini",
	"Picasa.ini", "ZbThumbnail.info", "lost+found", ".directory", ".Trash*",
	".DS_Store", ".localized", ".Spotlight-V100", ".fseventsd", "._*" };

static bool
is_litter(const char *name, size_t n)
{
	size_t i, len;
	bool open;

	for (i = 0; i < COUNT(litter); i++) {
		len = strlen(litter[i]);
		open = litter[i][len - 1] == '*';
		len -= open;
		if ((open ? n >= len : n == len) &&
		    strncasecmp(name, litter[i], len) == 0)
			return true;
	}
	return false;
}

bool
litter_is(const char *name)
{
	return is_litter(name, strlen(name));
}

bool
litter_in(const char *path)
{
	size_t n;

	for (; *path != '\0'; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		if (is_litter(path, n))
			return true;
	}
	return false;
}
