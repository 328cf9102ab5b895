# Answers from a list instead of Google's: see answers.py.
#
#   setup_file() { answers_start; }
#   teardown_file() { answers_stop; }
#   answers LINE...       from now on these answers are given, in order
#   asked                 what was asked since, a request a line
#   whole_or_nothing      see there
# shellcheck shell=bash

answers_start() {
	export ANSWERS_ROOT=$BATS_FILE_TMPDIR/answers
	mkdir "$ANSWERS_ROOT"
	"${REAL_CLOCK[@]}" python3 "$TESTS/answers.py" "$ANSWERS_ROOT" 3>&- 4>&- &
	export ANSWERS_PID=$!
	started "$ANSWERS_PID" "$ANSWERS_ROOT/port"
}

answers_stop() {
	[ -n "${ANSWERS_PID:-}" ] || return 0
	kill "$ANSWERS_PID" 2>/dev/null || true
	wait "$ANSWERS_PID" 2>/dev/null || true
}

answers_setup() {
	common_setup
	export GP_TOKEN_CMD='echo token-1' GP_BACKOFF_MS=1
}

answers() {
	ANSWERS=$(mktemp -d "$ANSWERS_ROOT/XXXXXX")
	printf '%s\n' "$@" >"$ANSWERS/answers"
	: >"$ANSWERS/log"
	GP_LIBRARY_URL=http://127.0.0.1:$(<"$ANSWERS_ROOT/port")/${ANSWERS##*/}
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

# CUT: answers that are not whole, whatever was asked: no byte, short of
# Content-Length, no JSON, a portal's page, redirect, refusals and JSON
CUT=('{"body":""}' '{"body":{},"length":99}' '{"raw":"{\"mediaItems\":[","length":99}'
	'{"raw":"{\"mediaItems\":["}' '{"body":"[]"}' '{"body":"{} {}"}'
	'{"body":"<!doctype html><title>Sign in</title>","headers":{"Content-Type":"text/html"}}'
	'{"code":302,"body":"","headers":{"Location":"http://portal.example/"}}'
	'{"code":404,"body":"<title>Sign in</title>"}' '{"code":400,"body":"<title>Sign in</title>"}'
	'{"body":{"error":{"code":503,"message":"later"}}}' '{"body":{"portal":"sign in"}}')

# bodies BODY...: sets BODIES, answers with these, to the letter
bodies() {
	local body
	BODIES=()
	for body in "$@"; do
		BODIES+=("{\"raw\":\"${body//\"/\\\"}\"}")
	done
}

# whole_or_nothing COMMAND...: with the answers "${FIRST[@]}" "${REST[@]}" it
# lists all. Each of "${BAD[@]}" between them is asked for again; one that stays
# is exit 2, said, and no end of a list (in the short run, of each fourth).
whole_or_nothing() {
	local all=("${FIRST[@]}" "${REST[@]}") bad n wanted tenfold=()
	local -x GP_BACKOFF_MS=0
	for ((n = 0; n < ${#BAD[@]}; n += $(rounds 4 1))); do
		tenfold+=("${BAD[n]}")
	done
	for ((n = 0; n < ${#BAD[@]}; n += 9)); do
		all+=("${FIRST[@]}" "${BAD[@]:n:9}" "${REST[@]}")
	done
	for bad in "${tenfold[@]}"; do
		all+=("${FIRST[@]}" "${bad%\}},\"times\":10}")
	done
	answers "${all[@]}"
	run -0 --separate-stderr "$@"
	wanted=$(jq -c 'del(.urlTime)' <<<"$output")
	for ((n = 0; n < ${#BAD[@]}; n += 9)); do
		run -0 --separate-stderr "$@"
		same "$wanted" "$(jq -c 'del(.urlTime)' <<<"$output")" "asked again: $*"
	done
	for bad in "${tenfold[@]}"; do
		run -2 --separate-stderr "$@"
		has "$stderr" 'given up after 10 tries' || fail "$bad: $*"
	done
	# had one not been asked for ten times, the next would have got its rest
	same $((${#all[@]} + 9 * ${#tenfold[@]})) "$(asked | wc -l)" requests
}
