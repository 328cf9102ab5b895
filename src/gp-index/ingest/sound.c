#include "gp-index/ingest/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/ingest/recover.h"
#include "lib/files/file.h"

int
sound_proof(const struct ingest *s, const char *path,
    const struct staged_proof *proof)
{
	bool proved;
	int fd = file_open_below(s->ix.archive.fd, path, O_RDONLY | O_NONBLOCK,
	    0);

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	proved = staged_record_proves(fd, proof);
	close(fd);
	return proved;
}

/* The file of the row that S stands on: as sound_file(). */
static int
check_row(struct ingest *s, const struct staged_proof *proof,
    uint8_t sha256[static DIGEST_SIZE])
{
	const char *path = index_text(s->of_key, 1), *state;

	if (!index_digest(s->of_key, 0, sha256))
		return 0;
	state = recover_compare(&s->ix.archive, path, sha256, s->digest);
	if (strcmp(state, "unreadable") == 0)
		return -1;
	if (strcmp(state, "ok") != 0)
		return 0;
	return proof == NULL ? 1 : sound_proof(s, path, proof);
}

int
sound_file(struct ingest *s, const uint8_t key[static DIGEST_SIZE],
    const struct staged_proof *proof, uint8_t sha256[static DIGEST_SIZE])
{
	int step, found = 0, unread = 0;

	index_bind_digest(s->of_key, 1, key);
	while ((step = index_step(&s->ix, s->of_key)) > 0) {
		found = check_row(s, proof, sha256);
		if (found > 0)
			break;
		if (found < 0)
			unread = -1;
	}
	sqlite3_reset(s->of_key);
	if (step < 0)
		return -1;
	return found > 0 ? 1 : unread;
}
