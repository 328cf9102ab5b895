#include "lib/archive/staged-record.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/record/json-member.h"

#define READ_BLOCK ((size_t)256 * 1024)
#define PROOF_SIZE 160

void
boot_id(char id[static BOOT_ID_SIZE])
{
	ssize_t n = -1;
	int fd;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = file_read_full(fd, id, BOOT_ID_SIZE - 1);
		close(fd);
	}
	id[n == BOOT_ID_SIZE - 1 ? n : 0] = '\0';
}

uint32_t
staged_record_crc(uint32_t crc, const void *bytes, size_t n)
{
	return libdeflate_crc32(crc, bytes, n);
}

int
staged_record_crc_rest(int fd, int64_t *at, uint32_t *crc)
{
	char *block = mem_alloc(READ_BLOCK);
	ssize_t n;

	for (;;) {
		n = pread(fd, block, READ_BLOCK, (off_t)*at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*crc = staged_record_crc(*crc, block, (size_t)n);
		*at += n;
	}
	free(block);
	return n < 0 ? -1 : 0;
}

/* Writes the two lines to NAME. */
static int
write_lines(int staging, const char *name, const struct record *rec,
    const struct staged_proof *proof)
{
	struct buf line;
	bool failed;
	int fd;

	fd = openat(staging, name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return -1;
	buf_init(&line, PROOF_SIZE);
	buf_adds(&line, "\n{");
	json_add_text(&line, "id", "staged");
	json_add_int(&line, "size", proof->size);
	json_add_int(&line, "crc32", proof->crc);
	buf_adds(&line, "}\n");
	failed = file_write_all(fd, rec->line.data, rec->line.len) < 0 ||
	    file_write_all(fd, line.data, line.len) < 0;
	buf_release(&line);
	/* some network file systems tell of a full disk only here */
	return close(fd) < 0 || failed ? -1 : 0;
}

int
staged_record_write(int staging, const char *name, const struct record *rec,
    const struct staged_proof *proof)
{
	char *to = mem_printf("%s" STAGED_RECORD_SUFFIX, name);
	char *new = mem_printf("%s" PUBLISH_SUFFIX, to);
	int result, saved;

	result = write_lines(staging, new, rec, proof);
	if (result == 0)
		result = renameat(staging, new, staging, to);
	saved = errno;
	if (result < 0)
		unlinkat(staging, new, 0);
	free(new);
	free(to);
	errno = saved;
	return result;
}

/* The second line, of N bytes. */
static int
parse_proof(const char *text, size_t n, struct staged_proof *proof)
{
	struct record line;
	int64_t crc = -1;
	int result = -1;

	memset(proof, 0, sizeof(*proof));
	record_init(&line);
	if (record_parse(&line, text, n, NULL) == 0 &&
	    record_int(&line, "size", &proof->size) == 0 &&
	    record_int(&line, "crc32", &crc) == 0 && proof->size >= 0 &&
	    crc >= 0 && crc <= UINT32_MAX) {
		proof->crc = (uint32_t)crc;
		result = 0;
	}
	record_release(&line);
	return result;
}

static int
parse_lines(const struct buf *text, struct record *rec,
    struct staged_proof *proof)
{
	const char *end, *second;
	size_t n;

	end = memchr(text->data, '\n', text->len);
	if (end == NULL || text->data[text->len - 1] != '\n')
		return -1;
	second = end + 1;
	n = text->len - (size_t)(second - text->data);
	if (n == 0 || parse_proof(second, n - 1, proof) < 0)
		return -1;
	return record_parse(rec, text->data, (size_t)(end - text->data), NULL);
}

int
staged_record_read(int staging, const char *name, struct record *rec,
    struct staged_proof *proof)
{
	char *from = mem_printf("%s" STAGED_RECORD_SUFFIX, name);
	struct buf text;
	int result, error;

	buf_init(&text, RECORD_MAX + PROOF_SIZE);
	result = file_load(staging, from, &text);
	error = errno;
	if (result == 0) {
		result = parse_lines(&text, rec, proof);
		error = EBADMSG;
	}
	buf_release(&text);
	free(from);
	errno = error;
	return result;
}

bool
staged_record_proves(int fd, const struct staged_proof *proof)
{
	struct stat st;
	int64_t at = 0;
	uint32_t crc = 0;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == proof->size &&
	    staged_record_crc_rest(fd, &at, &crc) == 0 && crc == proof->crc;
}

int
staged_record_remove(int staging, const char *name)
{
	char *path = mem_printf("%s" STAGED_RECORD_SUFFIX, name);
	int result, saved;

	result = unlinkat(staging, path, 0);
	saved = errno;
	free(path);
	errno = saved;
	return result < 0 && saved != ENOENT ? -1 : 0;
}
