-- The index, version 1 (gp-index(5)). Times are seconds since 1970, UTC.
-- sha256 and key are 32 raw bytes: hex() shows them.

-- Every distinct file of the archive.
CREATE TABLE file (
	sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
	size INTEGER NOT NULL CHECK (size >= 0),
	path TEXT NOT NULL,            -- below the archive
	folded TEXT NOT NULL UNIQUE,   -- path in NFC, case-folded
	mime TEXT,
	taken INTEGER,                 -- when it was taken, as the source says
	stored INTEGER NOT NULL,       -- when it was stored
	original TEXT NOT NULL DEFAULT 'unknown'
		CHECK (original IN ('yes', 'no', 'unknown')),
	superseded_by BLOB REFERENCES file (sha256)
) WITHOUT ROWID;

-- A file is "arriving" from before it gets its name until it is in `file`:
-- what a crash leaves is recovered from these rows. Almost always empty.
CREATE TABLE arriving (
	sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
	size INTEGER NOT NULL,
	path TEXT NOT NULL,
	folded TEXT NOT NULL UNIQUE,
	mime TEXT,
	taken INTEGER,
	original TEXT NOT NULL
) WITHOUT ROWID;

-- Every item that a source has shown. `file` is set once it is stored: known
-- means stored, never merely seen.
CREATE TABLE item (
	item INTEGER PRIMARY KEY,
	source TEXT NOT NULL,
	account TEXT NOT NULL,         -- '' where the source has none
	id TEXT NOT NULL,
	key BLOB NOT NULL CHECK (length(key) = 32),
	noted INTEGER,                 -- hash of what the source said of it last
	file BLOB REFERENCES file (sha256),
	filename TEXT,
	mime TEXT,
	taken INTEGER,
	metadata TEXT,                 -- the source's own, JSON
	UNIQUE (key, source, account)
);
CREATE INDEX item_file ON item (file) WHERE file IS NOT NULL;

CREATE TABLE album (
	album INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	title TEXT NOT NULL
);

-- An album's files follow from its items.
CREATE TABLE item_album (
	item INTEGER NOT NULL REFERENCES item (item),
	album INTEGER NOT NULL REFERENCES album (album),
	PRIMARY KEY (item, album)
) WITHOUT ROWID;
CREATE INDEX item_album_album ON item_album (album);

-- Folders whose SHA256SUMS is older than what they hold.
CREATE TABLE folder_changed (
	folder TEXT PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE disc (
	label TEXT PRIMARY KEY,
	state TEXT NOT NULL CHECK (state IN
		('built', 'burned', 'verified', 'archived', 'failed')),
	image_sha256 BLOB,
	changed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE disc_file (
	disc TEXT NOT NULL REFERENCES disc (label),
	file BLOB NOT NULL REFERENCES file (sha256),
	path TEXT NOT NULL,            -- on the disc
	PRIMARY KEY (disc, file)
) WITHOUT ROWID;
CREATE INDEX disc_file_file ON disc_file (file);

-- Where a proved copy is, and when it was last proved.
CREATE TABLE copy (
	file BLOB NOT NULL REFERENCES file (sha256),
	copy TEXT NOT NULL,            -- an rclone destination, a disc, "nas"
	proved INTEGER NOT NULL,
	PRIMARY KEY (copy, file)
) WITHOUT ROWID;
CREATE INDEX copy_file ON copy (file);

CREATE TABLE run (
	run TEXT PRIMARY KEY,
	began INTEGER NOT NULL,
	ended INTEGER NOT NULL,
	stored INTEGER NOT NULL,
	duplicate INTEGER NOT NULL,
	failed INTEGER NOT NULL
) WITHOUT ROWID;

-- Items that could not be stored, until they are, or a person accepts it.
CREATE TABLE failure (
	source TEXT NOT NULL,
	account TEXT NOT NULL,
	id TEXT NOT NULL,
	filename TEXT,
	stage TEXT NOT NULL,
	code TEXT NOT NULL,
	message TEXT NOT NULL,
	first INTEGER NOT NULL,
	last INTEGER NOT NULL,
	times INTEGER NOT NULL,
	accepted TEXT,                 -- the reason a person gave
	PRIMARY KEY (source, account, id)
) WITHOUT ROWID;

-- What happened to a file after it was stored.
CREATE TABLE event (
	event INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	kind TEXT NOT NULL,            -- missing, rotten, healed, proof-lost, ...
	file BLOB,
	copy TEXT,
	detail TEXT
);
