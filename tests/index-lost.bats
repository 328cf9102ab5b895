#!/usr/bin/env bats
# The index is lost, at rest or at work: an archive that is there is never taken
# for an empty one, and nothing is called stored that no index knows.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
	fill
}

teardown() {
	umount "$BATS_TEST_TMPDIR/small" 2>/dev/null || true
}

# refused COMMAND...: exit 2, nothing out, the way out said, no index made
refused() {
	run -2 --separate-stderr "$@"
	same "" "$output"
	has "$stderr" "$index: there is no index, but $GP_ARCHIVE has something stored ("
	has "$stderr" "or make one with \`gp-index --rebuild\`"
}

@test "an index that is gone is no first run: nothing comes down a second time" {
	jq -c 'del(.key, .file, .sha256, .size, .path, .status)' stored.ndjson >list
	rm "$index"
	refused gp-index --new <list
	refused gp-index --new -n <list
	refused gp-index --record < <(staged d D.jpg delta)
	refused gp-index --check
	refused gp-index --export
	[ ! -e "$index" ]
	gp-index --rebuild
	gp-index --record < <(staged d D.jpg delta) >out
	same stored "$(jq -r .status out)"
	same 3 "$(wc -l <"$GP_ARCHIVE/$folder/SHA256SUMS")"
	gp-index --check
}

@test "an index that was emptied is no first run either" {
	: >"$index"
	refused gp-index --record < <(staged d D.jpg delta)
	refused gp-index --stats
	gp-index --rebuild
	gp-index --check
}

@test "GP_INDEX that was forgotten makes no second index" {
	mv "$index" "$PWD/elsewhere.db"
	refused gp-index --record < <(staged d D.jpg delta)
	export GP_INDEX=$PWD/elsewhere.db
	gp-index --record < <(staged d D.jpg delta) >out
	same stored "$(jq -r .status out)"
}

@test "an index that is gone before its first list of sums was written is no first run either" {
	rm -r "$index" "$GP_ARCHIVE"/photos-* "$GP_ARCHIVE/$folder/SHA256SUMS"
	refused gp-index --record < <(staged d D.jpg delta)
	refused gp-index --init
	gp-index --rebuild
	gp-index --check
}

@test "an index deleted while --record is at work: no success, and the next run says what to do" {
	mkfifo pipe
	gp-index --record <pipe >out 2>err 3>&- &
	exec 9>pipe
	staged d D.jpg delta >&9
	stored_d() { grep -q D.jpg out; }
	wait_for stored_d
	rm "$index"*
	staged e E.jpg echo >&9
	exec 9>&-
	wait -n && fail "that was no success"
	has "$(cat err)" "the index was deleted or moved away while it was in use"
	same '"stored" "stopped"' "$(jq -r '.status // .error.code | @json' out | xargs -d '\n')"
	refused gp-index --record < <(staged f F.jpg foxtrot)
	gp-index --rebuild
	gp-index --record < <(staged e E.jpg echo) >out
	gp-index --check
}

@test "an archive that can't be written is said with the reason" {
	mkdir small
	mount -t tmpfs -o size=8m none small || skip "needs the right to mount"
	cp -a "$GP_ARCHIVE" small/archive
	mount -o remount,ro small
	for mode in --stats --check --new; do
		run -2 --separate-stderr gp-index -C small/archive "$mode" </dev/null
		has "$stderr" "Read-only file system"
	done
}

@test "what SQLite says of a damaged index stands in lines of its own" {
	sql "PRAGMA journal_mode=DELETE" >/dev/null
	dd if=/dev/urandom of="$index" bs=4096 seek=3 count=6 conv=notrunc status=none
	run -2 --separate-stderr gp-index --check
	has "$stderr" "put back a backup"
	has_not "$stderr" "?"
}
