#!/usr/bin/env bats
# Stopped at every durable step, and anywhere: run again, and nothing tells
# the archive from one that was never disturbed.
bats_require_minimum_version 1.5.0
load helper
load pipeline

# what changes a disk, of all that our programs and SQLite call
STEPS="fsync fdatasync syncfs renameat2 renameat rename linkat unlinkat unlink pwrite64 write ftruncate mkdirat mkdir openat"

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v strace >/dev/null || skip "no strace here"
	# LeakSanitizer and ptrace don't go together
	export ASAN_OPTIONS=detect_leaks=0
	make_album
}

# undisturbed WHAT: nothing tells the archive from one that was never disturbed
undisturbed() {
	state whole >got
	sqlite3 whole/.gp/index.db 'SELECT kind FROM event' >>got
	diff want got || fail "$1: the next run does not end the same"
}

# sweep STAGE COMMAND...: kills it at each of its durable steps in turn
sweep() {
	local stage=$1 call n count total=0
	shift
	prepare "$stage"
	strace -qq -f -o calls -e "trace=${STEPS// /,}" "$@" <whole.in >/dev/null
	for call in $STEPS; do
		count=$(grep -c " $call(" calls || true)
		for ((n = 1; n <= count; n++)); do
			total=$((total + 1))
			prepare "$stage"
			strace -qq -f -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
				"$@" <whole.in >/dev/null 2>&1 || true
			run_whole whole 2>err ||
				fail "$stage killed at $call $n: the next run fails: $(cat err)"
			undisturbed "$stage killed at $call $n"
		done
	done
	echo "# $stage: killed at each of $total steps" >&3
	[ "$total" -gt 20 ]
}

@test "gp-index --record: killed at each durable step, the next run finishes the work" {
	sweep gp-index-record gp-index -C whole --record
}

@test "gp-fetch: killed at each durable step, the next run finishes the work" {
	sweep gp-fetch gp-fetch -C whole
}

@test "the pipeline: killed at random fifty times, it ends as if nothing had been" {
	local pid
	for _ in $(seq 50); do
		rm -rf whole
		# a process group of its own, so that all stages die at once
		setsid bash -c "gp-index -C whole --new <list | gp-fetch -C whole | gp-hash -C whole |
			gp-index -C whole --record" >/dev/null 2>&1 &
		pid=$!
		sleep "0.0$((RANDOM % 90 + 10))"
		kill -9 -- "-$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		run_whole whole
		undisturbed "the pipeline"
	done
}

@test "two runs of one album at once: one archive, nothing twice, nothing left" {
	local pid
	rm -rf whole
	mkdir whole
	run_whole whole &
	pid=$!
	gp-index -C whole --new <list | gp-fetch -C whole | gp-hash -C whole |
		gp-index -C whole --record >other.out
	wait "$pid"
	undisturbed "two at once"
	[ "$(jq -r 'select(.error)' whole.out other.out | wc -l)" -eq 0 ]
}
