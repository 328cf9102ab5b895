#!/usr/bin/env bats
# The whole pipeline against the stand-in for Google: an album comes down, once.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

setup_file() { google_start; }
teardown_file() { google_stop; }

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	# shellcheck source=../pipelines/lib.sh
	. "$TESTS/../pipelines/lib.sh"
}

@test "pipeline: an album comes down, sha256sum proves it, a second run fetches nothing" {
	store_new "album:Ezra Backup" >first
	files=$(find "$DATA/album" -type f | wc -l)
	same "$files" "$(jq -r .status first | grep -c stored)"
	same "$files" "$(down)"
	same "$files" "$(sums_check "$GP_ARCHIVE")"
	store_new "album:Ezra Backup" >second
	[ ! -s second ]
	same "$files" "$(down)"
	same "" "$(find "$GP_ARCHIVE/.gp/staging" -type f)"
}

@test "pipeline: metadata that leaves a record no room is left out and said, its photo is stored, once" {
	files=$(find "$DATA/album" -type f | wc -l)
	for bytes in 1040000 1100000; do
		archive_new
		google_reset
		google_set "described=$bytes"
		run -0 --separate-stderr store_new "album:Ezra Backup"
		same "$files" "$(jq -c 'select(.status == "stored" and .creationTime)' <<<"$output" | wc -l)"
		same "$files" "$(grep -c "^gp-list: .*[.].*: its metadata is too long for a record ([0-9]* KiB); left out$" <<<"$stderr")"
		same "$files" "$(sums_check "$GP_ARCHIVE")"
		run -0 --separate-stderr store_new "album:Ezra Backup"
		same "" "$output"
		same "$files" "$(down)"
	done
}

@test "pipeline: metadata that became too long for a record leaves what is known of the photo as it was" {
	known() {
		gp-index --export | jq -c '[.filename, .creationTime, .metadata.productUrl]' | sort
	}
	store_new "album:Ezra Backup" >first
	before=$(known)
	has "$before" '"https://photos.google.com/lr/'
	google_set described=1040000
	run -0 --separate-stderr store_new "album:Ezra Backup"
	same "" "$output"
	has "$stderr" "its metadata is too long for a record (1016 KiB); left out"
	same "$before" "$(known)"
}

# two_at_once FILES SOURCE...: all FILES are stored and nothing failed. What a person
# picked is let go once all is stored: who comes later asks for another pick, 3
two_at_once() {
	local files=$1 pid status=0 first=0
	shift
	store_new "$@" >one 2>one.err 3>&- &
	pid=$!
	store_new "$@" >two 2>two.err || status=$?
	wait "$pid" || first=$?
	for status in "$status" "$first"; do
		[ "$status" -eq 0 ] || { [[ "$*" = *picker:* ]] && [ "$status" -eq 3 ]; } ||
			fail "$* ended with $status: $(cat one.err two.err)"
	done
	same "$files" "$(sums_check "$GP_ARCHIVE")"
	same "0 $files" "$(gp-index --stats | jq -r '"\(.failures.open) \(.files)"')"
	same "" "$(find "$GP_ARCHIVE/.gp/staging" -type f)"
}

@test "pipeline: two runs at once store every item, fetch nothing twice, and both end well" {
	files=$(find "$DATA/album" -type f | wc -l)
	for _ in $(seq "$(rounds 3 20)"); do
		archive_new
		google_reset
		two_at_once "$files" "album:Ezra Backup"
		same "$files" "$(down)" "$(cat one.err two.err)"
	done
}

@test "pipeline: two runs at once of what was picked store every item, and fetch nothing twice" {
	files=$(find "$DATA/album" -type f | wc -l)
	for _ in $(seq "$(rounds 2 20)"); do
		archive_new
		google_reset
		run -3 gp-list --no-wait --album Ezra picker:
		curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
		two_at_once "$files" --no-wait --album Ezra picker:
		same "$files" "$(down)" "$(cat one.err two.err)"
	done
}

@test "pipeline: two runs at once of an export store every photo" {
	local n
	for n in 1 2 3 4 5; do printf '\xff\xd8\xff\xe0 photo %s' "$n" >"$n.jpg"; done
	for n in 1 2 3 4 5; do
		echo "$((n % 2 + 1)) Ezra/$n.jpg = @$PWD/$n.jpg"
		echo "1 Ezra/$n.jpg.supplemental-metadata.json = photo $n.jpg 171455923$n AF$n"
	done | python3 "$TESTS/takeout-parts.py" tgz exports 20260902T040000Z
	for _ in $(seq "$(rounds 2 20)"); do
		archive_new
		two_at_once 5 "takeout:$PWD/exports"
	done
}

@test "pipeline: what is stored is what Google sent, byte for byte" {
	store_new "album:Ezra Backup" >out
	for file in "$DATA"/album/*; do
		cmp "$file" "$GP_ARCHIVE"/ezra-backup-*/"${file##*/}"
	done
}

@test "pipeline: picked by a person, stored, then nothing is left at Google" {
	google_set polls=2
	store_new --album "Ezra Backup" picker: >out 2>err
	has "$(cat err)" "/picker/"
	same "$(find "$DATA/album" -type f | wc -l)" "$(sums_check "$GP_ARCHIVE")"
	# the next listing sees that all is stored
	google_set never=1
	run -3 store_new --no-wait --album "Ezra Backup" picker:
	same 1 "$(google_log '[.[] | select(.method == "DELETE" and .status == 200)] | length')"
}

@test "pipeline: listed = known + repeated + stored + duplicate + failed" {
	google_set items=12 page_size=5 repeat_item=1 missing=productUrl
	GP_RUN=one store_new "album:Ezra Backup" >first
	GP_RUN=two store_new "album:Ezra Backup" >second
	for run in one two; do
		counts=$GP_ARCHIVE/.gp/runs/$run/counts.ndjson
		listed=$(jq -s 'map(select(.stage == "gp-list").listed) | add' "$counts")
		same 12 "$listed"
		sum=$(jq -s '[.[] | select(.stage | startswith("gp-index")) | .known, .repeated, .stored, .duplicate]
			| map(. // 0) | add' "$counts")
		failed=$(jq -s 'map(select(.stage == "gp-index --record").failed // 0) | add // 0' "$counts")
		same "$listed" "$((sum + failed))" "balance of run $run"
	done
}

@test "pipeline: photos that fail are named, the others are stored, the next run gets them" {
	google_set media_fail=404:2
	run -1 --separate-stderr store_new "album:Ezra Backup"
	same 2 "$(jq -c 'select(.error)' <<<"$output" | wc -l)"
	has "$stderr" "stage gp-fetch"
	google_set media_fail=
	store_new "album:Ezra Backup" >second
	same 2 "$(wc -l <second)"
	same "$(find "$DATA/album" -type f | wc -l)" "$(sums_check "$GP_ARCHIVE")"
}

@test "pipeline: a busy Google and cut connections change nothing" {
	google_set page_size=2 empty_pages=1 repeat_item=1 api_fail=503:3 cut=9000:4 media_fail=500:3
	store_new "album:Ezra Backup" >out
	for file in "$DATA"/album/*; do
		cmp "$file" "$GP_ARCHIVE"/ezra-backup-*/"${file##*/}"
	done
}

@test "pipeline: an apology is no photo, a still frame no video" {
	google_set apology=html
	run -1 --separate-stderr store_new "album:Ezra Backup"
	same 0 "$(jq -r 'select(.status)' <<<"$output" | wc -l)"
	google_set apology= still=1
	run -1 --separate-stderr store_new "album:Ezra Backup"
	same VID_0006.mp4 "$(jq -r 'select(.error) | .filename' <<<"$output")"
}

@test "pipeline: an album that was made in the Google Photos app is said, not taken for empty" {
	google_set foreign=1
	run -2 --separate-stderr store_new "album:Ezra Backup"
	same "" "$output"
	has "$stderr" "picker:"
}

@test "pipeline: a sign-in that is over is exit 3 and names the command" {
	unset GP_TOKEN_CMD
	run -3 --separate-stderr store_new "album:Ezra Backup"
	has "$stderr" "gp-auth login"
	has "$stderr" "stage gp-list"
}

@test "pipeline: the daily quota is exit 3 and says when it starts anew" {
	google_set quota=1
	run -3 --separate-stderr store_new "album:Ezra Backup"
	has "$stderr" "quota"
}

@test "pipeline: no token is in what is said, written or stored" {
	run --separate-stderr store_new -vv "album:Ezra Backup"
	has_not "$output$stderr" ya29.
	run ! grep -ra ya29. "$GP_ARCHIVE"
}

@test "pipeline: a stage that dies is named, and its status is the worst" {
	run -2 stages_judge "a,b,c" 141 2 0
	has "$output" "stage b: could not start or go on"
	has_not "$output" "stage a"
	run -2 stages_judge "a,b" 0 137
	has "$output" "stage b: was ended by signal 9"
	run -3 stages_judge "a,b,c" 3 1 2
	run -2 stages_judge "a,b" 141 0
	has "$output" "stage a"
	run -0 stages_judge "a,b" 0 0
	same "" "$output"
}

@test "pipeline: an input that can't be read to its end: what came goes on, is counted, and the stage says so, exit 2" {
	local step
	export ASAN_OPTIONS=$NO_LEAKS GP_RUN=broken
	mkdir src
	for i in 1 2 3; do noise "$i" 3000 >"src/$i.jpg"; done
	# through STAGE: `in` into `out`, but where it ends there is an error
	stage() {
		run -2 --separate-stderr strace -qq -f -o trace -e trace=read -P "$PWD/in" -e inject=read:error=EIO:when=2+ "$@" <in
		printf '%s\n' "$output" >out
		same "$* 1" "$* $(grep -c INJECTED trace)"
		same "${1##*/}: reading records: Input/output error" "$(grep 'reading records' <<<"$stderr")"
		same "$(jq -r .id in | sort)" "$(jq -r .id out | sort)"
	}
	gp-list --album Ezra "dir:$PWD/src" >in
	for step in "gp-index --new" gp-fetch "gp-hash" "gp-index --record"; do
		# shellcheck disable=SC2086 # words
		stage $step
		mv out in
	done
	same "stored stored stored" "$(jq -r .status in | xargs)"
	gp-index --export | jq -c '.check = "ok"' >in
	stage gp-index --seen usb
	stage gp-pack --flush
	same 3 "$(jq -r .error.code out | grep -c stopped)"
	jq -c '. + {disc: "D-0001", discPath: .path}' <in >packed
	mv packed in
	stage gp-index --packed
	same "3 new 3 fetched 3 hashed 3 stored 3 proved 0 packed 3 packed" "$(jq -r '
		to_entries | map(select(.key | IN("new", "fetched", "hashed", "stored", "proved", "packed")) | "\(.value) \(.key)")[]' \
		"$GP_ARCHIVE/.gp/runs/broken/counts.ndjson" | xargs)"
}

@test "pipeline: a list of sums that is empty or too short proves nothing" {
	store_new "album:Ezra Backup" >out
	cd "$GP_ARCHIVE"/ezra-backup-*
	cp SHA256SUMS whole
	mv whole ..
	: >SHA256SUMS
	run -1 sums_check "$GP_ARCHIVE"
	head -n 2 ../whole >SHA256SUMS
	run -1 sums_check "$GP_ARCHIVE"
	cp ../whole SHA256SUMS
	printf x >>IMG_0001.jpg
	run -1 sums_check "$GP_ARCHIVE"
}

@test "pipeline: what a stage says is kept whole, whatever runs beside it" {
	local beside
	mkdir kept
	sleep $((PATIENCE * 5)) 3>&- &
	beside=$!
	run=$PWD/kept store_new "album:Ezra Backup" >first 2>err
	kill "$beside"
	same "" "$(grep wait err || true)"
	same "gp-fetch gp-hash gp-index-new gp-index-record gp-list" "$(basename -s .stderr kept/* | xargs)"
	google_set foreign=1
	run=$PWD/kept store_new "album:Ezra Backup" >second 2>err || true
	same "$(grep ^gp-list: err)" "$(cat kept/gp-list.stderr)"
}

@test "pipeline: signed in by gp-auth through the page, a token that dies on the way renewed" {
	unset GP_TOKEN_CMD
	google_set consent=allow page_size=2
	gp-auth login --client "$GOOGLE_DIR/client_secret.json" &>said </dev/null 3>&- &
	wait_for grep -qs "^https:" said
	# the browser: shows the page, presses Allow, follows the way back
	curl -sS -L --cacert "$GP_CA_FILE" "$(grep "^https:" said)" >page
	wait
	has "$(cat page)" "gp is signed in"
	has "$(cat said)" "account default is signed in"
	curl -sS -X POST "$GP_TEST_CONTROL/expire-tokens"
	store_new "album:Ezra Backup" >first 2>err
	same "$(find "$DATA/album" -type f | wc -l)" "$(sums_check "$GP_ARCHIVE")"
	same 1 "$(google_log '[.[] | select(.status == 401)] | length')"
	# and between listing and fetching, by the hash of what was refused
	gp-list "album:Ezra Backup" | jq -c '.urlTime = "2020-01-01T00:00:00Z"' >old
	curl -sS -X POST "$GP_TEST_CONTROL/expire-tokens"
	archive_new again
	gp-fetch -C again <old >fetched
	same 0 "$(jq -s 'map(select(.error)) | length' fetched)"
	same 2 "$(google_log '[.[] | select(.status == 401)] | length')"
	gp-auth revoke
	run --separate-stderr gp-list "album:Ezra Backup"
	same 3 "$status"
	has "$stderr" "gp-auth login"
}
