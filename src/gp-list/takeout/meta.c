#include "gp-list/takeout/meta.h"

#include "gp-list/lister.h"
#include "lib/program/msg.h"
#include "lib/record/json-member.h"
#include "lib/record/scan.h"

#define META_DEPTH (RECORD_DEPTH - 2)

/* Adds "gp":{...} to the object in B, which ends in '}'. */
static void
add_marks(struct buf *b, const struct meta *meta)
{
	static const char *const from[] = {
		[MEDIA_TIME_EXIF] = "exif",
		[MEDIA_TIME_CONTAINER] = "container",
		[MEDIA_TIME_NAME] = "name",
	};

	if (!meta->partner && !meta->unproved &&
	    meta->time_from == MEDIA_TIME_NONE)
		return;
	buf_truncate(b, b->len - 1);
	json_add_name(b, "gp");
	buf_addc(b, '{');
	if (meta->partner)
		json_add_bool(b, "partner", true);
	if (meta->unproved)
		json_add_bool(b, "unproved", true);
	if (meta->time_from != MEDIA_TIME_NONE)
		json_add_text(b, "timeFrom", from[meta->time_from]);
	if (meta->zone_assumed)
		json_add_text(b, "timeZone", "assumed");
	buf_adds(b, "}}");
}

void
meta_set(struct record *rec, const char *sidecar, const struct meta *meta)
{
	const char *wrong;
	struct buf b;

	buf_init(&b, SIZE_MAX / 4);
	buf_adds(&b, sidecar != NULL ? sidecar : "{}");
	wrong = scan_object(b.data, b.len, META_DEPTH, NULL, NULL);
	if (wrong != NULL) {
		msg(record_display_name(rec), "listed without its sidecar: %s",
		    wrong);
	} else {
		add_marks(&b, meta);
		if (b.len > 2)
			lister_set_metadata(rec, b.data, b.len);
	}
	buf_release(&b);
}
