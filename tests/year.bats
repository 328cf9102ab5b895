#!/usr/bin/env bats
# A year of quarters, played: a first run, increments, a bad quarter, a dead
# sign-in, a lost NAS, and the archive that comes back.
# builds: plain
bats_require_minimum_version 1.5.0
load helper

setup_file() { google_start; }
teardown_file() { google_stop; }

setup() {
	common_setup
	google_reset
	PATH=$TESTS/../pipelines:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p drive one two phone
	export RCLONE_CONFIG=$PWD/rclone.conf
	for name in drive one two; do
		printf '[%s]\ntype = alias\nremote = %s/%s\n' "$name" "$PWD" "$name"
	done >rclone.conf
	cat >gp.conf <<-END
		GP_ARCHIVE=$GP_ARCHIVE
		GP_TAKEOUT_REMOTE=drive:
		GP_SOURCES=dir:$PWD/phone
		GP_REMOTES=one: two:
		GP_SCRUB_BUDGET=50%
		GP_SAFE_COPIES=3
	END
}

# export_of STAMP FIRST LAST: an export with the photos of these numbers
export_of() {
	local n
	for ((n = $2; n <= $3; n++)); do
		{ cat "$DATA/album/IMG_0001.jpg" && echo "$n"; } >"p$n.jpg"
		echo "1 Ezra/IMG_$n.jpg = @p$n.jpg"
		echo "2 Ezra/IMG_$n.jpg.json = photo IMG_$n.jpg $((1700000000 + n)) AF1$n"
	done | python3 "$TESTS/takeout-parts.py" zip drive "$1"
}

# quarter DATE: the run of that night, and what gp says after it
quarter() {
	local at=$1
	run --separate-stderr faketime "$at 03:00:00" gp-backup -c gp.conf
}

@test "a year of quarters, with a bad one, a lost NAS, and a way back" {
	long_only
	# January: everything is new
	cp "$DATA/album/IMG_0002.jpg" phone/
	export_of 20260102T040000Z 1 5
	quarter 2026-01-04
	same 0 "$status"
	has "$output" "Downloaded 6 new photos, 0 new videos. Total archive: 6 files"
	run -0 faketime "2026-01-04 09:00:00" gp -c gp.conf
	has "$output" "Yes: every file has 3 copies"

	# April: an increment
	export_of 20260302T040000Z 6 8
	cp "$DATA/album/VID_0006.mp4" phone/
	quarter 2026-04-05
	same 0 "$status"
	has "$output" "Downloaded 3 new photos, 1 new video. Total archive: 10 files"

	# July: a cloud is gone, an export lacks a part, a photo rots on the NAS
	export_of 20260502T040000Z 9 10
	export_of 20260702T040000Z 11 12
	mv drive/takeout-20260702T040000Z-001.zip late.zip
	mv two away
	: >two
	rotten=$(find "$GP_ARCHIVE" -name 'IMG_3.jpg')
	printf x | dd of="$rotten" bs=1 seek=9000 conv=notrunc 2>/dev/null
	quarter 2026-07-05
	[ "$status" -ge 1 ]
	has "$output" "Downloaded 2 new photos, 0 new videos. Total archive: 12 files"
	has "$stderr" "two:"
	has "$stderr" "takeout-20260702T040000Z: 1 of at least 2 parts are there; left for the next run"
	run -1 faketime "2026-07-05 09:00:00" gp -c gp.conf
	has "$output" "Is everything safe? No:"

	# October: all is there again; what was missed comes, what rotted is mended
	rm two
	mv away two
	mv late.zip drive/takeout-20260702T040000Z-001.zip
	export_of 20260902T040000Z 13 13
	quarter 2026-10-04
	has "$output" "Downloaded 3 new photos, 0 new videos. Total archive: 15 files"
	faketime "2026-10-05 03:00:00" gp-scrub -c gp.conf --heal --budget 100% || [ $? -eq 1 ]
	cmp "$rotten" p3.jpg
	# a run that had to mend something is a warning until the next one
	quarter 2026-10-08
	same 0 "$status"
	run -0 faketime "2026-10-08 09:00:00" gp-report -c gp.conf

	# the NAS burns
	rm -rf "$GP_ARCHIVE"
	rclone copy one: "$GP_ARCHIVE"
	faketime "2026-11-01" gp-index -C "$GP_ARCHIVE" --rebuild
	for n in $(seq 13); do
		cmp "p$n.jpg" "$(find "$GP_ARCHIVE" -name "IMG_$n.jpg")"
	done

	# January: it goes on, and a person is told that the schedule ends
	export_of 20261102T040000Z 14 14
	quarter 2027-01-03
	same 3 "$status"
	has "$stderr" "the schedule that began on 2026-01-02 ends about 2027-01-02"
	has "$output" "Downloaded 1 new photo, 0 new videos. Total archive: 16 files"
}

@test "a dead sign-in is a person's matter, the rest of the quarter is done" {
	long_only
	cp "$DATA/album/IMG_0002.jpg" phone/
	sed -i -e '/TAKEOUT/d' -e 's/^GP_REMOTES=.*/GP_REMOTES=two:/' gp.conf
	echo 'GP_SOURCES=album:Ezra Backup' >>gp.conf
	export GP_TOKEN_CMD='echo "gp-auth: Google has ended this sign-in; run gp-auth login" >&2; exit 3'
	run -3 --separate-stderr gp-backup -c gp.conf
	has "$stderr" "run gp-auth login"
	has "$output" "Downloaded 1 new photo"
	same 1 "$(gp-index --stats | jq '.copies[] | select(.copy == "two:").files')"
	unset GP_TOKEN_CMD
	google_env
	run -0 --separate-stderr gp-backup -c gp.conf
	[ "$(gp-index --stats | jq .files)" -gt 1 ]
}
