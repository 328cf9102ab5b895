#!/usr/bin/env bats
# The whole pipe from Google on, killed at any moment: after one undisturbed run
# nothing tells the archive from one that was never disturbed.
# builds: plain
bats_require_minimum_version 1.5.0
load helper
load pipeline

setup_file() { google_start; }
teardown_file() { google_stop; }

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	export GP_ARCHIVE=$PWD/whole
	# shellcheck source=../pipelines/lib.sh
	. "$TESTS/../pipelines/lib.sh"
}

# begin SOURCE: an empty archive; a person picks, where it takes one
begin() {
	google_reset
	archive_new
	[ "$1" = picker: ] || return 0
	run -3 gp-list --no-wait picker:
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
}

# pipe SOURCE: the main job. 3: all that was picked is stored already
pipe() {
	local status=0
	store_new --no-wait "$1" >out 2>err || status=$?
	[ "$status" -eq 0 ] || { [ "$1" = picker: ] && [ "$status" -eq 3 ]; } || fail "$1: $status: $(cat err)"
}

# killed_anywhere SOURCE: at random moments, and once more while it mends that
killed_anywhere() {
	local n moment
	begin "$1"
	pipe "$1"
	state whole >want
	seeded
	for n in $(seq "$(rounds 6 50)"); do
		begin "$1"
		for _ in $(seq $((n % 2 + 1))); do
			moment=$((RANDOM % 400 + 20))
			killed "$(printf "0.%03d" "$moment")" bash -c 'gp-list --no-wait "$1" | gp-index --new |
				gp-fetch | gp-hash | gp-index --record' _ "$1"
		done
		pipe "$1"
		state whole >got
		diff want got || fail "$1, round $n: not as if it had not been disturbed"
		gp-index --check 2>err || fail "$1, round $n: $(cat err)"
	done
	killed_some
}

# each_stage_killed SOURCE: the same, of one stage at a time
each_stage_killed() {
	local stage call n
	begin "$1"
	pipe "$1"
	state whole >want
	while read -r stage call n; do
		begin "$1"
		with_killed "$stage" "$call" "$n" --no-wait "$1" >out 2>err
		pipe "$1"
		state whole >got
		diff want got || fail "$1, $stage killed at $call $n: not as if it had not been disturbed"
	done < <(stage_kills)
	[ "$struck" -ge 5 ] || fail "$struck were killed"
}

@test "library: whichever stage is killed, it ends as if nothing had been" {
	long_only
	each_stage_killed "album:Ezra Backup"
}

@test "picker: whichever stage is killed, it ends as if nothing had been" {
	long_only
	each_stage_killed picker:
}

@test "library: killed at random, it ends as if nothing had been" {
	long_only
	killed_anywhere "album:Ezra Backup"
}

@test "picker: killed at random, it ends as if nothing had been" {
	killed_anywhere picker:
}
