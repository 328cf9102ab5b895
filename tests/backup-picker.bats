#!/usr/bin/env bats
# gp-backup with picker: at 3 a.m. Nobody is there: the link goes out, the
# session waits, and the run after the person has picked stores the photos.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load backup

setup_file() {
	google_start
}

teardown_file() {
	google_stop
}

setup() {
	common_setup
	google_reset
	PATH=$TESTS/../pipelines:$BATS_TEST_TMPDIR/bin:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir bin
	printf '#!/bin/sh\ncat >>"%s/mail"\n' "$PWD" >bin/sendmail
	chmod +x bin/sendmail
	printf '%s\n' GP_SOURCES=picker: GP_NOTIFY=mail:mum@example.org >gp.conf
	google_set never=1
}

# mail: the text of the last one; none is left after it
mail() {
	sed '1,/^$/d' mail | base64 -d
	rm mail
}

opened() {
	google_log 'map(select(.method == "POST" and (.path | endswith("/v1/sessions")))) | length'
}

@test "picker: nobody there: the link goes out, the run waits and has not failed" {
	run -3 --separate-stderr timeout "$PATIENCE" gp-backup -c gp.conf
	has "$output" "Downloaded 0 new photos, 0 new videos. Total archive: 0 files, "
	has "$output" "Waiting for photos to be picked until $(summary '.waiting[0].until[:10]')."
	same person "$(summary .state)"
	near "$(summary '.waiting[0].until') 7 days ago"
	link=$(summary '.waiting[0].link')
	has "$link" /picker/
	text=$(mail)
	has "$text" "$link"
	has "$text" "signed in to Google (default)"
	has_not "$text" "Not all is well"
	# the report says what to do, and calls nothing lost for it
	run -1 gp-report -c gp.conf
	has "$output" "To do:"
	has "$output" "pick photos, signed in to Google (default), until $(summary '.waiting[0].until[:10]'), and then run gp-backup: $link"
	has_not "$output" "the last run: person"
}

# bats test_tags=unsanitized
@test "picker: a night later: a reminder, the same link; picked: stored; then no new link this quarter" {
	run -3 timeout "$PATIENCE" gp-backup -c gp.conf --if-due
	link=$(summary '.waiting[0].link')
	has "$(mail)" "$link"
	# an hour later nobody is told again
	run -3 timeout "$PATIENCE" gp-backup -c gp.conf --if-due
	[ ! -e mail ]
	run -3 in_days 1 timeout "$PATIENCE" gp-backup -c gp.conf --if-due
	has "$(mail)" "$link"
	same 1 "$(opened)"
	# the person presses Done
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
	run -0 --separate-stderr in_days 2 timeout "$PATIENCE" gp-backup -c gp.conf --if-due
	n=$(gp-index --stats | jq .files)
	[ "$n" -gt 0 ]
	same "$n" "$(summary '.sources[0].stored')"
	has_not "$output" Waiting
	same ok "$(summary .state)"
	has "$(mail)" "Total archive: $n file"
	same 1 "$(opened)"
	# done for this quarter: nobody is asked to pick again
	run -0 timeout "$PATIENCE" gp-backup -c gp.conf --if-due
	same "" "$output"
	same 1 "$(opened)"
	run -1 gp-report -c gp.conf
	has_not "$output" "pick photos"
	has_not "$output" "the last run"
}

# bats test_tags=unsanitized
@test "picker: after seven days a new session, and its link goes out" {
	long_only
	run -3 timeout "$PATIENCE" gp-backup -c gp.conf
	old=$(summary '.waiting[0].link')
	run -3 in_days 6 timeout "$PATIENCE" gp-backup -c gp.conf
	same "$old" "$(summary '.waiting[0].link')"
	rm -f mail
	curl -sf -X POST "$GP_TEST_CONTROL/end-sessions" >/dev/null
	run -3 in_days 8 timeout "$PATIENCE" gp-backup -c gp.conf
	new=$(summary '.waiting[0].link')
	[ "$new" != "$old" ]
	text=$(mail)
	has "$text" "$new"
	has_not "$text" "$old"
	same 2 "$(opened)"
	# one that Google has forgotten is no better
	google_set gone=1
	run -3 timeout "$PATIENCE" gp-backup -c gp.conf
	same 3 "$(opened)"
}

@test "picker: what else is to be stored is stored; a failure is not hidden by the link" {
	cp -r "$DATA/album" camera
	rm -f camera/*.json
	printf 'GP_SOURCES=%s\n' dir:camera dir:nowhere >>gp.conf
	run -3 timeout "$PATIENCE" gp-backup -c gp.conf
	has "$output" "dir:nowhere: No such file"
	same "$(find camera -type f | wc -l)" "$(gp-index --stats | jq .files)"
	same "picker: 3 dir:camera 0 dir:nowhere 2" "$(summary '[.sources[] | .source, .status] | join(" ")')"
	text=$(mail)
	has "$text" "Please pick photos"
	has "$text" "No such file"
	has "$text" "Not all is well"
	same failed "$(summary .state)"
}

# bats test_tags=unsanitized
@test "picker: a dead sign-in is no session that waits" {
	run -3 timeout "$PATIENCE" gp-backup -c gp.conf
	rm mail
	export GP_TOKEN_CMD='echo "gp-auth: sign in again: gp-auth login" >&2; exit 3'
	run -3 in_days 2 timeout "$PATIENCE" gp-backup -c gp.conf
	has_not "$output" Waiting
	same 0 "$(summary '.waiting | length')"
	text=$(mail)
	has "$text" "store: a person is needed"
	has "$text" "sign in again"
	has_not "$text" "Please pick"
}

@test "picker: a link for each album of GP_ALBUMS, and two runs at once open none twice" {
	printf 'GP_ALBUMS=%s\n' Ezra "Family trips" >>gp.conf
	timeout "$PATIENCE" gp-backup -c gp.conf >a 2>&1 3>&- &
	status=0
	timeout "$PATIENCE" gp-backup -c gp.conf >b 2>&1 || status=$?
	same 3 "$status"
	wait $! || status=$?
	same 3 "$status"
	same 2 "$(opened)"
	same "Ezra Family trips" "$(summary '[.waiting[].album] | sort | join(" ")')"
	has "$(mail)" 'search for Family trips'
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
	run -0 timeout "$PATIENCE" gp-backup -c gp.conf
	same "Ezra,Family trips" "$(gp-index --stats | jq -r '[.albums[].title] | sort | join(",")')"
}

@test "picker: -n opens no session" {
	run -0 timeout "$PATIENCE" gp-backup -c gp.conf -n
	has "$output" "nobody knows before somebody has picked"
	same 0 "$(opened)"
}
