#!/usr/bin/env bats
# gp-fetch with a media host that breaks as told, and with local files.
# shellcheck disable=SC2016,SC2154,SC2030,SC2031 # bats sets stderr, runs each alone
# builds: san tsan
bats_require_minimum_version 1.5.0
load helper
load answers

setup_file() {
	clean_environment
	export HOST_DIR=$BATS_FILE_TMPDIR/host
	mkdir "$HOST_DIR"
	"${REAL_CLOCK[@]}" python3 "$TESTS/mediahost.py" "$HOST_DIR" 3>&- 4>&- &
	export HOST_PID=$!
	started "$HOST_PID" "$HOST_DIR/env"
	answers_start
}

teardown_file() {
	answers_stop
	kill "$HOST_PID" 2>/dev/null || true
	wait "$HOST_PID" 2>/dev/null || true
}

setup() {
	common_setup
	set -a
	# shellcheck disable=SC1091 # written by the media host
	. "$HOST_DIR/env"
	set +a
	export GP_TOKEN_CMD="cat '$HOST_DIR/token'" GP_BACKOFF_MS=2
	PHOTO=$HOST_DIR/photo.jpg VIDEO=$HOST_DIR/video.mp4
	SIZE=$(stat -c %s "$PHOTO") STAGING=$GP_ARCHIVE/.gp/staging
	cd "$BATS_TEST_TMPDIR" || return 1
}

# record ID PATH [MIME [MORE]]: of the media host, its own in each test
record() {
	printf '{"id":"%s","source":"library","filename":"%s.x","mimeType":"%s","url":"%s/%s/%s=d"%s}\n' \
		"$1" "$1" "${3:-image/jpeg}" "$HOST_URL" "$2" \
		"$BATS_TEST_NUMBER-$1" "${4:-}"
}

# local_record ID URL [MORE]
local_record() {
	printf '{"id":"%s","source":"dir","filename":"%s.x","url":"%s"%s}\n' \
		"$1" "$1" "$2" "${3:-}"
}

# picked ID PATH SESSION
picked() {
	printf '{"id":"%s","source":"picker","session":"%s","page":"","mimeType":"image/jpeg","url":"%s/%s=d"}\n' \
		"$1" "$3" "$HOST_URL" "$2"
}

# asked [PATTERN]: what this test asked the host
asked() {
	grep -e "/$BATS_TEST_NUMBER-" "$HOST_DIR/log" | grep -e "${1:-}" || true
}

# apart: the milliseconds from the first of these requests to the last
apart() { asked | sed 's/.* at=//' | awk 'NR == 1 { first = $1 } END { print $1 - first }'; }

ranges() { asked "$1" | sed 's/.* range=\([^ ]*\).*/\1/' | paste -sd ' '; }

# fetched ID [LIKE]: its file is there, and the same as LIKE
fetched() {
	local file
	file=$(jq -r --arg id "$1" 'select(.id==$id)|.file // "none"' <<<"$output")
	cmp "$file" "${2:-$PHOTO}" || return
	same "$(stat -c %s "$file")" "$(jq --arg id "$1" 'select(.id==$id)|.size' <<<"$output")" size
}

errors() { jq -r '"\(.id):\(.error.code)"' <<<"$output" | sort | paste -sd ' '; }

# code ID CODE
code() {
	same "$2" "$(jq -r --arg id "$1" 'select(.id==$id)|.error.code' <<<"$output")" "error of $1"
}

# for wait_for
lines_in() { [ "$(wc -l <"$1")" -ge "$2" ]; }
unfinished() { [ "$(staged | grep -c 'part$')" -eq "$1" ]; }
half_there() { [ "$(cat "$STAGING"/*.part 2>/dev/null | wc -c)" -ge 1500000 ]; }

staged() { find "$STAGING" -type f ! -name '*.json' -printf '%f\n' 2>/dev/null | sort; }

# --- the plain way ---------------------------------------------------------

@test "gp-fetch: a photo is staged under its key, the record says where" {
	local key
	key=$(printf 'a\0a.x' | sha256sum | cut -c1-64)
	run -0 --separate-stderr gp-fetch < <(record a photo)
	same '' "$stderr" stderr
	fetched a
	same "$STAGING/$key" "$(jq -r .file <<<"$output")"
	same "$key" "$(staged)"
	same "$SIZE" "$(jq .size <<<"$output")"
}

@test "gp-fetch: the key of the record is the one that counts" {
	local key
	key=$(printf '%064d' 7)
	run -0 --separate-stderr gp-fetch < <(record a photo image/jpeg ",\"key\":\"$key\"")
	same "$key" "$(staged)"
}

@test "gp-fetch: a key that is none names no file" {
	run -0 --separate-stderr gp-fetch < <(record a photo image/jpeg ',"key":"../../evil"')
	fetched a
	same 64 "$(staged | tr -d '\n' | wc -c)"
}

@test "gp-fetch: what it does not know passes on to the letter" {
	local more=',"n":1.10,"big":12345678901234567890123,"s":"\u0000\/"'
	run -0 --separate-stderr gp-fetch < <(record a photo image/jpeg "$more")
	has "$output" "$more,\"file\":"
}

@test "gp-fetch: failed records pass untouched, no url is missing-field" {
	local failed='{"id":"a", "url":"https://x/", "error":{"stage":"gp-list","code":"c","message":"m"}}'
	run -1 --separate-stderr gp-fetch < <(echo "$failed"; echo '{"id":"b"}')
	same "$failed" "${lines[0]}"
	code b missing-field
	same 'gp-fetch: b: it has no url: gp-list gives it one' "$stderr"
}

@test "gp-fetch: no records are no work" {
	run -0 --separate-stderr gp-fetch </dev/null
	same '' "$output$stderr"
}

@test "gp-fetch: with GP_RUN set its counts are kept" {
	GP_RUN=r1 run -1 --separate-stderr gp-fetch < <(record a photo; record b 404; echo '{"id":"c"}')
	same '{"stage":"gp-fetch","fetched":1,"failed":2}' "$(cat "$GP_ARCHIVE/.gp/runs/r1/counts.ndjson")"
}

# bats test_tags=threads
@test "gp-fetch: records leave as they finish, a slow video holds nobody back" {
	{ record slow gated/slow-gate; record a photo; record b photo; } >in
	gp-fetch <in >out 3>&- &
	local pid=$!
	wait_for lines_in out 2
	same 'a b' "$(jq -r .id out | sort | paste -sd ' ')"
	touch "$HOST_DIR/slow-gate"
	wait "$pid"
	same slow "$(tail -n 1 out | jq -r .id)"
}

# bats test_tags=threads
@test "gp-fetch: half a record on its input stops no download" {
	mkfifo in
	gp-fetch <in >out 3>&- &
	local pid=$!
	exec 7>in
	record a photo >&7
	printf '{"id":' >&7
	wait_for test -s out
	printf '"b"}\n' >&7
	exec 7>&-
	local status=0
	wait "$pid" || status=$?
	same 1 "$status"
	same 2 "$(wc -l <out)"
}

# bats test_tags=threads
@test "gp-fetch: -j 1 and many at once bring the same" {
	local i
	for i in $(seq 8); do record "$i" photo; done >in
	for i in 1 2 64; do
		archive_new
		run -0 --separate-stderr gp-fetch -j "$i" <in
		same 8 "$(jq -r .file <<<"$output" | xargs sha256sum | cut -c1-64 | grep -c "$(sha256sum <"$PHOTO" | cut -c1-64)")"
	done
}

@test "gp-fetch: wrong options are exit 2" {
	run -2 --separate-stderr gp-fetch -j 0 </dev/null
	run -2 --separate-stderr gp-fetch -j 65 </dev/null
	run -2 --separate-stderr gp-fetch --limit-rate fast </dev/null
	run -2 --separate-stderr gp-fetch --limit-rate 0 </dev/null
	run -2 --separate-stderr gp-fetch --nonsense </dev/null
	run -2 --separate-stderr gp-fetch argument </dev/null
}

@test "gp-fetch: input and output that fail are exit 2" {
	run -2 --separate-stderr gp-fetch </
	has "$stderr" 'reading records'
	run -2 --separate-stderr bash -c 'gp-fetch >/dev/full' < <(record a photo)
	has "$stderr" 'standard output'
	run -2 "${REAL_CLOCK[@]}" bash -c 'gp-fetch >&-' < <(record a photo)
	run -2 --separate-stderr "${REAL_CLOCK[@]}" timeout "$PATIENCE" bash -c 'gp-fetch <&-'
	has "$stderr" 'reading records'
}

# bats test_tags=threads
@test "gp-fetch: a reader that leaves while files come is exit 2, not a crash" {
	local i n
	# more than the pipe holds
	for i in $(seq 6); do record "$i" small image/jpeg ",\"pad\":\"$(printf '%0300000d' 0)\""; done >in
	for n in 1 2 3; do
		archive_new
		run -2 --separate-stderr bash -c 'gp-fetch <in | head -n 1 >first; exit "${PIPESTATUS[0]}"'
		has "$stderr" 'standard output'
	done
}

# bats test_tags=threads
@test "gp-fetch: --limit-rate holds for all transfers together" {
	for i in 1 2 3 4; do record $i small; done >in
	# two are asked for at once; the others when the first have come, 40 kB, of which
	# a block each may have been on its way: a second and more, as the host sees it
	run -0 --separate-stderr gp-fetch -j 2 --limit-rate 20k <in
	for i in 1 2 3 4; do fetched "$i" <(head -c 20000 "$PHOTO"); done
	same 4 "$(asked | wc -l)" requests
	[ "$(apart)" -ge 900 ] || fail "$(asked)"
}

# bats test_tags=threads
@test "gp-fetch: --progress says how far it is, and ends its line" {
	run -0 --separate-stderr gp-fetch --progress < <(record a photo)
	has "$stderr" '1/1'
	same 1 "$(wc -l <<<"$output")"
}

# --- bodies ----------------------------------------------------------------

@test "gp-fetch: a page, an error text, a PNG apology or nothing is no photo" {
	run -1 --separate-stderr gp-fetch < <(record a html; record b json; record c text; record d png; record e empty)
	same 'a:bad-content b:bad-content c:bad-content d:bad-content e:bad-content' "$(errors)"
	has "$stderr" 'gp-fetch: d.x: the server sent a PNG, as Google apologises'
	same '' "$(staged)"
	same 5 "$(asked | wc -l)" requests
}

@test "gp-fetch: a still or a page for a video is an error" {
	run -1 --separate-stderr gp-fetch < <(record a photo video/mp4; record b png video/mp4; record c html video/mp4; record d heic video/mp4)
	same 'a:bad-content b:bad-content c:bad-content d:bad-content' "$(errors)"
	same '' "$(staged)"
}

@test "gp-fetch: a video is a video, a PNG item a PNG, a HEIC may come as JPEG" {
	run -0 --separate-stderr gp-fetch < <(record v video video/mp4; record p png image/png; record h photo image/heif; record i heic image/heic)
	fetched v "$VIDEO"
	fetched h
}

@test "gp-fetch: a video that is not found is never replaced by a still" {
	run -1 --separate-stderr gp-fetch < <(record v 404 video/mp4)
	code v not-found
	same 1 "$(asked | wc -l)" requests
}

@test "gp-fetch: what will not change is not asked for twice" {
	run -1 --separate-stderr gp-fetch < <(record a 404; record b 400; record c 410; record d 204)
	same 'a:not-found b:bad-request c:not-found d:bad-content' "$(errors)"
	same 4 "$(asked | wc -l)" requests
}

# --- cut connections -------------------------------------------------------

@test "gp-fetch: a cut connection resumes where it stopped" {
	run -0 --separate-stderr gp-fetch < <(record a cut/honest)
	fetched a
	same 'no bytes=700000- bytes=1400000- bytes=2100000-' "$(ranges a)"
	same 3 "$(asked 'if-range="v1"' | wc -l)"
}

@test "gp-fetch: without ETag the length tells that it is the same file" {
	run -0 --separate-stderr gp-fetch < <(record a cut/plain)
	fetched a
	same 'no bytes=700000- bytes=1400000- bytes=2100000-' "$(ranges a)"
}

@test "gp-fetch: a server that ignores Range sends all again" {
	run -0 --separate-stderr gp-fetch < <(record a cut/ignores)
	fetched a
}

@test "gp-fetch: another piece than asked for is not put behind the first" {
	run -0 --separate-stderr gp-fetch < <(record a cut/shifted; record b cut/grown; record c cut/416; record d cut/changed)
	fetched a
	fetched b
	fetched c
	fetched d
}

@test "gp-fetch: a chunked body is whole only at its end" {
	run -0 --separate-stderr gp-fetch < <(record a chunked; record b chunked-cut)
	fetched a
	fetched b
}

@test "gp-fetch: a body that nobody ended is not taken" {
	run -1 --separate-stderr gp-fetch < <(record a unbounded)
	code a bad-length
	same '' "$(staged)"
}

# --- trouble that passes ---------------------------------------------------

# bats test_tags=threads
@test "gp-fetch: after 5xx and 429 it tries again" {
	run -0 --separate-stderr gp-fetch < <(record a busy/500/9; record b busy/503/3; record c busy/429/2)
	fetched a
	fetched b
	fetched c
}

@test "gp-fetch: it gives up after ten tries without a byte" {
	run -1 --separate-stderr gp-fetch < <(record a 500; record b cut-always)
	same 'a:gave-up b:network' "$(errors)"
	has "$stderr" 'gave up after 10 tries'
	same 20 "$(asked | wc -l)" requests
}

@test "gp-fetch: Retry-After is honoured" {
	record a later >in
	run -0 --separate-stderr gp-fetch <in
	fetched a
	[ "$(apart)" -ge 1990 ] || fail "$(asked)"
}

@test "gp-fetch: nobody listens: said with the reason" {
	run -1 --separate-stderr gp-fetch < <(echo '{"id":"a","url":"https://localhost:1/x"}')
	code a network
	has "$stderr" 'localhost port 1'
}

@test "gp-fetch: a certificate that nobody vouches for is not accepted" {
	GP_CA_FILE='' run -1 --separate-stderr gp-fetch < <(record a photo)
	code a network
	has "$stderr" 'GP_CA_FILE'
	same '' "$(asked)"
}

@test "gp-fetch: GP_CA_FILE is beside the system's certificates, SSL_CERT_FILE instead of them" {
	local cert=$GP_CA_FILE
	SSL_CERT_FILE='' run -0 --separate-stderr gp-fetch < <(record a small)
	SSL_CERT_FILE=$cert GP_CA_FILE='' run -0 --separate-stderr gp-fetch < <(record b small)
	SSL_CERT_FILE='' GP_CA_FILE='' run -1 --separate-stderr gp-fetch < <(record c small)
	code c network
	SSL_CERT_FILE=$PWD/nowhere run -2 --separate-stderr gp-fetch </dev/null
	has "$stderr" "SSL_CERT_FILE $PWD/nowhere: No such file"
}

# --- hosts and tokens ------------------------------------------------------

@test "gp-fetch: a redirect is followed, one to another host than Google's is not" {
	run -1 --separate-stderr gp-fetch < <(record a to-loopback; record b to-elsewhere; record c to-file; record d to-itself)
	fetched a
	code b bad-host
	code c bad-host
	code d gave-up
	has "$stderr" 'photos.example is not to be asked for bytes'
	same 6 "$(asked -d | wc -l)" redirects
}

@test "gp-fetch: hosts that are not in GP_MEDIA_HOSTS are not asked" {
	GP_MEDIA_HOSTS=127.0.0.1 run -1 --separate-stderr gp-fetch < <(record a photo)
	code a bad-host
	run -1 --separate-stderr gp-fetch < <(record b photo | sed 's|https://|https://user:word@|')
	code b bad-host
	run -1 --separate-stderr gp-fetch < <(local_record c http://www.example.org/x)
	code c bad-host
	run -1 --separate-stderr gp-fetch < <(local_record d ftp://localhost/x)
	code d bad-url
	same '' "$(asked)"
}

@test "gp-fetch: the token is for picker links alone, and for the first host" {
	local n=$BATS_TEST_NUMBER
	run -0 --separate-stderr gp-fetch < <(record a photo; picked p1 "photo/$n-p1" s1; picked p2 "to-loopback/$n-p2" s1)
	fetched a
	fetched p1
	fetched p2
	has "$(asked "photo/$n-a")" 'token=no'
	has "$(asked "photo/$n-p1")" 'host=localhost token=Bearer token-1'
	has "$(asked to-loopback)" 'host=localhost token=Bearer token-1'
	has "$(grep '/photo/moved host=127' "$HOST_DIR/log" | tail -n 1)" 'token=no'
}

@test "gp-fetch: no message has a token or a link in it" {
	local n=$BATS_TEST_NUMBER
	run -1 --separate-stderr gp-fetch -vv < <(picked p1 "photo/$n-p1" s1; picked p2 "404/$n-p2" s1; record a busy/500/1)
	has_not "$stderr$output" token-1
	has_not "$stderr" "$n-p1"
	has_not "$stderr" busy
}

@test "gp-fetch: a refused token is renewed" {
	echo token-old >token
	export GP_TOKEN_CMD='cat token; echo token-1 >token'
	run -0 --separate-stderr gp-fetch < <(picked p1 "unsigned/401/$BATS_TEST_NUMBER-p1" s1)
	fetched p1
}

# told FILE: what the token command was told was refused, a word a call
told() { paste -sd ' ' "$1"; }
hash_of() { printf %s "$1" | sha256sum | cut -c1-64; }

# bats test_tags=threads
@test "gp-fetch: a token that all links refuse is renewed once, its hash told to the command" {
	local i
	export GP_TOKEN_CMD='echo "${GP_TOKEN_REFUSED-none}" >>told; if [ -n "${GP_TOKEN_REFUSED-}" ]; then echo token-1; else echo token-old; fi'
	GP_TOKEN_REFUSED='' run -0 --separate-stderr gp-fetch < <(for i in 1 2 3 4 5 6; do picked "p$i" "unsigned/401/$BATS_TEST_NUMBER-p$i" s1; done)
	for i in 1 2 3 4 5 6; do fetched "p$i"; done
	same "none $(hash_of token-old)" "$(told told)"
	has_not "$stderr" token-
}

@test "gp-fetch: a link renewed with a refused token is asked for again with another" {
	export GP_TOKEN_CMD='echo "${GP_TOKEN_REFUSED-none}" >>told; if [ -n "${GP_TOKEN_REFUSED-}" ]; then echo token-1; else echo token-old; fi'
	run -0 --separate-stderr gp-fetch < <(record "a$BATS_TEST_NUMBER" 403)
	fetched "a$BATS_TEST_NUMBER"
	same "none $(hash_of token-old)" "$(told told)"
	same 2 "$(grep -c "batchGet.*=a$BATS_TEST_NUMBER " "$HOST_DIR/log")" 'times asked'
}

@test "gp-fetch: a host that takes no token is an error after one more, not a loop" {
	export GP_TOKEN_CMD='echo "${GP_TOKEN_REFUSED-none}" >>told; echo "token-x$(wc -l <told)"'
	run -1 --separate-stderr gp-fetch < <(picked p1 "401/$BATS_TEST_NUMBER-p1" s1)
	code p1 denied
	same 2 "$(asked | wc -l)" requests
	same "none $(hash_of token-x1)" "$(told told)"
}

# bats test_tags=threads
@test "gp-fetch: without a sign-in it says so once, the rest is marked, exit 3" {
	export GP_TOKEN_CMD='echo sign in first >&2; exit 3'
	printf x >x
	run -3 --separate-stderr gp-fetch < <(for i in 1 2 3; do picked p$i photo/$i s1; done; local_record x "file://$PWD/x")
	same 'p1:denied p2:denied p3:denied x:null' "$(errors)"
	same 1 "$(grep -c 'gp-auth login' <<<"$stderr")"
}

# --- renewal ---------------------------------------------------------------

# bats test_tags=threads
@test "gp-fetch: old links are renewed by fifty before they are used" {
	local i n=$BATS_TEST_NUMBER
	for i in $(seq 60); do
		record "small$n-$i" 403 image/jpeg ',"urlTime":"2020-01-01T00:00:00Z"'
	done >in
	run -0 --separate-stderr gp-fetch <in
	same 60 "$(jq -r .size <<<"$output" | grep -c "^20000$")"
	same 0 "$(asked /403 | wc -l)" 'old links used'
	same '50 10' "$(grep "batchGet.*mediaItemIds=small$n-" "$HOST_DIR/log" | awk -F 'mediaItemIds=' '{ print NF - 1 }' | paste -sd ' ')"
	has "$(jq -r .url <<<"${lines[0]}")" /fresh/1/
	near "$(jq -r .urlTime <<<"${lines[0]}")"
	same 2020-01-01T00:00:00Z "$(jq -r .listedTime <<<"${lines[0]}")"
}

@test "gp-fetch: a young link is used as it is" {
	local now n=$BATS_TEST_NUMBER
	now=$(date +%s)
	# of twenty minutes, and of thirty
	run -0 --separate-stderr frozen "@$now" gp-fetch < <(
		record "young$n" photo image/jpeg ",\"urlTime\":\"$(date -u -d "@$((now - 1200))" +%FT%TZ)\""
		record "old$n" photo image/jpeg ",\"urlTime\":\"$(date -u -d "@$((now - 1800))" +%FT%TZ)\""
	)
	fetched "young$n"
	fetched "old$n"
	same 0 "$(grep -c "batchGet.*=young$n" "$HOST_DIR/log" || true)" "asked for again"
	same 1 "$(grep -c "batchGet.*=old$n" "$HOST_DIR/log" || true)" "used though it was old"
}

@test "gp-fetch: a refused link is renewed, one bad id spoils no batch" {
	run -1 --separate-stderr gp-fetch -j 2 < <(record n1 403; record poison 403; record gone1 403; record n2 403)
	fetched n1
	fetched n2
	fetched poison
	code gone1 not-found
}

@test "gp-fetch: an answer about links that is not whole takes no photo for gone" {
	local api id old=',"urlTime":"2020-01-01T00:00:00Z"' bad one record all
	local n=$BATS_TEST_NUMBER
	local item='{"id":"@","baseUrl":"'$HOST_URL/photo/$n-@'"'
	for api in library picker; do
		if [ "$api" = library ]; then
			one="{\"body\":{\"mediaItemResults\":[{\"mediaItem\":$item}}]}}"
			record=$(record @ 403 image/jpeg "$old")
			bodies '{}' '{"mediaItemResults":"none"}' '{"mediaItemResults":[7]}' \
				'{"mediaItemResults":[{"mediaItem":{"id":7}}]}' '{"mediaItemResults":[{"status":7}]}'
		else
			one="{\"body\":{\"mediaItems\":[{\"id\":\"@\",\"mediaFile\":$item}}]}}"
			record=$(picked @ 403 s1 | sed 's/}$/,"urlTime":"2020-01-01T00:00:00Z"}/')
			bodies '{"mediaItems":7}' '{"mediaItems":[7]}' '{"mediaItems":[{"id":7}]}' '{"mediaItems":[{"mediaFile":7}]}'
		fi
		BAD=("${CUT[@]}" "${BODIES[@]}")
		all=("${BAD[@]:0:9}" "${one//@/x$api}" "${BAD[@]:9}" "${one//@/y$api}")
		for bad in "${BAD[@]}"; do all+=("${bad%\}},\"times\":10}"); done
		answers "${all[@]}"
		export GP_BACKOFF_MS=0
		for id in "x$api" "y$api"; do
			run -0 --separate-stderr gp-fetch <<<"${record//@/$id}"
			fetched "$id"
		done
		for bad in "${BAD[@]}"; do
			run -1 --separate-stderr gp-fetch <<<"${record//@/z$api}"
			code "z$api" gave-up || fail "$bad"
		done
	done
	# batchGet has a word for each
	answers '{"body":{"mediaItemResults":[]}}' '{"body":{"mediaItemResults":[{"mediaItem":{"id":"z"}}]}}'
	for _ in 1 2; do
		run -1 --separate-stderr gp-fetch < <(record z 403 image/jpeg "$old")
		code z gave-up
	done
}

@test "gp-fetch: fresh links that are refused twice are an error" {
	run -1 --separate-stderr gp-fetch < <(record refused1 403)
	code refused1 denied
	same 2 "$(grep -c /fresh/./refused1 "$HOST_DIR/log")" 'fresh links used'
}

@test "gp-fetch: a picked link is renewed by its page" {
	run -0 --separate-stderr gp-fetch < <(picked picked1 403/x live; picked picked2 403/x live)
	fetched picked1
	fetched picked2
	has "$(cat "$HOST_DIR/log")" 'GET /v1/mediaItems?sessionId=live&pageSize=100 '
}

@test "gp-fetch: a picking session that is over is said" {
	run -1 --separate-stderr gp-fetch < <(picked picked1 403/x over)
	code picked1 expired
	has "$stderr" 'gp-list picker:'
}

@test "gp-fetch: a picked photo that its page shows no more is to be listed again, the others come" {
	run -1 --separate-stderr gp-fetch < <(picked picked1 403/x live; picked moved 403/x live)
	fetched picked1
	code moved expired
}

@test "gp-fetch: no session is deleted, whatever was fetched" {
	run -1 --separate-stderr gp-fetch < <(picked p1 photo/x s-good; picked p2 photo/x s-bad; picked p3 404/x s-bad)
	fetched p1
	same 0 "$(grep -c 'DELETE' "$HOST_DIR/log" || true)"
}

# bats test_tags=threads
@test "gp-fetch: the day's quota ends it with exit 3, and tells when to come again" {
	run -3 --separate-stderr gp-fetch -j 1 < <(record a photo; for i in 1 2 3; do record q$i quota; done)
	same 'a:null q1:quota q2:quota q3:quota' "$(errors)"
	same 1 "$(wc -l <<<"$stderr")" messages
	has "$stderr" 'midnight Pacific'
	same 1 "$(asked quota | wc -l)" requests
}

# --- files of this machine -------------------------------------------------

# bats test_tags=threads
@test "gp-fetch: file: addresses are decoded and copied, empty ones too" {
	echo hello >'a b%.jpg'
	: >empty
	run -0 --separate-stderr gp-fetch < <(local_record a "file://$PWD/a%20b%25.jpg"; local_record b "file://localhost$PWD/empty")
	fetched a 'a b%.jpg'
	fetched b empty
}

@test "gp-fetch: only regular files are taken, and links not followed" {
	mkdir folder
	mkfifo fifo
	echo x >real
	ln -s real link
	run -1 --separate-stderr gp-fetch < <(for i in folder fifo link nothing; do local_record $i "file://$PWD/$i"; done)
	same 'fifo:unreadable folder:unreadable link:unreadable nothing:not-found' "$(errors)"
	run -1 --separate-stderr gp-fetch < <(local_record a file:relative; local_record b file://host/x; local_record c file:///x%00; local_record d file:///x%4)
	same 'a:bad-url b:bad-url c:bad-url d:bad-url' "$(errors)"
}

@test "gp-fetch: the source is not written, not even its times" {
	echo hello >a
	touch -d 2001-02-03 a
	chmod 400 a
	local before
	before=$(stat -c '%s %Y %a %i' a)
	run -0 --separate-stderr gp-fetch < <(local_record a "file://$PWD/a")
	same "$before" "$(stat -c '%s %Y %a %i' a)"
}

@test "gp-fetch: an archive is not taken for the photo in it" {
	echo zip >a.zip
	run -1 --separate-stderr gp-fetch < <(local_record a "file://$PWD/a.zip" ',"member":"IMG_1.jpg"')
	code a unreadable
}

# --- staging ---------------------------------------------------------------

@test "gp-fetch: killed and run again it resumes" {
	needs_xattrs
	record a resumed/kill-gate >in
	gp-fetch <in >out 3>&- &
	local pid=$!
	wait_for half_there
	kill -9 "$pid"
	wait "$pid" || true
	run -0 --separate-stderr gp-fetch <in
	touch "$HOST_DIR/kill-gate"
	fetched a
	has "$(ranges resumed | cut -d ' ' -f 2)" 'bytes=1'
	same 1 "$(staged | wc -l)" 'files staged'
}

# killed_at RECORD GATE: a run that was killed with half of it
killed_at() {
	echo "$1" >in
	gp-fetch <in >out 3>&- &
	local pid=$!
	wait_for half_there
	kill -9 "$pid"
	wait "$pid" || true
	touch "$HOST_DIR/$2"
}

@test "gp-fetch: half a file of another link is gone on with only if a validator tells that it is the same" {
	needs_xattrs
	# nothing tells
	killed_at "$(record a bare/joint-gate-1)" joint-gate-1
	run -0 --separate-stderr gp-fetch < <(record a other/bare)
	fetched a "$HOST_DIR/other.jpg"
	same no "$(ranges other/bare)"
	# it tells that it is another, and the server takes no notice of If-Range
	killed_at "$(record b gated/joint-gate-2)" joint-gate-2
	run -0 --separate-stderr gp-fetch < <(record b other/etag)
	fetched b "$HOST_DIR/other.jpg"
	has "$(ranges other/etag)" 'bytes=1'
	# a server that forgets the ETag; a date, which many photos may have
	killed_at "$(record d gated/joint-gate-4)" joint-gate-4
	run -0 --separate-stderr gp-fetch < <(record d other/none)
	fetched d "$HOST_DIR/other.jpg"
	killed_at "$(record e dated/joint-gate-5)" joint-gate-5
	run -0 --separate-stderr gp-fetch < <(record e other/dated)
	fetched e "$HOST_DIR/other.jpg"
	# the same link again
	killed_at "$(record c bare/joint-gate-3)" joint-gate-3
	run -0 --separate-stderr gp-fetch < <(record c bare/joint-gate-3)
	fetched c
	has "$(ranges joint-gate-3 | cut -d ' ' -f 2)" 'bytes=1'
}

@test "gp-fetch: half a file is gone on with only if the validator it came with is confirmed, of the same link too" {
	# a strong one is gone, a date is, a weak one is gone or another: the server has another photo
	local how kinds="forgotten undated weakless weak"
	run -0 --separate-stderr gp-fetch < <(
		for how in $kinds; do record "$how" "swapped/$how"; done
		record a cut/weak
	)
	for how in $kinds; do
		fetched "$how" "$HOST_DIR/other.jpg"
		same "no bytes=1600000- no" "$(ranges "swapped/$how/")" "$how"
	done
	# a weak one that stays proves no more than none, and none is asked for
	fetched a
	same "no bytes=700000- bytes=1400000- bytes=2100000-" "$(ranges cut/weak)"
	same "" "$(asked cut/weak | grep -v if-range=no || true)"
}

@test "gp-fetch: half a file that a killed run left is not gone on with where a weak ETag tells that it is another" {
	needs_xattrs
	killed_at "$(record a swapped-gated/weak/weak-gate)" weak-gate
	run -0 --separate-stderr gp-fetch < <(record a swapped-gated/weak/weak-gate)
	fetched a "$HOST_DIR/other.jpg"
	has "$(ranges weak-gate)" "bytes=1"
}

@test "gp-fetch: what lies whole in staging is trusted once it is proved" {
	local file
	run -0 --separate-stderr gp-fetch < <(record a photo)
	file=$(jq -r .file <<<"$output")
	run -0 --separate-stderr gp-fetch < <(record a photo)
	same 1 "$(asked | wc -l)" requests
	# a hole where its bytes had not come to the disk
	dd if=/dev/zero of="$file" bs=100 count=1 conv=notrunc status=none
	run -0 --separate-stderr gp-fetch < <(record a photo)
	fetched a
	same 2 "$(asked | wc -l)" requests
	same 1 "$(staged | wc -l)" files
	# nor is one without its record
	rm "$file.json"
	run -0 --separate-stderr gp-fetch < <(record a photo)
	fetched a
	same 3 "$(asked | wc -l)" requests
}

@test "gp-fetch: half a file from before the machine's last start is not gone on with" {
	needs_xattrs
	record a resumed/boot-gate >in
	gp-fetch <in >out 3>&- &
	local pid=$!
	wait_for half_there
	kill -9 "$pid"
	wait "$pid" || true
	touch "$HOST_DIR/boot-gate"
	python3 - "$STAGING"/*.part <<-END
		import os, sys
		note = os.getxattr(sys.argv[1], "user.gp.part")
		os.setxattr(sys.argv[1], "user.gp.part", b"0" * 8 + note[8:])
	END
	run -0 --separate-stderr gp-fetch <in
	fetched a
	same 'no no' "$(ranges resumed)"
}

# bats test_tags=threads
@test "gp-fetch: what is whole already is not fetched again" {
	run -0 --separate-stderr gp-fetch < <(record a photo)
	run -0 --separate-stderr gp-fetch < <(record a photo)
	fetched a
	same 1 "$(asked | wc -l)" requests
}

@test "gp-fetch: two runs of one album at once don't harm each other" {
	long_only # one gives the other a minute
	{ record a gated/two-gate; record b gated/two-gate; record c photo; } >in
	gp-fetch <in >out1 3>&- &
	local one=$!
	gp-fetch <in >out2 3>&- &
	local two=$!
	wait_for unfinished 4
	touch "$HOST_DIR/two-gate"
	wait "$one"
	wait "$two"
	output=$(cat out1)
	fetched a
	fetched b
	fetched c
	output=$(cat out2)
	fetched a
	fetched b
	fetched c
	same '' "$(staged | grep part || true)"
}

@test "gp-fetch: links in the staging folder are not followed" {
	local key
	key=$(printf 'a\0a.x' | sha256sum | cut -c1-64)
	mkdir -p "$STAGING"
	echo precious >precious
	ln -s "$PWD/precious" "$STAGING/$key"
	ln -s "$PWD/precious" "$STAGING/$key.part"
	run -0 --separate-stderr gp-fetch < <(record a photo)
	fetched a
	same precious "$(cat precious)"
	[ -L "$STAGING/$key" ]
}

# bats test_tags=threads
@test "gp-fetch: a full disk keeps what is whole, marks the rest, and says it once" {
	mkdir small
	mount -t tmpfs -o size=8M none small 2>/dev/null || skip "needs root"
	gp-index -C small --init
	{ record a photo; for i in 1 2 3; do record "v$i" gated/full-gate; done; } >in
	for i in $(seq 100); do record "n$i" photo; done >>in
	touch "$HOST_DIR/full-gate"
	run -2 --separate-stderr gp-fetch -C small -j 2 <in
	local file
	for file in small/.gp/staging/*[!n]; do
		cmp "$file" "$PHOTO" || fail "no whole file: $file"
		[ -s "$file.json" ] || fail "no record: $file"
	done
	same 104 "$(jq -r .id <<<"$output" | sort -u | wc -l)" records
	same "$(find small/.gp/staging -type f ! -name '*.json' | wc -l)" "$(jq -r '.file // empty' <<<"$output" | wc -l)"
	same no-space "$(jq -r '.error.code // empty' <<<"$output" | sort -u)"
	same 1 "$(wc -l <<<"$stderr")" messages
}

@test "gp-fetch: a disk that fails to write ends it with exit 2" {
	export ASAN_OPTIONS=$NO_LEAKS
	{ record a photo; record b photo; } >in
	local part=()
	for id in a b; do part+=(-P "$STAGING/$(printf '%s\0%s.x' "$id" "$id" | sha256sum | cut -c1-64).part"); done
	run -2 --separate-stderr strace -qq -f -o /dev/null "${part[@]}" -e trace=pwrite64 \
		-e inject=pwrite64:error=EIO gp-fetch <in
	same 'a:io b:io' "$(errors)"
	same 1 "$(wc -l <<<"$stderr")" messages
}

# bats test_tags=unsanitized
@test "gp-fetch: memory stays flat however many records there are" {
	awk 'BEGIN { for (i = 0; i < 100000; i++) printf "{\"id\":\"%d\",\"error\":{\"stage\":\"x\",\"code\":\"y\",\"message\":\"%0200d\"}}\n", i, i }' >in
	run -1 bash -c '/usr/bin/time -f %M -o kb gp-fetch <in >out'
	cmp in out
	[ "$(tail -n 1 kb)" -lt 65536 ] || fail "$(cat kb) kB"
}
