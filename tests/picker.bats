# gp-list picker: what a person picks in the browser.
# builds: san

bats_require_minimum_version 1.5.0
load helper
load answers

setup_file() { answers_start; }
teardown_file() { answers_stop; }

setup() {
	answers_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	KEPT=$GP_ARCHIVE/.gp/listings
}

# session ID [MEMBERS]: a PickingSession that waits for the person
session() {
	printf '{"body":{"id":"%s","pickerUri":"https://photos.google.com/picker/%s","expireTime":"%s","pollingConfig":{"pollInterval":"0.1s","timeoutIn":"%s"},"pickingConfig":{"maxItemCount":"2000"}}}' \
		"$1" "$1" "$(date -u -d "${EXPIRES:-+7 days}" +%FT%TZ)" "${TIMEOUT:-${PATIENCE}s}"
}

# picked ID: the same when Done was pressed
picked() {
	printf '{"body":{"id":"%s","pickerUri":"https://photos.google.com/picker/%s","expireTime":"%s","mediaItemsSet":true}}' \
		"$1" "$1" "$(date -u -d '+7 days' +%FT%TZ)"
}

# pick N: a PickedMediaItem, a photo; clip N STATUS: a video
pick() {
	printf '{"id":"AByIYS-%s","createTime":"2025-02-27T23:34:05.466Z","type":"PHOTO","mediaFile":{"baseUrl":"https://lh3.googleusercontent.com/ppa/%s","mimeType":"image/jpeg","mediaFileMetadata":{"width":4000,"height":3000,"cameraMake":"SONY","photoMetadata":{"focalLength":5.35}},"filename":"DSC_%s.JPG"}}' "$1" "$1" "$1"
}
clip() {
	printf '{"id":"AByIYS-%s","createTime":"2025-02-27T23:34:05Z","type":"VIDEO","mediaFile":{"baseUrl":"https://lh3.googleusercontent.com/ppa/%s","mimeType":"video/mp4","mediaFileMetadata":{"videoMetadata":{"fps":30,"processingStatus":"%s"}},"filename":"CLIP_%s.MP4"}}' "$1" "$1" "$2" "$1"
}

gone() { refusal 404 NOT_FOUND 'Requested entity was not found.'; }
pending() { refusal 400 FAILED_PRECONDITION 'The user has not picked yet.'; }
ids() { jq -r .id <<<"$output" | paste -sd ' '; }
kept() { ls -A --ignore=picker.lock "$KEPT" 2>/dev/null || true; }

@test "picker: a session is made, its link shown, polled, listed" {
	answers "$(session s1)" "$(session s1)" "$(session s1)" "$(picked s1)" \
		"$(page 'next/1' "$(pick 1)")" "$(page '' "$(clip 2 READY)")"
	run -0 --separate-stderr gp-list picker:
	same 'AByIYS-1 AByIYS-2' "$(ids)"
	has "$stderr" 'https://photos.google.com/picker/s1/autoclose'
	same 'POST /v1/sessions {}
GET /v1/sessions/s1
GET /v1/sessions/s1
GET /v1/sessions/s1
GET /v1/mediaItems?sessionId=s1&pageSize=100
GET /v1/mediaItems?sessionId=s1&pageSize=100&pageToken=next%2F1' "$(asked)"
}

# stored: what gp-list wrote to $output is stored from here on
stored() {
	local line n=0
	while IFS= read -r line; do
		n=$((n + 1))
		printf 'bytes %s' "$line" >"$BATS_TEST_TMPDIR/$n"
		jq -c --arg f "$BATS_TEST_TMPDIR/$n" --arg s "$(sha256sum <"$BATS_TEST_TMPDIR/$n" | cut -c1-64)" \
			'. + {file: $f, sha256: $s}' <<<"$line"
	done <<<"$output" | gp-index --record >/dev/null
}

# state MEMBER: of the session that is kept
state() { jq -c ".$1" "$KEPT/picker-default.json"; }

@test "picker: a session is listed again as long as not all of it is stored" {
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)" "$(pick 2)")"
	run -0 --separate-stderr gp-list picker:
	same true "$(state whole)"
	same 'AByIYS-1 DSC_1.JPG AByIYS-2 DSC_2.JPG' "$(state told | jq -r '[.[] | .id, .filename] | join(" ")')"
	output=$(head -n 1 <<<"$output")
	stored
	for _ in 1 2 3; do
		answers "$(picked s1)" "$(page '' "$(pick 1)" "$(pick 2)")"
		run -0 --separate-stderr gp-list picker:
		same 'AByIYS-1 AByIYS-2' "$(ids)"
		has "$stderr" 'listing again what was picked last time'
		has_not "$stderr" 'open this link'
	done
	has_not "$(asked)" DELETE
}

@test "picker: when all of a session is stored it is deleted, and another begun" {
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 --separate-stderr gp-list picker:
	stored
	answers '{"body":{}}' "$(session s2)" "$(picked s2)" "$(page '' "$(pick 2)")"
	run -0 --separate-stderr gp-list picker:
	same AByIYS-2 "$(ids)"
	same 'DELETE /v1/sessions/s1
POST /v1/sessions {}' "$(asked | head -n 2)"
	same '"s2"' "$(state id)"
	# Google may have forgotten it by itself
	stored
	answers "$(gone)" "$(session s3)" "$(picked s3)" "$(page '' "$(pick 3)")"
	run -0 --separate-stderr gp-list picker:
	same AByIYS-3 "$(ids)"
}

@test "picker: a session that can't be deleted stays, and none is begun" {
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 --separate-stderr gp-list picker:
	stored
	answers "$(refusal 403 PERMISSION_DENIED no)"
	run -2 --separate-stderr gp-list picker:
	has "$stderr" "the session can't be deleted"
	same 'DELETE /v1/sessions/s1' "$(asked)"
	same '"s1"' "$(state id)"
}

@test "picker: a listing whose state can't be kept is no success" {
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)")"
	run -3 --separate-stderr gp-list --no-wait picker:
	answers "$(picked s1)" "$(page '' "$(pick 1)")"
	ASAN_OPTIONS=$NO_LEAKS run -2 --separate-stderr strace -qq -f -o /dev/null \
		-e trace=renameat -e inject=renameat:error=ENOSPC gp-list --no-wait picker:
	same "" "$(ids)"
	has "$stderr" "cannot keep the session in .gp/listings: No space left on device"
}

@test "picker: a session that can't be kept is ended, before anybody can pick in it" {
	answers "$(session s1)" '{"body":{}}'
	ASAN_OPTIONS=$NO_LEAKS run -2 --separate-stderr strace -qq -f -o /dev/null \
		-e trace=renameat -e inject=renameat:error=ENOSPC gp-list --no-wait picker:
	has "$stderr" "cannot keep the session in .gp/listings: No space left on device"
	has_not "$stderr" "open this link"
	same 'POST /v1/sessions {}
DELETE /v1/sessions/s1' "$(asked)"
}

@test "picker: a kept session that Google refuses is left as it is, and how to go on is said" {
	answers "$(session s1)" "$(session s1)" \
		"$(refusal 400 INVALID_ARGUMENT 'Request contains an invalid argument.')" \
		"$(session s2)" "$(refusal 400 INVALID_ARGUMENT 'Request contains an invalid argument.')" \
		"$(session s2)"
	run -3 gp-list --no-wait picker:
	run -3 gp-list --no-wait picker:
	run -2 --separate-stderr gp-list --no-wait picker:
	has "$stderr" "picker:new begins another"
	same '"s1"' "$(state id)"
	run -3 gp-list --no-wait picker:new
	run -3 --separate-stderr gp-list --no-wait picker:
	has "$stderr" "remove its file from .gp/listings"
	same '"s2"' "$(state id)"
}

@test "picker: a session that Google calls no session is let go of, and that is said" {
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 --separate-stderr gp-list picker:
	stored
	answers "$(refusal 400 INVALID_ARGUMENT 'Request contains an invalid argument.')" \
		"$(session s2)" "$(picked s2)" "$(page '' "$(pick 2)")"
	run -0 --separate-stderr gp-list picker:
	has "$stderr" "all that was picked is stored; Google did not delete the session"
	has_not "$stderr" "is deleted"
	same '"s2"' "$(state id)"
}

@test "picker: an accepted failure holds no session back" {
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)" "$(clip 2 FAILED)")"
	run -1 --separate-stderr gp-list picker:
	gp-index --record >/dev/null <<<"$(tail -n 1 <<<"$output")" || [ $? -eq 1 ]
	output=$(head -n 1 <<<"$output")
	stored
	answers "$(picked s1)" "$(page '' "$(pick 1)" "$(clip 2 FAILED)")"
	run -1 --separate-stderr gp-list picker:
	gp-index --accept AByIYS-2 'broken at Google too'
	answers '{"body":{}}' "$(session s2)" "$(picked s2)" "$(page '' "$(pick 3)")"
	run -0 --separate-stderr gp-list picker:
	same 'DELETE /v1/sessions/s1' "$(asked | head -n 1)"
}

@test "picker: of a session that is over what is not stored is said by name, and another begun" {
	local over
	for over in gone expired; do
		rm -rf "$KEPT"
		answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)" "$(pick "$over")" "$(clip 3 PROCESSING)")"
		run -0 --separate-stderr gp-list picker:
		output=$(head -n 1 <<<"$output")
		stored
		if [ "$over" = expired ]; then
			jq -c '.expireTime = "2020-01-01T00:00:00Z"' "$KEPT/picker-default.json" >"$BATS_TEST_TMPDIR/old"
			cp "$BATS_TEST_TMPDIR/old" "$KEPT/picker-default.json"
		fi
		answers "$(gone)" "$(session s2)" "$(picked s2)" "$(page '' "$(pick 4)")"
		run -1 --separate-stderr gp-list picker:
		same AByIYS-4 "$(ids)"
		has "$stderr" "DSC_$over.JPG: it was picked, but is not stored"
		has "$stderr" 'CLIP_3.MP4: it was picked, but is not stored'
		has_not "$stderr" DSC_1.JPG
		has_not "$(asked)" DELETE
		# said once
		answers "$(picked s2)" "$(page '' "$(pick 4)")"
		run -0 --separate-stderr gp-list picker:
		has_not "$stderr" "DSC_$over.JPG"
	done
}

@test "picker:new begins another session at once; the one before is not forgotten" {
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)" "$(clip 2 PROCESSING)")"
	run -0 --separate-stderr gp-list picker:
	stored
	answers "$(session s2)"
	run -3 --separate-stderr gp-list --no-wait picker:new
	same 'POST /v1/sessions {}' "$(asked)"
	same '"s2"' "$(state id)"
	answers "$(session s3)" "$(picked s3)" "$(page '' "$(pick 3)")"
	run -0 --separate-stderr gp-list picker:new
	asides() { find "$KEPT" -name 'old-*' | wc -l; }
	same 2 "$(asides)"
	# the first is listed again, that in which nobody picked is let be; they
	# come in the order of their names
	answers "$(session s2)" "$(picked s1)" "$(page '' "$(pick 1)" "$(clip 2 READY)")" "$(picked s3)" "$(page '' "$(pick 3)")"
	run -0 --separate-stderr gp-list picker:
	same 'AByIYS-1 AByIYS-2 AByIYS-3' "$(ids)"
	has_not "$(asked)" DELETE
	stored
	# all is stored: the one in which nobody picked is over meanwhile
	answers "$(gone)" '{"body":{}}' '{"body":{}}' "$(session s4)"
	run -3 --separate-stderr gp-list --no-wait picker:
	same 2 "$(asked | grep -c DELETE)"
	same 'POST /v1/sessions {}' "$(asked | tail -n 1)"
	same 0 "$(asides)"
	same '"s4"' "$(state id)"
}

@test "picker: records have what gp-fetch needs to renew a link" {
	answers "$(session s1)" "$(picked s1)" "$(page p2 "$(pick 1)")" "$(page '' "$(clip 2 READY)")"
	run -0 --separate-stderr gp-list --account mum picker:
	same 'picker mum DSC_1.JPG image/jpeg 2025-02-27T23:34:05.466Z 4000 3000 no https://lh3.googleusercontent.com/ppa/1=d s1 
picker mum CLIP_2.MP4 video/mp4 2025-02-27T23:34:05Z   no https://lh3.googleusercontent.com/ppa/2=dv s1 p2' \
		"$(jq -r '[.source,.account,.filename,.mimeType,.creationTime,.width,.height,.original,.url,.session,.page]|join(" ")' <<<"$output")"
	same "$(pick 1 | command jq -S .)" "$(head -n 1 <<<"$output" | command jq -S .metadata)" metadata
	same 'false false' "$(jq 'has("album")' <<<"$output" | paste -sd ' ')"
}

@test "picker: --album names the album, its id is the title in NFC" {
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 gp-list --album $'cafe\u0301' picker:
	same "$(jq -cn '{id:"café",title:"cafe\u0301"}')" "$(jq -c 'select(.id).album' <<<"$(grep '^{' <<<"$output")")"
}

@test "picker: the polling waits as long as Google says" {
	answers "$(session s1 | sed s/0.1s/1.5s/)" "$(picked s1)" "$(page '' "$(pick 1)")"
	[ "$(slept gp-list picker:)" -ge 1500 ]
}

@test "picker: nobody picks: exit 3, what to do, and the session is kept" {
	TIMEOUT=0.5s
	answers "$(session s1)" "$(session s1 | jq -c '. + {repeat:true}')"
	run -3 --separate-stderr gp-list picker:
	same "" "$output"
	has "$stderr" 'nobody has finished picking yet'
	has "$stderr" 'run this again'
	same picker-default.json "$(kept)"
	same 600 "$(stat -c %a "$KEPT/picker-default.json")" mode
	same s1 "$(jq -r .id "$KEPT/picker-default.json")"
}

@test "picker: timeoutIn 0 means stop polling" {
	TIMEOUT=0s
	answers "$(session s1)" "$(session s1 | jq -c '. + {repeat:true}')"
	run -3 --separate-stderr gp-list picker:
	has "$stderr" 'nobody has finished picking yet'
}

@test "picker: an open session is taken up again, with its link" {
	TIMEOUT=0.3s
	answers "$(session s1)" "$(session s1 | jq -c '. + {repeat:true}')"
	run -3 gp-list picker:
	TIMEOUT=
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 --separate-stderr gp-list picker:
	same AByIYS-1 "$(ids)"
	has "$stderr" 'taking up the session'
	has "$stderr" 'https://photos.google.com/picker/s1/autoclose'
	has_not "$(asked)" POST
	same 'true true' "$(state listed) $(state whole)"
}

@test "picker: interrupted while waiting, the session is there for the next run" {
	answers "$(session s1)" "$(session s1 | jq -c '. + {repeat:true}')"
	gp-list picker: >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local pid=$!
	polled() { [ "$(asked | grep -c 'GET /v1/sessions/s1')" -ge 2 ]; }
	wait_for polled
	kill -INT "$pid" 2>/dev/null
	kill -KILL "$pid"
	wait "$pid" || true
	answers "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 --separate-stderr gp-list picker:
	same AByIYS-1 "$(ids)"
	has_not "$stderr" 'open this link'
	has_not "$(asked)" POST
}

@test "picker: a listing that broke off is taken up again" {
	answers "$(session s1)" "$(picked s1)" "$(page t "$(pick 1)")" '{"code":503,"repeat":true}'
	run -2 --separate-stderr gp-list picker:
	has "$stderr" 'the listing is incomplete: it ended after 1 items'
	same 'false 1' "$(state whole) $(state told | jq length)"
	answers "$(picked s1)" "$(page '' "$(pick 1)" "$(pick 2)")"
	run -0 --separate-stderr gp-list picker:
	same 'AByIYS-1 AByIYS-2' "$(ids)"
}

@test "picker: a session in which something was picked, and that is over before it was listed, is a loss" {
	answers "$(session s1)" "$(picked s1)" '{"code":503,"repeat":true}'
	run -2 gp-list picker:
	answers "$(gone)" "$(session s2)" "$(picked s2)" "$(page '' "$(pick 2)")"
	run -1 --separate-stderr gp-list picker:
	same AByIYS-2 "$(ids)"
	has "$stderr" "what may have been picked in it and was never listed is lost"
	# a link that nobody is known to have used is none
	rm -rf "$KEPT"
	TIMEOUT=0.3s
	answers "$(session s3)" "$(session s3 | jq -c '. + {repeat:true}')"
	run -3 gp-list picker:
	TIMEOUT=
	answers "$(gone)" "$(session s4)" "$(picked s4)" "$(page '' "$(pick 4)")"
	run -0 gp-list picker:
}

@test "picker: records that did not leave keep the session open" {
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)")"
	full() { gp-list picker: >/dev/full; }
	run -2 full
	same picker-default.json "$(kept)"
	answers "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 --separate-stderr gp-list picker:
	same AByIYS-1 "$(ids)"
}

@test "picker: a session that is gone gives way to a new one" {
	TIMEOUT=0.3s
	answers "$(session s1)" "$(session s1 | jq -c '. + {repeat:true}')"
	run -3 gp-list picker:
	TIMEOUT=
	answers "$(gone)" "$(session s2)" "$(picked s2)" "$(page '' "$(pick 1)")"
	run -0 --separate-stderr gp-list picker:
	same s2 "$(jq -r .session <<<"$output")"
	has "$(asked)" 'POST /v1/sessions {}'
}

@test "picker: whether a session is over Google tells, not the clock here" {
	TIMEOUT=0.3s
	EXPIRES='-1 minute'
	answers "$(session s1)" "$(session s1 | jq -c '. + {repeat:true}')"
	run -3 gp-list picker:
	# it was a clock that went wrong
	answers "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 gp-list picker:
	same 'GET /v1/sessions/s1' "$(asked | head -n 1)"
	EXPIRES='+7 days'
	TIMEOUT=20s
	answers "$(refusal 404 NOT_FOUND gone)" "$(session s2)" "$(picked s2)" "$(page '' "$(pick 1)")"
	run --separate-stderr gp-list picker:
	same 'GET /v1/sessions/s1
POST /v1/sessions {}' "$(asked | head -n 2)"
}

@test "picker: four that begin at once open one session, and all show its link" {
	local n status pids=()
	TIMEOUT=0.3s
	answers "$(session s1 | jq -c '. + {repeat:true}')"
	for n in 1 2 3 4; do
		gp-list --no-wait picker: >/dev/null 2>"said.$n" 3>&- &
		pids+=($!)
	done
	for n in "${pids[@]}"; do
		status=0
		wait "$n" || status=$?
		same 3 "$status"
	done
	same 1 "$(asked | grep -c POST)"
	same 4 "$(grep -l 'picker/s1' said.* | wc -l)"
}

@test "picker: a portal's 410, a passing 409 or a refused key end no session" {
	TIMEOUT=0.3s
	answers "$(session s1)" "$(session s1 | jq -c '. + {repeat:true}')"
	run -3 gp-list picker:
	for answer in '{"code":402,"body":"<title>Pay</title>"}' '{"code":410,"body":"<title>Sign in</title>"}' \
		'{"code":451,"body":""}' "$(refusal 409 ABORTED later)" \
		"$(refusal 400 INVALID_ARGUMENT 'API key not valid')"; do
		answers "${answer%\}},\"repeat\":true}"
		run -2 --separate-stderr gp-list --no-wait picker:
		same 'GET /v1/sessions/s1' "$(asked | sort -u)" "$answer"
		has_not "$stderr" over "$answer"
	done
	TIMEOUT=20s
	answers "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 gp-list picker:
}

@test "picker: sessions for several accounts and albums lie side by side" {
	TIMEOUT=0.3s
	local args
	for args in --account=mum --account=../dad --album=Ezra --album=Zoo; do
		answers "$(session s1)" "$(session s1 | jq -c '. + {repeat:true}')"
		run -3 gp-list "$args" picker:
		same 'POST /v1/sessions {}' "$(asked | head -n 1)" "$args"
	done
	same 4 "$(kept | wc -l)" files
	answers "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 --separate-stderr gp-list --album=Zoo picker:
	same Zoo "$(jq -r .album.title <<<"$output")"
	same '1 listed, 3 open' "$(jq -r .listed "$KEPT"/* | sort | uniq -c |
		awk '{ print $1 ($2 == "true" ? " listed" : " open") }' | sort | paste -sd , | sed 's/,/, /')"
}

@test "picker: a file that is no session is no obstacle; that one may be lost is said" {
	mkdir -p "$KEPT"
	local text said=1
	for text in '' '{' '[]' '{"id":7}' '{"id":"x","pickerUri":"y","account":"other"}'; do
		[[ $text != *other* ]] || said=0
		printf '%s' "$text" >"$KEPT/picker-default.json"
		answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)")"
		run "-$said" --separate-stderr gp-list picker:
		same "$said" "$(grep -c "picker-default.json: the session kept in .gp/listings is damaged" <<<"$stderr")"
		same 'POST /v1/sessions {}' "$(asked | head -n 1)"
	done
	# one that was set aside is said once
	rm "$KEPT/picker-default.json"
	echo '{' >"$KEPT/old-picker-default+1.json"
	for said in 1 0; do
		answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)")"
		run "-$said" --separate-stderr gp-list picker:
		same "$said" "$(grep -c "is damaged" <<<"$stderr")"
		rm "$KEPT/picker-default.json"
	done
}

@test "picker: the list may learn of Done later than the session" {
	answers "$(session s1)" "$(session s1 | jq -c '.body.mediaItemsSet = true')" \
		"$(pending)" "$(pending)" "$(page '' "$(pick 1)")"
	run -0 --separate-stderr gp-list picker:
	same AByIYS-1 "$(ids)"
}

@test "picker: a video still processing keeps the session for the next run" {
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)" "$(clip 2 PROCESSING)")"
	run -0 --separate-stderr gp-list picker:
	same AByIYS-1 "$(ids)"
	has "$stderr" 'CLIP_2.MP4: Google is still processing'
	same 'true [{"filename":"CLIP_2.MP4","id":"AByIYS-2"}]' "$(state whole) $(state left)"
	stored
	answers "$(picked s1)" "$(page '' "$(pick 1)" "$(clip 2 READY)")"
	run -0 --separate-stderr gp-list picker:
	same 'AByIYS-1 AByIYS-2' "$(ids)"
	same 'true []' "$(state whole) $(state left)"
}

@test "picker: --limit leaves the session open" {
	answers "$(session s1)" "$(picked s1)" "$(page t "$(pick 1)" "$(pick 2)")"
	run -0 --separate-stderr gp-list --limit 1 picker:
	same AByIYS-1 "$(ids)"
	same false "$(state whole)"
	stored
	answers "$(picked s1)" "$(page t "$(pick 1)" "$(pick 2)")" "$(page '' "$(pick 3)")"
	run -0 --separate-stderr gp-list picker:
	same 'AByIYS-1 AByIYS-2 AByIYS-3' "$(ids)"
}

@test "picker: nothing picked is exit 2" {
	answers "$(session s1)" "$(picked s1)" '{"body":{}}'
	run -2 --separate-stderr gp-list picker:
	has "$stderr" 'nothing found; what was picked is listed again next time, and picker:new begins another session'
	# who pressed Done has picked something; so it is after a listing that broke off
	answers "$(picked s1)" "$(page t "$(pick 1)")" \
		"$(refusal 400 INVALID_ARGUMENT 'Request contains an invalid argument.')"
	run -2 --separate-stderr gp-list picker:
	stored
	answers "$(picked s1)" '{"body":{}}'
	run -2 --separate-stderr gp-list picker:
	same false "$(state whole)"
	answers "$(picked s1)" "$(page '' "$(pick 1)")"
	run -0 --separate-stderr gp-list picker:
	same 'AByIYS-1' "$(ids)"
}

@test "picker: wrong scope, API off, token refused" {
	answers "$(refusal 403 PERMISSION_DENIED 'Request had insufficient authentication scopes.')"
	run -3 --separate-stderr gp-list picker:
	has "$stderr" 'gp-auth login'
	answers "$(refusal 403 PERMISSION_DENIED 'Google Photos Picker API has not been used in project 5 before or it is disabled.')"
	run -2 --separate-stderr gp-list picker:
	has "$stderr" 'library/photospicker.googleapis.com'
	answers '{"code":401,"repeat":true,"body":{}}'
	run -3 --separate-stderr gp-list picker:
	same "" "$(kept)"
}

@test "picker: an answer that is no session is exit 2" {
	answers '{"body":{"id":7},"repeat":true}'
	run -2 --separate-stderr gp-list picker:
	has "$stderr" 'makes no sense (given up after 10 tries)'
	same "" "$(kept)"
}

# fresh COMMAND...: runs it with no session kept
fresh() {
	rm -rf "$KEPT"
	"$@"
}

@test "picker: no answer that is not whole makes a session, says Done, ends a list" {
	bodies '{"mediaItems":{}}' '{"mediaItems":null}' '{"nextPageToken":7}' \
		'{"mediaItems":[7]}' '{"mediaItems":[null]}' '{"mediaItems":[{"id":7}]}' \
		'{"mediaItems":[{"id":"1","type":7}]}' '{"mediaItems":[{"id":"1","mediaFile":7}]}' \
		'{"mediaItems":[{"id":"1","mediaFile":{"baseUrl":7}}]}' \
		'{"mediaItems":[{"id":"1","mediaFile":{"filename":7}}]}' \
		'{"mediaItems":[{"id":"1","mediaFile":{"mimeType":7}}]}' \
		'{"mediaItems":[{"id":"1","mediaFile":{"mediaFileMetadata":7}}]}' \
		'{"mediaItems":[{"id":"1","mediaFile":{"mediaFileMetadata":{"videoMetadata":7}}}]}' \
		'{"mediaItems":[{"id":"1","mediaFile":{"mediaFileMetadata":{"videoMetadata":{"processingStatus":7}}}}]}'
	BAD=("${CUT[@]}" "${BODIES[@]}")
	FIRST=("$(session s1)" "$(picked s1)" "$(page t "$(pick 1)")") REST=("$(page '' "$(pick 2)")")
	whole_or_nothing fresh gp-list picker:
	bodies '{}' '{"id":7,"pickerUri":"u"}' '{"id":"s1"}' '{"id":"s1","pickerUri":7}' \
		'{"id":"s1","pickerUri":"u","mediaItemsSet":"true"}' '{"id":"s1","pickerUri":"u","mediaItemsSet":1}' \
		'{"id":"s1","pickerUri":"u","expireTime":7}'
	BAD=("${CUT[@]}" "${BODIES[@]}")
	FIRST=() REST=("$(session s1)" "$(picked s1)" "$(page '' "$(pick 2)")")
	whole_or_nothing fresh gp-list picker:
	FIRST=("$(session s1)") REST=("$(picked s1)" "$(page '' "$(pick 2)")")
	whole_or_nothing fresh gp-list picker:
	# whole
	answers "$(session s1)" "$(picked s1)" "$(page t "$(pick 1)")" \
		'{"body":{"nextPageToken":"u"}}' '{"body":{}}'
	run -0 --separate-stderr fresh gp-list picker:
	same AByIYS-1 "$(ids)"
}

@test "picker: no session is given up for what Google did not say" {
	answers "$(session s1)"
	run -3 gp-list --no-wait picker:
	kept_session() {
		local status=0
		cp "$KEPT/picker-default.json" "$BATS_TEST_TMPDIR/kept"
		gp-list picker: || status=$?
		mv "$BATS_TEST_TMPDIR/kept" "$KEPT/picker-default.json"
		return "$status"
	}
	BAD=("${CUT[@]}")
	FIRST=() REST=("$(picked s1)" "$(page '' "$(pick 1)")")
	whole_or_nothing kept_session
	has_not "$(asked)" POST
}

@test "picker: a QR code of the link where qrencode is there, on stderr" {
	mkdir "$BATS_TEST_TMPDIR/path"
	cat >"$BATS_TEST_TMPDIR/path/qrencode" <<-'END'
		#!/bin/sh
		echo "QR($*)"
	END
	chmod +x "$BATS_TEST_TMPDIR/path/qrencode"
	answers "$(session s1)" "$(picked s1)" "$(page '' "$(pick 1)")"
	PATH=$BATS_TEST_TMPDIR/path:$PATH run -0 --separate-stderr gp-list picker:
	has "$stderr" 'QR(-t UTF8 -- https://photos.google.com/picker/s1/autoclose)'
	same AByIYS-1 "$(ids)"
}

@test "picker: two thousand items are all a session holds, and that is said" {
	local pages=() n
	for n in {1..20}; do
		pages+=("$(jq -cn --argjson n "$n" '{body:({mediaItems:[range(100)|{id:"\($n)-\(.)",mediaFile:{baseUrl:"https://lh3.googleusercontent.com/ppa/x"}}]} + if $n < 20 then {nextPageToken:"t\($n)"} else {} end)}')")
	done
	answers "$(session s1)" "$(picked s1)" "${pages[@]}"
	run -0 --separate-stderr gp-list picker:
	same 2000 "$(wc -l <<<"$output")"
	has "$stderr" '2000 items are all that one session can hold'
}
