# Answers from a list instead of Google's: see answers.py.
#
#   answers LINE...       starts a server that gives these answers in order
#   asked                 what it was asked, a request a line
#   setup/teardown        call answers_setup and answers_stop
# shellcheck shell=bash

answers_setup() {
	common_setup
	ANSWERS=$BATS_TEST_TMPDIR/answers
	export GP_TOKEN_CMD='echo token-1' GP_BACKOFF_MS=1
}

answers_stop() {
	[ -n "${ANSWERS_PID:-}" ] || return 0
	kill "$ANSWERS_PID" 2>/dev/null || true
	wait "$ANSWERS_PID" 2>/dev/null || true
	ANSWERS_PID=
}

answers() {
	answers_stop
	rm -rf "$ANSWERS"
	mkdir "$ANSWERS"
	printf '%s\n' "$@" >"$ANSWERS/answers"
	: >"$ANSWERS/log"
	python3 "$TESTS/answers.py" "$ANSWERS" 3>&- 4>&- &
	ANSWERS_PID=$!
	wait_for test -s "$ANSWERS/port"
	GP_LIBRARY_URL=http://127.0.0.1:$(<"$ANSWERS/port")
	GP_PICKER_URL=$GP_LIBRARY_URL
	export GP_LIBRARY_URL GP_PICKER_URL
}

asked() {
	cat "$ANSWERS/log"
}

# photo N [MORE]: a MediaItem of the Library API as JSON, MORE members added
photo() {
	printf '{"id":"ALvc-%s","productUrl":"https://photos.google.com/lr/photo/%s","baseUrl":"https://lh3.googleusercontent.com/lr/%s","mimeType":"image/jpeg","filename":"IMG_%s.JPG","mediaMetadata":{"creationTime":"2024-05-01T10:20:30Z","width":"4032","height":"3024","photo":{"focalLength":4.20,"isoEquivalent":50}}%s}' \
		"$1" "$1" "$1" "$1" "${2:-}"
}

# video N STATUS
video() {
	printf '{"id":"ALvc-%s","baseUrl":"https://lh3.googleusercontent.com/lr/%s","mimeType":"video/mp4","filename":"VID_%s.MP4","mediaMetadata":{"creationTime":"2024-05-01T10:20:30Z","width":"1920","height":"1080","video":{"fps":30,"status":"%s"}}}' \
		"$1" "$1" "$1" "$2"
}

# page TOKEN ITEM...: an answer with these items and a token for the next page
page() {
	local token=$1
	shift
	local IFS=,
	printf '{"body":{"mediaItems":[%s]%s}}\n' "$*" "${token:+,\"nextPageToken\":\"$token\"}"
}

# refusal CODE STATUS MESSAGE: an error in Google's form
refusal() {
	printf '{"code":%s,"body":{"error":{"code":%s,"message":"%s","status":"%s"}}}\n' \
		"$1" "$1" "$3" "$2"
}
