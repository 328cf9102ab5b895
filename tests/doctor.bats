#!/usr/bin/env bats
# gp-doctor: each thing that is wrong is found, and the cure is named.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	PATH=$TESTS/../pipelines:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	export RCLONE_CONFIG=$PWD/rclone.conf
	: >rclone.conf
	mkdir camera
	cp "$DATA/album/IMG_0001.jpg" "$DATA/album/IMG_0002.jpg" camera/
	gp-backup dir:camera >/dev/null
}

@test "gp-doctor: nothing wrong is exit 0, as text and as JSON" {
	# of this machine's disk and clock nothing is asked
	mkdir bin
	printf '#!/bin/sh\necho yes\n' >bin/timedatectl
	printf '#!/bin/sh\nprintf "head\\ndisk 1000000000 0 900000000 10%%%% /\\n"\n' >bin/df
	chmod +x bin/*
	# the clock may be set back by an hour meanwhile
	local summary
	summary=$(echo "$GP_ARCHIVE"/.gp/runs/*/summary.json)
	jq --arg at "$(date -u -d '-1 day' +%FT%TZ)" '.ended = $at' "$summary" >changed
	cp changed "$summary"
	PATH=$PWD/bin:$PATH run -0 --separate-stderr gp-doctor programs archive index space clock
	has_not "$output" "warning"
	has "$output" "the index is sound, every file is where it should be"
	run -0 --separate-stderr gp-doctor --json programs archive index
	same ok "$(jq -r .level <<<"$output" | sort -u)"
	same "archive index programs" "$(jq -r .check <<<"$output" | sort -u | paste -sd' ')"
}

@test "gp-doctor: what it or gp-safe left as they were killed is gone with the next run" {
	local program
	slow_program gp-index false
	for program in "gp-doctor index" "gp-safe Ezra"; do
		rm -f slow
		# shellcheck disable=SC2086 # words
		PATH=$PWD/bin:$PATH group_start $program
		wait_for test -e slow
		group_kill
		[ -n "$(ls -A "$TMPDIR")" ] || fail "$program left nothing"
	done
	mkdir "$TMPDIR/gp-doctor.mine.abcdef" "$TMPDIR/elsewhere"
	ln -s elsewhere "$TMPDIR/gp-doctor.scratch.abcdef"
	run gp-doctor clock
	same "elsewhere gp-doctor.mine.abcdef gp-doctor.scratch.abcdef" "$(cd "$TMPDIR" && echo *)"
}

@test "gp-doctor: a file that is gone, an index that is broken" {
	rm "$GP_ARCHIVE"/*/IMG_0001.jpg
	run -2 gp-doctor index
	has "$output" "error    index"
	has "$output" "IMG_0001.jpg"
	printf rubbish >"$GP_ARCHIVE/.gp/index.db"
	run -2 gp-doctor index
}

@test "gp-doctor: an archive that can't be written, or is none" {
	run -1 gp-doctor -C nowhere archive
	has "$output" "nowhere: there is no archive: mount its disk, or make one with gp-index --init"
	[ "$(id -u)" -eq 0 ] || {
		chmod a-w "$GP_ARCHIVE"
		run -2 gp-doctor archive
		chmod u+w "$GP_ARCHIVE"
		has "$output" "can't be written by you"
	}
}

@test "gp-doctor: a disk that is nearly full, an archive that outgrows it" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small disk"
	mkdir small
	mount -t tmpfs -o size=20m none small || skip "needs the right to mount"
	gp-index -C small --init
	mkdir -p small/.gp/runs/a small/.gp/runs/b
	for run in a b; do
		ended=$(date -u -d "$([ "$run" = a ] && echo 180 || echo 1) days ago" +%FT%TZ)
		jq -n --arg e "$ended" --argjson b "$([ "$run" = a ] && echo 0 || echo 14000000)" \
			'{ended: $e, archive: {files: 1, bytes: $b}}' >"small/.gp/runs/$run/summary.json"
	done
	run --separate-stderr gp-doctor -C small space
	first="$status $output"
	head -c 19500K /dev/zero >small/full
	run --separate-stderr gp-doctor -C small space
	umount small
	has "$first" "1 warning"
	has "$first" "grows by 7.2MB in a quarter: room for 2 more"
	same 2 "$status"
	has "$output" "make room"
}

@test "gp-doctor: a file of settings that others may read or write" {
	printf 'GP_ARCHIVE=%s\nGP_NOTIFY=ping:http://127.0.0.1:1/secret\n' "$GP_ARCHIVE" >gp.conf
	chmod 600 gp.conf
	run -0 gp-doctor -c gp.conf settings
	chmod 644 gp.conf
	run -1 gp-doctor -c gp.conf settings
	has "$output" "chmod 600 gp.conf"
	chmod 666 gp.conf
	run -2 gp-doctor -c gp.conf settings
	has "$output" "chmod o-w gp.conf"
}

@test "gp-doctor: a budget or a price of a remote that is none of GP_REMOTES" {
	export GP_REMOTES="$PWD/one" GP_SCRUB_BUDGET="5% $PWD/one=2G" GP_READ_PRICE="$PWD/oen=0.01"
	run -1 gp-doctor settings
	has "$output" "GP_READ_PRICE=$PWD/oen=0.01: GP_REMOTES has no $PWD/oen: is it spelled right?"
	has_not "$output" GP_SCRUB_BUDGET
}

@test "gp-doctor: remotes that are there, are not, can't be written" {
	mkdir usb
	export GP_REMOTES="$PWD/usb nosuch:bucket"
	run -2 gp-doctor remotes
	has "$output" "ok       remotes   $PWD/usb can be listed and written"
	has "$output" "error    remotes   nosuch:bucket can't be listed"
	same "" "$(ls -A usb)"
	: >file
	GP_REMOTES=$PWD/file/below run -2 gp-doctor remotes
}

@test "gp-doctor: nobody is told, no dead-man's switch, a notice that does not arrive" {
	run -1 gp-doctor notices
	has "$output" "nobody is told anything: set GP_NOTIFY"
	export GP_NOTIFY=webhook:http://127.0.0.1:1/secret
	run -1 gp-doctor notices
	has "$output" "no dead-man's switch"
	run -2 gp-doctor --send-test notices
	has "$output" "webhook:http://127.0.0.1:1/...: not told"
	has_not "$output" secret
}

@test "gp-doctor: exports that are late, drills that are due, a run that is long ago" {
	export GP_TAKEOUT_REMOTE=$PWD/drive GP_REMOTES=$PWD/usb
	mkdir -p "$GP_ARCHIVE/.gp/exports"
	run -1 gp-doctor exports drills
	has "$output" "no export was pulled yet"
	has "$output" "was ever tried: run gp-drill"
	touch "$GP_ARCHIVE/.gp/exports/takeout-$(date -u -d '80 days ago' +%Y%m%d)T000000Z-001.zip"
	run -2 gp-doctor exports
	has "$output" " days ago; one is due every two months"
	touch "$GP_ARCHIVE/.gp/exports/takeout-$(date -u +%Y%m%d)T000000Z-001.zip"
	run -0 gp-doctor exports
	jq -nc --arg t "$(date -u -d '200 days ago' +%FT%TZ)" '{time: $t, copy: env.GP_REMOTES, result: "ok"}' >"$GP_ARCHIVE/.gp/drills.ndjson"
	run -1 gp-doctor drills
	has "$output" "the last restore drill from"
	jq -nc --arg t "$(date -u +%FT%TZ)" '{time: $t, copy: env.GP_REMOTES, result: "ok"}' >>"$GP_ARCHIVE/.gp/drills.ndjson"
	run -0 gp-doctor drills
	summary=$(find "$GP_ARCHIVE/.gp/runs" -name summary.json)
	jq '.ended = "2026-01-01T00:00:00Z"' "$summary" >new
	cp new "$summary"
	run -2 gp-doctor schedule
	has "$output" "the last run ended on 2026-01-01, more than a quarter ago: run gp-backup"
	jq '.ended = "2126-01-01T00:00:00Z"' new >"$summary"
	run -2 gp-doctor clock
	has "$output" "but the last run ended on 2126-01-01: set the clock"
}

@test "gp-doctor: a sign-in that is missing, a folder that is gone" {
	export GP_SOURCES=dir:/nowhere
	run -2 gp-doctor sources
	has "$output" "dir:/nowhere: there is no such folder"
	export GP_SOURCES="album:Ezra"
	run -2 gp-doctor sources
	has "$output" "gp-auth login"
}

@test "gp-doctor: a last run that failed, a copy that was never drilled, keys that all may read, programs that lack" {
	summary=$(find "$GP_ARCHIVE/.gp/runs" -name summary.json)
	jq '.state = "failed"' "$summary" >new
	cp new "$summary"
	run -2 gp-doctor schedule
	has "$output" "failed: gp-report says why"
	export GP_REMOTES="$PWD/one $PWD/two/"
	jq -nc --arg t "$(date -u +%FT%TZ)" --arg c "$PWD/one" '{time: $t, copy: $c, result: "ok"}' >"$GP_ARCHIVE/.gp/drills.ndjson"
	run -1 gp-doctor drills
	has "$output" "ok       drills    the last restore drill from $PWD/one was on"
	has "$output" "warning  drills    no restore from $PWD/two was ever tried: run gp-drill"
	jq -nc --arg t "$(date -u +%FT%TZ)" --arg c "$PWD/two" '{time: $t, copy: $c, result: "ok"}' >>"$GP_ARCHIVE/.gp/drills.ndjson"
	run -0 gp-doctor drills
	echo "[b2]" >"$RCLONE_CONFIG"
	chmod 600 "$RCLONE_CONFIG"
	run -0 gp-doctor settings
	chmod 644 "$RCLONE_CONFIG"
	run -2 gp-doctor settings
	has "$output" "everybody here may read it: chmod 600 $RCLONE_CONFIG"
	# every program but three
	mkdir few
	ln -s /usr/bin/* few/
	rm few/{xorriso,par2,curl}
	GP_DISC_CAPACITY=bd25 GP_NOTIFY=ping:http://127.0.0.1:1/ PATH="$GP_BIN:$TESTS/../pipelines:$PWD/few" run -2 gp-doctor programs
	has "$output" "xorriso is not installed"
	has "$output" "par2 is not installed"
	has "$output" "curl is not installed, and ping: needs it"
}

@test "gp-doctor: usage" {
	run -2 gp-doctor everything
	has "$output" "everything: there is no such check; there are programs"
}

@test "gp-doctor: an archive without any run, an index that is gone" {
	archive_new bare
	run --separate-stderr gp-doctor -C bare
	has "$output" "gp-backup has not run yet"
	has "$output" "space"
	rm "$GP_ARCHIVE"/.gp/index.db*
	run -2 gp-doctor index
	has "$output" "index.db is gone, but there are photos"
	has "$output" "gp-index --rebuild"
}

@test "gp-doctor: a run's summary that was cut is said, the other checks go on" {
	printf '{"run": ' >"$(find "$GP_ARCHIVE/.gp/runs" -name summary.json)"
	run gp-doctor
	has "$output" "summary.json can't be read"
	has "$output" "gp-backup has not run yet"
	has "$output" "UTC"
	run --separate-stderr gp-report
	has "$stderr" "summary.json can't be read and is left out"
	has "$output" "Is everything safe? No"
}

@test "gp-doctor: every source is looked at, not only those before the first of Google's" {
	printf 'GP_SOURCES=album:X\nGP_SOURCES=dir:/gone\n' >gp.conf
	chmod 600 gp.conf
	run -2 gp-doctor -c gp.conf sources
	has "$output" "dir:/gone: there is no such folder"
}

@test "gp-doctor: a cron line is seen, whatever else this machine lacks" {
	mkdir -p bin
	printf '#!/bin/sh\necho "30 3 * * * /usr/bin/gp-backup --if-due"\n' >bin/crontab
	printf '#!/bin/sh\nexit 1\n' >bin/systemctl
	chmod +x bin/crontab bin/systemctl
	PATH=$PWD/bin:$PATH run -0 gp-doctor schedule
	has "$output" "gp-backup is scheduled"
	printf '#!/bin/sh\necho "#30 3 * * * /usr/bin/gp-backup --if-due"\n' >bin/crontab
	PATH=$PWD/bin:$PATH run -1 gp-doctor schedule
	has "$output" "nothing runs by itself"
}
