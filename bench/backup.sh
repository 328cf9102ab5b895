# shellcheck shell=bash
# gp-backup where nothing is new: the pipeline beside the stage of it that takes
# longest by itself, the listing; the whole run beside the pipeline; and what a
# run costs: growth of the index, pages, processes.

# backup_google: the stand-in for Google, with GP_* and its log in $G
backup_google() {
	G=$S/google
	mkdir -p "$G"
	python3 tests/services/google.py --dir "$G" >"$G/output" 2>&1 &
	SERVER_PID=$!
	while [ ! -s "$G/env" ]; do
		kill -0 "$SERVER_PID" || return
		sleep 0.05
	done
	set -a
	# shellcheck source=/dev/null
	. "$G/env"
	set +a
}

# backup_album N: an archive in which all of an album of N photos is stored, by
# gp's own writes but for the photos themselves
backup_album() {
	local db=$GP_ARCHIVE/.gp/index.db
	archive_new "$GP_ARCHIVE"
	printf '%s\n' "$1" >"$G/set/.new"
	mv "$G/set/.new" "$G/set/items"
	gp-list "album:Ezra Backup" >"$S/list"
	[ "$(wc -l <"$S/list")" -eq "$1" ]
	cat "$S/list" "$S/list" | gp-index --new >/dev/null
	sqlite3 "$db" "INSERT INTO file (sha256, size, path, folded, mime, stored)
		SELECT CAST(printf('%032d', rowid) AS BLOB), 4000000, 'a/' || rowid, 'a/' || rowid, 'image/jpeg', 1 FROM item;
		UPDATE item SET file = CAST(printf('%032d', rowid) AS BLOB);
		PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
}

backup_ours() {
	seconds gp-backup "album:Ezra Backup"
}

backup_pipeline() {
	# shellcheck disable=SC2016 # of that shell
	seconds bash -c '. pipelines/lib.sh && set -o pipefail && fetch_flags=() && store_new "$1"' lib.sh "album:Ezra Backup"
}

backup_list() {
	seconds gp-list "album:Ezra Backup"
}

# backup_costs WORDS: a row of what one run costs
backup_costs() {
	local before after
	before=$(stat -c %s "$GP_ARCHIVE/.gp/index.db")
	: >"$G/log.ndjson"
	strace -f -qq -e trace=execve -e signal=none -o "$S/starts" gp-backup "album:Ezra Backup" >"$S/stdout"
	after=$(stat -c %s "$GP_ARCHIVE/.gp/index.db")
	printf '| %s: %d bytes more index, %d requests, %d processes started | | | | |\n' "$1" \
		$((after - before)) "$(wc -l <"$G/log.ndjson")" "$(grep -c ' = 0$' "$S/starts")"
}

bench_backup() {
	local n
	PATH=$PWD/pipelines:$PATH
	export GP_ARCHIVE=$S/archive
	backup_google
	for n in "$(scaled 10000)" "$(scaled 100000)"; do
		backup_album "$n"
		backup_ours >"$S/first"
		pairs 1 nothing backup_pipeline backup_list |
			row "the pipeline, album of $n photos, none new / gp-list alone" "1.1"
		pairs 1 nothing backup_ours backup_pipeline |
			row "gp-backup, the whole run / the pipeline" ""
		backup_costs "the same"
	done
	kill "$SERVER_PID"
	SERVER_PID=
	rm -rf "$GP_ARCHIVE"
}
