/* --export: which files are meant, and in which order. */
#ifndef GP_INDEX_MODES_EXPORT_SELECT_H
#define GP_INDEX_MODES_EXPORT_SELECT_H

#include "gp-index/db/index.h"
#include "gp-index/modes/modes.h"

/* In SQL, of file f: what no disc has that counts. */
#define SELECT_UNPACKED                                                        \
	"f.superseded_by IS NULL AND NOT EXISTS (SELECT 1 FROM disc_file d "   \
	"JOIN disc ON label = d.disc "                                         \
	"WHERE d.file = f.sha256 AND state <> 'failed')"

/* Fills temp.selected (n, sha256, taken), n counting from 1 by time taken, then
 * path, and temp.wanted (album) with the albums that --album names. 0, or -1
 * with the reason said, also where there is no such album or disc. */
int export_select(struct index *ix, const struct index_options *opt);

#endif
