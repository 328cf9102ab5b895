#!/usr/bin/env bats
# Takeout from end to end: an rclone remote, gp-takeout-pull, the main job,
# twice; an edited photo; a first import that is killed again and again.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	PATH=$TESTS/../pipelines:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p drive
	export RCLONE_CONFIG=$PWD/rclone.conf GP_TAKEOUT_REMOTE=drive:
	printf '[drive]\ntype = alias\nremote = %s\n' "$PWD/drive" >rclone.conf
	exports=$GP_ARCHIVE/.gp/exports
}

# import: the main job on what was pulled
import() {
	gp-takeout-pull || [ $? -eq 3 ] # the exports of these tests grow old
	gp-list "takeout:$exports" | gp-index --new | tee new.ndjson | gp-fetch | gp-hash |
		gp-index --record >stored.ndjson
}

# first_export: two parts; a sidecar in another part than its photo, an album's
# copy of a photo of the year folder, a film without a sidecar
first_export() {
	python3 "$TESTS/takeout-parts.py" zip drive 20260902T040000Z <<-END
		1 Ezra/metadata.json = album Ezra's <first> year
		1 Photos from 2024/IMG_0001.jpg = @$DATA/album/IMG_0001.jpg
		2 Photos from 2024/IMG_0001.jpg.supplemental-metadata.json = photo IMG_0001.jpg 1714559230 AF1one
		2 Ezra/IMG_0001.jpg = @$DATA/album/IMG_0001.jpg
		1 Ezra/IMG_0001.jpg.supplemental-metadata.json = photo IMG_0001.jpg 1714559230 AF1one
		2 Ezra/IMG_0003.heic = @$DATA/album/IMG_0003.heic
		1 Ezra/IMG_0003.heic.supplemental-metadata.json = photo IMG_0003.heic 1714560000 AF1three
		2 Ezra/VID_0006.mp4 = @$DATA/album/VID_0006.mp4
	END
}

# second_export: two months later, a tgz without the album's JSON: a new photo,
# and an edit of the first one
second_export() {
	python3 "$TESTS/takeout-parts.py" tgz drive 20261102T040000Z <<-END
		1 Ezra/IMG_0002.jpg = @$DATA/album/IMG_0002.jpg
		1 Ezra/IMG_0002.jpg.supplemental-metadata.json = photo IMG_0002.jpg 1714570000 AF1two
		1 Ezra/IMG_0001-edited.jpg = @$DATA/more/IMG_0008.jpg
	END
}

# corrected WHEN SECONDS: an export of then, in which the photo was taken then
corrected() {
	python3 "$TESTS/takeout-parts.py" tgz drive "$1" <<-END
		1 Ezra/IMG_0001.jpg = @$DATA/album/IMG_0001.jpg
		1 Ezra/IMG_0001.jpg.supplemental-metadata.json = photo IMG_0001.jpg $2 AF1one
	END
}

@test "takeout: a date that was corrected stays so, in whatever order the exports come" {
	long_only
	local order
	for order in "1 2" "2 1" both; do
		rm -rf "$GP_ARCHIVE" drive/*
		archive_new
		if [[ $order != both ]]; then
			[ "$order" = "1 2" ] && corrected 20260902T040000Z 1714559230 || corrected 20261102T040000Z 1014559230
			import
		fi
		corrected 20260902T040000Z 1714559230
		corrected 20261102T040000Z 1014559230
		import
		same 1014559230 "$(sqlite3 "$GP_ARCHIVE/.gp/index.db" "SELECT taken FROM item")"
		same 1 "$(gp-index --stats | jq .files)"
	done
}

@test "takeout from end to end: pulled, stored, proved; twice" {
	first_export
	import
	same 3 "$(gp-index --stats | jq .files)"
	same "Ezra's <first> year 3" "$(gp-index --stats | jq -r '.albums[] | "\(.title) \(.files)"')"
	folder=$(cd "$GP_ARCHIVE" && echo ezra*)
	(cd "$GP_ARCHIVE/$folder" && sha256sum -c --strict --quiet SHA256SUMS)
	cmp "$DATA/album/IMG_0003.heic" "$GP_ARCHIVE/$folder/IMG_0003.heic"
	same "$(date -d @1714559230)" "$(date -d "@$(stat -c %Y "$GP_ARCHIVE/$folder/IMG_0001.jpg")")"
	gp-index --check

	import
	same "" "$(cat new.ndjson stored.ndjson)"

	second_export
	import
	same 2 "$(wc -l <stored.ndjson)"
	same 5 "$(gp-index --stats | jq .files)"
	same "Ezra's <first> year 5" "$(gp-index --stats | jq -r '.albums[] | "\(.title) \(.files)"')"
	# the edit is another file, the one before it is still there
	cmp "$DATA/album/IMG_0001.jpg" "$GP_ARCHIVE/$folder/IMG_0001.jpg"
	cmp "$DATA/more/IMG_0008.jpg" "$(find "$GP_ARCHIVE" -name 'IMG_0001-edited.jpg')"
	same "yes" "$(gp-index --export | jq -r .original | sort -u)"
	gp-index --check
	import
	same "" "$(cat new.ndjson stored.ndjson)"
	same "" "$(find "$GP_ARCHIVE/.gp/staging" -type f)"
}

@test "takeout from end to end: a damaged export is stored as far as it goes, and a later one makes it good" {
	local part=drive/takeout-20261102T040000Z-001.tgz folder
	first_export
	import
	second_export
	truncate -s -8 "$part"
	gp-takeout-pull || [ $? -eq 3 ]
	run -1 --separate-stderr bash -o pipefail -c "gp-list 'takeout:$exports' | gp-index --new | gp-fetch | gp-hash | gp-index --record"
	has "$stderr" "takeout-20261102T040000Z-001.tgz of takeout-20261102T040000Z: "
	same "unknown yes" "$(gp-index --export | jq -r .original | sort -u | xargs)"
	same 5 "$(gp-index --stats | jq .files)"
	# nothing is deleted for it, and it is said what to do
	GP_TAKEOUT_KEEP=no run gp-takeout-pull --tidy
	has "$output" "not every export here can be read whole: nothing is deleted here; once a later one has brought what is in it, remove that one"
	same 3 "$(find "$exports" -name 'takeout-*' | wc -l)"
	rm "$part" "$exports/${part#*/}"
	second_export
	mv "$part" drive/takeout-20270102T040000Z-001.tgz
	import
	same 5 "$(gp-index --stats | jq .files)"
	same yes "$(gp-index --export | jq -r .original | sort -u)"
	folder=$(cd "$GP_ARCHIVE" && echo ezra*)
	(cd "$GP_ARCHIVE/$folder" && sha256sum -c --strict --quiet SHA256SUMS)
	gp-index --check
	import
	same "" "$(cat new.ndjson stored.ndjson)"
}

# bats test_tags=unsanitized
@test "takeout from end to end: by gp-backup and gp.conf alone" {
	first_export
	cat >gp.conf <<-END
		GP_ARCHIVE=$GP_ARCHIVE
		GP_TAKEOUT_REMOTE=drive:
		GP_ALBUMS=Ezra's <first> year
	END
	unset GP_ARCHIVE GP_TAKEOUT_REMOTE
	run -0 --separate-stderr faketime "2026-09-05" gp-backup -c gp.conf
	has "$output" "Downloaded 2 new photos, 1 new video. Total archive: 3 files"
	run -0 --separate-stderr faketime "2026-09-06" gp-backup -c gp.conf
	has "$output" "Downloaded 0 new photos, 0 new videos. Total archive: 3 files"
	second_export
	run -0 --separate-stderr faketime "2026-11-05" gp-backup -c gp.conf
	has "$output" "Downloaded 2 new photos, 0 new videos. Total archive: 5 files"
	# the next one is late: a person is told, and nothing else is wrong
	run -3 --separate-stderr faketime "2027-02-05" gp-backup -c gp.conf
	has "$stderr" "the last export is of 2026-11-02"
	has "$output" "Total archive: 5 files"
}

# bats test_tags=unsanitized
@test "takeout from end to end: --if-due tries again while parts are still arriving" {
	long_only
	first_export
	printf '%s\n' "GP_ALBUMS=Ezra's <first> year" GP_TAKEOUT_REMOTE=drive: >gp.conf
	unset GP_TAKEOUT_REMOTE
	part=$(find drive -name '*-002.zip')
	mv "$part" "$part.crdownload"
	run -0 --separate-stderr faketime "2026-09-05" gp-backup -c gp.conf --if-due
	has "$output" "Total archive: 0 files"
	has "$stderr" "drive:: not done: 1 export is not all there yet"
	mv "$part.crdownload" "$part"
	run -0 --separate-stderr faketime "2026-09-06" gp-backup -c gp.conf --if-due
	has "$output" "Downloaded 2 new photos, 1 new video. Total archive: 3 files"
	run -0 --separate-stderr faketime "2026-09-07" gp-backup -c gp.conf --if-due
	same "" "$output$stderr"
	# the same where somebody puts the parts there by hand
	printf '%s\n' "GP_SOURCES=takeout:$PWD/drive" >gp.conf
	archive_new
	mv "$part" "$part.crdownload"
	run -0 --separate-stderr faketime "2026-09-05" gp-backup -c gp.conf --if-due
	has "$stderr" "takeout:$PWD/drive: not done: 1 part is still arriving"
	mv "$part.crdownload" "$part"
	run -0 --separate-stderr faketime "2026-09-06" gp-backup -c gp.conf --if-due
	has "$output" "Total archive: 3 files"
}

@test "takeout from end to end: exports that need not stay are gone once stored" {
	now=$(date -u +%Y%m%dT%H%M%SZ)
	python3 "$TESTS/takeout-parts.py" zip drive "$now" <<-END
		1 Ezra/IMG_0001.jpg = @$DATA/album/IMG_0001.jpg
		1 Ezra/IMG_0001.jpg.json = photo IMG_0001.jpg 1714559230 AF1one
	END
	export GP_TAKEOUT_KEEP=no
	run -0 --separate-stderr gp-backup
	has "$output" "Total archive: 1 file,"
	same "" "$(find "$exports" -name 'takeout-*')"
	same 1 "$(find drive -name 'takeout-*' | wc -l)"
	run -0 --separate-stderr gp-backup
	has "$output" "Downloaded 0 new photos"
}

# bytes_in STAMP COUNT KIB: an export of COUNT photos of KIB each, all different
bytes_in() {
	local n
	for ((n = 1; n <= $2; n++)); do
		{
			printf '\377\330\377\340'
			openssl enc -aes-128-ctr -K "$(printf '%032x' "$n")" -iv 00 \
				</dev/zero 2>/dev/null | head -c "$(($3 * 1024))"
		} >"big/$n.jpg" || true
		echo "$((n % 3 + 1)) Ezra/IMG_$n.jpg = @big/$n.jpg"
		echo "$(((n + 1) % 3 + 1)) Ezra/IMG_$n.jpg.json = photo IMG_$n.jpg $((1600000000 + n)) AF1big$n"
	done | python3 "$TESTS/takeout-parts.py" "$4" drive "$1"
}

@test "takeout from end to end: a first import killed again and again goes on where it was" {
	local count=60 kib=400 kind n
	[ -z "$GP_LONG" ] || count=1500 kib=2000 # 3 GB
	for kind in zip $(rounds "" tgz); do
		rm -rf drive big
		archive_new
		mkdir -p drive big
		bytes_in 20261101T000000Z "$count" "$kib" "$kind"
		rm -rf big
		gp-takeout-pull || [ $? -eq 3 ]
		for n in 1 2 3 4; do
			rm -f struck
			group_start bash -c 'gp-list "takeout:$1" | gp-index --new | gp-fetch | gp-hash |
				strace -qq -f -o struck -e trace=renameat2 \
					-e "inject=renameat2:signal=KILL:when=$2" gp-index --record' \
				_ "$exports" "$((count / 6))"
			# somewhere in the middle: so many files are in place
			PATIENCE=$((PATIENCE * (1 + count * kib / 100000))) wait_for grep -q 'killed by SIGKILL' struck
			group_kill
		done
		# all that the kills left is settled without its source
		mv "$exports" away
		gp-index --record </dev/null >adopted.ndjson
		mv away "$exports"
		stored_before=$(sqlite3 "$GP_ARCHIVE/.gp/index.db" 'SELECT count(*) FROM file')
		same "$stored_before" "$(sqlite3 "$GP_ARCHIVE/.gp/index.db" 'SELECT count(*) FROM item WHERE file IS NOT NULL')"
		gp-list "takeout:$exports" | gp-index --new | tee new.ndjson | gp-fetch | gp-hash |
			gp-index --record >stored.ndjson
		same "$count" "$(gp-index --stats | jq .files)"
		same "$((count - stored_before))" "$(wc -l <new.ndjson)"
		same "" "$(find "$GP_ARCHIVE/.gp/staging" -type f)"
		gp-index --check
		(cd "$GP_ARCHIVE"/ezra* && sha256sum -c --strict --quiet SHA256SUMS)
	done
}
