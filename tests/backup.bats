#!/usr/bin/env bats
# gp-backup: the quarter as one command. It says the truth in one line, keeps
# what every run did, and finishes what an earlier one left.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load backup

setup_file() { google_start; }
teardown_file() { google_stop; }

setup() { backup_setup; }

@test "gp-backup: a folder, twice; one line that is true" {
	run --separate-stderr gp-backup dir:camera
	same 0 "$status"
	videos=$(find camera -name '*.mp4' | wc -l)
	same 1 "$videos"
	same "Downloaded $((files - 1)) new photos, 1 new video. Total archive: $files files, 0.0 GB. Next disc: 90.0 GB until threshold." "$output"
	same "$files" "$(summary '.sources[0].stored')"
	run --separate-stderr gp-backup dir:camera
	same 0 "$status"
	has "$output" "Downloaded 0 new photos, 0 new videos. Total archive: $files files, "
	same "$files $files 0" "$(summary '.sources[0] | "\(.listed) \(.known) \(.stored)"')"
	same 2 "$(find "$GP_ARCHIVE/.gp/runs" -name summary.json | wc -l)"
}

@test "gp-backup: numbers with commas, sizes in GB, the rest of the disc" {
	mkdir big
	for n in 3 7; do
		cp camera/IMG_0001.jpg "big/$n.jpg"
		truncate -s "${n}0M" "big/$n.jpg"
	done
	echo 'GP_DISC_THRESHOLD=1G' >gp.conf
	run --separate-stderr gp-backup -c gp.conf dir:big
	same "Downloaded 2 new photos, 0 new videos. Total archive: 2 files, 0.1 GB. Next disc: 0.9 GB until threshold." "$output"
	echo 'GP_DISC_THRESHOLD=100M' >gp.conf
	run --separate-stderr gp-backup -c gp.conf dir:big
	has "$output" "Next disc: 0.0 GB until threshold."
}

@test "gp-backup: sources of gp.conf, several, one that fails is named, the others are stored" {
	cat >gp.conf <<-END
		GP_SOURCES=dir:camera
		GP_SOURCES=dir:nowhere
		GP_SOURCES=album:Ezra Backup
	END
	run -2 --separate-stderr gp-backup -c gp.conf
	has "$stderr" "gp-list: dir:nowhere: No such file or directory"
	has "$stderr" "step store: failed"
	same "dir:camera 0 dir:nowhere 2 album:Ezra Backup 0" \
		"$(summary '[.sources[] | .source, .status] | join(" ")')"
	[ "$(summary '.sources[2].listed')" -gt 0 ]
	same failed "$(summary .state)"
	# what was said is kept
	grep -rq "No such file" "$GP_ARCHIVE"/.gp/runs/*/store.err
	# and each stage's words by themselves
	grep -q "No such file" "$GP_ARCHIVE"/.gp/runs/*/gp-list.stderr
	same "gp-fetch gp-hash gp-index-new gp-index-record gp-list" \
		"$(basename -s .stderr "$GP_ARCHIVE"/.gp/runs/*/*.stderr | xargs)"
}

@test "gp-backup: a listing that shrank is an alarm, nothing is removed" {
	gp-backup dir:camera
	see_runs
	rm camera/IMG_0001.jpg camera/IMG_0002.jpg
	run -1 --separate-stderr gp-backup dir:camera
	has "$stderr" "dir:camera: $((files - 2)) items, $files at the last run"
	has "$output" "Total archive: $files files"
	same warning "$(summary .state)"
}

@test "gp-backup: an album that vanished at Google is an alarm, what was stored stays" {
	gp-backup "album:Ezra Backup" >first
	stored=$(gp-index --stats | jq .files)
	google_set foreign=1
	GP_NOTIFY=webhook:http://127.0.0.1:1/ run -2 --separate-stderr gp-backup "album:Ezra Backup"
	has "$stderr" "Ezra Backup"
	has "$stderr" "step store: failed"
	has "$stderr" "webhook:http://127.0.0.1:1/...: not told"
	has "$output" "Total archive: $stored files"
	same failed "$(summary .state)"
	run -1 gp-report
	has "$output" "the last run: failed"
	same "$stored" "$(find "$GP_ARCHIVE"/ezra* -type f ! -name SHA256SUMS | wc -l)"
	# it is there again, with less in it
	google_set foreign= items=2
	run -1 --separate-stderr gp-backup "album:Ezra Backup"
	has "$stderr" "has something been deleted at the source? Nothing is removed here"
}

@test "gp-backup: killed anywhere, the next run finishes the work" {
	mkdir many
	for n in $(seq 150); do
		{ cat camera/IMG_0001.jpg; echo "$n"; } >"many/$n.jpg"
	done
	for wait in 0.05 0.2 0.4; do
		killed "$wait" gp-backup dir:many
	done
	killed_some
	run --separate-stderr gp-backup dir:many
	same 0 "$status"
	has "$output" "Total archive: 150 files"
	gp-index --check
	same "" "$(find "$GP_ARCHIVE/.gp/staging" -type f)"
}

@test "gp-backup: two at once on one archive" {
	cp -r camera second
	gp-backup dir:camera >a 2>&1 3>&- &
	gp-backup dir:second >b 2>&1 || fail "$(cat b)"
	wait $! || fail "$(cat a)"
	same "$files" "$(gp-index --stats | jq .files)"
	same 2 "$(find "$GP_ARCHIVE/.gp/runs" -name summary.json | wc -l)"
}

@test "gp-backup: a stage that can't be run, never success" {
	mkdir bin
	for tool in "$GP_BIN"/gp-*; do ln -s "$tool" bin/; done
	rm bin/gp-hash
	printf '#!/bin/sh\nexit 127\n' >bin/gp-hash
	chmod +x bin/gp-hash
	PATH=$PWD/bin:$PATH run -2 --separate-stderr gp-backup dir:camera
	has "$stderr" "stage gp-hash: could not be run"
	# what gp-fetch had whole when its reader was gone may have been taken in, no
	# more than that is claimed
	stored=$(find "$GP_ARCHIVE" -path "$GP_ARCHIVE/.gp" -prune -o -type f ! -name SHA256SUMS -print | wc -l)
	has "$output" "Total archive: $stored file"
	same failed "$(summary .state)"
	# and the work is done once it can be
	run -0 --separate-stderr gp-backup dir:camera
	has "$output" "Total archive: $files files"
}

@test "gp-backup: notices of start and end, and a notifier that fails is no failure" {
	export GP_NOTIFY=webhook:http://127.0.0.1:1/x
	run -0 --separate-stderr gp-backup dir:camera
	has "$stderr" "webhook:http://127.0.0.1:1/...: not told"
	has "$output" "Total archive: $files files"
}

@test "gp-backup: copies go out and are proved; one remote down is said, the other is served" {
	mkdir usb
	printf 'GP_REMOTES=%s nosuch:bucket\n' "$PWD/usb" >gp.conf
	run -1 --separate-stderr gp-backup -c gp.conf dir:camera
	has "$stderr" "nosuch:bucket"
	has "$stderr" "step replicate: done, with failures"
	same "store 0 replicate 1 drill 1 report 0" "$(summary '[.steps[] | .step, .status] | join(" ")')"
	same "$files" "$(gp-index --stats | jq ".copies[] | select(.copy == \"$PWD/usb\").files")"
	(cd usb/photos* && sha256sum -c --strict --quiet SHA256SUMS)
	printf 'GP_REMOTES=%s\n' "$PWD/usb" >gp.conf
	run -0 --separate-stderr gp-backup -c gp.conf dir:camera
	same ok "$(summary .state)"
}

@test "gp-backup: what rots at a copy is found by the budget, and mended" {
	long_only
	mkdir usb
	printf 'GP_REMOTES=%s\nGP_SCRUB_BUDGET=100%%\n' "$PWD/usb" >gp.conf
	run -0 --separate-stderr gp-backup -c gp.conf dir:camera
	printf x | dd of="$(echo usb/photos*/IMG_0001.jpg)" bs=1 seek=9000 conv=notrunc 2>/dev/null
	run --separate-stderr gp-backup -c gp.conf dir:camera
	has "$stderr" "IMG_0001.jpg"
	(cd usb/photos* && sha256sum -c --strict --quiet SHA256SUMS)
	run -0 --separate-stderr gp-backup -c gp.conf dir:camera
	run -0 env GP_SAFE_COPIES=2 gp-report -c gp.conf
}

# bats test_tags=unsanitized
@test "gp-backup: a clock that was set back: the last run is still the last" {
	long_only
	run -2 --separate-stderr in_days 2 gp-backup dir:nowhere
	run -0 in_days 1 gp-backup dir:camera
	# what is fewer than half of the run before, not of the one with the latest time
	rm camera/*_000[2-9]*
	run -1 --separate-stderr gp-backup dir:camera
	has "$stderr" "dir:camera: 1 items, $files at the last run"
	run gp-report --json
	same "warning ok failed" "$(jq -r '[.runs[].state] | join(" ")' <<<"$output")"
	run gp-doctor schedule
	has "$output" "the last run ended on $(summary '.ended[:10]')"
}

# bats test_tags=unsanitized
@test "gp-backup: two runs of one PID within a second, as in containers, have a folder each" {
	long_only
	[ "$(id -u)" -eq 0 ] || skip "needs root for a PID name space"
	unshare -pf true || skip "needs PID name spaces"
	mkdir -p "$GP_ARCHIVE/.gp/runs/20260501T1000"{00..59}Z-1
	run -0 faketime '2026-05-01 10:00:00' unshare -pf gp-backup dir:camera
	same "" "$(find "$GP_ARCHIVE/.gp/runs/20260501T1000"{00..59}Z-1 -type f)"
	same 0 "$(summary .status)"
}

@test "gp-backup: --if-due runs once a quarter, and again after a run that failed" {
	run -2 gp-backup --if-due dir:nowhere
	run -0 --separate-stderr gp-backup --if-due dir:camera
	has "$output" "Total archive: $files files"
	run -0 --separate-stderr gp-backup --if-due dir:camera
	same "" "$output$stderr"
	# another source is another matter, one that failed is tried again
	run -2 --separate-stderr gp-backup --if-due dir:nowhere
	# in the next quarter
	for summary in "$GP_ARCHIVE"/.gp/runs/*/summary.json; do
		jq '.ended = "2020-01-01T00:00:00Z"' "$summary" >new
		cp new "$summary"
	done
	run -0 --separate-stderr gp-backup --if-due dir:camera
	has "$output" "Total archive: $files files"
}

@test "gp-backup: --if-due tries again while Google is not ready with a video, and says so" {
	long_only
	google_set processing=VID_0006.mp4
	run -0 --separate-stderr gp-backup --if-due "album:Ezra Backup"
	before=$(gp-index --stats | jq .files)
	has "$stderr" "album:Ezra Backup: not done: 1 item is not ready at Google yet"
	run -0 --separate-stderr gp-backup --if-due "album:Ezra Backup"
	has "$output" "Downloaded 0 new photos, 0 new videos."
	has "$stderr" "not done: 1 item is not ready"
	google_set processing=
	run -0 --separate-stderr gp-backup --if-due "album:Ezra Backup"
	has "$output" "Downloaded 0 new photos, 1 new video. Total archive: $((before + 1)) files"
	has_not "$stderr" "not done"
	# and now it is done for this quarter
	run -0 --separate-stderr gp-backup --if-due "album:Ezra Backup"
	same "" "$output$stderr"
}

@test "gp-backup: -n writes nothing; --only, --skip; usage" {
	run -0 --separate-stderr gp-backup -n dir:camera
	same "dir:camera: $files new" "$output"
	[ ! -e "$GP_ARCHIVE/.gp/runs" ]
	run -0 --separate-stderr gp-backup --only store dir:camera
	has "$output" "Total archive: $files files"
	cp camera/IMG_0001.jpg camera/new.jpg
	echo >>camera/new.jpg
	run -0 --separate-stderr gp-backup --skip store dir:camera
	has "$output" "Total archive: $files files"
	run -2 gp-backup
	has "$output" "nothing to back up: name a SOURCE"
	run -2 gp-backup --only everything dir:camera
	has "$output" "there is no such step; there are pull store replicate discs scrub drill tidy report"
	run -2 gp-backup --fast dir:camera
	has "$output" "unknown option --fast"
}

@test "gp-backup: a sign-in that is needed is exit 3, and said" {
	google_set token=invalid_grant || true
	export GP_TOKEN_CMD='echo "gp-auth: sign in again: gp-auth login" >&2; exit 3'
	run -3 --separate-stderr gp-backup "album:Ezra Backup"
	has "$stderr" "sign in again"
	same person "$(summary .state)"
}

@test "gp-backup: a full disk is never success, and everyone is told" {
	[ "$(id -u)" -eq 0 ] || skip "needs to mount a small disk"
	mkdir small bin
	printf '#!/bin/sh\ncat >>"%s/mail"\n' "$PWD" >bin/sendmail
	chmod +x bin/sendmail
	mount -t tmpfs -o size=1m none small || skip "needs the right to mount"
	export GP_NOTIFY=mail:a@example.org PATH=$PWD/bin:$PATH GP_ARCHIVE=$PWD/small/archive
	for room in 0 100; do
		rm -rf small/* mail
		archive_new
		head -c 2m /dev/zero >small/fill 2>/dev/null || true
		truncate -s "-${room}K" small/fill
		run --separate-stderr gp-backup dir:camera
		said=$(sed '1,/^$/d' mail | base64 -d)
		same 2 "$status"
		has "$said" "Not all is well"
		has "$said" "store: failed (status 2); is the disk full?"
		# not even what the run is about was written down
		[ "$room" -gt 0 ] || has "$said" "can't be written: is the disk full?"
	done
}

@test "gp-backup: counts that can't be read are no success" {
	mkdir bin
	# shellcheck disable=SC2016 # for the script
	printf '#!/bin/sh\n"%s/gp-hash" "$@"\necho "{cut" >>"$GP_ARCHIVE/.gp/runs/$GP_RUN/counts.ndjson"\n' "$GP_BIN" >bin/gp-hash
	chmod +x bin/gp-hash
	PATH=$PWD/bin:$PATH run -2 gp-backup dir:camera
	has "$output" "nobody knows what came of it"
}

@test "gp-backup: a source whose counts a full disk has cut is no success, the next one is" {
	mkdir bin other
	cp "$DATA/more/IMG_0008.jpg" other/
	# shellcheck disable=SC2016 # for the script
	printf '#!/bin/sh\n"%s/gp-index" "$@" || exit\n[ "$1" != --record ] || [ -e cut ] || {\n\ttouch cut\n\tprintf %%s "{cut" >>"$GP_ARCHIVE/.gp/runs/$GP_RUN/counts.ndjson"\n}\n' "$GP_BIN" >bin/gp-index
	chmod +x bin/gp-index
	PATH=$PWD/bin:$PATH run -2 gp-backup dir:camera dir:other
	same camera "$(sed -n "s|^gp-backup: dir:\([a-z]*\): .* nobody knows what came of it$|\1|p" <<<"$output")"
	same "dir:other 0 1" "$(jq -r '"\(.source) \(.status) \(.stored)"' "$GP_ARCHIVE"/.gp/runs/*/sources.jsonl)"
}

@test "gp-backup: a record that vanishes on the way is no success, nor a stage that counts nothing" {
	mkdir bin
	printf '#!/bin/sh\n"%s/gp-hash" "$@" | sed 1d\n' "$GP_BIN" >bin/gp-hash
	chmod +x bin/gp-hash
	PATH=$PWD/bin:$PATH run -2 gp-backup dir:camera
	has "$output" "$files items were listed, but only $((files - 1)) are accounted for"
	printf '#!/bin/sh\nunset GP_RUN\nexec "%s/gp-hash" "$@"\n' "$GP_BIN" >bin/gp-hash
	PATH=$PWD/bin:$PATH run -2 gp-backup dir:camera
	has "$output" "only 4 of 5 stages wrote their counts"
}

@test "gp-backup: ended by a signal, it says so, to the next report too" {
	mkdir bin
	printf '#!/bin/sh\ntouch "%s/started"\nexec sleep %d\n' "$PWD" $((PATIENCE * 5)) >bin/gp-fetch
	chmod +x bin/gp-fetch
	PATH=$PWD/bin:$PATH gp-backup dir:camera >out 2>err 3>&- &
	pid=$!
	wait_for test -e started
	kill -TERM "$pid"
	wait "$pid" || status=$?
	same 2 "$status"
	has "$(cat err)" "ended by a signal (TERM)"
	same failed "$(summary .state)"
}

# quarter_in LANGUAGE: a backup and what one asks afterwards, with what each said;
# in $PWD/LANGUAGE, without that name and the time
quarter_in() {
	local top=$PWD/$1
	mkdir "$top"
	(
		export LC_ALL=$1 GP_ARCHIVE=$top/archive
		archive_new
		printf 'GP_REMOTES="%s/usb"\nGP_DISC_THRESHOLD=1K\nGP_DISC_CAPACITY=20000000\n' "$top" >"$top/gp.conf"
		mkdir "$top/usb"
		for command in "gp-backup dir:camera" gp-report; do
			# shellcheck disable=SC2086 # words of a command
			$command -c "$top/gp.conf" && status=0 || status=$?
			echo "$command: $status"
		done
		gp-restore --from "$top/usb" --to "$top/back"
		gp-disc verify GP-0001 "$GP_ARCHIVE/burn/GP-0001.iso"
		gp-index --check
	) 2>&1 | sed -E "s|$top|TOP|g; s/as fast as the last drill.*//; s/20[0-9]{2}-[0-9]{2}-[0-9]{2}/DAY/g; s/would take .*//; s/\([0-9a-f-]{36}\)//"
}

# glibc's setlocale() does not free what it made of LOCPATH
# bats test_tags=unsanitized
@test "gp-backup: in a language with decimal commas all is done, and said as ever" {
	long_only
	mkdir locale
	localedef -i de_DE -f UTF-8 locale/de_DE.UTF-8 2>/dev/null || skip "needs the sources of locales"
	export LOCPATH=$PWD/locale
	same 1,5 "$(LC_ALL=de_DE.UTF-8 bash -c 'printf %.1f 1,5')"
	quarter_in C.UTF-8 >want
	quarter_in de_DE.UTF-8 >got
	diff want got
	has "$(cat want)" "6 of 6 files restored"
	has "$(cat want)" "gp-backup dir:camera: 0"
}
