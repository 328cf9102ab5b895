#include "gp-list/takeout/db.h"

#include <stdlib.h>
#include <string.h>

#include "lib/archive/repo.h"
#include "lib/archive/scratch-db.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

/*
 * member: media, in the order in which they lie in the parts. damaged: parts,
 * bare tars among them, that can't vouch for what is in them. year: shapes of
 * names that year folders may have, and the years. name: media's names by hash,
 * to ask whether one is there. sidecar: type is the extension of the media file
 * that it speaks for. key: sidecars by the hashes of takeout-name.h's keys.
 * time: when photos say that they were taken. known: albums that earlier
 * exports named. belongs: which albums a photo, by its address and its title
 * ("" where an older gp-list did not note that), was in, and the first export
 * that said so. tally: which items were seen in which album (--albums).
 * elsewhere: where media lie in all exports; elsewhere_part: their parts that
 * could be read, and whether they are whole (0: a bare tar, of which nobody
 * knows; NULL: not).
 */
static const char schema[] =
    "CREATE TABLE folder(id INTEGER PRIMARY KEY, path TEXT UNIQUE,"
    " own_title TEXT, type INTEGER, title TEXT, metadata TEXT);"
    "CREATE TABLE member(id INTEGER PRIMARY KEY, part INTEGER, path TEXT,"
    " base INTEGER, folder INTEGER, size INTEGER, crc INTEGER,"
    " taken INTEGER, time_from INTEGER, sidecar INTEGER, tie INTEGER,"
    " item TEXT);"
    "CREATE TABLE damaged(part INTEGER PRIMARY KEY);"
    "CREATE TABLE year(shape TEXT, year INTEGER, word INTEGER,"
    " PRIMARY KEY(shape, year)) WITHOUT ROWID;"
    "CREATE TABLE name(hash INTEGER PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE sidecar(id INTEGER PRIMARY KEY, folder INTEGER, name TEXT,"
    " title TEXT, url TEXT, taken INTEGER, flags INTEGER, json TEXT,"
    " type TEXT, part INTEGER);"
    "CREATE TABLE key(hash INTEGER, sidecar INTEGER, exact INTEGER,"
    " PRIMARY KEY(hash, sidecar)) WITHOUT ROWID;"
    "CREATE TABLE time(item TEXT PRIMARY KEY, taken INTEGER,"
    " time_from INTEGER) WITHOUT ROWID;"
    "CREATE TABLE known(name TEXT PRIMARY KEY, title TEXT, export TEXT)"
    " WITHOUT ROWID;"
    "CREATE TABLE belongs(url TEXT, title TEXT, export TEXT, photo TEXT,"
    " PRIMARY KEY(url, title, photo)) WITHOUT ROWID;"
    "CREATE TABLE tally(title TEXT, item TEXT, metadata TEXT,"
    " PRIMARY KEY(title, item)) WITHOUT ROWID;"
    "CREATE TABLE elsewhere(size INTEGER, crc INTEGER, name TEXT,"
    " export INTEGER, part INTEGER, path TEXT);"
    "CREATE TABLE elsewhere_part(export INTEGER, part INTEGER, whole INTEGER,"
    " PRIMARY KEY(export, part)) WITHOUT ROWID;"
    "CREATE INDEX elsewhere_alike ON elsewhere(size, crc);"
    "CREATE INDEX member_alike ON member(size, crc);"
    "CREATE INDEX member_item ON member(item);"
    "CREATE INDEX member_sidecar ON member(sidecar) WHERE sidecar NOT NULL;"
    "CREATE INDEX sidecar_name ON sidecar(folder, name);"
    "CREATE INDEX sidecar_url ON sidecar(url);";

/* The folder of a product, and all in it: '0' comes after '/'. */
#define OF_PRODUCT                                                             \
	"SELECT id FROM folder WHERE path=?1"                                  \
	" OR (path>?1||'/' AND path<?1||'0')"

static const char *const statements[SQL_COUNT] = {
	[SQL_FOLDER_FIND] = "SELECT id FROM folder WHERE path=?1",
	[SQL_FOLDER_ADD] = "INSERT INTO folder(path) VALUES(?1)",
	[SQL_FOLDER_TITLE] = "UPDATE folder SET own_title=?2, metadata=?3"
			     " WHERE id=?1"
			     " AND (own_title IS NULL OR own_title='')",
	[SQL_FOLDERS] = "SELECT id, path, own_title FROM folder ORDER BY id",
	[SQL_FOLDER_CLASSIFY] =
	    "UPDATE folder SET type=?2, title=?3 WHERE id=?1",
	/* sidecars, those of the trash, those of the archive */
	[SQL_FOLDER_COUNTS] = "SELECT count(*), sum(flags&1), sum(flags>>1&1)"
			      " FROM sidecar WHERE folder=?1",
	/* dated items, those of them between ?2 and ?3: by their sidecars */
	[SQL_FOLDER_YEAR] = "SELECT count(taken), sum(taken BETWEEN ?2 AND ?3)"
			    " FROM sidecar WHERE folder=?1",
	/* the same by what is in the photos */
	[SQL_FOLDER_EXIF] = "SELECT count(taken), sum(taken BETWEEN ?2 AND ?3)"
			    " FROM member WHERE folder=?1",
	/* a folder in this one: '0' comes after '/' */
	[SQL_FOLDER_BELOW] = "SELECT 1 FROM folder"
			     " WHERE path>?1||'/' AND path<?1||'0' LIMIT 1",
	[SQL_PRODUCT_MEMBERS] =
	    "DELETE FROM member WHERE folder IN (" OF_PRODUCT ")",
	[SQL_PRODUCT_KEYS] =
	    "DELETE FROM key WHERE sidecar IN (SELECT id FROM sidecar"
	    " WHERE folder IN (" OF_PRODUCT "))",
	[SQL_PRODUCT_SIDECARS] =
	    "DELETE FROM sidecar WHERE folder IN (" OF_PRODUCT ")",
	[SQL_PRODUCT_FOLDERS] = "DELETE FROM folder WHERE id IN (" OF_PRODUCT
				")",
	[SQL_YEAR_ADD] = "INSERT OR IGNORE INTO year VALUES(?1, ?2, ?3)",
	/* the shape that Google uses, else that which most years have; a word
	 * for photos is worth one, and without it one folder is an album */
	[SQL_YEAR_SHAPE] = "SELECT shape FROM year GROUP BY shape"
			   " HAVING max(word)>0 OR count(*)>1"
			   " ORDER BY max(word)=2 DESC,"
			   " count(*)+max(word) DESC, max(word) DESC,"
			   " shape LIMIT 1",
	[SQL_MEMBER_ADD] = "INSERT INTO member(part, path, base, folder, size,"
			   " crc, taken, time_from)"
			   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_DAMAGED_ADD] = "INSERT OR IGNORE INTO damaged VALUES(?1)",
	/* the same size and sum in a part that is whole proves the bytes */
	[SQL_PROVED] = "SELECT 1 FROM member WHERE item=?1 AND part NOT IN"
		       " (SELECT part FROM damaged) LIMIT 1",
	[SQL_NAME_ADD] = "INSERT OR IGNORE INTO name VALUES(?1)",
	[SQL_NAME_FIND] = "SELECT 1 FROM name WHERE hash=?1",
	[SQL_SIDECAR_FIND] =
	    "SELECT id FROM sidecar WHERE folder=?1 AND name=?2 AND json=?3",
	[SQL_SIDECAR_PROVED] = "UPDATE sidecar SET part=?2 WHERE id=?1"
			       " AND part IN (SELECT part FROM damaged)",
	[SQL_SIDECAR_ADD] = "INSERT INTO sidecar(folder, name, title, url,"
			    " taken, flags, json, type, part)"
			    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_SIDECAR_GET] = "SELECT name, title FROM sidecar WHERE id=?1",
	/* an address of two photos is that of none: who passed the export on
	 * wrote one over all. A live photo and its clip have one, and one stem:
	 * what rtrim() leaves of a title up to its last dot. */
	[SQL_SIDECAR_URLS] =
	    "UPDATE sidecar SET url=NULL WHERE url IN (SELECT url FROM"
	    " (SELECT url, name, CASE WHEN instr(title,'.')"
	    " THEN rtrim(title,replace(title,'.','')) ELSE title END stem"
	    " FROM sidecar) GROUP BY url HAVING min(stem)<>max(stem)"
	    " OR (max(stem) IS NULL AND min(name)<>max(name)))",
	[SQL_KEY_ADD] = "INSERT OR IGNORE INTO key VALUES(?1, ?2, ?3)",
	[SQL_KEY_FIND] = "SELECT k.sidecar, k.exact=?2, s.url, s.name"
			 " FROM key k JOIN sidecar s ON s.id=k.sidecar"
			 " WHERE k.hash=?1 LIMIT 8",
	[SQL_UNMATCHED] =
	    "SELECT id, path, base, folder, size, crc FROM member"
	    " WHERE sidecar IS NULL AND id>?1 ORDER BY id LIMIT 1",
	[SQL_MATCH] = "UPDATE member SET sidecar=?2, tie=?3, item=?4"
		      " WHERE id=?1",
	[SQL_INHERIT_FROM] =
	    "SELECT m.sidecar, m.tie, m.path, m.base, s.url"
	    " FROM member m JOIN sidecar s ON s.id=m.sidecar"
	    " WHERE m.size=?1 AND m.crc=?2 ORDER BY m.id LIMIT 100",
	/* what is in the trash is no item; 3 is FOLDER_TRASH, 1 the flag */
	[SQL_TRASH] = "UPDATE member SET item=NULL WHERE folder IN"
		      " (SELECT id FROM folder WHERE type=3) OR sidecar IN"
		      " (SELECT id FROM sidecar WHERE flags&1)",
	[SQL_MEMBERS] =
	    "SELECT m.id, m.path, m.base, m.size, m.taken, m.time_from, m.tie,"
	    " m.item, s.flags, s.url, s.title, s.taken, s.json, f.type,"
	    " m.part, m.crc, s.part IN (SELECT part FROM damaged)"
	    " FROM member m JOIN folder f ON f.id=m.folder"
	    " LEFT JOIN sidecar s ON s.id=m.sidecar"
	    " WHERE m.id>?1 ORDER BY m.id LIMIT 1",
	[SQL_PLACES] = "SELECT id, part, path FROM member WHERE item=?1"
		       " ORDER BY id LIMIT 100",
	[SQL_ELSEWHERE_ADD] =
	    "INSERT INTO elsewhere VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_ELSEWHERE_PART] = "INSERT INTO elsewhere_part VALUES(?1, ?2, ?3)",
	/* in whole parts first; who has so many copies needs no more */
	[SQL_ELSEWHERE] = "SELECT export, part, path FROM elsewhere"
			  " JOIN elsewhere_part USING (export, part)"
			  " WHERE size=?1 AND crc=?2 AND name=?3 AND export<>?4"
			  " ORDER BY whole DESC, elsewhere.rowid LIMIT 16",
	[SQL_ELSEWHERE_WHOLE] =
	    "SELECT 1 FROM elsewhere JOIN elsewhere_part USING (export, part)"
	    " WHERE size=?1 AND crc=?2 AND name=?3 AND export<>?4 AND whole"
	    " LIMIT 1",
	[SQL_ELSEWHERE_DAMAGED] =
	    "SELECT export, part FROM elsewhere_part WHERE whole IS NULL",
	/* folders that hold the item, or a sidecar with its address; a folder
	 * may come twice */
	[SQL_ALBUMS] =
	    "SELECT f.title FROM member m JOIN folder f ON f.id=m.folder"
	    " WHERE m.item=?1 AND f.title NOT NULL"
	    " UNION ALL SELECT f.title FROM sidecar s"
	    " JOIN folder f ON f.id=s.folder"
	    " WHERE s.url=?2 AND f.title NOT NULL",
	/* sidecars of media that lie in no folder; a live photo and its clip
	 * have one address */
	[SQL_ORPHANS] =
	    "SELECT f.path, s.name FROM sidecar s"
	    " JOIN folder f ON f.id=s.folder WHERE NOT EXISTS"
	    " (SELECT 1 FROM member m WHERE m.sidecar=s.id)"
	    " AND (s.url IS NULL OR NOT EXISTS"
	    " (SELECT 1 FROM sidecar o JOIN member m ON m.sidecar=o.id"
	    " WHERE o.url=s.url AND o.type=s.type))"
	    " ORDER BY s.id",
	/* media that no sidecar gives a time */
	[SQL_UNDATED] =
	    "SELECT m.id, m.part, m.path, m.base, m.item, m.size, m.crc"
	    " FROM member m"
	    " LEFT JOIN sidecar s ON s.id=m.sidecar"
	    " WHERE m.id>?1 AND m.taken IS NULL AND s.taken IS NULL"
	    " ORDER BY m.id LIMIT 1",
	[SQL_DATE] = "UPDATE member SET taken=?2, time_from=?3 WHERE id=?1",
	[SQL_TIME_GET] = "SELECT taken, time_from FROM time"
			 " WHERE item=?1",
	[SQL_TIME_SET] = "INSERT OR REPLACE INTO time VALUES(?1, ?2, ?3)",
	[SQL_TIMES] = "SELECT item, taken, time_from FROM time",
	[SQL_KNOWN_GET] = "SELECT title FROM known WHERE name=?1",
	[SQL_KNOWN_SET] = "INSERT INTO known VALUES(?1, ?2, ?3)"
			  " ON CONFLICT(name) DO UPDATE SET title=?2, export=?3"
			  " WHERE export<=?3 AND (export<?3 OR title<>?2)",
	[SQL_KNOWN_ALL] = "SELECT name, title, export, NULL FROM known",
	[SQL_BELONGS_SET] = "INSERT INTO belongs VALUES(?1, ?2, ?3, ?4)"
			    " ON CONFLICT DO UPDATE SET export=?3"
			    " WHERE export>?3",
	[SQL_BELONGS_ANY] = "SELECT 1 FROM belongs WHERE export<?1 LIMIT 1",
	[SQL_BELONGS] = "SELECT title FROM belongs WHERE url=?1 AND export<?2"
			" AND photo IN ('', ?3)",
	[SQL_BELONGS_ALL] = "SELECT url, title, export, photo FROM belongs",
	[SQL_TALLY] = "INSERT OR IGNORE INTO tally VALUES(?1, ?2, NULL)",
	/* one row an album, with its own JSON, beside those of its items */
	[SQL_TALLY_ALBUM] =
	    "INSERT INTO tally SELECT title, '', metadata FROM folder"
	    " WHERE id=?1 AND title NOT NULL ON CONFLICT DO UPDATE"
	    " SET metadata=coalesce(excluded.metadata, metadata)",
	[SQL_TALLIES] = "SELECT title, count(*) - 1, max(metadata) FROM tally"
			" GROUP BY title ORDER BY title",
};

static int
complain(struct takeout_db *db)
{
	return scratch_db_fail(db->db, "listings", &db->failed);
}

static int
exec(struct takeout_db *db, const char *sql)
{
	if (db->failed ||
	    sqlite3_exec(db->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return complain(db);
	return 0;
}

int
takeout_db_open(struct takeout_db *db, const struct repo *a)
{
	int i;

	memset(db, 0, sizeof(*db));
	if (scratch_db_open(a, "listings", &db->db) < 0) {
		db->failed = true;
		return -1;
	}
	if (exec(db, "PRAGMA temp_store=MEMORY; BEGIN IMMEDIATE") < 0 ||
	    exec(db, schema) < 0)
		return -1;
	for (i = 0; i < SQL_COUNT; i++) {
		if (sqlite3_prepare_v3(db->db, statements[i], -1,
			SQLITE_PREPARE_PERSISTENT, &db->stmt[i],
			NULL) != SQLITE_OK)
			return complain(db);
	}
	return 0;
}

void
takeout_db_close(struct takeout_db *db)
{
	int i;

	for (i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(db->stmt[i]);
	sqlite3_close(db->db);
	memset(db, 0, sizeof(*db));
}

int
takeout_db_clear(struct takeout_db *db)
{
	return exec(db,
	    "DELETE FROM folder; DELETE FROM member; DELETE FROM damaged;"
	    "DELETE FROM year;"
	    "DELETE FROM name; DELETE FROM sidecar;"
	    "DELETE FROM key");
}

sqlite3_stmt *
takeout_sql(struct takeout_db *db, enum takeout_statement which)
{
	sqlite3_stmt *s = db->failed ? NULL : db->stmt[which];

	if (s != NULL) {
		sqlite3_reset(s);
		sqlite3_clear_bindings(s);
	}
	return s;
}

void
takeout_bind(sqlite3_stmt *s, int at, int64_t value)
{
	if (s != NULL)
		sqlite3_bind_int64(s, at, value);
}

void
takeout_bind_text(sqlite3_stmt *s, int at, const char *text)
{
	if (s != NULL && text != NULL)
		sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

bool
takeout_row(struct takeout_db *db, sqlite3_stmt *s)
{
	int result = s != NULL ? sqlite3_step(s) : SQLITE_MISUSE;

	if (result == SQLITE_ROW)
		return true;
	if (result != SQLITE_DONE)
		complain(db);
	return false;
}

int
takeout_run(struct takeout_db *db, sqlite3_stmt *s)
{
	takeout_row(db, s);
	return db->failed ? -1 : 0;
}

int64_t
takeout_number(struct takeout_db *db, sqlite3_stmt *s, int64_t missing)
{
	int64_t value;

	if (!takeout_row(db, s))
		return missing;
	value = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return value;
}

const char *
takeout_text(sqlite3_stmt *s, int at)
{
	const void *text = sqlite3_column_text(s, at);

	/* NULL may also mean that there was no memory for it */
	if (text == NULL && s != NULL &&
	    sqlite3_errcode(sqlite3_db_handle(s)) == SQLITE_NOMEM)
		msg_die("out of memory");
	return text != NULL ? text : "";
}
