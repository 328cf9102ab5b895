#!/usr/bin/env bats
# gp-index --backup: a whole, checked copy of the index, while others write.
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir src to
	echo data >src/P.jpg
	jq -nc --arg f "$PWD/src/P.jpg" --arg s "$(sha256sum <src/P.jpg | cut -c1-64)" \
		'{id: "p", filename: "P.jpg", file: $f, sha256: $s}' | gp-index --record >/dev/null
	index=$GP_ARCHIVE/.gp/index.db
}

@test "gp-index --backup: one file, whole, with all that the index has" {
	run --separate-stderr gp-index --backup to/copy.db
	[ "$status" -eq 0 ]
	[ "$output$stderr" = "" ]
	same copy.db "$(ls -A to)"
	same delete "$(sqlite3 to/copy.db 'PRAGMA journal_mode')"
	same ok "$(sqlite3 to/copy.db 'PRAGMA integrity_check')"
	same "$(sqlite3 "$index" .dump)" "$(sqlite3 to/copy.db .dump)"
	same "$(sqlite3 "$index" 'PRAGMA user_version')" "$(sqlite3 to/copy.db 'PRAGMA user_version')"
	same wal "$(sqlite3 "$index" 'PRAGMA journal_mode')"
}

@test "gp-index --backup: the copy serves as an index" {
	(cd to && gp-index --backup copy.db)
	same "$(gp-index --export)" "$(GP_INDEX=$PWD/to/copy.db gp-index --export)"
}

@test "gp-index --backup: an earlier backup is replaced" {
	gp-index --backup to/copy.db
	sqlite3 "$index" "INSERT INTO event (at, kind) VALUES (1, 'later')"
	gp-index --backup to/copy.db
	same later "$(sqlite3 to/copy.db 'SELECT kind FROM event')"
	same copy.db "$(ls -A to)"
}

@test "gp-index --backup: what a killed one left of another name goes, and nobody else's file" {
	export ASAN_OPTIONS=$NO_LEAKS # it and strace don't go together
	strace -qq -f -o /dev/null -e trace=renameat -e inject=renameat:signal=KILL \
		gp-index --backup to/mon.db || true
	has "$(ls -A to)" mon.db.gp-new.db
	echo mine >to/notes.gp-new
	: >to/held.db.gp-new
	exec {held}<to/held.db.gp-new
	flock -x "$held"
	gp-index --backup to/tue.db
	same "held.db.gp-new notes.gp-new tue.db" "$(cd to && echo *)"
	same mine "$(cat to/notes.gp-new)"
	exec {held}<&-
	gp-index --backup to/tue.db
	same "notes.gp-new tue.db" "$(cd to && echo *)"
}

@test "gp-index --backup: what a killed one left on a disk without file locks is named, to be removed" {
	export ASAN_OPTIONS=$NO_LEAKS
	strace -qq -f -o /dev/null -e trace=renameat -e inject=renameat:signal=KILL gp-index --backup to/copy.db || true
	for _ in 1 2; do
		run -2 --separate-stderr strace -qq -f -o /dev/null -e trace=flock -e inject=flock:error=ENOLCK \
			gp-index --backup to/copy.db
		has "$stderr" "copy.db.gp-new is there, and its disk has no file locks: if no other backup is at work, remove it"
	done
	rm to/copy.db.gp-new
	strace -qq -f -o /dev/null -e trace=flock -e inject=flock:error=ENOLCK gp-index --backup to/copy.db
	same copy.db "$(ls -A to)"
}

@test "gp-index --backup: not onto the index itself, by whatever name" {
	before=$(gp-index --export)
	ln -s "$index" to/link.db
	ln "$index" to/hard.db
	for name in "$index" to/link.db to/hard.db; do
		run -2 --separate-stderr gp-index --backup "$name"
		has "$stderr" "the index itself"
	done
	[ -L to/link.db ]
	same "$before" "$(gp-index --export)"
}

@test "gp-index --backup: a photo is not overwritten, a folder that is not there is said" {
	cp src/P.jpg to/P.jpg
	run -2 --separate-stderr gp-index --backup to/P.jpg
	has "$stderr" to/P.jpg
	cmp src/P.jpg to/P.jpg
	run -2 --separate-stderr gp-index --backup nowhere/copy.db
	has "$stderr" nowhere/copy.db
	run -2 gp-index --backup to
	same P.jpg "$(ls -A to)"
	run -2 gp-index --backup ""
}

@test "gp-index --backup: another archive's index, its backup and a stranger's database are not overwritten" {
	gp-index -C other --init
	gp-index -C other --backup to/theirs.db
	sqlite3 to/strange.db "CREATE TABLE t (x)"
	for name in other/.gp/index.db to/theirs.db to/strange.db; do
		before=$(sha256sum "$name")
		run -2 --separate-stderr gp-index --backup "$name"
		has "$stderr" "no earlier backup of this archive's index"
		same "$before" "$(sha256sum "$name")"
	done
	gp-index -C other --check
}

@test "gp-index --backup: what an earlier copy left beside it does not eat the new one" {
	gp-index --backup to/copy.db
	files=$(sqlite3 to/copy.db "SELECT count(*) FROM file")
	cp to/copy.db used.db
	# another program wrote to it, and died
	sqlite3 used.db "PRAGMA journal_mode=WAL; DELETE FROM event; DELETE FROM item_album; DELETE FROM item; DELETE FROM file" \
		".shell cp used.db to/copy.db; cp used.db-wal to/copy.db-wal" >/dev/null
	gp-index --backup to/copy.db
	same "$files" "$(sqlite3 to/copy.db "SELECT count(*) FROM file")"
	[ -s to/copy.db.stale-1-wal ]
}

@test "gp-index --backup: a full disk leaves nothing behind, and the earlier backup whole" {
	mkdir small
	mount -t tmpfs -o size=400k none small || skip "needs the right to mount"
	gp-index --backup small/copy.db
	before=$(sha256sum <small/copy.db)
	sqlite3 "$index" "INSERT INTO event (at, kind, detail) VALUES (1, 'x', hex(zeroblob(400000)))"
	run -2 --separate-stderr gp-index --backup small/copy.db
	[ "$stderr" != "" ]
	same copy.db "$(ls -A small)"
	same "$before" "$(sha256sum <small/copy.db)"
}

@test "gp-index --backup: a damaged index gives no backup" {
	sqlite3 "$index" "INSERT INTO event (at, kind, detail) VALUES (1, 'x', hex(zeroblob(200000)));
		PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
	gp-index --backup to/good.db
	# the root of an index: its entries are then not those of the table
	page=$(sqlite3 "$index" "SELECT rootpage FROM sqlite_schema WHERE name = 'item_file'")
	size=$(sqlite3 "$index" 'PRAGMA page_size')
	dd if=/dev/zero of="$index" bs="$size" seek=$((page - 1)) count=1 conv=notrunc status=none
	run -2 --separate-stderr gp-index --backup to/copy.db
	[ "$stderr" != "" ]
	same good.db "$(ls -A to)"
}

@test "gp-index --backup: while another writes, the copy is of one moment" {
	# each transaction keeps the two counts equal
	(
		exec 3>&-
		# it ends by itself too, where the test does not come to its end
		for ((i = 0; i < 20000; i++)); do
			[ ! -e enough ] || break
			sqlite3 -cmd '.timeout 600000' "$index" "BEGIN IMMEDIATE;
				INSERT INTO event (at, kind) VALUES (1, 'left'); INSERT INTO event (at, kind) VALUES (1, 'right'); COMMIT"
			echo >>written || break
		done
	) 3>&- &
	writer=$!
	wait_for test -s written
	for _ in 1 2 3 4 5; do
		n=$(wc -l <written)
		gp-index --backup to/copy.db
		same 0 "$(sqlite3 to/copy.db "SELECT total(kind = 'left') - total(kind = 'right') FROM event" | cut -d. -f1)"
		[ "$(sqlite3 to/copy.db "SELECT count(*) / 2 FROM event")" -ge "$n" ]
		wait_for bash -c "[ \$(wc -l <written) -gt $n ]"
	done
	touch enough
	wait "$writer"
}
