#include "lib/program/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/files/file.h"
#include "lib/num.h"
#include "lib/program/msg.h"

#define TERMINAL_MS 500
#define LOG_MS 60000

void
progress_start(struct progress *p, const char *what, bool on)
{
	memset(p, 0, sizeof(*p));
	p->what = what;
	p->on = on;
	p->terminal = on && isatty(STDERR_FILENO) == 1;
	p->started = p->last = clock_ms();
}

/* The share that is done, 0 to 1, by bytes if their total is known; -1 where
 * no total is. */
static double
share(const struct progress *p)
{
	double part;

	if (p->total_bytes > 0)
		part = (double)p->bytes / (double)p->total_bytes;
	else if (p->total_items > 0)
		part = (double)p->items / (double)p->total_items;
	else
		return -1;
	return part < 1 ? part : 1;
}

static void
add_time_left(struct buf *b, double seconds)
{
	int64_t s = (int64_t)(seconds + 0.5);

	if (s >= 3600)
		buf_printf(b, ", %" PRId64 " h %02" PRId64 " min left",
		    s / 3600, s % 3600 / 60);
	else if (s >= 60)
		buf_printf(b, ", %" PRId64 " min %02" PRId64 " s left", s / 60,
		    s % 60);
	else
		buf_printf(b, ", %" PRId64 " s left", s);
}

/* "12/40 files, 24.1 MB, 3.0 MB/s, 30 %, 19 s left" */
static void
describe(const struct progress *p, struct buf *b)
{
	double seconds = (double)(clock_ms() - p->started) / 1000;
	double part = share(p);
	char size[32];

	buf_printf(b, "%" PRId64, p->items);
	if (p->total_items > 0)
		buf_printf(b, "/%" PRId64, p->total_items);
	buf_printf(b, " %s, %s", p->what,
	    num_format_size(size, sizeof(size), p->bytes));
	if (seconds >= 0.1)
		buf_printf(b, ", %s/s",
		    num_format_size(size, sizeof(size),
			(int64_t)((double)p->bytes / seconds)));
	if (part < 0)
		return;
	buf_printf(b, ", %d %%", (int)(part * 100));
	if (part > 0)
		add_time_left(b, seconds / part - seconds);
}

/* On a terminal the cursor goes back to the first column, so that a message
 * that comes next writes over the meter and not behind it. */
static void
draw(struct progress *p)
{
	struct buf text, line;

	buf_init(&text, 512);
	describe(p, &text);
	if (p->terminal) {
		buf_init(&line, 1024);
		buf_printf(&line, "%s: %s\033[K\r", msg_tool(), text.data);
		/* a meter that can't be shown harms nobody */
		(void)file_write_all(STDERR_FILENO, line.data, line.len);
		buf_release(&line);
	} else {
		msg(NULL, "%s", text.data);
	}
	buf_release(&text);
	p->drawn = true;
}

void
progress_add(struct progress *p, int64_t items, int64_t bytes)
{
	int64_t now;

	p->items += items;
	p->bytes += bytes;
	if (!p->on)
		return;
	now = clock_ms();
	if (now - p->last < (p->terminal ? TERMINAL_MS : LOG_MS))
		return;
	p->last = now;
	draw(p);
}

void
progress_end(struct progress *p)
{
	if (!p->on)
		return;
	draw(p);
	if (p->terminal)
		(void)file_write_all(STDERR_FILENO, "\n", 1);
	p->on = false;
}
