#!/usr/bin/env bats
# A picking session through the whole pipe: it lives until all that was picked is
# stored, whatever happens on the way, and nobody has to pick twice.
# builds: plain long:san
# shellcheck disable=SC2119 # pipe may go without
bats_require_minimum_version 1.5.0
load helper
load pipeline

setup_file() { google_start; }
teardown_file() { google_stop; }

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	# shellcheck source=../pipelines/lib.sh
	. "$TESTS/../pipelines/lib.sh"
	all=$(find "$DATA/album" -type f | wc -l)
}

# pick_all: a session, in which a person has picked the whole album
pick_all() {
	run -3 gp-list --no-wait picker:
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
}

# pipe [ARGUMENT...]: the main job, that waits for nobody, into the file `out`
# shellcheck disable=SC2120 # given through run
pipe() {
	store_new --no-wait "$@" picker: >out 2>err
}

# sent METHOD PATTERN: how many such requests went well
sent() {
	google_log "[.[] | select(.method == \"$1\" and .status >= 200 and .status < 300 and (.path | test(\"$2\")))] | length"
}

# sessions: how many were made and how many deleted
sessions() {
	echo "$(sent POST '/v1/sessions$') $(sent DELETE /v1/sessions/)"
}

stored() { gp-index --stats | jq .files; }

# whole WHAT: all that was picked is in the archive, to the byte
whole() {
	local file
	for file in "$DATA"/album/*; do
		cmp "$file" "$GP_ARCHIVE"/photos-*/"${file##*/}" || {
			fail "$1"
			return 1
		}
	done
	same "$all" "$(sums_check "$GP_ARCHIVE")" "$1"
}

# let_go WHAT: the next listing deletes the session, once, and begins another
let_go() {
	same "1 0" "$(sessions)" "$1"
	run -3 pipe
	same "2 1" "$(sessions)" "$1"
}

# goes_on WHAT: the next run brings what is missing; where all was staged before
# its --record may have stored that before its gp-list looks
goes_on() {
	run pipe
	whole "$1"
	if [ "$status" -eq 3 ]; then
		same "2 1" "$(sessions)" "$1"
	else
		same 0 "$status" "$1"
		let_go "$1"
	fi
}

@test "session: all is stored: the next gp-list deletes it and begins another" {
	pick_all
	run -0 pipe
	whole all
	let_go all
	same "$all" "$(down)"
}

@test "session: a video that Google was still processing comes with the next run, and nothing else" {
	google_set processing=VID_0006.mp4
	pick_all
	run -0 pipe
	same "$((all - 1))" "$(stored)"
	run -0 pipe
	same "$((all - 1)) 1 0" "$(down) $(sessions)"
	google_set processing=
	run -0 pipe
	same VID_0006.mp4 "$(jq -r .filename out)"
	same "$all" "$(down)"
	whole processed
	let_go processed
}

@test "session: what --limit left comes with the next run, and nothing else" {
	pick_all
	run -0 pipe --limit 2
	same "2 1 0" "$(stored) $(sessions)"
	run -0 pipe
	same "$((all - 2))" "$(wc -l <out)"
	same "$all" "$(down)"
	whole --limit
	let_go --limit
}

@test "session: what a listing that broke off never told comes with the next run" {
	google_set page_size=2 repeat_token=1
	pick_all
	run -2 pipe
	google_set repeat_token=
	same "4 1 0" "$(stored) $(sessions)"
	run -0 pipe
	whole "broke off"
	let_go "broke off"
}

@test "session: what failed comes with the next run, or is accepted" {
	google_set media_fail=404:1
	pick_all
	run -1 pipe
	id=$(jq -r 'select(.error).id' out)
	google_set media_fail=404:1
	run -1 pipe
	same "$((all - 1)) 1 0" "$(stored) $(sessions)"
	gp-index --accept "$id" "it is broken"
	let_go accepted
}

@test "session: what was accepted before it was picked again is to be had again" {
	google_set picker_ids=library failed=VID_0006.mp4
	pick_all
	run -1 pipe
	gp-index --accept "$(jq -r 'select(.error).id' out)" "Google gave it up"
	google_set failed=
	run -3 pipe
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
	# told, and lost on the way
	gp-list --no-wait picker: | gp-index --new >/dev/null
	# it fails for once, in the session, which is no reason to call it accepted
	google_set media_fail=404:1
	run -1 pipe
	google_set media_fail=
	run -0 pipe
	whole "picked again"
	same "2 1" "$(sessions)"
}

@test "session: an archive that lost its id loses no photo by that: the index inside is asked" {
	pick_all
	run -0 pipe
	rm "$GP_ARCHIVE/.gp/archive"
	curl -sf -X POST "$GP_TEST_CONTROL/end-sessions" >/dev/null
	run -3 gp-list --no-wait picker:
	has_not "$output" "is not stored"
	has_not "$output" lost
}

@test "session: what is accepted again in its session is settled" {
	google_set picker_ids=library failed=VID_0006.mp4
	pick_all
	run -1 pipe
	id=$(jq -r 'select(.error).id' out)
	gp-index --accept "$id" "Google gave it up"
	run -3 pipe
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
	run -1 pipe
	run -1 pipe
	same "2 1" "$(sessions)"
	# a state that an earlier gp wrote does not say since when
	jq -c 'del(.afterEvent)' "$GP_ARCHIVE/.gp/listings/picker-default.json" >state
	cp state "$GP_ARCHIVE/.gp/listings/picker-default.json"
	run -1 pipe
	same "2 1" "$(sessions)"
	has "$(<err)" "accepted before it was picked again: where it fails for good, \`gp-index --accept '$id' REASON\`"
	gp-index --accept "$id" "Google gave it up, again"
	run -3 pipe
	same "3 2" "$(sessions)"
}

@test "session: while one run lists it no other deletes it, though all be stored by then" {
	local lister other
	google_set media_fail=404:1
	pick_all
	run -1 pipe
	id=$(jq -r 'select(.error).id' out)
	google_set hold=mediaItems
	gp-list --no-wait picker: >listed 2>err 3>&- &
	lister=$!
	wait_for test -e "$GOOGLE_DIR/held-1"
	gp-index --accept "$id" "it is broken"
	# another does what it would do now, and waits as the first one does
	gp-list --no-wait picker: >again 2>err.again 3>&- &
	other=$!
	wait_for test -e "$GOOGLE_DIR/held-2"
	google_set hold=
	status=0
	wait "$lister" || status=$?
	same 0 "$status" "$(cat err)"
	wait "$other" || status=$?
	same 0 "$status" "$(cat err.again)"
	same "$(wc -l <listed)" "$(wc -l <again)"
	has "$(<err)" "not all of it is stored yet"
	has "$(<err.again)" "another gp-list is listing at this moment"
	let_go "listed twice"
}

@test "session: whichever stage is killed, the session lives until the next runs have stored all" {
	local dies n
	# LeakSanitizer and ptrace don't go together
	local -x ASAN_OPTIONS=$NO_LEAKS
	for dies in list new fetch hash record; do
		for n in $(seq "$(rounds 1 6)"); do
			google_reset
			archive_new
			pick_all
			with_killed "$dies" write "$n" --no-wait picker: >out 2>>err
			same "1 0" "$(sessions)" "$dies killed at write $n"
			# what was staged may be adopted before gp-list looks
			pipe || [ $? -eq 3 ] || fail "$dies killed at write $n: $(cat err)"
			whole "$dies killed at write $n"
			pipe || [ $? -eq 3 ] || fail "$dies killed at write $n: $(cat err)"
			same "2 1" "$(sessions)" "$dies killed at write $n"
		done
	done
	[ "$struck" -ge 5 ] || fail "$struck were killed"
}

# fill FOLDER BYTES: leaves so many there
fill() {
	local free
	free=$(($(stat -f -c '%a * %S' "$1")))
	head -c "$((free > $2 ? free - $2 : 0))" /dev/zero >"$1/filler"
}

@test "session: a full disk of the index: nothing is given up, and the next run stores all" {
	long_only
	local room
	mkdir small
	mount -t tmpfs -o size=4m none small || skip "needs the right to mount"
	for room in 0 40000 100000; do
		google_reset
		archive_new
		rm -f small/*
		mv "$GP_ARCHIVE/.gp/index.db" small/
		export GP_INDEX=$PWD/small/index.db
		pick_all
		fill small "$room"
		run pipe
		same "1 0" "$(sessions)" "with $room bytes"
		# what fits is stored
		[ "$status" -ge 2 ] || { [ "$room" -gt 0 ] && whole "with $room bytes"; } || fail "with $room bytes: $status"
		rm small/filler
		goes_on "with $room bytes"
		unset GP_INDEX
	done
}

@test "session: a full disk of the archive: nothing is given up, and the next run stores all" {
	local room
	mkdir small
	mount -t tmpfs -o size=16m none small || skip "needs the right to mount"
	GP_ARCHIVE=$PWD/small/archive
	for room in 100000 300000; do
		google_reset
		archive_new
		pick_all
		fill small "$room"
		run pipe
		same "1 0" "$(sessions)" "with $room bytes"
		# what fits is stored
		[ "$status" -ge 2 ] || { [ "$room" -gt 0 ] && whole "with $room bytes"; } || fail "with $room bytes: $status"
		rm small/filler
		goes_on "with $room bytes"
	done
}

@test "session: known photos that a killed gp-index --new put into no album are listed again" {
	google_set picker_ids=library
	pick_all
	run -0 pipe
	same "$all" "$(stored)"
	# the same photos are picked into an album
	run -3 gp-list --no-wait --album Ezra picker:
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
	run -0 gp-list --no-wait --album Ezra picker:
	run -0 pipe --album Ezra
	same "Ezra $all" "$(gp-index --stats | jq -r '.albums[] | "\(.title) \(.files)"')"
}

@test "session: a gp-list that ends late does not write over the session that another one began" {
	local late
	run -3 gp-list --no-wait picker:
	gp-list picker: >late 2>&1 3>&- &
	late=$!
	wait_for grep -q 'open this link' late
	first=$(jq -r .id "$GP_ARCHIVE/.gp/listings/picker-default.json")
	run -3 gp-list --no-wait picker:new
	second=$(jq -r .id "$GP_ARCHIVE/.gp/listings/picker-default.json")
	[ "$first" != "$second" ]
	# the person presses Done in the first
	curl -sf -X POST --cacert "$GP_CA_FILE" "$GP_PICKER_URL/picker/$first" >/dev/null
	wait "$late" || fail "$(cat late)"
	same "$second" "$(jq -r .id "$GP_ARCHIVE/.gp/listings/picker-default.json")"
	same "$first" "$(jq -r .id "$GP_ARCHIVE/.gp/listings"/old-*.json)"
	# what it listed is known by name there
	same "$all true" "$(jq -r '"\(.told | length) \(.whole)"' "$GP_ARCHIVE/.gp/listings"/old-*.json)"
}

@test "session: on a disk without file locks none is begun, for two at once would begin two" {
	export ASAN_OPTIONS=$NO_LEAKS
	run -2 --separate-stderr strace -qq -f -o /dev/null -e trace=flock -e inject=flock:error=ENOLCK \
		gp-list --no-wait picker:
	has "$stderr" "cannot lock .gp/listings: its disk has no file locks"
	same 0 "$(sent POST '/v1/sessions$')"
}

@test "session: over the index of another archive none is deleted" {
	pick_all
	run -0 pipe
	# another archive, where the same are picked; the first is of before archives had ids
	sqlite3 "$GP_ARCHIVE/.gp/index.db" 'DELETE FROM archive'
	export GP_INDEX=$GP_ARCHIVE/.gp/index.db
	(unset GP_INDEX && archive_new "$PWD/other")
	cp -r "$GP_ARCHIVE/.gp/listings" other/.gp/
	GP_ARCHIVE=$PWD/other run -2 --separate-stderr gp-list --no-wait picker:
	has "$stderr" "this index has no id yet, and $PWD/other has one"
	GP_ARCHIVE=$PWD/other run -2 --separate-stderr gp-fetch </dev/null
	has "$stderr" "this index has no id yet, and $PWD/other has one"
	same "1 0" "$(sessions)"
}

@test "session: one that Google has forgotten: what is lost is said by name, and another begun" {
	google_set processing=VID_0006.mp4 media_fail=404:1
	pick_all
	run -1 pipe
	name=$(jq -r 'select(.error).filename' out)
	google_set gone=1
	run -3 pipe
	has "$(cat err)" "$name: it was picked, but is not stored"
	has "$(cat err)" "VID_0006.mp4: it was picked, but is not stored"
	same 2 "$(grep -c "but is not stored" err)"
	same "2 0" "$(sessions)"
}

@test "session: one that has expired: what is lost is said by name, and another begun" {
	pick_all
	run -0 pipe --limit 2
	curl -sf -X POST "$GP_TEST_CONTROL/end-sessions" >/dev/null
	run -3 gp-list --no-wait picker:
	same "$((all - 2))" "$(grep -c 'it was picked, but is not stored' <<<"$output")"
	has "$output" "$((all - 2)) of its items are lost, and what was never listed"
	same "2 0" "$(sessions)"
	# with all of it stored nothing is lost
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
	run -0 pipe
	whole expired
	curl -sf -X POST "$GP_TEST_CONTROL/end-sessions" >/dev/null
	run -3 gp-list --no-wait picker:
	has_not "$output" lost
	same 3 "$(sent POST '/v1/sessions$')"
}

@test "session: one that has expired: a stored photo that came into no album is said by name" {
	google_set picker_ids=library
	pick_all
	run -0 pipe
	# the same are picked into an album, and its listing is the last that happens
	run -3 gp-list --no-wait --album Ezra picker:
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
	run -0 gp-list --no-wait --album Ezra picker:
	google_set gone=1
	run -3 pipe --album Ezra
	same "$all" "$(grep -c "it was picked into the album Ezra, but is not in it" err)"
	has "$(cat err)" "$all of its items are stored, but not in its album"
	has_not "$(cat err)" lost
}

@test "session: an album whose title another listing gave in another Unicode form is the same album" {
	local nfc=$'Caf\xc3\xa9' nfd=$'Cafe\xcc\x81'
	run -3 gp-list --no-wait --album "$nfc" picker:
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
	run -0 pipe --album "$nfc"
	sqlite3 "$GP_ARCHIVE/.gp/index.db" "UPDATE album SET title = '$nfd'"
	# all is stored, so the session goes and another is begun
	run -3 gp-list --no-wait --album "$nfc" picker:
	same 1 "$(sent DELETE '/v1/sessions/')"
}

# bats test_tags=unsanitized
@test "session: a clock that went wrong here ends none" {
	google_set processing=VID_0006.mp4
	pick_all
	run -0 pipe
	google_set processing=
	run -0 in_days 8 gp-list --no-wait picker:
	same "1 0" "$(sessions)"
	run -0 pipe
	whole "the clock went wrong"
}

@test "session: what was told once is not given up because a later listing shows it no more" {
	pick_all
	run -0 gp-list --no-wait picker:
	google_set shown=2
	run -0 pipe
	same "2 1 0" "$(stored) $(sessions)"
	run -0 pipe
	same "1 0" "$(sessions)"
	google_set shown=
	run -0 pipe
	whole "shown again"
	let_go "shown again"
}

@test "session: killed as it is listed for the first time, what it told is known by name when it has expired" {
	local -x ASAN_OPTIONS=$NO_LEAKS
	google_set page_size=2
	pick_all
	# listed is noted, then each page before any of it leaves
	{ strace -qq -f -o trace -e trace=renameat -e inject=renameat:signal=KILL:when=3 \
		gp-list --no-wait picker: >out 2>err || true; } 2>shell
	has "$(cat trace)" "killed by SIGKILL"
	curl -sf -X POST "$GP_TEST_CONTROL/end-sessions" >/dev/null
	run -3 --separate-stderr gp-list --no-wait picker:
	same 2 "$(grep -c 'it was picked, but is not stored' <<<"$stderr")"
	has "$stderr" "2 of its items are lost, and what was never listed"
}

@test "session: nothing leaves before the session has its name, so that all that expired is named" {
	local -x ASAN_OPTIONS=$NO_LEAKS
	pick_all
	# listed is noted, then the one page, then that it was whole
	run -2 strace -qq -f -o trace -e trace=renameat -e inject=renameat:error=ENOSPC:when=2 \
		gp-list --no-wait picker:
	has "$(cat trace)" INJECTED
	same "" "$(jq -R -r 'fromjson? | .id' <<<"$output")"
	{ strace -qq -f -o trace -e trace=renameat -e inject=renameat:signal=KILL:when=3 \
		gp-list --no-wait picker: >out 2>err || true; } 2>shell
	has "$(cat trace)" "killed by SIGKILL"
	curl -sf -X POST "$GP_TEST_CONTROL/end-sessions" >/dev/null
	run -3 --separate-stderr gp-list --no-wait picker:
	same "$all" "$(grep -c 'it was picked, but is not stored' <<<"$stderr")"
}

@test "session: an expired one that left a video is told as that, and as no more" {
	google_set processing=VID_0006.mp4
	pick_all
	run -0 pipe
	google_set processing=
	curl -sf -X POST "$GP_TEST_CONTROL/end-sessions" >/dev/null
	run -3 --separate-stderr gp-list --no-wait picker:
	has "$stderr" "VID_0006.mp4: it was picked, but is not stored"
	has "$stderr" "1 of its items are lost"
	has_not "$stderr" "never listed"
}

@test "session: a later listing that tells more, and is killed, has told all no more" {
	local -x ASAN_OPTIONS=$NO_LEAKS
	google_set page_size=3
	google_set shown=2
	pick_all
	gp-list --no-wait picker: >first
	# the rest comes to light; killed as the first page of it was told, and no more
	google_set shown=
	{ strace -qq -f -o trace -e trace=renameat -e inject=renameat:signal=KILL:when=2 \
		gp-list --no-wait picker: >out 2>err || true; } 2>shell
	has "$(cat trace)" "killed by SIGKILL"
	gp-index --new <first | gp-fetch | gp-hash | gp-index --record >/dev/null
	run -0 pipe
	whole "after the kill"
	same "1 0" "$(sessions)"
}

@test "session: one set aside that can't be listed keeps the open one from nothing" {
	pick_all
	run -3 gp-list --no-wait picker:new
	curl -sf -X POST "$GP_TEST_CONTROL/pick?count=2" >/dev/null
	google_set pick_limit=2
	run -2 pipe
	same "2 2 0" "$(stored) $(sessions)"
	google_set pick_limit=
	# nobody has picked in the next one yet
	run -3 pipe
	whole "both"
}

@test "session: picker:new begins another; what the one before left comes with a later run" {
	google_set processing=VID_0006.mp4
	pick_all
	run -0 pipe
	run -3 gp-list --no-wait picker:new
	same "2 0" "$(sessions)"
	google_set processing=
	# nobody has picked in the new one yet
	run -3 pipe
	same VID_0006.mp4 "$(jq -r .filename out)"
	same "$all 2 0" "$(down) $(sessions)"
	whole picker:new
	run -3 pipe
	same "2 1" "$(sessions)"
}
