#!/usr/bin/env bats
# A stage that is ended before its input is has written what it counted until
# then: a run that was stopped is not one that saw nothing.
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	export ASAN_OPTIONS=$NO_LEAKS # what a signal ends frees nothing
	mkdir photos
	# more records than a pipe holds
	for n in {1..300}; do echo "photo $n" >"photos/$n.jpg"; done
	gp-list dir:photos >listed
	gp-index --new <listed >new
	gp-fetch <new >fetched
	gp-hash <fetched >hashed
	gp-index --record <hashed >stored
	jq -c 'select(.path) | .check = "ok"' stored >seen
}

# counted RUN STAGE: how many records the stage counted in that run
counted() {
	jq --arg stage "$2" 'select(.stage == $stage) | del(.stage) | .listed // add' \
		"$GP_ARCHIVE/.gp/runs/$1/counts.ndjson"
}

# ended SIGNAL STAGE INPUT COMMAND...: three of its records are told when the signal
# comes
ended() {
	local stage=$2 pid status=0 run=${2// /}-$1
	rm -f in out
	mkfifo in
	GP_RUN=$run "${@:4}" <in >out 2>err 3>&- &
	pid=$!
	exec 7>in
	head -n 3 "$3" >&7
	wait_for lines_are 3 out
	kill -"$1" "$pid"
	exec 7>&-
	wait "$pid" || status=$?
	same "$stage $((128 + $(kill -l "$1")))" "$stage $status"
	same "$stage 3" "$stage $(counted "$run" "$stage")"
	same 1 "$(wc -l <"$GP_ARCHIVE/.gp/runs/$run/counts.ndjson")"
}

lines_are() {
	[ -e "$2" ] && [ "$(wc -l <"$2")" -eq "$1" ]
}

@test "a stage that a signal ends has written its counts" {
	local signal
	for signal in TERM HUP; do
		archive_new
		ended $signal "gp-index --new" listed gp-index --new
		ended $signal gp-fetch new gp-fetch
		ended $signal gp-hash fetched gp-hash
	done
}

# untaken STAGE INPUT COMMAND...: whose records nobody takes
untaken() {
	local n run=${1// /}-untaken
	GP_RUN=$run "${@:3}" <"$2" 2>err | true || true
	n=$(counted "$run" "$1")
	[ "$n" -ge 1 ] || fail "$1 counted $n"
	same 1 "$(wc -l <"$GP_ARCHIVE/.gp/runs/$run/counts.ndjson")"
}

@test "a stage whose records nobody takes has written its counts" {
	untaken "gp-index --seen" seen gp-index --seen nas
	archive_new
	untaken gp-list /dev/null gp-list dir:photos
	untaken "gp-index --new" listed gp-index --new
	untaken gp-fetch new gp-fetch
	gp-fetch <new >fetched
	untaken gp-hash fetched gp-hash
	gp-hash <fetched >hashed
	# all that it stored, told or not
	untaken "gp-index --record" hashed gp-index --record
	same "$(gp-index --stats | jq -r '"\(.files) \(.files)"')" \
		"$(counted gp-index--record-untaken "gp-index --record") $(gp-index --stats | jq .lastRun.stored)"
}
