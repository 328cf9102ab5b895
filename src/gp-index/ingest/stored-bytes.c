#include "gp-index/ingest/stored-bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/files/file.h"

const char *
stored_bytes_state(const struct repo *a, const char *path,
    const uint8_t sha256[static DIGEST_SIZE], struct digest *d)
{
	uint8_t checksum[DIGEST_SIZE];
	int fd, result;

	fd = file_open_below(a->fd, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return errno == ENOENT ? "missing" : "unreadable";
	result = digest_fd(d, fd, checksum, NULL);
	close(fd);
	if (result < 0)
		return "unreadable";
	return memcmp(checksum, sha256, sizeof(checksum)) == 0 ? "ok"
							       : "rotten";
}

int
stored_bytes_prove(const struct ingest *s, const char *path,
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

/* The file of the row that S stands on: as stored_bytes_find(). */
static int
check_row(struct ingest *s, const struct staged_proof *proof,
    uint8_t sha256[static DIGEST_SIZE])
{
	const char *path = index_text(s->of_key, 1), *state;

	if (!index_digest(s->of_key, 0, sha256))
		return 0;
	state = stored_bytes_state(&s->ix.archive, path, sha256, s->digest);
	if (strcmp(state, "unreadable") == 0)
		return -1;
	if (strcmp(state, "ok") != 0)
		return 0;
	return proof == NULL ? 1 : stored_bytes_prove(s, path, proof);
}

int
stored_bytes_find(struct ingest *s, const uint8_t key[static DIGEST_SIZE],
    const struct staged_proof *proof, uint8_t sha256[static DIGEST_SIZE])
{
	int step, found = 0, unread = 0;

	index_bind_digest(s->of_key, 1, key);
	for (;;) {
		step = index_step(&s->ix, s->of_key);
		if (step <= 0)
			break;
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
