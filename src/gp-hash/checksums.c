/* Files to lines of checksums, to the letter as sha256sum(1) writes them. */
#include "gp-hash/checksums.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-hash/hash.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

static void
work(struct hash_job *job, struct digest *d, const void *arg)
{
	const char *name = job->name;
	int fd;

	(void)arg;
	job->verified = VERIFIED_OK;
	if (strcmp(name, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	else
		fd = open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || hash_fd(d, fd, job->sum, NULL) < 0)
		hash_note_error(job, errno);
}

static void
write_checksum(const struct hash_job *job)
{
	char hex[DIGEST_HEX];
	bool odd = strpbrk(job->name, "\n\r\\") != NULL;

	digest_hex(job->sum, hex);
	if (odd)
		out_text("\\");
	out_text(hex);
	out_text("  ");
	if (odd)
		hash_write_escaped(job->name);
	else
		out_text(job->name);
	out_text("\n");
}

enum status
hash_checksums(const struct hash_options *opt)
{
	enum status status = STATUS_DONE;
	char *const *next = opt->file;
	struct pool *pool;
	struct hash_job *job;

	pool = pool_new(opt->threads, work, NULL);
	for (;;) {
		while (*next != NULL) {
			job = pool_slot(pool);
			if (job == NULL)
				break;
			job->name = *next++;
			pool_submit(pool);
		}
		if (pool_empty(pool))
			break;
		job = pool_done(pool);
		while (job == NULL) {
			out_flush();
			pool_wait(pool, -1);
			job = pool_done(pool);
		}
		if (job->verified == VERIFIED_OK) {
			write_checksum(job);
		} else {
			msg(job->name, "%s", strerror(job->error));
			status = STATUS_SOME;
		}
		pool_retire(pool);
	}
	pool_free(pool);
	return status;
}
