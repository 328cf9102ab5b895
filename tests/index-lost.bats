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
	refused gp-fetch </dev/null
	mkdir in
	refused gp-list takeout:in
	GP_TOKEN_CMD='echo token' refused gp-list --no-wait picker:
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

# three: records of staged files, of which y failed before
three() {
	local id
	for id in x y z; do staged "$id" "$id.jpg" "$id"; done |
		jq -c 'if .id == "y" then .error = {stage: "gp-list", code: "old", message: "m"} else . end'
}

# passed_on CODE COUNTS COMMAND...: all of `list` is passed on, what has no error yet
# marked with CODE, and counted so
passed_on() {
	rm -rf "$GP_ARCHIVE/.gp/runs"
	GP_RUN=stopped run -2 --separate-stderr "${@:3}" <list
	same "x $1 y old z $1" "$(jq -r '"\(.id) \(.error.code)"' <<<"$output" | xargs)"
	same "$2" "$(jq -c 'del(.stage)' "$GP_ARCHIVE/.gp/runs/stopped/counts.ndjson")"
}

@test "an index that can't be opened: every filter passes all on, marked, and writes its counts" {
	three >list
	cp "$index" good
	head -c 5000 /dev/zero | tr '\0' x >"$index"
	passed_on index '{"failed":3,"listed":3}' gp-index --new
	has "$stderr" "the index is damaged"
	passed_on stopped '{"failed":3}' gp-index --record
	has "$stderr" "the index is damaged"
	passed_on index '{"failed":3,"seen":3}' gp-index --seen usb
	has "$stderr" "the index is damaged"
	passed_on index '{"failed":3}' gp-index --packed
	has "$stderr" "the index is damaged"
	passed_on stopped '{"failed":3,"fetched":0}' gp-fetch
	has "$stderr" "cannot read the index"
	# with -n nothing is written
	rm -rf "$GP_ARCHIVE/.gp/runs"
	GP_RUN=stopped run -2 --separate-stderr gp-index --new -n <list
	same 3 "$(jq -s length <<<"$output")"
	[ ! -e "$GP_ARCHIVE/.gp/runs" ]
	# what is no record of the index's fault: at once
	run -2 --separate-stderr gp-index -C nowhere --record <list
	same "" "$output"
	cp good "$index"
	gp-index --record < <(head -n 1 list) >out
	same stored "$(jq -r .status out)"
}

@test "gp-index --record whose answers nobody takes: all that is stored is stored, and counted" {
	three >list
	GP_RUN=untaken run -2 --separate-stderr bash -c 'gp-index --record <list >/dev/full'
	has "$stderr" "standard output: No space left on device"
	same '{"failed":1,"stored":2}' "$(jq -c 'del(.stage)' "$GP_ARCHIVE/.gp/runs/untaken/counts.ndjson")"
	same "untaken 2 1" "$(sql "SELECT run, stored, failed FROM run WHERE run = 'untaken'" | tr '|' ' ')"
	gp-index --record </dev/null
	gp-index --check
	same 1 "$(find "$staging" -type f | wc -l)" # what failed
}

@test "an index whose disk has no room: --new and --record pass all on, marked, and write their counts" {
	mkdir small
	mount -t tmpfs -o size=8m none small || skip "needs the right to mount"
	three >list
	cp "$index" small/index.db
	export GP_INDEX=$PWD/small/index.db
	cat /dev/zero >small/filler 2>/dev/null || true
	passed_on index '{"failed":3,"listed":3}' gp-index --new
	has "$stderr" "no space left for the index"
	passed_on stopped '{"failed":3}' gp-index --record
	has "$stderr" "no space left for the index"
	rm small/filler
	gp-index --record < <(head -n 1 list) >out
	same stored "$(jq -r .status out)"
}

@test "an archive that can't be locked: gp-fetch and --record pass all on, marked, and write their counts" {
	export ASAN_OPTIONS=$NO_LEAKS
	three >list
	unlocked=(strace -qq -f -o /dev/null -e trace=flock -e inject=flock:error=ENOLCK)
	passed_on stopped '{"failed":3,"fetched":0}' "${unlocked[@]}" gp-fetch
	passed_on stopped '{"failed":3}' "${unlocked[@]}" gp-index --record
}

@test "an archive that can't be written is said with the reason" {
	mkdir small
	mount -t tmpfs -o size=8m none small || skip "needs the right to mount"
	cp -a "$GP_ARCHIVE" small/archive
	mount -o remount,ro small
	for mode in --new --record; do
		run -2 --separate-stderr gp-index -C small/archive "$mode" </dev/null
		has "$stderr" "Read-only file system"
	done
}

# read_only DIR: DIR can't be written from now on, by a mount of its own
read_only() {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount"
	mkdir -p small
	mount --bind "$1" small || skip "needs the right to mount"
	mount -o remount,bind,ro small
	touch small/x 2>/dev/null && fail "it can be written"
	return 0
}

@test "an archive on a read-only disk can be read, checked and backed up" {
	mkdir disk
	cp -a "$GP_ARCHIVE" 'disk/50% #1?'
	want=$(gp-index --export)
	read_only disk
	export GP_ARCHIVE="$PWD/small/50% #1?"
	same "$want" "$(gp-index --export)"
	gp-index --check
	same 3 "$(gp-index --stats | jq .files)"
	gp-index --export | gp-hash --check >out
	same '"ok" "ok" "ok"' "$(jq -r '.check | @json' out | xargs -d '\n')"
	gp-index --backup copy.db
	same "$(gp-index --export)" "$(GP_INDEX=$PWD/copy.db gp-index --export)"
	staged d D.jpg delta 'del(.file) | .url = "file:/x"' >new
	same D.jpg "$(gp-index --new -n <new | jq -r .filename)"
}

@test "an archive on a read-only disk whose last run was interrupted: what to do is said" {
	sqlite3 "$index" "PRAGMA wal_autocheckpoint=0; INSERT INTO event (at, kind) VALUES (1, 'x')" \
		".shell cp -a '$GP_ARCHIVE' dead" >/dev/null
	rm dead/.gp/index.db-shm
	[ -s dead/.gp/index.db-wal ]
	read_only dead
	for mode in --stats --check --export "--backup copy.db"; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr gp-index -C small $mode
		same "" "$output"
		has "$stderr" "mount the archive writable once"
	done
	gp-index -C dead --stats
	gp-index -C small --check
}

@test "gp-index --check, --stats, --export: also where the disk is full" {
	mkdir small
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small disk"
	mount -t tmpfs -o size=8m none small || skip "needs the right to mount"
	cp -a "$GP_ARCHIVE" small/archive
	cat /dev/zero >small/archive/.gp/filler 2>/dev/null || true
	export GP_ARCHIVE=$PWD/small/archive
	gp-index --check
	same 3 "$(gp-index --stats | jq .files)"
	same 3 "$(gp-index --export | jq -s length)"
	rm small/archive/.gp/filler
	gp-index --record < <(staging=$GP_ARCHIVE/.gp/staging staged d D.jpg delta) >out
	gp-index --check
}

@test "what SQLite says of a damaged index stands in lines of its own" {
	sql "PRAGMA journal_mode=DELETE" >/dev/null
	noise pages 24576 | dd of="$index" bs=4096 seek=3 iflag=fullblock conv=notrunc status=none
	run -2 --separate-stderr gp-index --check
	has "$stderr" "put back a backup"
	has_not "$stderr" "?"
}
