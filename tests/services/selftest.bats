#!/usr/bin/env bats
# The stand-in for Google: sign-in, ranges, links that die, and its own
# switches and log, as curl sees them.
# builds: san
bats_require_minimum_version 1.5.0
load ../helper

setup_file() { google_start --synthetic 120x2000; }
teardown_file() { google_stop; }

# A mistake of the stand-in's own must not pass for a fault that was ordered.
teardown() {
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true
	common_teardown
	[ ! -e "$GOOGLE_DIR/errors" ] || { cat "$GOOGLE_DIR/errors" && false; }
}

VERIFIER=abcdefghijklmnopqrstuvwxyz-0123456789._~ABCDEFGH
REDIRECT=http://127.0.0.1:9/back

# web [CURL ARGUMENTS...]: its answer
web() { curl -sS --cacert "$GP_CA_FILE" "$@"; }

# status [CURL ARGUMENTS...]: status and type; the body goes to the file got
status() {
	web -o "$BATS_TEST_TMPDIR/got" -w '%{http_code} %{content_type}' "$@"
}

control() { curl -sS -f -X POST "$GP_TEST_CONTROL/$1"; }

api() {
	local path=$1
	shift
	web -H "Authorization: Bearer $(cat "$GOOGLE_DIR/token")" \
		"$GP_LIBRARY_URL/v1/$path" "$@"
}

# link NAME: the Library's link to a sample file
link() {
	local id
	id=$(api albums | jq -r '.albums[] | select(.title == "Ezra Backup").id')
	api mediaItems:search -d "{\"albumId\":\"$id\"}" |
		jq -er --arg name "$1" '.mediaItems[] | select(.filename == $name).baseUrl'
}

challenge() {
	printf %s "$VERIFIER" | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d '='
}

# consent [CURL ARGUMENTS...]: where the browser is sent
consent() {
	web -o "$BATS_TEST_TMPDIR/got" -w '%{redirect_url}' -G "$GP_AUTH_URL" \
		--data-urlencode client_id=1-sample.apps.googleusercontent.com \
		--data-urlencode "redirect_uri=$REDIRECT" -d response_type=code \
		--data-urlencode "scope=https://www.googleapis.com/auth/photospicker.mediaitems.readonly https://www.googleapis.com/auth/photoslibrary.readonly.appcreateddata" \
		-d "code_challenge=$(challenge)" -d code_challenge_method=S256 \
		-d state=s1 -d access_type=offline -d prompt=consent "$@"
}

# param NAME URL
param() { sed -n "s/.*[?&]$1=\([^&]*\).*/\1/p" <<<"$2"; }

# token [CURL ARGUMENTS...]: the token endpoint
token() {
	web "$GP_TOKEN_URL" -d client_id=1-sample.apps.googleusercontent.com \
		-d client_secret=GOCSPX-sample "$@"
}

exchange() {
	token -d grant_type=authorization_code -d "code=$1" -d "code_verifier=$2" \
		-d "redirect_uri=$REDIRECT"
}

@test "sign-in: a page asks, and Allow leads back with code, state and scope" {
	same "" "$(consent)"
	grep -q '<button name="answer" value="allow">' "$BATS_TEST_TMPDIR/got"
	back=$(consent -d answer=allow)
	has "$back" "$REDIRECT?state=s1&code="
	has "$(consent -d answer=deny)" "error=access_denied"
	control 'set?consent=allow'
	has "$(consent)" "code="
}

@test "sign-in: the verifier is checked, a code works once" {
	google_set consent=allow testing=1
	code=$(param code "$(consent)")
	same "invalid_grant Bad Request" \
		"$(exchange "$code" "${VERIFIER}x" | jq -r '"\(.error) \(.error_description)"')"
	code=$(param code "$(consent)")
	exchange "$code" "$VERIFIER" >"$BATS_TEST_TMPDIR/tokens"
	same "3599 604799 Bearer" \
		"$(jq -r '"\(.expires_in) \(.refresh_token_expires_in) \(.token_type)"' "$BATS_TEST_TMPDIR/tokens")"
	same invalid_grant "$(exchange "$code" "$VERIFIER" | jq -r .error)"
}

@test "sign-in: a refresh gives no refresh token; revoked, it is invalid_grant" {
	google_set consent=allow
	refresh=$(exchange "$(param code "$(consent)")" "$VERIFIER" | jq -r .refresh_token)
	token -d grant_type=refresh_token -d "refresh_token=$refresh" >"$BATS_TEST_TMPDIR/new"
	same "false true" "$(jq -r '"\(has("refresh_token")) \(.access_token | startswith("ya29."))"' "$BATS_TEST_TMPDIR/new")"
	same 2 "$(api 'albums?pageSize=2' | jq '.albums | length')"
	web -f "${GP_TOKEN_URL%/token}/revoke" -d "token=$refresh"
	same "Token has been expired or revoked." \
		"$(token -d grant_type=refresh_token -d "refresh_token=$refresh" | jq -r .error_description)"
	same invalid_token "$(web "${GP_TOKEN_URL%/token}/revoke" -d "token=$refresh" | jq -r .error)"
}

@test "sign-in: wrong client, no secret, a scope that was not granted" {
	same invalid_client "$(token -d client_secret=x -d grant_type=refresh_token | jq -r .error)"
	same "Missing required parameter: client_secret" \
		"$(web "$GP_TOKEN_URL" -d grant_type=refresh_token | jq -r .error_description)"
	google_set consent=allow grant=picker
	exchange "$(param code "$(consent)")" "$VERIFIER" >"$BATS_TEST_TMPDIR/tokens"
	has_not "$(jq -r .scope "$BATS_TEST_TMPDIR/tokens")" photoslibrary
	same PERMISSION_DENIED "$(api albums | jq -r .error.status)"
}

@test "sign-in: an access token dies in its time" {
	google_set consent=allow expires_in=-1
	exchange "$(param code "$(consent)")" "$VERIFIER" >/dev/null
	same UNAUTHENTICATED "$(api albums | jq -r .error.status)"
}

@test "paging: an opaque token, bound to its listing; the last page has none" {
	id=$(api albums | jq -r '.albums[] | select(.title == "Synthetic").id')
	body() { jq -nc --arg id "$id" --arg t "$1" '{albumId: $id, pageSize: 100, pageToken: $t}'; }
	next=$(api mediaItems:search -d "$(body "")" | jq -er .nextPageToken)
	same "20 false" "$(api mediaItems:search -d "$(body "$next")" |
		jq -r '"\(.mediaItems | length) \(has("nextPageToken"))"')"
	same INVALID_ARGUMENT "$(api "mediaItems?pageToken=$next" | jq -r .error.status)"
	control expire-pages
	same INVALID_ARGUMENT "$(api mediaItems:search -d "$(body "$next")" | jq -r .error.status)"
}

@test "paging: empty pages, a repeated item, the same token for ever" {
	google_set items=10 page_size=4 empty_pages=1
	same false "$(api mediaItems | jq 'has("mediaItems")')"
	google_set empty_pages= repeat_item=1
	api mediaItems >"$BATS_TEST_TMPDIR/one"
	api "mediaItems?pageToken=$(jq -r .nextPageToken "$BATS_TEST_TMPDIR/one")" >"$BATS_TEST_TMPDIR/two"
	same "$(jq -r '.mediaItems[-1].id' "$BATS_TEST_TMPDIR/one")" "$(jq -r '.mediaItems[0].id' "$BATS_TEST_TMPDIR/two")"
	google_set repeat_item= repeat_token=1
	next=$(api mediaItems | jq -r .nextPageToken)
	same "$next" "$(api "mediaItems?pageToken=$next" | jq -r .nextPageToken)"
}

@test "errors: N times and no more, with Retry-After in seconds and as a date" {
	google_set api_fail=429:2 retry_after=7
	has "$(api albums -D - -o /dev/null)" "Retry-After: 7"
	google_set retry_after=date:60
	has "$(api albums -D - -o /dev/null)" " GMT"
	same 5 "$(api albums | jq '.albums | length - 1')"
	same "404 text/html; charset=UTF-8" "$(status "$GP_LIBRARY_URL/v1/nothing" -H 'Authorization: Bearer ya29.sample')"
	google_set truncate=1
	answer=$(api albums) || true
	[ -n "$answer" ]
	run ! jq -e . <<<"$answer"
	api albums | jq -e .albums
}

@test "media: no bare link, ranges and their faults" {
	url=$(link IMG_0001.jpg)
	same "403 image/png" "$(status "$url")"
	same "206 image/jpeg" "$(status -r 100- "$url=d")"
	cmp "$BATS_TEST_TMPDIR/got" <(tail -c +101 "$DATA/album/IMG_0001.jpg")
	google_set ranges=0
	same "200 image/jpeg" "$(status -r 100- "$url=d")"
	google_set ranges=416
	same "416 image/png" "$(status -r 100- "$url=d")"
	google_set ranges=bad
	has "$(web -r 100- -D - -o /dev/null "$url=d")" "Content-Range: bytes 101-"
	google_set ranges= reencode=1
	run ! cmp <(web "$url=d") <(web "$url=d")
	control expire-links
	same "403 image/png" "$(status "$url=d")"
}

@test "media: a connection cut, lengths that lie, none at all" {
	url=$(link IMG_0001.jpg)
	google_set cut=500:1 only=IMG_0001.jpg
	run -18 web -o "$BATS_TEST_TMPDIR/got" "$url=d"
	same 500 "$(stat -c %s "$BATS_TEST_TMPDIR/got")"
	google_set length=more:1
	run -18 web -o "$BATS_TEST_TMPDIR/got" "$url=d"
	google_set length=none:1
	web -o "$BATS_TEST_TMPDIR/got" "$url=d"
	cmp "$BATS_TEST_TMPDIR/got" "$DATA/album/IMG_0001.jpg"
	google_set length=less:1
	web -o "$BATS_TEST_TMPDIR/got" "$url=d"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/got")" -lt "$(stat -c %s "$DATA/album/IMG_0001.jpg")" ]
}

@test "media: the second host refuses a token and the log knows it" {
	there=$(web -o /dev/null -w '%{redirect_url}' "$(link VID_0006.mp4)=dv")
	has "$there" "$GP_TEST_VIDEO"
	same "400 text/html; charset=UTF-8" "$(status -H 'Authorization: Bearer ya29.sample' "$there")"
	same "1 Bearer" "$(google_log '[.[] | select(.host == "127.0.0.3" and .token)] | "\(length) \(.[0].scheme)"')"
	google_set redirect=evil
	has "$(web -o /dev/null -w '%{redirect_url}' "$(link VID_0006.mp4)=dv")" "$GP_TEST_EVIL"
}

@test "media: the movie of a motion photo, a photo has none, no =dv by order" {
	url=$(link PXL_0005.MP.jpg)
	same "200 video/mp4" "$(status -L "$url=dv")"
	same ftyp "$(head -c 8 "$BATS_TEST_TMPDIR/got" | tail -c 4)"
	same "404 image/png" "$(status "$(link IMG_0002.jpg)=dv")"
	google_set no_dv=1
	same "404 image/png" "$(status "$url=dv")"
}

@test "made photos are photos, each other bytes, of the size asked for" {
	id=$(api albums | jq -r '.albums[] | select(.title == "Synthetic").id')
	api mediaItems:search -d "{\"albumId\":\"$id\",\"pageSize\":2}" | jq -r '.mediaItems[].baseUrl' >"$BATS_TEST_TMPDIR/urls"
	{ read -r one && read -r two; } <"$BATS_TEST_TMPDIR/urls"
	status "$one=d"
	same 2000 "$(stat -c %s "$BATS_TEST_TMPDIR/got")"
	same ffd8ff "$(od -An -tx1 -N3 "$BATS_TEST_TMPDIR/got" | tr -d ' ')"
	run ! cmp "$BATS_TEST_TMPDIR/got" <(web "$two=d")
}

@test "picker: a person presses Done on the page, or by the control call" {
	api sessions -X POST -d '{}' >"$BATS_TEST_TMPDIR/session"
	same "2000 false" "$(jq -r '"\(.pickingConfig.maxItemCount) \(has("mediaItemsSet"))"' "$BATS_TEST_TMPDIR/session")"
	id=$(jq -r .id "$BATS_TEST_TMPDIR/session")
	has "$(web "$(jq -r .pickerUri "$BATS_TEST_TMPDIR/session")")" "<button>Done</button>"
	has "$(web -X POST "$(jq -r .pickerUri "$BATS_TEST_TMPDIR/session")/autoclose")" "close()"
	same "true false" "$(api "sessions/$id" | jq -r '"\(.mediaItemsSet) \(has("pollingConfig"))"')"
	id=$(api sessions -X POST -d '{"pickingConfig":{"maxItemCount":"3"}}' | jq -r .id)
	control 'pick?count=2'
	same 2 "$(api "mediaItems?sessionId=$id" | jq '.mediaItems | length')"
	same REQUEST_INVALID "$(api sessions/x | jq -r '.error.details[0].reason')"
	same INVALID_ARGUMENT "$(api sessions -X POST -d '{"pickingConfig":{"maxItemCount":"-1"}}' | jq -r .error.status)"
	control end-sessions
	same NOT_FOUND "$(api "sessions/$id" | jq -r .error.status)"
}

@test "switches: the help names each, an unknown one is refused, reset forgets" {
	has "$(python3 "$TESTS/services/google.py" --help)" "token_life=SECONDS"
	run ! control 'set?no-such-switch=1'
	control 'set?quota=1'
	same 1 "$(curl -sS "$GP_TEST_CONTROL/state" | jq -r .switches.quota)"
	control reset
	same '{}' "$(curl -sS "$GP_TEST_CONTROL/state" | jq -c .switches)"
}

@test "--daemon: returns when it listens, ends on SIGTERM" {
	"${REAL_CLOCK[@]}" python3 "$TESTS/services/google.py" --dir "$BATS_TEST_TMPDIR/g" --daemon --set quota=1
	pid=$(cat "$BATS_TEST_TMPDIR/g/pid")
	(
		# shellcheck disable=SC1091 # written by the server
		. "$BATS_TEST_TMPDIR/g/env"
		has "$(web -H 'Authorization: Bearer ya29.sample' "$GP_LIBRARY_URL/v1/albums")" "per day"
		has "$(curl -sS "$GP_TEST_HTTP/v1/albums")" RESOURCE_EXHAUSTED
	)
	kill "$pid"
	gone() { ! kill -0 "$pid" 2>/dev/null; }
	wait_for gone
	[ ! -e "$BATS_TEST_TMPDIR/g/env" ]
}

@test "switches: whatever is set, something is answered, and nothing breaks inside" {
	for set in api_fail=500:1 quota=1 minute_quota=1 denied=disabled unauthorized=1 html=1 \
		foreign=1 missing=filename,mediaMetadata ints=1 processing=VID_0006.mp4 failed=VID_0006.mp4 \
		page_size=1 items=3 described=9 token_life=-1; do
		google_reset
		google_set "$set"
		api mediaItems | grep -q .
	done
	google_reset
	video=$(link VID_0006.mp4)
	heic=$(link IMG_0003.heic)
	motion=$(link PXL_0005.MP.jpg)
	for set in media_fail=503:1 media_quota=1 link_life=-1 etag=0 disposition=1 modified=1 apology=png \
		apology=html apology=json still=1 d_video=video heic=jpeg motion=still redirect=loop \
		redirect=evil redirect=http redirect=none rate=1000000 video_ranges=1 length=none; do
		google_set "$set"
		for url in "$video=dv" "$video=d" "$heic=d" "$motion=d" "$motion=w100-h100"; do
			web -L --max-redirs 3 -r 10- -o "$BATS_TEST_TMPDIR/got" -w '%{http_code}\n' "$url" 2>&1 |
				grep -Eq '^(200|206|302|403|429|503)$' || fail "$set $url"
		done
		google_set "${set%%=*}="
	done
}

# bats test_tags=unsanitized
@test "faketime: a clock that goes on, or stands still, with nothing shared between programs" {
	same 2026-01-04 "$(faketime "2026-01-04 09:00:00" date +%F)"
	same "12:00:00 12:00:00" "$(frozen "2026-01-04 12:00:00" sh -c 'date +%T; sleep 1.1; date +%T' | xargs)"
	# shellcheck disable=SC2016 # for the shell under that clock
	run -0 faketime "2026-01-04 12:00:00" timeout "$PATIENCE" sh -c \
		'one=$(date +%s); until [ "$(date +%s)" -ne "$one" ]; do sleep 0.1; done'
}
