#!/usr/bin/env bats
# A disk that is full at any point of the work, as borg tests it: a small file
# system with more and more room, never enough. What fails says so and loses
# nothing, and the same once more ends well where there is room.
# builds: plain
bats_require_minimum_version 1.5.0
load helper
load full-disk

setup() {
	full_disk_setup
}

pipe_ready() { older; }
pipe_work() { main_job "dir:$PWD/src"; }
pipe_kept() { old_photos; }
pipe_whole() { all_photos; }

@test "the main job, the archive on a full disk" {
	GP_ARCHIVE=$small/archive need=700
	passes 10 10 pipe
}

index_ready() {
	older
	mv "$GP_ARCHIVE/.gp/index.db" "$GP_INDEX"
}

@test "the main job, the index alone on a full disk" {
	export GP_INDEX=$small/index.db need=160
	index_work() { pipe_work; }
	index_kept() { old_photos; }
	index_whole() { all_photos; }
	passes 3 10 index
}

# somewhere there SQLite's shared memory has its file, but a page of it no block
@test "gp-index: a disk that is full anywhere below the index's own files ends in words" {
	local room failed=0 wrong=
	export GP_INDEX=$small/index.db
	disk_new 1024
	index_ready
	gp-list --album Ezra "dir:$PWD/src" >listed
	gp-index --new -n <listed | jq -r .id | sort >new
	[ -s new ]
	for room in 0 2 4 6 8 10 12 14 16 20 24 28 32; do
		disk_new 1024
		index_ready
		leave "$room"
		status=0
		gp-index --new <listed >out 2>err || status=$?
		[ "$status" -eq 0 ] || failed=$((failed + 1))
		case $status:$(cat err) in
		0:* | 2:*"no space left for the index"*) ;;
		*) wrong+="$room KiB: $status $(cat err)"$'\n' ;;
		esac
		# whatever it could look at, none is kept back
		wrong+=$(jq -r .id out | sort | comm -23 new - | sed "s/^/$room KiB: lost /")
	done
	same "" "$wrong"
	[ "$failed" -gt 0 ]
	[ "$status" -eq 0 ]
}

# noted: a copy, a disc, and a failed photo that is settled
noted() {
	limited gp-index --seen usb <seen >/dev/null && limited gp-index --disc-state GP-0001 burned &&
		limited gp-index --accept lost "it is gone"
}

@test "gp-index --seen, --disc-state, --accept: an index on a full disk says so, and with room all is noted" {
	local room failed=0
	older
	gp-index --export | jq -c '.disc = "GP-0001" | .discPath = .path' | gp-index --packed >/dev/null
	gp-index --record <<<'{"id":"lost","source":"library","filename":"lost.jpg","error":{"stage":"gp-fetch","code":"not-found","message":"gone"}}' >/dev/null || [ $? -eq 1 ]
	gp-index --export | jq -c '.check = "ok"' >seen
	cp "$GP_ARCHIVE/.gp/index.db" before.db
	export GP_INDEX=$small/index.db
	for room in $(rounds "0 4 8 20" "0 2 4 6 8 10 12 14 16 20 24 28 32"); do
		disk_new 1024
		cp before.db "$GP_INDEX"
		leave "$room"
		status=0
		noted 2>err || status=$?
		case $status:$(cat err) in
		0:*) ;;
		2:*"no space left for the index"*) failed=$((failed + 1)) ;;
		*) fail "$room KiB: $status $(cat err)" ;;
		esac
		rm small/filler
		[ "$status" -eq 0 ] || noted || fail "with room again: $?"
		same "burned 3 1" "$(sqlite3 -separator ' ' "$GP_INDEX" "SELECT state, (SELECT count(*) FROM copy WHERE copy = 'usb'),
			(SELECT count(*) FROM event WHERE kind = 'accepted') FROM disc; PRAGMA integrity_check" | sed '/^ok$/d')"
	done
	[ "$failed" -gt 0 ]
}

# the sidecars are long, so that what gp-list keeps of them takes room too
takeout_ready() {
	local long
	older
	[ ! -d in ] || return 0
	long=$(noise long 9000 | od -An -v -tx1 | tr -d ' \n')
	python3 "$TESTS/takeout-parts.py" zip in 20260902T040000Z <<-END
		1 Ezra/metadata.json = album Ezra
		$(for i in 1 2 3 4 5 6; do
			echo "$((i % 2 + 1)) Ezra/new$i.jpg = @src/new$i.jpg"
			echo "1 Ezra/new$i.jpg.supplemental-metadata.json = photo new$i.jpg $((1714559230 + i)) AF1$i {\"description\":\"$long\"}"
		done)
	END
}
takeout_work() { main_job "takeout:$PWD/in"; }
takeout_kept() { old_photos; }
takeout_whole() {
	all_photos
	(cd "$GP_ARCHIVE/.gp/listings" && find . -type f | LC_ALL=C sort)
}

@test "the main job of an export, the archive on a full disk" {
	GP_ARCHIVE=$small/archive need=700
	passes 3 10 takeout
}

listing_ready() { takeout_ready; }
listing_work() { limited gp-list takeout:in >list; }
listing_kept() { old_photos; }
listing_whole() {
	cat list
	(cd "$GP_ARCHIVE/.gp/listings" && find . -type f | LC_ALL=C sort)
}

@test "gp-list takeout: on a full disk" {
	GP_ARCHIVE=$small/archive need=150
	passes 3 10 listing
}

init_ready() { :; }
init_work() { limited gp-index --init; }
init_kept() { [ -e "$GP_ARCHIVE/.gp/index.db" ] || same filler "$(ls -A small)"; }
init_whole() {
	(cd "$small" && find . ! -name filler | LC_ALL=C sort)
	gp-index --check 2>&1
}

@test "gp-index --init on a full disk" {
	GP_ARCHIVE=$small/archive need=180
	passes 3 10 init
}

backup_ready() {
	older
	gp-index --backup small/copy.db
	cp small/copy.db earlier.db
	main_job "dir:$PWD/src"
}
backup_work() { limited gp-index --backup small/copy.db; }
backup_kept() {
	same "copy.db filler" "$(cd small && echo *)" || return
	[ "$status" -eq 0 ] || cmp earlier.db small/copy.db
}
backup_whole() {
	find small -type f ! -name filler
	sqlite3 small/copy.db 'SELECT count(*) FROM file; PRAGMA integrity_check'
}

@test "gp-index --backup onto a full disk, over an earlier one" {
	need=180
	passes 3 10 backup
}

rebuild_ready() {
	older
	rm "$GP_ARCHIVE/.gp/index.db"
}
rebuild_work() {
	[ ! -e "$GP_ARCHIVE/.gp/index.db" ] || return 0
	limited gp-index --rebuild
}
rebuild_kept() { (cd "$GP_ARCHIVE" && sha256sum -c --quiet --strict) <old.sums; }
rebuild_whole() { all_photos; }

@test "gp-index --rebuild on a full disk" {
	GP_ARCHIVE=$small/archive need=180
	passes 3 10 rebuild
}

restore_ready() {
	older
	[ -e copy.db ] || gp-index --backup copy.db
}
# what it replaced is kept each time it is asked to
restore_work() {
	[ ! -e "$GP_ARCHIVE/.gp/index.db.replaced-1" ] || return 0
	limited gp-index --restore copy.db
}
restore_kept() { old_photos; }
restore_whole() { all_photos; }

@test "gp-index --restore on a full disk" {
	GP_ARCHIVE=$small/archive need=180
	passes 3 10 restore
}

# one photo is gone, another is spoiled, and both come once more
heal_ready() {
	older
	rm "$GP_ARCHIVE"/ezra-*/old2.jpg
	noise spoiled 30000 >"$(echo "$GP_ARCHIVE"/ezra-*/old3.jpg)"
}
heal_work() {
	limited gp-list --album Ezra "dir:$PWD/old" | limited gp-fetch | limited gp-hash |
		limited gp-index --record >out
}
heal_kept() { (cd "$GP_ARCHIVE" && grep old1 | sha256sum -c --quiet --strict) <old.sums; }
heal_whole() {
	(cd "$GP_ARCHIVE" && sha256sum -c --quiet --strict 2>&1) <old.sums
	# what is in quarantine bears a time
	all_photos | sed 's|^\(\./\.gp/quarantine/.*\)-[0-9]*$|\1|'
}

@test "gp-index --record mends what is spoiled, on a full disk" {
	GP_ARCHIVE=$small/archive need=200
	passes 3 10 heal
}

pack_ready() {
	older
	main_job "dir:$PWD/src"
}
pack_work() {
	local s worst=0 all
	limited gp-index --export --unpacked | limited gp-pack --capacity 20M --flush --parity 0 |
		limited gp-index --packed >out
	all=("${PIPESTATUS[@]}")
	for s in "${all[@]}"; do
		[ "$s" -le "$worst" ] || { [ "$s" -eq 141 ] && [[ " ${all[*]} " == *" 2 "* ]]; } || worst=$s
	done
	return "$worst"
}
pack_kept() { old_photos; }
# an image is made where there is room for it, else the bag alone is the disc
pack_whole() {
	all_photos | grep -v '\.iso'
	sqlite3 "$(index_file)" 'SELECT label, state FROM disc; SELECT disc, path FROM disc_file ORDER BY 2'
	(cd "$GP_ARCHIVE"/burn/*-0001 && sha256sum -c --quiet --strict manifest-sha256.txt tagmanifest-sha256.txt) 2>&1
}

@test "gp-pack on a full disk" {
	GP_ARCHIVE=$small/archive need=1800
	passes 3 10 pack
}

# the disk is full while the records are kept, early and late, and while they are
# sorted
@test "gp-pack on a full disk: every record that came leaves, once, marked where it is on no disc" {
	local room codes seen=
	DISK=24
	export GP_ARCHIVE=$small/archive GP_RUN=full
	jq -nc 'range(30000) | {
		id: "\(.)", filename: "IMG_\(.).jpg", creationTime: (1600000000 - . * 43200 | todate),
		album: {id: "Ezra", title: "Ezra"}, sha256: ("\(1000000 + .)" * 10)[:64],
		size: 5000000, path: "ezra-2026-Q4/IMG_\(.).jpg", status: "stored"}' >in
	grep -o '"id":"[0-9]*"' in | sort >ids
	for room in $(rounds "0 300 9000 14000" "0 100 300 1000 3000 6000 8000 9000 9500 10000 14000"); do
		disk_new $((room < 9000 ? 1024 : 4096))
		archive_new
		leave "$room"
		status=0
		limited gp-pack --plan --flush <in >out 2>err || status=$?
		grep -o '"id":"[0-9]*"' out | sort | cmp - ids || fail "$room KiB: not the records that came"
		codes=$(jq -r '.error.code // empty' out | sort -u | xargs)
		[ ! -s "$GP_ARCHIVE/.gp/runs/full/counts.ndjson" ] ||
			same 30000 "$(jq '.packed + .waiting + .failed' "$GP_ARCHIVE/.gp/runs/full/counts.ndjson")"
		if [ "$room" -eq 14000 ]; then
			same "0 30000" "$status $(grep -c '"disc":' out)" "with room enough"
			continue
		fi
		same "2 30000" "$status $(grep -c '"error":' out)" "$room KiB"
		grep -qi -e space -e full err
		seen+=" ${codes// /+}"
	done
	echo "# $seen" >&3
	has "$seen" " io+stopped"
	has "$seen " " stopped "
}

quarter_ready() { older; }
quarter_work() { limited gp-backup --skip discs "dir:$PWD/src"; }
quarter_kept() { old_photos; }
quarter_whole() { all_photos; }

@test "gp-backup, the archive on a full disk" {
	long_only
	GP_ARCHIVE=$small/archive need=700
	passes 2 10 quarter
}

# what lies in .gp/staging has no stage any more that tells of it
adopt_ready() {
	older
	limited gp-list --album Ezra "dir:$PWD/src" | limited gp-index --new | limited gp-fetch >/dev/null
}
adopt_work() { limited gp-index --record </dev/null >out; }
adopt_kept() { old_photos; }
adopt_whole() { all_photos; }

@test "gp-index --record takes in what a killed run staged, on a full disk" {
	GP_ARCHIVE=$small/archive need=100
	passes 2 10 adopt
}

verify_ready() {
	pack_ready
	pack_work >/dev/null
	rm -f disc.iso
	mv "$GP_ARCHIVE"/burn/*-0001.iso disc.iso
}
verify_work() {
	[ "$(gp-index --stats | jq -r '.discs[0].state')" = verified ] || limited gp-disc verify GP-0001 disc.iso
}
verify_kept() { old_photos; }
verify_whole() {
	all_photos | grep -v '\.gp/discs'
	gp-index --stats | jq -c '.discs[0] | .label, .state'
	gp-index --export | jq -r 'select(.copies["GP-0001"]) | .path' | sort
}

@test "gp-index --record: what a full disk left arriving is stored where there is little more room" {
	local left
	mkdir many
	for n in {1..60}; do noise "many$n" 4000 >"many/$n.jpg"; done
	for left in 80 100 120; do
		disk_gone
		mount -t tmpfs -o size=1500k none small 2>/dev/null || skip "needs the right to mount"
		export GP_ARCHIVE=$small/archive
		archive_new
		gp-list --album Ezra "dir:$PWD/many" | gp-index --new | gp-fetch | gp-hash >records
		leave "$left"
		run ! gp-index --record <records
		rm small/filler
		gp-index --record </dev/null
		gp-list --album Ezra "dir:$PWD/many" | gp-index --new | gp-fetch | gp-hash | gp-index --record >/dev/null
		same "$left 60" "$left $(gp-index --stats | jq .files)"
		gp-index --check
	done
}

@test "gp-disc verify: an archive on a full disk" {
	long_only
	DISK=160 # an image is made where there is room for more than that
	GP_ARCHIVE=$small/archive need=120
	passes 2 10 verify
}

build_ready() { older; }
build_work() {
	GP_DISC_CAPACITY=20000000 GP_DISC_THRESHOLD=1 GP_DISC_PARITY=0 limited gp-disc build --flush
}
build_kept() { old_photos; }
# its list is of the last run, and an image is made where there is room for it
build_whole() {
	all_photos | grep -v -e '\.iso' -e '\.gp/discs'
	gp-index --stats | jq -c '.discs[] | .label, .state'
	gp-index --export --disc GP-0001 | jq -r .path | sort
	(cd "$GP_ARCHIVE/burn/GP-0001" && sha256sum -c --quiet --strict manifest-sha256.txt tagmanifest-sha256.txt) 2>&1
}

@test "gp-disc build, the archive on a full disk" {
	long_only
	GP_ARCHIVE=$small/archive need=1800
	passes 2 10 build
}

# the disc as it was read back, kept in packed/ between the passes
archive_ready() {
	if [ ! -d packed ]; then
		verify_ready
		verify_work >/dev/null
		cp -a "$GP_ARCHIVE" packed
	fi
	rm -rf "$GP_ARCHIVE"
	cp -a packed "$GP_ARCHIVE"
}
archive_work() { limited gp-disc archive GP-0001; }
# what waits to be burned goes only when its lists are in archived/, whole
archive_kept() {
	old_photos || return
	[ -s "$GP_ARCHIVE/burn/GP-0001/manifest-sha256.txt" ] || archive_lists
}
archive_lists() {
	local list
	for list in "$PWD"/packed/burn/GP-0001/*.txt; do
		cmp "$list" "$GP_ARCHIVE/archived/GP-0001/${list##*/}" || return
	done
}
archive_whole() {
	all_photos | grep -v '\.gp/discs'
	gp-index --stats | jq -c '.discs[] | .label, .state'
	archive_lists
	ls -A "$GP_ARCHIVE/burn" "$GP_ARCHIVE/archived"
}

@test "gp-disc archive: nothing is freed before its lists are kept" {
	long_only
	DISK=160
	GP_ARCHIVE=$small/archive need=60
	passes 2 10 archive
}

# the disc as it was built, kept in built/ between the passes
burn_ready() {
	if [ ! -d built ]; then
		pack_ready
		pack_work >/dev/null
		cp -a "$GP_ARCHIVE" built
	fi
	rm -rf "$GP_ARCHIVE" medium
	cp -a built "$GP_ARCHIVE"
}
# the one medium, whatever became of it: what was burned on it is read, not burned anew
burn_work() {
	case $(gp-index --stats | jq -r '.discs[0].state') in
	built) limited gp-disc burn "stdio:$PWD/medium" ;;
	burned) limited gp-disc verify GP-0001 medium ;;
	esac
}
burn_kept() { old_photos; }
burn_whole() { verify_whole; }

@test "gp-disc burn, the archive on a full disk: no medium is spoiled" {
	long_only
	DISK=160
	GP_ARCHIVE=$small/archive need=120
	passes 2 10 burn
}

# what is known is shown in a second album, with more to say of each
known_ready() {
	older
	gp-list --album Zoo "dir:$PWD/old" | jq -c '.metadata.pad = ("x" * 20000)' >known
}
known_work() { GP_RUN=again limited gp-index --new <known >out; }
known_kept() { old_photos; }
known_whole() {
	all_photos
	# a line that was cut has no other in it
	jq -Rr 'fromjson? | .id' "$GP_ARCHIVE/.gp/runs/again/known.ndjson" | sort -u
}

@test "gp-index --new of what is known, the archive on a full disk" {
	long_only
	GP_ARCHIVE=$small/archive need=260
	passes 2 10 known
}
