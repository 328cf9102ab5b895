#!/usr/bin/env bats
# gp-takeout-pull: whole exports only, proved; nothing deleted that is not
# stored; a person hears of schedules that end.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	PATH=$TESTS/../pipelines:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p drive
	export RCLONE_CONFIG=$PWD/rclone.conf
	printf '[drive]\ntype = alias\nremote = %s\n' "$PWD/drive" >rclone.conf
	export GP_TAKEOUT_REMOTE=drive: GP_TAKEOUT_KEEP=yes GP_TAKEOUT_DELETE_AFTER=never
	unset GP_CONF
	exports=$GP_ARCHIVE/.gp/exports state=$GP_ARCHIVE/.gp/takeout-pull
}

# export_of STAMP [COUNT]: an export of two parts at the remote, with COUNT
# photos that no other export has
export_of() {
	local n
	for ((n = 1; n <= ${2:-2}; n++)); do
		printf '\377\330\377\340 photo %s of %s' "$n" "$1" >"p$n.jpg"
		echo "1 Ezra/IMG_$1_$n.jpg = @p$n.jpg"
		echo "2 Ezra/IMG_$1_$n.jpg.json = photo IMG_$1_$n.jpg 1600000000 AF1$1$n"
	done | python3 "$TESTS/takeout-parts.py" zip drive "$1"
}

# store: the main job on what was pulled
store() {
	gp-list "takeout:$exports" | gp-index --new | gp-fetch | gp-hash | gp-index --record >>stored.ndjson
}

@test "gp-takeout-pull: brings an export once, in whole, with the sums it had" {
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	touch drive/readme.txt
	run -0 --separate-stderr gp-takeout-pull
	has "$stderr" "takeout-$now: 2 parts"
	same "takeout-$now-001.zip takeout-$now-002.zip" "$(cd "$exports" && echo takeout-*)"
	for part in "$exports"/takeout-*; do cmp "$part" "drive/${part##*/}"; done
	same "" "$(ls "$state/incoming")"
	same "parts, pulled, pulled," "$(sed -E 's/^[^ ]* takeout-[^ ]* ([0-9]* )?([a-z]*,).*/\2/' "$state/log" | xargs)"
	inodes=$(stat -c %i "$exports"/takeout-*)
	run -0 --separate-stderr gp-takeout-pull
	same "" "$stderr"
	same "$inodes" "$(stat -c %i "$exports"/takeout-*)"
	store
	same 2 "$(gp-index --stats | jq .files)"
	# nothing at the remote was touched
	same 3 "$(find drive -type f | wc -l)"
}

@test "gp-takeout-pull: a part that is missing or arriving leaves the export for the next run" {
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	mv "drive/takeout-$now-001.zip" kept.zip
	run -0 --separate-stderr gp-takeout-pull
	has "$stderr" "takeout-$now: 1 of at least 2 parts are there; left for the next run"
	same "" "$(ls "$exports")"
	cp kept.zip "drive/takeout-$now-001.zip.crdownload"
	run -0 --separate-stderr gp-takeout-pull
	has "$stderr" "takeout-$now: takeout-$now-001.zip.crdownload is still arriving; left for the next run"
	same "" "$(ls "$exports")"
	mv "drive/takeout-$now-001.zip.crdownload" "drive/takeout-$now-001.zip"
	run -0 gp-takeout-pull
	same 2 "$(find "$exports" -name 'takeout-*' | wc -l)"
	# a part that comes later still
	cp kept.zip "drive/takeout-$now-003.zip"
	run -0 gp-takeout-pull
	same 3 "$(find "$exports" -name 'takeout-*' | wc -l)"
}

@test "gp-takeout-pull: a part of another size than before is not touched, others go on" {
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of 20260901T000000Z
	export_of "$now"
	mkdir -p "$exports"
	echo short >"$exports/takeout-20260901T000000Z-001.zip"
	run -1 --separate-stderr gp-takeout-pull
	has "$stderr" "takeout-20260901T000000Z-001.zip: 6 bytes here"
	same short "$(cat "$exports/takeout-20260901T000000Z-001.zip")"
	[ -e "$exports/takeout-$now-002.zip" ]
}

@test "gp-takeout-pull: killed in the middle, a half part is never taken for whole" {
	long_only
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	noise zip 30000000 >>"drive/takeout-$now-002.zip"
	for wait in 1 2 3; do
		GP_BANDWIDTH=1M group_start gp-takeout-pull
		wait_for partly_here
		group_kill
		same "" "$(find "$exports" -maxdepth 1 -name 'takeout-*' 2>/dev/null)"
		[ "$wait" -eq 3 ] || rm -rf "$state/incoming"
	done
	run -0 gp-takeout-pull
	for part in 001 002; do cmp "drive/takeout-$now-$part.zip" "$exports/takeout-$now-$part.zip"; done
}

@test "pipelines: a disk without file locks is said as that, and is no other run" {
	local words
	export_of "$(date -u +%Y%m%dT%H%M%SZ)"
	echo >disc.iso
	for words in gp-takeout-pull "gp-disc verify GP-0001 disc.iso" "gp-disc rescue disc.iso --label GP-0001" "gp-backup --only pull"; do
		# shellcheck disable=SC2086 # words
		run -2 timeout "$PATIENCE" strace -qq -f -o /dev/null -e trace=flock \
			-e inject=flock:error=ENOLCK $words
		has "$output" "can't be locked: No locks available"
		has_not "$output" "at work"
	done
}

@test "gp-takeout-pull: two at once, one works" {
	local now part pull
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	mkdir shim
	cat >shim/rclone <<-END
		#!/bin/sh
		[ "\$1" != copy ] || {
			touch "$PWD/copies"
			while [ -e "$PWD/copies" ] && [ ! -e "$PWD/go" ]; do sleep 0.1; done
		}
		exec $(command -v rclone) "\$@"
	END
	chmod +x shim/rclone
	PATH=$PWD/shim:$PATH gp-takeout-pull 2>said 3>&- &
	pull=$!
	wait_for test -e copies
	run -2 gp-takeout-pull
	has "$output" "another gp-takeout-pull is at work"
	touch go
	wait "$pull" || fail "$(cat said)"
	for part in 001 002; do cmp "drive/takeout-$now-$part.zip" "$exports/takeout-$now-$part.zip"; done
	run -0 gp-takeout-pull
}

@test "gp-takeout-pull: names that are none of Google's are left alone" {
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	touch drive/-rf drive/takeout-x.zip $'drive/takeout-20260101T000000Z-001.zip\n' \
		"drive/takeout-20260101T000000Z-001.zip;touch ran" drive/'$(touch ran)-001.zip'
	mkdir drive/takeout-20260102T000000Z-001.zip
	run -0 gp-takeout-pull
	same "takeout-$now-001.zip takeout-$now-002.zip" "$(cd "$exports" && find . -maxdepth 1 -type f -name 'takeout-*' -printf '%f\n' | sort | paste -sd' ')"
	[ ! -e ran ]
}

@test "gp-takeout-pull: no remote, no rclone, no export: said, exit 2" {
	run -2 env GP_TAKEOUT_REMOTE= gp-takeout-pull
	has "$output" "GP_TAKEOUT_REMOTE is not set in gp.conf"
	run -2 env GP_TAKEOUT_REMOTE=nosuch:x gp-takeout-pull
	has "$output" "nosuch:x can't be listed; try: rclone lsf 'nosuch:x'"
	run -2 gp-takeout-pull
	has "$output" "there is no export yet"
	mkdir old
	printf '#!/bin/sh\necho "rclone v1.53.3-DEV"\n' >old/rclone
	chmod +x old/rclone
	run -2 env PATH="$PWD/old:$PATH" gp-takeout-pull
	has "$output" "rclone 1.53.3 is too old: 1.60.1 or newer is needed"
}

@test "gp-takeout-pull: an export two weeks late, a schedule that ends: a person is told" {
	export_of 20260102T030000Z
	run -0 faketime "2026-03-17 00:00:00" gp-takeout-pull
	run -3 faketime "2026-03-20 00:00:00" gp-takeout-pull
	has "$output" "the last export is of 2026-01-02, 76 days ago"
	for month in 03 05 07 09 11; do export_of "2026${month}02T030000Z"; done
	run -0 faketime "2026-11-25 00:00:00" gp-takeout-pull
	run -3 faketime "2026-12-04 00:00:00" gp-takeout-pull
	has "$output" "the schedule that began on 2026-01-02 ends about 2027-01-02: order a new one"
	# a new schedule was ordered
	export_of 20261210T030000Z
	run -0 faketime "2026-12-12 00:00:00" gp-takeout-pull
	run -0 faketime "2027-01-10 00:00:00" gp-takeout-pull
}

@test "gp-takeout-pull: an export that failed, or one ordered by hand, is no new schedule" {
	local month
	for month in 01 05 07 09 11; do export_of "2026${month}02T030000Z"; done
	export_of 20260815T030000Z
	run -0 faketime "2026-11-25 00:00:00" gp-takeout-pull
	run -3 faketime "2026-12-04 00:00:00" gp-takeout-pull
	has "$output" "the schedule that began on 2026-01-02 ends about 2027-01-02"
	# one that was ordered early, just before the old one ended, is
	export_of 20261110T030000Z
	run -0 faketime "2026-12-04 00:00:00" gp-takeout-pull
	rm drive/takeout-20261110* "$exports"/takeout-20261110*
	sed -i /20261110/d "$state/pulled"
	# so is one that was ordered anew in between: a second export agrees with it
	rm drive/takeout-20260[79]* drive/takeout-202611* "$exports"/takeout-*
	: >"$state/pulled"
	export_of 20261015T030000Z
	run -0 faketime "2026-10-16 00:00:00" gp-takeout-pull
	run -0 faketime "2026-12-10 00:00:00" gp-takeout-pull
}

@test "gp-takeout-pull: a remote that is nearly full is said" {
	long_only
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small disk"
	mkdir small
	mount -t tmpfs -o size=10m none small || skip "needs the right to mount"
	export_of "$(date -u +%Y%m%dT%H%M%SZ)"
	cp drive/* small/
	head -c 9M /dev/zero >small/other
	run --separate-stderr env GP_TAKEOUT_REMOTE="$PWD/small" gp-takeout-pull
	umount small
	same 3 "$status"
	has "$stderr" "is nearly full"
	has "$stderr" "Exports count against the same storage as the photos"
}

@test "gp-takeout-pull: no room here is said before anything comes" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small disk"
	mkdir small
	mount -t tmpfs -o size=10m none small || skip "needs the right to mount"
	export_of "$(date -u +%Y%m%dT%H%M%SZ)"
	gp-index -C small --init
	run --separate-stderr gp-takeout-pull -C "$PWD/small"
	umount small
	same 2 "$status"
	has "$stderr" "make room, or set GP_TAKEOUT_KEEP=no"
}

@test "gp-takeout-pull: what it began has ended when it ends: the archive's disk can go, and the next run begin" {
	export_of "$(date -u +%Y%m%dT%H%M%SZ)"
	mkdir shim
	cat >shim/jq <<-END
		#!/bin/sh
		echo "\$*" | tr '\n' ' ' >>"$PWD/began"
		echo >>"$PWD/began"
		status=0
		$(type -P jq) "\$@" || status=\$?
		exec >&- 2>&-
		for _ in \$(seq 200); do /bin/true; done
		echo >>"$PWD/ended"
		exit \$status
	END
	chmod +x shim/jq
	PATH=$PWD/shim:$PATH gp-takeout-pull
	[ "$(wc -l <began)" -gt 2 ]
	same "$(wc -l <began)" "$(wc -l <ended)"
}

@test "gp-takeout-pull: two exports of the same second, each with numbers of its own" {
	long_only
	export_of 20261101T000000Z
	for part in 001 002; do cp "drive/takeout-20261101T000000Z-$part.zip" "drive/takeout-20261101T000000Z-3-$part.zip"; done
	mv drive/takeout-20261101T000000Z-3-001.zip kept.zip
	run -0 --separate-stderr faketime "2026-11-02 00:00:00" gp-takeout-pull
	has "$stderr" "takeout-20261101T000000Z: 3 of at least 4 parts are there; left for the next run"
	mv kept.zip drive/takeout-20261101T000000Z-3-001.zip
	run -0 faketime "2026-11-02 00:00:00" gp-takeout-pull
	same 4 "$(find "$exports" -name 'takeout-*' | wc -l)"
}

@test "gp-takeout-pull: a part that changes while it is pulled leaves the export for the next run" {
	long_only
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	# the same size, another time: it was written anew, before the pull ends
	mkdir shim
	cat >shim/rclone <<-END
		#!/bin/sh
		$(command -v rclone) "\$@" || exit
		[ "\$1" != copy ] || touch -d "2 hours ago" "$PWD/drive/takeout-$now-001.zip"
	END
	chmod +x shim/rclone
	PATH=$PWD/shim:$PATH gp-takeout-pull 2>said
	has "$(cat said)" "takeout-$now: it changed while it was pulled; left for the next run"
	same "" "$(find "$exports" -maxdepth 1 -name 'takeout-*')"
	run -0 gp-takeout-pull
	same 2 "$(find "$exports" -maxdepth 1 -name 'takeout-*' | wc -l)"
}

@test "gp-takeout-pull: a part whose bytes change while it is pulled, size and time as before, has no place here" {
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	part=takeout-$now-001.zip
	mkdir shim
	cat >shim/rclone <<-END
		#!/bin/sh
		$(command -v rclone) "\$@" || exit
		[ "\$1" != copy ] || {
			touch -r "$PWD/drive/$part" then
			printf x | dd of="$PWD/drive/$part" bs=1 seek=30 conv=notrunc status=none
			touch -r then "$PWD/drive/$part"
		}
	END
	chmod +x shim/rclone
	PATH=$PWD/shim:$PATH run -1 gp-takeout-pull
	has "$output" "takeout-$now: could not be pulled; the next run tries again"
	same "" "$(find "$exports" -name 'takeout-*')"
	run -0 gp-takeout-pull
	cmp "drive/$part" "$exports/$part"
}

@test "gp-takeout-pull: GP_BANDWIDTH is bytes a second" {
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	mkdir shim
	cat >shim/rclone <<-END
		#!/bin/sh
		[ "\$1" != copy ] || echo "\$*" >"$PWD/args"
		exec $(command -v rclone) "\$@"
	END
	chmod +x shim/rclone
	PATH=$PWD/shim:$PATH GP_BANDWIDTH=30000000 gp-takeout-pull 2>said
	has "$(cat args)" " --bwlimit=30000000B "
	rm -r "$exports" "$state"
	PATH=$PWD/shim:$PATH GP_BANDWIDTH=0 gp-takeout-pull 2>said
	has_not "$(cat args)" bwlimit
}

@test "gp-takeout-pull: a part that comes after the others were deleted here brings all again" {
	long_only
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	mv "drive/takeout-$now-002.zip" kept.zip
	export GP_TAKEOUT_KEEP=no
	run -0 gp-takeout-pull
	store
	run -0 gp-takeout-pull --tidy
	same "" "$(find "$exports" -maxdepth 1 -name 'takeout-*')"
	mv kept.zip "drive/takeout-$now-002.zip"
	run -0 gp-takeout-pull
	same 2 "$(find "$exports" -maxdepth 1 -name 'takeout-*' | wc -l)"
	gp-list "takeout:$exports" >/dev/null
}

@test "gp-takeout-pull: what the remote did not send whole has no place here" {
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	mkdir -p "$state/incoming"
	# an earlier run's: right in size and time, wrong in its bytes
	part=takeout-$now-001.zip
	head -c "$(stat -c %s "drive/$part")" /dev/zero >"$state/incoming/$part"
	touch -r "drive/$part" "$state/incoming/$part"
	touch "$state/incoming/takeout-20200101T000000Z-001.zip"
	run -1 gp-takeout-pull
	has "$output" "takeout-$now: could not be pulled; the next run tries again"
	same "" "$(find "$exports" -name 'takeout-*')"
	# nor does what the remote has no more stay
	same "" "$(find "$state/incoming" -name 'takeout-2020*')"
	run -0 gp-takeout-pull
	cmp "drive/$part" "$exports/$part"
	# one that lies here and was never proved
	echo "$now" >>"$state/pulled"
	sed -i "/$part/d" "$state/pulled"
	head -c "$(stat -c %s "drive/$part")" /dev/zero >"$exports/$part"
	run -1 gp-takeout-pull
	has "$output" "takeout-$now: what is here is not what is at drive:"
	cp "drive/$part" "$exports/$part"
	run -0 gp-takeout-pull
	grep -q "$part" "$state/pulled"
}

@test "gp-takeout-pull: a remote that dies on the way, then refuses: said, and taken up later" {
	long_only
	local now pid
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	noise zip 9000000 >>"drive/takeout-$now-002.zip"
	serve
	export GP_TAKEOUT_REMOTE=dav: RCLONE_LOW_LEVEL_RETRIES=1 RCLONE_RETRIES=1
	GP_BANDWIDTH=300K gp-takeout-pull 2>said 3>&- &
	pull=$!
	wait_for partly_here
	kill -9 "$pid"
	wait "$pid" || true
	status=0
	wait "$pull" || status=$?
	same 1 "$status"
	has "$(cat said)" "takeout-$now: could not be pulled; the next run tries again"
	same "" "$(find "$exports" -maxdepth 1 -name 'takeout-*')"
	run -2 gp-takeout-pull
	has "$output" "dav: can't be listed"
	serve
	run -0 gp-takeout-pull
	kill "$pid"
	for part in 001 002; do cmp "drive/takeout-$now-$part.zip" "$exports/takeout-$now-$part.zip"; done
}

@test "gp-takeout-pull: a remote that no more takes the password, before and on the way: said, and taken up later" {
	long_only
	local now pid pull port
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	noise zip 9000000 >>"drive/takeout-$now-002.zip"
	serve 0 gp right
	port=$(sed -n 's/.*:\([0-9]*\)\/$/\1/p' <(rclone config show dav))
	export GP_TAKEOUT_REMOTE=dav: RCLONE_LOW_LEVEL_RETRIES=1 RCLONE_RETRIES=1
	rclone config update dav pass wrong >/dev/null
	run -2 gp-takeout-pull
	has "$output" "dav: can't be listed"
	has "$output" "401 Unauthorized"
	rclone config update dav pass right >/dev/null
	GP_BANDWIDTH=300K gp-takeout-pull 2>said 3>&- &
	pull=$!
	wait_for partly_here
	kill -9 "$pid"
	wait "$pid" || true
	serve "$port" gp another
	rclone config update dav pass right >/dev/null
	status=0
	wait "$pull" || status=$?
	same 1 "$status"
	has "$(cat said)" "takeout-$now: could not be pulled; the next run tries again"
	same "" "$(find "$exports" -maxdepth 1 -name 'takeout-*')"
	rclone config update dav pass another >/dev/null
	run -0 gp-takeout-pull
	for part in 001 002; do cmp "drive/takeout-$now-$part.zip" "$exports/takeout-$now-$part.zip"; done
}

teardown() {
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true
	common_teardown
}

# serve [PORT USER PASSWORD]: the folder drive by WebDAV, as the remote dav:, by the
# process $pid; on an address where nothing else takes the port between two of them
serve() {
	local as=() user=()
	[ $# -lt 3 ] || as=(--user "$2" --pass "$3") user=(user="$2" pass="$3")
	rm -f served # an old one says what it said
	rclone --config /dev/null serve webdav drive --addr "127.0.0.3:${1:-0}" "${as[@]}" 2>served 3>&- &
	pid=$!
	wait_for grep -q 'started on' served
	rclone config create dav webdav vendor=other "${user[@]}" \
		url="$(sed -n 's/.*started on \[*\(http[^],]*\).*/\1/p' served | head -n 1)" >/dev/null
}

partly_here() {
	[ "$(find "$state/incoming" -name '*-002.zip*' -size +500k 2>/dev/null | wc -l)" -gt 0 ]
}

@test "gp-takeout-pull: a folder with blanks in its name, as Dropbox has" {
	long_only
	mkdir "drive/Google Download Your Data"
	export_of "$(date -u +%Y%m%dT%H%M%SZ)"
	mv drive/takeout-* "drive/Google Download Your Data/"
	printf 'GP_TAKEOUT_REMOTE=drive:Google Download Your Data\n' >gp.conf
	run -0 env -u GP_TAKEOUT_REMOTE gp-takeout-pull -c gp.conf
	same 2 "$(find "$exports" -maxdepth 1 -name 'takeout-*' | wc -l)"
}

@test "gp-takeout-pull: two exports like the last one must fit where they arrive" {
	long_only
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small disk"
	mkdir small
	mount -t tmpfs -o size=30m none small || skip "needs the right to mount"
	export_of "$(date -u +%Y%m%dT%H%M%SZ)"
	cp drive/* small/
	run -0 env GP_TAKEOUT_REMOTE="$PWD/small" gp-takeout-pull
	head -c 12M /dev/zero >>"$(find small -name '*-002.zip')"
	archive_new other
	run --separate-stderr env GP_TAKEOUT_REMOTE="$PWD/small" gp-takeout-pull -C "$PWD/other"
	umount small
	same 3 "$status"
	has "$stderr" "is nearly full"
	has "$stderr" "the last export has 13MB"
}

# proved COPY: every file of the archive is said to be in COPY
proved() {
	gp-index --export | gp-hash --check --root "$GP_ARCHIVE" | gp-index --seen "$1" >/dev/null
}

@test "gp-takeout-pull: exports are deleted here only once everything in them is stored" {
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export GP_TAKEOUT_KEEP=no
	export_of "$now"
	run -0 gp-takeout-pull
	run -0 gp-takeout-pull --tidy
	has "$output" "2 items of the exports here are not stored yet: nothing is deleted here"
	store
	# one that can't be read, and one that is none of ours
	head -c 200 "$exports/takeout-$now-001.zip" >"$exports/takeout-20200101T000000Z-001.zip"
	run -0 gp-takeout-pull --tidy
	has "$output" "not every export here can be read whole: nothing is deleted"
	mv "$exports/takeout-20200101T000000Z-001.zip" "$exports/takeout-$now-003.zip.part"
	run -0 gp-takeout-pull --tidy
	has "$output" "a part is still arriving"
	rm "$exports/takeout-$now-003.zip.part"
	# a title that no album has: nothing is found, and nothing proved
	printf 'GP_ALBUMS=Erza\n' >gp.conf
	run -0 gp-takeout-pull -c gp.conf --tidy
	same 2 "$(find "$exports" -name 'takeout-*' | wc -l)"
	python3 "$TESTS/takeout-parts.py" zip "$exports" 20200202T000000Z <<<"1 Ezra/x.jpg = @p1.jpg"
	store
	# the next pull does what --tidy does
	run -0 gp-takeout-pull
	has "$output" "takeout-$now-001.zip: deleted here; it is stored"
	same "takeout-20200202T000000Z-001.zip" "$(cd "$exports" && echo takeout-*)"
	# it does not come again
	run -0 gp-takeout-pull
	same 1 "$(find "$exports" -name 'takeout-*' | wc -l)"
	same 2 "$(find drive -name 'takeout-*' | wc -l)"
}

@test "gp-takeout-pull: exports are deleted at the remote only after so many proved copies" {
	stamp=$(date -u -d "-10 days" +%Y%m%dT%H%M%SZ)
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$stamp"
	export_of "$now"
	export GP_TAKEOUT_DELETE_AFTER=2
	run -0 gp-takeout-pull
	store
	proved nas
	proved b2:x
	run -0 gp-takeout-pull --tidy
	has "$output" "4 files have fewer than 2 proved copies: nothing is deleted at drive:"
	same 4 "$(find drive -name 'takeout-*' | wc -l)"
	proved wasabi:x
	# one that was not pulled, and one of which a part is another by now, or still
	# arriving: of an export all goes or nothing
	cp "drive/takeout-$stamp-001.zip" drive/takeout-20260101T000000Z-002.zip
	cp "drive/takeout-$stamp-002.zip" kept.zip
	echo more >>"drive/takeout-$stamp-002.zip"
	run -0 gp-takeout-pull --tidy
	cp kept.zip "drive/takeout-$stamp-002.zip"
	touch "drive/takeout-$stamp-003.zip.part"
	run -0 gp-takeout-pull --tidy
	same 6 "$(find drive -name 'takeout-*' | wc -l)"
	rm "drive/takeout-$stamp-003.zip.part"
	# an index that was put back and knows of less, or of nothing
	cp "$GP_ARCHIVE/.gp/index.db" newer.db
	sql "DELETE FROM item; DELETE FROM copy; DELETE FROM file"
	run -0 gp-takeout-pull --tidy
	has "$output" "the index has 0 files"
	cp newer.db "$GP_ARCHIVE/.gp/index.db"
	same 5 "$(find drive -name 'takeout-*' | wc -l)"
	run -0 gp-takeout-pull --tidy
	has "$output" "takeout-$stamp-001.zip: deleted at drive:"
	# an export of the last days stays too: a part may still come
	same "takeout-20260101T000000Z-002.zip takeout-$now-001.zip takeout-$now-002.zip" \
		"$(cd drive && echo takeout-*)"
	same 4 "$(find "$exports" -name 'takeout-*' | wc -l)"
}

@test "gp-takeout-pull: a part that comes after the others were stored keeps them at the remote, and is stored" {
	stamp=$(date -u -d "-10 days" +%Y%m%dT%H%M%SZ)
	export_of "$stamp" 3
	mkdir later
	python3 "$TESTS/takeout-parts.py" zip later "$stamp" <<-END
		1 Ezra/a.jpg = @p1.jpg
		2 Ezra/a.jpg = @p1.jpg
		3 Ezra/late.jpg = @p3.jpg
	END
	export GP_TAKEOUT_DELETE_AFTER=1 GP_TAKEOUT_KEEP=no
	run -0 gp-takeout-pull
	store
	proved b2:x
	mv "later/takeout-$stamp-003.zip" drive
	run -0 gp-takeout-pull
	has "$output" "takeout-$stamp-001.zip: deleted here; it is stored"
	same 3 "$(find drive -name 'takeout-*' | wc -l)"
	same 3 "$(find "$exports" -maxdepth 1 -name 'takeout-*' | wc -l)"
	store
	proved b2:x
	run -0 gp-takeout-pull --tidy
	same "" "$(find drive "$exports" -name 'takeout-*')"
}

@test "gp-takeout-pull: a part that was lost here before it was stored is pulled again, and not deleted there" {
	stamp=$(date -u -d "-10 days" +%Y%m%dT%H%M%SZ)
	export_of "$stamp"
	export GP_TAKEOUT_DELETE_AFTER=1
	run -0 gp-takeout-pull
	# the highest: what is left looks whole
	rm "$exports/takeout-$stamp-002.zip"
	store
	proved b2:x
	run -0 gp-takeout-pull --tidy
	same 2 "$(find drive -name 'takeout-*' | wc -l)"
	GP_TAKEOUT_KEEP=no run -0 gp-takeout-pull --tidy
	[ -e "$exports/takeout-$stamp-001.zip" ]
	run -0 gp-takeout-pull
	has "$output" "takeout-$stamp-002.zip was pulled before, is not here, and nothing tells that all that gp.conf asks for was stored: it is pulled again"
	cmp "drive/takeout-$stamp-002.zip" "$exports/takeout-$stamp-002.zip"
	store
	proved b2:x
	run -0 gp-takeout-pull --tidy
	same 0 "$(find drive -name 'takeout-*' | wc -l)"
	# deleted by hand once that was seen, it does not come again
	export_of "$stamp"
	rm "$exports"/takeout-*
	run -0 --separate-stderr gp-takeout-pull
	same "" "$(find "$exports" -name 'takeout-*')"
}

@test "gp-takeout-pull: what came whole is not fetched again, though it could not be compared" {
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	mkdir shim
	cat >shim/rclone <<-END
		#!/bin/sh
		case " \$* " in
		*" check "*)
			echo "connection reset by peer" >&2
			exit 1
			;;
		esac
		exec "$(command -v rclone)" "\$@"
	END
	chmod +x shim/rclone
	PATH=$PWD/shim:$PATH run -1 gp-takeout-pull
	has "$output" "connection reset by peer"
	has "$output" "takeout-$now: could not be pulled; the next run tries again"
	same "" "$(find "$exports" -name 'takeout-*')"
	inodes=$(stat -c %i "$state/incoming"/takeout-*)
	run -0 gp-takeout-pull
	same "$inodes" "$(stat -c %i "$exports"/takeout-*)"
}

# kill_at COMMAND [PATTERN]: gp-takeout-pull dies, with all that it runs, when it has
# run that program once with words that match PATTERN (or name a part of an export)
kill_at() {
	local pattern=${2:-'*takeout-2*'}
	mkdir -p kill
	cat >"kill/$1" <<-END
		#!/bin/sh
		$(command -v "$1") "\$@" || exit
		case "\$*" in
		$pattern)
			echo >>$PWD/killed
			[ "\$(wc -l <$PWD/killed)" -ne 1 ] || kill -9 \$PPID
			;;
		esac
	END
	chmod +x "kill/$1"
	rm -f killed
	PATH=$PWD/kill:$PATH run -137 gp-takeout-pull
	# what it had begun ends a moment later, and holds its lock until then
	wait_for flock -n "$GP_ARCHIVE/.gp/takeout-pull.lock" true
	rm -r kill
}

@test "gp-takeout-pull: killed as it puts parts in their place, or deletes them, the next run finishes" {
	stamp=$(date -u -d "-10 days" +%Y%m%dT%H%M%SZ)
	export_of "$stamp"
	kill_at mv
	same "takeout-$stamp-002.zip" "$(cd "$exports" && echo takeout-*)"
	run -0 gp-takeout-pull
	for part in drive/takeout-*; do cmp "$part" "$exports/${part##*/}"; done
	store
	export GP_TAKEOUT_KEEP=no
	kill_at rm
	same "takeout-$stamp-001.zip" "$(cd "$exports" && echo takeout-*)"
	# not with an index that knows of less, or none
	cp "$GP_ARCHIVE/.gp/index.db" newer.db
	sql "DELETE FROM item; DELETE FROM copy; DELETE FROM file"
	run -3 gp-takeout-pull --tidy
	has "$output" "the index has 0 files"
	rm "$GP_ARCHIVE/.gp/index.db"
	run -3 gp-takeout-pull --tidy
	same "takeout-$stamp-001.zip" "$(cd "$exports" && echo takeout-*)"
	cp newer.db "$GP_ARCHIVE/.gp/index.db"
	run -0 --separate-stderr gp-takeout-pull
	same "gp-takeout-pull: takeout-$stamp-001.zip: deleted here; it is stored" "$stderr"
	same "" "$(find "$exports" -name 'takeout-*')"
	run -0 --separate-stderr gp-takeout-pull
	same "" "$stderr"
	same "" "$(find "$exports" -name 'takeout-*')"
	# killed at the remote: what is left there goes with the next
	proved b2:x
	export GP_TAKEOUT_DELETE_AFTER=1
	rm "$state/finished"
	GP_TAKEOUT_KEEP=yes run -0 gp-takeout-pull
	same 2 "$(find "$exports" -name 'takeout-*' | wc -l)"
	kill_at rclone
	run -0 gp-takeout-pull
	same 0 "$(find drive -name 'takeout-*' | wc -l)"
}

@test "gp-takeout-pull: what came whole and is deleted at the remote meanwhile has its place; what is lost everywhere is named" {
	stamp=$(date -u -d "-10 days" +%Y%m%dT%H%M%SZ)
	export_of "$stamp"
	kill_at mv
	rm drive/takeout-*
	run -0 gp-takeout-pull
	has "$output" "takeout-$stamp-001.zip: it came whole, and is no more at drive:"
	same 2 "$(find "$exports" -name 'takeout-*' | wc -l)"
	store
	same 2 "$(gp-index --stats | jq .files)"
	rm "$exports/takeout-$stamp-001.zip"
	# what is left of it stays: what was in the rest, it can't tell
	GP_TAKEOUT_KEEP=no run -0 gp-takeout-pull
	[ -e "$exports/takeout-$stamp-002.zip" ]
	has "$output" "1 parts were pulled once, are neither here nor at drive: any more, and were never seen to be stored: takeout-$stamp-001.zip"
}

# here: the parts of exports that are here
here() {
	find "$exports" -name 'takeout-*' -printf '%f\n' | sort | xargs
}

@test "gp-takeout-pull: an album that gp.conf asks for later is brought again, of exports that went from here" {
	local part
	stamp=$(date -u +%Y%m%dT%H%M%SZ)
	part=takeout-$stamp-001.zip
	for name in Ezra Ada; do
		printf '\377\330\377\340 photo of %s' "$name" >"$name.jpg"
		printf '1 %s/metadata.json = album %s\n1 %s/%s.jpg = @%s.jpg\n' "$name" "$name" "$name" "$name" "$name"
		echo "1 $name/$name.jpg.json = photo $name.jpg 1600000000 AF1$name"
	done | python3 "$TESTS/takeout-parts.py" zip drive "$stamp"
	export GP_TAKEOUT_KEEP=no GP_ALBUMS=Ezra
	run -0 gp-takeout-pull
	gp-list --album Ezra "takeout:$exports" | gp-index --new | gp-fetch | gp-hash | gp-index --record >stored.ndjson
	# killed before it deletes, it asks again
	kill_at sync '*/deleting'
	same "$part" "$(here)"
	GP_ALBUMS=$'Ezra\nAda' run -0 gp-takeout-pull
	has "$output" "1 items of the exports here are not stored yet: nothing is deleted here"
	same "$part" "$(here)"
	run -0 gp-takeout-pull
	same "" "$(here)"
	# the same in whatever case
	GP_ALBUMS=eZRA run -0 --separate-stderr gp-takeout-pull
	same " " "$(here) $stderr"
	GP_ALBUMS=$'Ezra\nAda' run -0 gp-takeout-pull
	has "$output" "gp.conf asks for albums that it did not ask for when exports were stored"
	same "$part" "$(here)"
	# said once, and kept while that album is not stored
	GP_ALBUMS=$'Ada\nEzra' run -0 --separate-stderr gp-takeout-pull
	same "gp-takeout-pull: 1 items of the exports here are not stored yet: nothing is deleted here" "$stderr"
	store
	GP_ALBUMS=$'Ezra\nAda' run -0 gp-takeout-pull
	same "" "$(here)"
	# of fewer all is stored
	run -0 --separate-stderr gp-takeout-pull
	same " " "$(here) $stderr"
	# and all albums are more than one
	GP_ALBUMS='' run -0 gp-takeout-pull
	same "$part" "$(here)"
}

# glibc's setlocale() does not free what it made of LOCPATH
# bats test_tags=unsanitized
@test "gp-takeout-pull: the albums asked for are the same ones in a language that sorts otherwise" {
	local name n=0
	mkdir locale
	localedef -i de_DE -f UTF-8 locale/de_DE.UTF-8 2>/dev/null || skip "needs the sources of locales"
	stamp=$(date -u +%Y%m%dT%H%M%SZ)
	for name in z ä "a b"; do
		n=$((n + 1))
		printf '\377\330\377\340 photo of %s' "$name" >"$n.jpg"
		printf '1 %s/metadata.json = album %s\n1 %s/%s.jpg = @%s.jpg\n' "$name" "$name" "$name" "$n" "$n"
		echo "1 $name/$n.jpg.json = photo $n.jpg 1600000000 AF1$n"
	done | python3 "$TESTS/takeout-parts.py" zip drive "$stamp"
	export GP_TAKEOUT_KEEP=no GP_ALBUMS=$'z\nä\na b'
	run -0 gp-takeout-pull
	store
	run -0 gp-takeout-pull
	same "" "$(here)"
	export LOCPATH=$PWD/locale
	same "ä z" "$(printf 'z\nä\n' | env LC_ALL=de_DE.UTF-8 sort | xargs)"
	run -0 --separate-stderr env LC_ALL=de_DE.UTF-8 gp-takeout-pull
	same " " "$(here) $stderr"
}

@test "gp-takeout-pull: with an older index put back it says how exports that went from here come again" {
	stamp=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$stamp"
	run -0 gp-takeout-pull
	gp-index --backup before.db
	store
	export GP_TAKEOUT_KEEP=no
	run -0 gp-takeout-pull
	same "" "$(here)"
	mv "$GP_ARCHIVE/.gp/index.db" newer.db
	run -1 gp-index --restore before.db
	run -3 gp-takeout-pull
	has "$output" "the index has 0 files, and had 2 when exports were seen to be stored"
	has "$output" "move the lines of stored and finished in $state to finished.before"
	same "" "$(here)"
	mv "$state/finished" "$state/finished.before"
	run -3 gp-takeout-pull
	same "takeout-$stamp-001.zip takeout-$stamp-002.zip" "$(here)"
	store
	run -0 gp-takeout-pull
	same " 2" "$(here) $(gp-index --stats | jq .files)"
}

@test "gp-takeout-pull: what can't be judged is not deleted at the remote" {
	stamp=$(date -u -d "-10 days" +%Y%m%dT%H%M%SZ)
	export_of "$stamp"
	export GP_TAKEOUT_DELETE_AFTER=1
	run -0 gp-takeout-pull
	store
	proved b2:x
	mkdir -p "$state"
	echo garbled >"$state/files"
	run -0 gp-takeout-pull --tidy
	has "$output" "$state/files is damaged"
	echo 3 >"$state/files"
	run -0 gp-takeout-pull --tidy
	has "$output" "the index has 2 files, and had 3 when exports were seen to be stored: nothing is deleted"
	same 2 "$(find drive -name 'takeout-*' | wc -l)"
	echo 2 >"$state/files"
	run -0 gp-takeout-pull --tidy
	same 0 "$(find drive -name 'takeout-*' | wc -l)"
}

@test "gp-takeout-pull: an export that was pulled and never stored stays at the remote" {
	long_only
	stamp=$(date -u -d "-10 days" +%Y%m%dT%H%M%SZ)
	export_of "$(date -u -d "-20 days" +%Y%m%dT%H%M%SZ)"
	export GP_TAKEOUT_DELETE_AFTER=1
	run -0 gp-takeout-pull
	store
	export_of "$stamp"
	run -0 gp-takeout-pull
	proved b2:x
	# deleted by hand before it was imported
	rm "$exports/takeout-$stamp"*
	run -0 gp-takeout-pull
	[ -e "drive/takeout-$stamp-001.zip" ]
	same "takeout-$stamp-001.zip takeout-$stamp-002.zip" "$(cd drive && echo takeout-*)"
}

@test "gp-takeout-pull: what was seen to be stored, and deleted here, may go at the remote later" {
	long_only
	stamp=$(date -u -d "-10 days" +%Y%m%dT%H%M%SZ)
	export_of "$stamp"
	export GP_TAKEOUT_DELETE_AFTER=1 GP_TAKEOUT_KEEP=no
	run -0 gp-takeout-pull
	store
	run -0 gp-takeout-pull --tidy
	has "$output" "2 files have fewer than 1 proved copies"
	has "$output" "takeout-$stamp-001.zip: deleted here"
	same 2 "$(find drive -name 'takeout-*' | wc -l)"
	proved b2:x
	run -0 gp-takeout-pull --tidy
	same 0 "$(find drive -name 'takeout-*' | wc -l)"
}

@test "gp-takeout-pull: an export that was lost here before it was stored stays at the remote" {
	long_only
	stamp=$(date -u -d "-20 days" +%Y%m%dT%H%M%SZ)
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$stamp"
	run gp-takeout-pull
	store
	for copy in b2:x wasabi:x; do
		gp-index --export | gp-hash --check --root "$GP_ARCHIVE" | gp-index --seen "$copy" >/dev/null
	done
	export_of "$now"
	run -0 gp-takeout-pull
	rm "$exports/takeout-$now"-*
	export GP_TAKEOUT_DELETE_AFTER=2
	run -0 gp-takeout-pull --tidy
	has "$output" "takeout-$stamp-001.zip: deleted at drive:"
	same "takeout-$now-001.zip takeout-$now-002.zip" "$(cd drive && echo takeout-*)"
}

@test "gp-takeout-pull: what is in the way of a part is said, and the part is not taken for pulled" {
	long_only
	now=$(date -u +%Y%m%dT%H%M%SZ)
	export_of "$now"
	mkdir -p "$exports"
	ln -s nowhere "$exports/takeout-$now-002.zip"
	run -2 gp-takeout-pull
	has "$output" "takeout-$now-002.zip came from elsewhere"
	rm "$exports/takeout-$now-002.zip"
	run -0 gp-takeout-pull
	for part in drive/takeout-*; do cmp "$part" "$exports/${part##*/}"; done
}
